package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.List;

/** Moves versions from stage to stage, and remembers who did. */
public final class Stages {
    private Stages() {}

    /**
     * Moves a version on; to the stage where it is does nothing.
     *
     * @throws Refusal when the step is not allowed, or a variant was not measured
     */
    public static VersionRow promote(
            Models.Scope scope, String tenant, String model, String version, Stage to, String who) {
        VersionRow row = Models.requireVersion(scope.tx(), tenant, model, version);
        if (row.stage() == to) {
            return row;
        }
        if (!row.stage().mayBecome(to)) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "version %s of %s is %s and cannot become %s%s"
                            .formatted(
                                    version,
                                    model,
                                    row.state,
                                    to.label(),
                                    row.stage() == Stage.DRAFT ? ": its variants were not evaluated" : ""));
        }
        if (to == Stage.APPROVED) {
            requireMeasured(scope.tx(), row);
        }
        move(scope, row, to, who);
        scope.effects().hint(tenant, "model", model);
        return row;
    }

    private static void requireMeasured(Tx tx, VersionRow row) {
        for (VariantRow variant : tx.find(Query.of(VariantRow.class).equal("versionId", row.id))) {
            if (variant.accuracyCount == 0) {
                throw new Refusal(
                        Refusal.Kind.CONFLICT,
                        "variant %s of %s %s was not evaluated".formatted(variant.variant, row.model, row.version));
            }
        }
    }

    /** A version with variants and an evaluation set is evaluated, since neither is stored without measuring. */
    static void measured(Models.Scope scope, VersionRow row, boolean hasVariants, String who) {
        if (row.stage() == Stage.DRAFT && hasVariants && row.evaluationDigest != null) {
            move(scope, row, Stage.EVALUATED, who);
        }
    }

    private static void move(Models.Scope scope, VersionRow row, Stage to, String who) {
        StageChangeRow change = new StageChangeRow();
        change.id = row.id + "#" + to.label();
        change.tenant = row.tenant;
        change.versionId = row.id;
        change.fromStage = row.state;
        change.toStage = to.label();
        change.who = who;
        change.atMillis = scope.nowMillis();
        scope.tx().insert(change);
        row.state = to.label();
        scope.tx().update(row);
    }

    /** Every step of a version, in order. */
    public static List<StageChangeRow> history(Tx tx, VersionRow row) {
        return tx.find(Query.of(StageChangeRow.class).equal("versionId", row.id).ascending("atMillis"));
    }
}
