package io.fleetwright.controller.removal;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.StageChangeRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.util.List;
import java.util.Map;

/** Deletes versions that nobody runs, shall run, or may go back to; their artifacts go when nothing else needs them. */
public final class VersionRemoval {
    private static final Map<String, String> SLOTS = Map.of(
            "desiredDigest", "shall run it",
            "reportedDigest", "runs it",
            "previousDigest", "may go back to it");

    private VersionRemoval() {}

    /**
     * Deletes a version with its variants, what was measured of them, and its history of stages.
     *
     * @throws Refusal when it is not there, or something is in the way, which the message names
     */
    public static void delete(Models.Scope scope, String tenant, String model, String version) {
        Tx tx = scope.tx();
        VersionRow row = Models.requireVersion(tx, tenant, model, version);
        Query<VariantRow> variants = Query.of(VariantRow.class).equal("versionId", row.id);
        requireNoRollout(tx, row);
        requireNoSlot(tx, row, tx.find(variants).stream().map(one -> one.digest).toList());
        requireNoJob(tx, row);
        tx.deleteAll(named(CutLossRow.class, row));
        tx.deleteAll(variants);
        tx.deleteAll(Query.of(StageChangeRow.class).equal("versionId", row.id));
        tx.delete(row);
        scope.effects().hint(tenant, "model", model);
    }

    private static void requireNoRollout(Tx tx, VersionRow row) {
        List<RolloutRow> rollouts = tx.find(named(RolloutRow.class, row));
        for (RolloutRow rollout : rollouts) {
            if (rollout.isOpen()) {
                throw refused(row, "rollout %s is %s".formatted(rollout.id, rollout.state));
            }
        }
        boolean mayGo = row.stage() == Stage.DRAFT || row.stage() == Stage.RETIRED;
        if (!mayGo && !rollouts.isEmpty()) {
            throw refused(row, "it is %s and was rolled out; retire it first".formatted(row.state));
        }
    }

    private static void requireNoSlot(Tx tx, VersionRow row, List<String> digests) {
        SLOTS.forEach((field, what) -> tx.find(Query.of(SlotRow.class)
                        .equal("tenant", row.tenant)
                        .equal("slot", row.model)
                        .in(field, digests)
                        .limit(1))
                .forEach(slot -> {
                    throw refused(row, "%s %s".formatted(slot.id.substring(row.tenant.length() + 1), what));
                }));
    }

    private static void requireNoJob(Tx tx, VersionRow row) {
        for (JobRow job :
                tx.find(named(JobRow.class, row).in("state", Jobs.OPEN).limit(1))) {
            throw refused(row, "job %s is %s".formatted(job.id, job.state));
        }
    }

    private static <R extends Row> Query<R> named(Class<R> type, VersionRow row) {
        return Query.of(type)
                .equal("tenant", row.tenant)
                .equal("model", row.model)
                .equal("version", row.version);
    }

    private static Refusal refused(VersionRow row, String reason) {
        return new Refusal(
                Refusal.Kind.CONFLICT,
                "version %s of %s cannot be deleted: %s".formatted(row.version, row.model, reason));
    }
}
