package io.fleetwright.controller.job;

import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.telemetry.wire.OperatorTimes.Operator;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How the time of a network is spread over its operators on a device, as it was measured there. How long the whole of it takes is
 * learned from its runs; this says which part of that an operator has.
 */
public final class OperatorShares {
    /** A stretch whose operators took no time that a clock shows takes some. */
    private static final double LEAST_SHARE = 1e-6;

    private static final double TIMES_MAX = 2;

    /** Of each operator; 1 together. */
    private final double[] shares;

    private final long toldAt;

    /**
     * @param nanos of each operator, 0 or more, and above 0 together
     * @param toldAt when the device told it, milliseconds
     */
    OperatorShares(double[] nanos, long toldAt) {
        double all = Arrays.stream(nanos).sum();
        if (!(all > 0) || Double.isInfinite(all) || Arrays.stream(nanos).anyMatch(one -> !(one >= 0))) {
            throw new IllegalArgumentException(
                    "times of %d operators must be 0 or more, and above 0 together".formatted(nanos.length));
        }
        this.shares = Arrays.stream(nanos).map(one -> one / all).toArray();
        this.toldAt = toldAt;
    }

    /** When the device told it, milliseconds. */
    public long toldAt() {
        return toldAt;
    }

    /**
     * What a device has told of a variant; empty when it has told nothing, and where its operators together take {@value #TIMES_MAX} times as
     * long as whole runs do: they were not measured as the network runs, as while kernels are still being compiled. What is modelled is
     * spread by its profile.
     */
    public static Optional<OperatorShares> of(Tx tx, DeviceRow device, String digest) {
        if (device.modelled) {
            return Optional.empty();
        }
        return tx.get(OperatorTimesRow.class, OperatorTimesRow.key(device.id, digest))
                .filter(row -> count(tx, row))
                .map(row -> new OperatorShares(
                        row.report().operators().stream()
                                .mapToDouble(Operator::p50Nanos)
                                .toArray(),
                        row.receivedAt));
    }

    /**
     * Share of a stretch of a variant on a device.
     *
     * @param operators of the network
     * @return empty where it is not all of it, and the device has not told how long its operators take
     */
    static OptionalDouble of(Tx tx, DeviceRow device, String digest, int from, int to, int operators) {
        if (from == 0 && to == operators) {
            return OptionalDouble.of(1);
        }
        return of(tx, device, digest).stream()
                .filter(told -> told.size() == operators)
                .mapToDouble(told -> told.of(from, to))
                .findFirst();
    }

    /** Whether plans go by what a device has told: its operators together take no more than {@value #TIMES_MAX} times as long as whole runs. */
    public static boolean count(Tx tx, OperatorTimesRow told) {
        return tx.get(CostRow.class, CostRow.key(told.deviceId, told.digest))
                .filter(cost -> told.totalNanos / 1000.0 > TIMES_MAX * cost.meanMicros)
                .isEmpty();
    }

    /** Operators of the network. */
    public int size() {
        return shares.length;
    }

    /**
     * Share of a stretch, above 0 and at most 1.
     *
     * @param to operator after the last, at most {@link #size()}
     */
    public double of(int from, int to) {
        double sum = 0;
        for (int operator = from; operator < to; operator++) {
            sum += shares[operator];
        }
        return Math.clamp(sum, LEAST_SHARE, 1);
    }

    /** Whether they are those of a network. */
    public boolean fits(LayerGraph graph) {
        return shares.length == graph.size();
    }

    /**
     * A device with what each layer takes there; energy is spread as time is.
     *
     * @param measured what the device has told, which counts where it fits; else layers have their share of the multiply-accumulates
     * @param millis of the whole network
     * @param millijoules of the whole network
     */
    public static Tier tier(
            String name, LayerGraph graph, Optional<OperatorShares> measured, double millis, double millijoules) {
        return measured.filter(one -> one.fits(graph))
                .map(one -> new Tier(
                        name,
                        Arrays.stream(one.shares).map(share -> share * millis).toArray(),
                        Arrays.stream(one.shares)
                                .map(share -> share * millijoules)
                                .toArray(),
                        Long.MAX_VALUE,
                        0))
                .orElseGet(() -> Tier.proportional(name, graph, millis, millijoules, Long.MAX_VALUE, 0));
    }

    /** By what layers are costed, for people and consoles: measured or macs. */
    public static String basis(Optional<OperatorShares> measured, LayerGraph graph) {
        return measured.filter(one -> one.fits(graph)).isPresent() ? "measured" : "macs";
    }
}
