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
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Deletes versions that nobody runs, shall run, or may go back to; their artifacts go when nothing else needs them. */
public final class VersionRemoval {
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
        requireNoSlot(tx, row, tx.find(variants).stream().map(one -> one.digest).collect(Collectors.toSet()));
        requireNoJob(tx, row);
        tx.deleteAll(named(CutLossRow.class, row));
        forgetTimes(tx, row, tx.find(variants));
        tx.deleteAll(variants);
        tx.deleteAll(Query.of(StageChangeRow.class).equal("versionId", row.id));
        tx.delete(row);
        scope.effects().hint(tenant, "model", model);
    }

    /** Of bytes that no other version has, of whatever model. */
    private static void forgetTimes(Tx tx, VersionRow row, List<VariantRow> variants) {
        for (VariantRow variant : variants) {
            boolean isShared = tx
                    .find(Query.of(VariantRow.class).equal("tenant", row.tenant).equal("digest", variant.digest))
                    .stream()
                    .anyMatch(other -> !other.versionId.equals(row.id));
            if (!isShared) {
                tx.deleteAll(Query.of(OperatorTimesRow.class)
                        .equal("tenant", row.tenant)
                        .equal("digest", variant.digest));
            }
        }
    }

    private static void requireNoRollout(Tx tx, VersionRow row) {
        List<RolloutRow> rollouts = tx.find(named(RolloutRow.class, row));
        for (RolloutRow rollout : rollouts) {
            if (rollout.isOpen()) {
                throw refused(row, "rollout %s is %s".formatted(rollout.id, rollout.state));
            }
        }
        for (RolloutRow open : tx.find(Query.of(RolloutRow.class)
                .equal("tenant", row.tenant)
                .equal("model", row.model)
                .in("state", RolloutState.OPEN))) {
            if (tx.count(Query.of(TargetRow.class).equal("rolloutId", open.id).equal("previousVersion", row.version))
                    > 0) {
                throw refused(row, "rollout %s may go back to it".formatted(open.id));
            }
        }
        boolean mayGo = row.stage() == Stage.DRAFT || row.stage() == Stage.RETIRED;
        if (!mayGo && !rollouts.isEmpty()) {
            throw refused(row, "it is %s and was rolled out; retire it first".formatted(row.state));
        }
    }

    /** Bytes that another version has too may go on running: they are a variant of that one then. */
    private static void requireNoSlot(Tx tx, VersionRow row, Set<String> digests) {
        Set<String> shared = new HashSet<>();
        for (Object[] same : tx.values(
                Query.of(VariantRow.class)
                        .equal("tenant", row.tenant)
                        .equal("model", row.model)
                        .in("digest", digests),
                "digest",
                "versionId")) {
            if (!row.id.equals(same[1])) {
                shared.add(String.valueOf(same[0]));
            }
        }
        Set<String> own = new HashSet<>(digests);
        own.removeAll(shared);
        requireNoSlot(tx, row, slots(row).in("desiredDigest", own), "shall run it");
        requireNoSlot(
                tx, row, slots(row).in("desiredDigest", shared).equal("desiredVersion", row.version), "shall run it");
        requireNoSlot(tx, row, slots(row).in("reportedDigest", own), "runs it");
        requireNoSlot(tx, row, slots(row).in("previousDigest", digests), "may go back to it");
    }

    private static Query<SlotRow> slots(VersionRow row) {
        return Query.of(SlotRow.class).equal("tenant", row.tenant).equal("slot", row.model);
    }

    private static void requireNoSlot(Tx tx, VersionRow row, Query<SlotRow> slots, String what) {
        tx.find(slots.limit(1)).forEach(slot -> {
            throw refused(row, "%s %s".formatted(slot.id.substring(row.tenant.length() + 1), what));
        });
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
