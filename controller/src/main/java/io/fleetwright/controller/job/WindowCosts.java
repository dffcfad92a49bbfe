package io.fleetwright.controller.job;

import io.fleetwright.controller.audit.AuditLog;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import org.jspecify.annotations.Nullable;

/** What windows of many runs teach of the cost of a variant on a device, as results of jobs do one by one. */
public final class WindowCosts {
    /** A window counts as much as a result does: runs that follow each other are not independent. */
    private static final double NEWEST_WEIGHT = 0.2;
    /** Normal deviate of the 90th percentile. */
    private static final double P90_DEVIATE = 1.2816;

    /** From a bucket's upper end to its middle. */
    private static final double TO_MIDDLE = 1 / Math.sqrt(LatencyHistogram.upperMicros(1));

    private WindowCosts() {}

    /**
     * Middle of the bucket that holds a percentile, microseconds: a cost that stood on upper ends would be too high by half a bucket.
     *
     * @param runs not empty
     * @param share from 0 to 1
     */
    public static double percentileMicros(LatencyHistogram runs, double share) {
        return TO_MIDDLE * runs.percentileMicros(share);
    }

    /**
     * What a window shows.
     *
     * @param runs of the whole network, not empty
     * @param modelled whether their times are a profile's
     * @param microjoules of one run, absent when unknown
     */
    public record Seen(
            LatencyHistogram runs,
            boolean modelled,
            @Nullable Double microjoules,
            EnergyMethod method) {}

    /**
     * Takes a window into account; one that is modelled tells nothing where times were measured, and the other way round.
     *
     * @return true when the device has left what it took before for good
     */
    public static boolean learn(Tx tx, String tenant, String deviceId, String digest, Seen seen, long nowMillis) {
        double middle = Math.max(1, percentileMicros(seen.runs, 0.5));
        double spread = Math.max(0, percentileMicros(seen.runs, 0.9) - middle) / P90_DEVIATE;
        String id = CostRow.key(deviceId, digest);
        CostRow known = tx.get(CostRow.class, id).orElse(null);
        if (known != null && known.modelled != seen.modelled) {
            return false;
        }
        CostRow row = known == null ? new CostRow() : known;
        if (known == null) {
            row.id = id;
            row.tenant = tenant;
            row.deviceId = deviceId;
            row.digest = digest;
            row.meanMicros = middle;
            row.varianceMicros = spread * spread;
            row.modelled = seen.modelled;
            row.energyMethod = EnergyMethod.UNKNOWN.wireName();
        }
        double delta = middle - row.meanMicros;
        row.meanMicros += NEWEST_WEIGHT * delta;
        row.varianceMicros = (1 - NEWEST_WEIGHT) * (row.varianceMicros + NEWEST_WEIGHT * delta * delta)
                + NEWEST_WEIGHT * spread * spread;
        row.count++;
        energy(row, seen);
        boolean drifted = Drift.observe(row, middle, nowMillis);
        if (drifted) {
            AuditLog.append(
                    tx,
                    tenant,
                    "controller",
                    "device.drifted",
                    "%s takes %.2f times what it took for %s".formatted(deviceId, row.driftRatio, digest),
                    nowMillis);
        }
        row.updatedAt = nowMillis;
        if (known == null) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
        return drifted;
    }

    private static void energy(CostRow row, Seen seen) {
        Double energy = seen.microjoules;
        Double before = Costs.told(row.meanMicrojoules);
        if (energy == null || before != null && !row.energyMethod.equals(seen.method.wireName())) {
            return;
        }
        row.meanMicrojoules = before == null ? energy : before + NEWEST_WEIGHT * (energy - before);
        row.energyMethod = seen.method.wireName();
    }
}
