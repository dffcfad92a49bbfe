package io.fleetwright.controller.removal;

import io.fleetwright.controller.graph.GraphTensorRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.OutputRow;
import io.fleetwright.controller.model.UploadRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.util.List;

/** Who needs an artifact. */
public final class ArtifactNeeds {
    private record Naming(Class<? extends Row> type, String field) {}

    private static final List<Naming> NAMINGS = List.of(
            new Naming(VariantRow.class, "digest"),
            new Naming(VariantRow.class, "packageDigest"),
            new Naming(VariantRow.class, "deltaBase"),
            new Naming(VersionRow.class, "evaluationDigest"),
            new Naming(VersionRow.class, "sourceDigest"),
            new Naming(VersionRow.class, "calibrationDigest"),
            new Naming(SlotRow.class, "desiredDigest"),
            new Naming(SlotRow.class, "reportedDigest"),
            new Naming(SlotRow.class, "previousDigest"),
            new Naming(JobRow.class, "inputDigest"),
            new Naming(OutputRow.class, "digest"),
            new Naming(GraphTensorRow.class, "digest"),
            new Naming(UploadRow.class, "digest"));

    private ArtifactNeeds() {}

    /** True when a variant, a version, a slot, an open rollout or a job names it. */
    public static boolean any(Tx tx, String digest) {
        return NAMINGS.stream().anyMatch(naming -> names(tx, naming, digest)) || isAwaited(tx, digest);
    }

    private static boolean names(Tx tx, Naming naming, String digest) {
        return tx.count(Query.of(naming.type()).equal(naming.field(), digest)) > 0;
    }

    /** True when an open rollout will give it to a device. */
    private static boolean isAwaited(Tx tx, String digest) {
        return tx
                .find(Query.of(TargetRow.class).equal("digest", digest).in("state", List.of("pending", "running")))
                .stream()
                .map(target -> target.rolloutId)
                .distinct()
                .anyMatch(id ->
                        tx.get(RolloutRow.class, id).filter(RolloutRow::isOpen).isPresent());
    }
}
