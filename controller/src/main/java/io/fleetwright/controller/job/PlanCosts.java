package io.fleetwright.controller.job;

import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.telemetry.wire.Json;
import java.util.Optional;
import java.util.OptionalDouble;

/** What plans that last longer than a job stand on: the layers of a network, and what it costs on a device. For one thread at a time. */
public final class PlanCosts {
    private final Networks networks = new Networks();

    /**
     * A network on a device.
     *
     * @param expectedMicros at least 1
     * @param p90Micros that nine in ten runs keep within, at least {@code expectedMicros}
     * @param microjoules empty when unknown
     * @param basis learned, predicted, profile or guess
     * @param driftedAt when results last left what they were, 0 for never
     * @param shares how the time is spread over operators, empty where the device has not told
     */
    public record Cost(
            double expectedMicros,
            double p90Micros,
            OptionalDouble microjoules,
            String basis,
            long driftedAt,
            Optional<OperatorShares> shares) {
        /**
         * On a device that is slower than it was.
         *
         * @param factor at least 1
         */
        public Cost slowed(double factor) {
            return new Cost(expectedMicros * factor, p90Micros * factor, microjoules, basis, driftedAt, shares);
        }

        /** Whether nobody has measured, predicted or published it. */
        public boolean isGuess() {
            return basis.equals("guess");
        }
    }

    /** The layers of a variant; absent when it cannot be cut. */
    public Optional<LayerGraph> layers(Tx tx, VariantRow variant, long nowMillis) {
        return networks.of(tx, variant, nowMillis);
    }

    /** What a run of a variant costs on a device. */
    public static Cost of(Tx tx, DeviceRow device, VariantRow variant) {
        double expected = Costs.expectedMicros(tx, device, variant);
        Long drifted = tx.get(CostRow.class, CostRow.key(device.id, variant.digest))
                .map(row -> row.driftedAt)
                .orElse(null);
        return new Cost(
                expected,
                Math.max(expected, Costs.p90Micros(tx, device, variant)),
                Costs.microjoules(tx, device, variant),
                Json.wireName(Costs.basis(tx, device, variant)),
                drifted == null ? 0 : drifted,
                OperatorShares.of(tx, device, variant.digest));
    }
}
