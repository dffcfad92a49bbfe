package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Limits;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Inferences that the controller asks for itself: of a variant that a plan looked at, on an idle device whose time for it is
 * predicted with too wide an interval. Their results are learned from like any other, so that the next plan knows. What was wanted
 * is kept in memory alone: whoever still wants it after a restart wants it again.
 */
final class Probes {
    /** A prediction is too uncertain when nine in ten runs keep within so many times its mean, or more. */
    static final double UNCERTAIN_RATIO = 1.4;
    /** Of a variant on a device. */
    static final int PROBES = 3;
    /** Of a device in an hour. */
    static final int PER_DEVICE_MAX = 6;

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    /** Every job that somebody waits for goes before them. */
    private static final long LATER_MICROS = Duration.ofHours(1).toNanos() / 1000;

    private static final int WANTED_MAX = 256;

    private final RandomGenerator random;
    private final Map<String, Wanted> wanted = new LinkedHashMap<>();

    private record Wanted(String deviceId, VariantRow variant) {}

    Probes(RandomGenerator random) {
        this.random = random;
    }

    /** Notes that a plan could have used the device, had it known what that takes. */
    void consider(Tx tx, DeviceRow device, VariantRow variant) {
        if (wanted.size() < WANTED_MAX && isUncertain(tx, device, variant)) {
            wanted.put(CostRow.key(device.id, variant.digest), new Wanted(device.id, variant));
        }
    }

    private static boolean isUncertain(Tx tx, DeviceRow device, VariantRow variant) {
        return Costs.basis(tx, device, variant) == Costs.Basis.PREDICTED
                && Costs.p90Micros(tx, device, variant) >= UNCERTAIN_RATIO * Costs.expectedMicros(tx, device, variant);
    }

    /** Asks for what is wanted, as far as devices are idle and have not been asked too often. */
    void step(Tx tx, Effects effects, long nowMillis) {
        for (Wanted one : wanted.values()) {
            DeviceRow device = tx.get(DeviceRow.class, one.deviceId).orElse(null);
            if (device != null
                    && isIdle(tx, device.tenant, device.node + "/" + device.device)
                    && isUncertain(tx, device, one.variant)) {
                ask(tx, effects, device, one.variant, nowMillis);
            }
        }
        wanted.clear();
    }

    /** @param place {@code node/device} */
    static boolean isIdle(Tx tx, String tenant, String place) {
        int slash = place.indexOf('/');
        return tx.count(Query.of(JobRow.class)
                        .equal("state", Jobs.RUNNING)
                        .equal("nodeId", tenant + "/" + place.substring(0, slash))
                        .equal("device", place.substring(slash + 1)))
                == 0;
    }

    private void ask(Tx tx, Effects effects, DeviceRow device, VariantRow variant, long nowMillis) {
        long lately = tx.count(of(device).greater("createdAt", nowMillis - HOUR.toMillis()));
        long open = tx.count(of(device).in("state", Jobs.OPEN));
        for (long made = lately; open == 0 && made < Math.min(PER_DEVICE_MAX, lately + PROBES); made++) {
            JobRow probe = probe(tx, device, variant, nowMillis);
            tx.insert(probe);
            effects.hint(device.tenant, "job", probe.id);
        }
    }

    private static Query<JobRow> of(DeviceRow device) {
        return Query.of(JobRow.class)
                .equal("probe", true)
                .equal("tenant", device.tenant)
                .equal("pinnedDevice", device.node + "/" + device.device);
    }

    private JobRow probe(Tx tx, DeviceRow device, VariantRow variant, long nowMillis) {
        JobRow probe = new JobRow();
        probe.id = "j-%011x%08x".formatted(nowMillis, random.nextInt());
        probe.tenant = device.tenant;
        probe.model = variant.model;
        probe.wantedVersion = variant.version;
        probe.wantedVariant = variant.variant;
        probe.pinnedDevice = device.node + "/" + device.device;
        probe.probe = true;
        probe.state = Jobs.QUEUED;
        probe.createdAt = nowMillis;
        probe.deadlineAt = nowMillis + DEADLINE.toMillis();
        probe.turnMicros = nowMillis * 1000 + LATER_MICROS;
        probe.energyMethod = EnergyMethod.UNKNOWN.wireName();
        // What an inference takes does not depend on its input.
        byte[] zeros = new byte[Math.toIntExact(Jobs.inputBytes(variant))];
        probe.inputBytes = zeros.length;
        if (zeros.length <= Limits.INLINE_TENSOR_BYTES_MAX) {
            probe.input = zeros;
        } else {
            probe.inputDigest = new Artifacts(tx, nowMillis).put(zeros).value();
        }
        return probe;
    }
}
