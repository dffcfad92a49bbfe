package io.fleetwright.controller.stream;

import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.PlanCosts;
import io.fleetwright.controller.job.WindowCosts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.StreamReport;
import org.jspecify.annotations.Nullable;

/**
 * What windows of streams teach. Runs of the whole network go into its cost on the source, as results of jobs do. All runs go into how
 * much slower than its cost a device is; a front or a rest by its share of the network. Measured runs tell nothing of a device whose
 * times are modelled, nor the other way round.
 */
final class StreamPaces {
    private StreamPaces() {}

    /**
     * Of the network's time. A stretch that takes less takes mostly what any run takes beside its operators, which says nothing of how
     * fast the device is.
     */
    private static final double LEAST_SHARE = 0.01;

    /**
     * What plans count with.
     *
     * @param factor of what is expected now, at least 1
     * @param found the factor that the newest windows led to, which stays while costs move
     */
    record Counted(double factor, double found) {
        static final Counted EXPECTED = new Counted(1, 1);
    }

    /**
     * What plans count with.
     *
     * @param isCut for a front or a rest rather than the whole network: the share of a stretch is a guess, so what one shows says nothing
     *     of the whole, and a plan does not swing between the two
     */
    static Counted counted(Tx tx, String deviceId, String digest, boolean isCut, double expected, long nowMillis) {
        return tx.get(StreamPaceRow.class, id(deviceId, digest, isCut))
                .filter(row -> row.updatedAt > nowMillis - Pace.FRESH.toMillis() && row.factor > 1)
                .map(row -> {
                    double now = Math.max(1, row.factor * row.expectedMicros / expected);
                    double then = row.factor;
                    return new Counted(now, then);
                })
                .orElse(Counted.EXPECTED);
    }

    private static String id(String deviceId, String digest, boolean isCut) {
        return CostRow.key(deviceId, digest) + (isCut ? "#cut" : "#whole");
    }

    /**
     * Takes a window into account.
     *
     * @return the cause of new plans, absent when there is none
     */
    static @Nullable String learn(
            Tx tx, LiveStreamRow stream, StreamPlanRow plan, StreamReport report, long nowMillis) {
        String cause = null;
        VariantRow variant = tx
                .find(Query.of(VariantRow.class)
                        .equal("tenant", stream.tenant)
                        .equal("model", stream.model)
                        .equal("digest", plan.digest))
                .stream()
                .findFirst()
                .orElse(null);
        double front = plan.frontShare;
        Double back = plan.backShare;
        if (variant == null) {
            return null;
        }
        for (StreamReport.Runs runs : report.runs()) {
            String peer = plan.peerNodeId;
            boolean onPeer = runs.part() == StreamReport.Part.BACK;
            double share = switch (runs.part()) {
                case WHOLE -> 1;
                case FRONT -> front;
                case BACK -> back != null ? back : front > 0 ? 1 - front : 0;
            };
            String deviceId = onPeer ? peer + "/" + plan.peerDevice : stream.nodeId + "/" + stream.device;
            DeviceRow device = onPeer && peer == null
                    ? null
                    : tx.get(DeviceRow.class, deviceId).orElse(null);
            if (device == null || device.modelled != runs.modelled() || !(share >= LEAST_SHARE)) {
                continue;
            }
            double expected = PlanCosts.of(tx, device, variant).expectedMicros();
            double seen = WindowCosts.percentileMicros(runs.latency(), 0.5) / share;
            boolean moved = take(
                    tx,
                    stream.tenant,
                    id(deviceId, plan.digest, runs.part() != StreamReport.Part.WHOLE),
                    expected,
                    seen / expected,
                    nowMillis);
            boolean drifted = runs.part() == StreamReport.Part.WHOLE
                    && WindowCosts.learn(tx, stream.tenant, deviceId, plan.digest, seen(report, runs), nowMillis);
            if (moved || drifted) {
                cause = onPeer ? "helper-pace" : "source-pace";
            }
        }
        return cause;
    }

    /** Energy of one run is known where all frames of the window ran alike. */
    private static WindowCosts.Seen seen(StreamReport report, StreamReport.Runs whole) {
        StreamReport.Energy energy = report.energy();
        boolean alike = report.runs().size() == 1 && energy.count() > 0;
        return new WindowCosts.Seen(
                whole.latency(),
                whole.modelled(),
                alike ? Double.valueOf(energy.microjoules() / energy.count()) : null,
                energy.method());
    }

    private static boolean take(Tx tx, String tenant, String id, double expected, double ratio, long nowMillis) {
        StreamPaceRow known = tx.get(StreamPaceRow.class, id).orElse(null);
        StreamPaceRow row = known == null ? new StreamPaceRow() : known;
        boolean isOld = known == null || known.updatedAt <= nowMillis - Pace.FRESH.toMillis();
        // Costs that have moved meanwhile have a part of the factor in them.
        double since = isOld ? 1 : row.expectedMicros / expected;
        Pace before =
                isOld ? Pace.EXPECTED : new Pace(row.seenRatio * since, Math.max(1, row.factor * since), row.away);
        Pace after = before.after(ratio);
        row.id = id;
        row.tenant = tenant;
        row.expectedMicros = expected;
        row.seenRatio = after.seenRatio();
        row.factor = after.factor();
        row.away = after.away();
        row.updatedAt = nowMillis;
        if (known == null) {
            tx.insert(row);
        } else {
            tx.update(row);
        }
        return after.factor() != before.factor();
    }
}
