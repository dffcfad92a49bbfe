package io.fleetwright.controller.job;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.TaskResult;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What a variant costs on a device: learned from every finished task; before the first one the sum of its operators, where the device
 * has timed these; else predicted from what this device took for
 * other variants and others for this one; else taken from the device's profile or, without one, from a low guess of the MAC rate.
 */
final class Costs {
    /** Weight of the newest measurement in the running mean. */
    private static final double NEWEST_WEIGHT = 0.2;
    /** A board that nobody measured: slower than any scalar runtime seen, so that a known board wins. */
    private static final double UNKNOWN_MACS_PER_MICRO = 100;

    private static final double OVERHEAD_HALF_LIFE_MILLIS = 20_000;
    /** Room over a published figure or a sum of medians, which say nothing of the spread. */
    private static final double PROFILE_MARGIN = 1.3;

    private static final double OUTLIER_TIMES = 3;

    /** Least share of a network from which the rest of it is told. */
    private static final double SHARE_MIN = 0.1;

    /** Results up to which a probe among them is told of. */
    private static final int PROBE_TOLD_RESULTS = 10;

    private Costs() {}

    /** What a time stands on. */
    enum Basis {
        /** Results of this variant on this device. */
        LEARNED,
        /** Its operators, which this device has timed one by one. */
        OPERATORS,
        /** Results of other variants on this device. */
        PREDICTED,
        /** Published figures of the device. */
        PROFILE,
        /** Nothing. */
        GUESS
    }

    /** Time of a run in microseconds, at least 1: what to expect, and what nine in ten keep within. */
    private record Time(double expectedMicros, double p90Micros, Basis basis) {
        Time {
            expectedMicros = Math.max(1, expectedMicros);
            p90Micros = Math.max(1, p90Micros);
        }
    }

    /**
     * All that a placement asks for.
     *
     * @param p90Micros time that nine in ten runs keep within, microseconds
     * @param overheadMicros of a dispatch, see {@link #overheadMicros}
     * @param microjoules energy of a run, empty when unknown
     */
    record Cost(double p90Micros, double overheadMicros, OptionalDouble microjoules) {}

    static Cost of(Tx tx, DeviceRow device, VariantRow variant, long nowMillis) {
        CostRow learned = learned(tx, device, variant);
        return new Cost(
                time(tx, device, variant, learned).p90Micros,
                overheadMicros(learned, nowMillis),
                microjoules(device, variant, learned));
    }

    private static @Nullable CostRow learned(Tx tx, DeviceRow device, VariantRow variant) {
        return tx.get(CostRow.class, CostRow.key(device.id, variant.digest)).orElse(null);
    }

    private static Time time(Tx tx, DeviceRow device, VariantRow variant) {
        return time(tx, device, variant, learned(tx, device, variant));
    }

    private static Time time(Tx tx, DeviceRow device, VariantRow variant, @Nullable CostRow learned) {
        if (learned != null) {
            return new Time(learned.p90Micros(), learned.p90Micros(), Basis.LEARNED);
        }
        OptionalDouble timed = operatorMicros(tx, device, variant.digest);
        if (timed.isPresent()) {
            return new Time(timed.getAsDouble(), timed.getAsDouble() * PROFILE_MARGIN, Basis.OPERATORS);
        }
        Predictor.Prediction predicted = Predictor.of(tx, device, variant).orElse(null);
        if (predicted != null) {
            return new Time(predicted.meanMicros(), predicted.p90Micros(), Basis.PREDICTED);
        }
        DeviceProfile profile = device.profile == null
                ? null
                : DeviceProfiles.find(device.profile).orElse(null);
        if (profile == null) {
            double guess = variant.macs / UNKNOWN_MACS_PER_MICRO;
            return new Time(device.profile == null ? guess : guess / PROFILE_MARGIN, guess, Basis.GUESS);
        }
        double published =
                profile.estimate(variant.model, variant.networkMacs()).latencyMicros() * variant.share();
        return new Time(published, published * PROFILE_MARGIN, Basis.PROFILE);
    }

    /** All operators together as the device has timed them, microseconds; empty where it has not. */
    private static OptionalDouble operatorMicros(Tx tx, DeviceRow device, String digest) {
        return device.modelled
                ? OptionalDouble.empty()
                : tx.get(OperatorTimesRow.class, OperatorTimesRow.key(device.id, digest)).stream()
                        .mapToDouble(row -> row.totalNanos / 1000.0)
                        .findFirst();
    }

    /** True when nobody has measured or predicted the variant there, nor published how fast such a device is. */
    static boolean isGuess(Tx tx, DeviceRow device, VariantRow variant) {
        return basis(tx, device, variant) == Basis.GUESS;
    }

    /** Time that nine in ten runs keep within, microseconds. */
    static double p90Micros(Tx tx, DeviceRow device, VariantRow variant) {
        return time(tx, device, variant).p90Micros;
    }

    /** Time that a run takes: what nine in ten keep within once it was learned, before that what is predicted or published, without room. */
    static double expectedMicros(Tx tx, DeviceRow device, VariantRow variant) {
        return time(tx, device, variant).expectedMicros;
    }

    /** What both of them stand on. */
    static Basis basis(Tx tx, DeviceRow device, VariantRow variant) {
        return time(tx, device, variant).basis;
    }

    /** Energy that a run takes, microjoules: what was learned, else what the device's profile says, else empty. */
    static OptionalDouble microjoules(Tx tx, DeviceRow device, VariantRow variant) {
        return microjoules(device, variant, learned(tx, device, variant));
    }

    private static OptionalDouble microjoules(DeviceRow device, VariantRow variant, @Nullable CostRow row) {
        Double learned = row == null ? null : told(row.meanMicrojoules);
        Double energy = learned != null || device.profile == null
                ? learned
                : DeviceProfiles.find(device.profile)
                        .map(profile -> profile.estimate(variant.model, variant.networkMacs())
                                .energyMicrojoules())
                        .map(whole -> whole * variant.share())
                        .orElse(null);
        return energy == null ? OptionalDouble.empty() : OptionalDouble.of(energy);
    }

    /**
     * Time that a dispatch to the device and back took beside the inference, microseconds; 0 before the first one. It
     * fades, so that a device that was slow to answer once is tried again.
     */
    static double overheadMicros(Tx tx, DeviceRow device, VariantRow variant, long nowMillis) {
        return overheadMicros(learned(tx, device, variant), nowMillis);
    }

    private static double overheadMicros(@Nullable CostRow learned, long nowMillis) {
        return learned == null
                ? 0
                : learned.meanOverheadMicros
                        * Math.pow(0.5, Math.max(0, nowMillis - learned.updatedAt) / OVERHEAD_HALF_LIFE_MILLIS);
    }

    /** Notes that a probe was among the results of a variant on a device. */
    static void probed(Tx tx, String deviceId, String digest, String job) {
        tx.get(CostRow.class, CostRow.key(deviceId, digest)).ifPresent(row -> {
            row.probedBy = job;
            tx.update(row);
        });
    }

    /** The probe that a time stands on, while few other results do. */
    static @Nullable String probe(Tx tx, DeviceRow device, VariantRow variant) {
        return tx.get(CostRow.class, CostRow.key(device.id, variant.digest))
                .filter(row -> row.count <= PROBE_TOLD_RESULTS)
                .map(row -> row.probedBy)
                .orElse(null);
    }

    /**
     * Takes one finished task into account.
     *
     * @param roundTripMicros time from dispatch to this result
     */
    static void learn(
            Tx tx,
            String tenant,
            String deviceId,
            String digest,
            TaskResult result,
            double roundTripMicros,
            long nowMillis) {
        Long latency = result.latencyMicros();
        if (latency == null) {
            return;
        }
        CostRow known = tx.get(CostRow.class, CostRow.key(deviceId, digest)).orElse(null);
        double overhead = Math.max(0, roundTripMicros - latency);
        CostRow row = known == null ? begun(tenant, deviceId, digest, latency) : known;
        row.meanOverheadMicros = known == null
                ? overhead
                : known.meanOverheadMicros + NEWEST_WEIGHT * (overhead - known.meanOverheadMicros);
        took(row, latency, NEWEST_WEIGHT);
        ran(tx, row, latency, result, nowMillis);
        row.updatedAt = nowMillis;
        keep(tx, row, known == null);
    }

    /**
     * Takes a stretch into account that a device has run and timed as its share of a job: the whole network is taken to last as
     * much longer as the device's operators say. The less of the network it was, the less it counts; a sliver says nothing. A device that
     * takes over gets its second stretch only while plans choose it, so a first one whose code was cold must not rule it out: one counts
     * as {@value #OUTLIER_TIMES} times what was expected at most.
     *
     * @param share of the network's time there, above 0; 1 for all of it
     */
    static void learnStretch(Tx tx, DeviceRow device, String digest, double share, TaskResult result, long nowMillis) {
        Long latency = result.latencyMicros();
        CostRow known = tx.get(CostRow.class, CostRow.key(device.id, digest)).orElse(null);
        if (latency == null
                || latency == 0
                || result.latencyModelled()
                || known != null && known.modelled
                || share < SHARE_MIN) {
            return;
        }
        double whole = latency / share;
        CostRow row = known == null
                ? begun(
                        device.tenant,
                        device.id,
                        digest,
                        operatorMicros(tx, device, digest).orElse(whole))
                : known;
        double micros = Math.min(whole, OUTLIER_TIMES * row.meanMicros);
        took(row, micros, NEWEST_WEIGHT * share);
        if (share == 1) {
            ran(tx, row, whole, result, nowMillis);
        }
        // How long the dispatch took is not known: what was stays, and goes on fading.
        row.meanOverheadMicros = overheadMicros(row, nowMillis);
        row.updatedAt = nowMillis;
        keep(tx, row, known == null);
    }

    private static CostRow begun(String tenant, String deviceId, String digest, double micros) {
        CostRow row = new CostRow();
        row.id = CostRow.key(deviceId, digest);
        row.tenant = tenant;
        row.deviceId = deviceId;
        row.digest = digest;
        row.meanMicros = micros;
        row.energyMethod = EnergyMethod.UNKNOWN.wireName();
        return row;
    }

    private static void took(CostRow row, double micros, double weight) {
        double delta = micros - row.meanMicros;
        row.meanMicros += weight * delta;
        row.varianceMicros = (1 - weight) * (row.varianceMicros + weight * delta * delta);
    }

    /** What only a run of the whole network tells. */
    private static void ran(Tx tx, CostRow row, double micros, TaskResult result, long nowMillis) {
        row.count++;
        if (micros > 0 && Drift.observe(row, micros, nowMillis)) {
            AuditLog.append(
                    tx,
                    row.tenant,
                    "controller",
                    "device.drifted",
                    "%s takes %.2f times what it took for %s".formatted(row.deviceId, row.driftRatio, row.digest),
                    nowMillis);
        }
        Double energy = result.energyMicrojoules();
        if (energy != null) {
            Double before = told(row.meanMicrojoules);
            row.meanMicrojoules = before == null ? energy : before + NEWEST_WEIGHT * (energy - before);
        }
        row.energyMethod = result.energyMethod().wireName();
        row.modelled = result.latencyModelled();
    }

    /** An energy that there can be; rows from before results were bounded may have others. */
    static @Nullable Double told(@Nullable Double microjoules) {
        return microjoules != null && microjoules >= 0 && microjoules < Double.POSITIVE_INFINITY ? microjoules : null;
    }

    private static void keep(Tx tx, CostRow row, boolean fresh) {
        if (fresh) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
    }
}
