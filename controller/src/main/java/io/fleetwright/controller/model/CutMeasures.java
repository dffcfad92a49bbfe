package io.fleetwright.controller.model;

import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.evaluate.CutEvaluator;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.trust.artifact.ArtifactException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures what the cuts of variants lose in four bits, one variant at a time, the one that has waited longest first. A measurement is
 * stored whole or not at all: one that is broken off is begun anew.
 */
public final class CutMeasures {
    /** Most inputs of a set that are run. */
    private static final int INPUTS_MAX = 1000;
    /** Fewer are run when this is over. */
    private static final Duration TIME_MAX = Duration.ofSeconds(60);

    /** Rows that may have lost their variants, each time. */
    private static final int LOOKED_AT = 16;

    private static final System.Logger LOG = System.getLogger(CutMeasures.class.getName());

    private final Models models;
    private final Models.Transactions transactions;
    private final LongSupplier steadyNanos;

    /** @param steadyNanos a clock that nobody sets */
    public CutMeasures(Models models, Models.Transactions transactions, LongSupplier steadyNanos) {
        this.models = models;
        this.transactions = transactions;
        this.steadyNanos = steadyNanos;
    }

    /** What a measurement needs, as it was when it began. */
    private record Waiting(CutLossRow row, VariantRow variant, String evaluationDigest) {}

    /** What came of it: one of the two is there. */
    private record Outcome(@Nullable CutLosses measured, String refused) {}

    /**
     * Measures one variant, outside of any transaction.
     *
     * @param ends asked before each input and many times within a slow one, where others may be given time; true when the controller
     *     stops, and nothing is stored then
     * @return false when no variant waits, or it was broken off
     */
    public boolean next(BooleanSupplier ends) {
        Waiting waiting = transactions.run(CutMeasures::oldest).orElse(null);
        if (waiting == null) {
            return false;
        }
        boolean[] broken = {false};
        long begun = steadyNanos.getAsLong();
        Outcome outcome = measure(waiting, () -> {
            broken[0] = ends.getAsBoolean();
            return broken[0] || steadyNanos.getAsLong() - begun >= TIME_MAX.toNanos();
        });
        return !broken[0] && transactions.run(scope -> store(scope, waiting, outcome));
    }

    private static Optional<Waiting> oldest(Models.Scope scope) {
        for (CutLossRow row : scope.tx()
                .find(Query.of(CutLossRow.class)
                        .equal("state", CutLossRow.WAITING)
                        .ascending("createdAt")
                        .limit(LOOKED_AT))) {
            VariantRow variant = scope.tx().get(VariantRow.class, row.id).orElse(null);
            if (variant == null) {
                // A controller of before there were such rows has deleted it.
                scope.tx().delete(row);
                continue;
            }
            VersionRow version =
                    scope.tx().get(VersionRow.class, variant.versionId).orElseThrow();
            return Optional.of(new Waiting(row, variant, Objects.requireNonNull(version.evaluationDigest)));
        }
        return Optional.empty();
    }

    /** Whatever a network makes of it: the variants behind it are measured too. */
    private Outcome measure(Waiting waiting, BooleanSupplier enough) {
        try {
            byte[] artifact = models.bytes(waiting.variant.digest).orElse(null);
            byte[] inputs = models.bytes(waiting.evaluationDigest).orElse(null);
            if (artifact == null || inputs == null) {
                return new Outcome(null, "the variant or its evaluation set is not there any more");
            }
            EvaluationSet set = EvaluationSetCodec.decode(inputs);
            CutLosses measured = CutEvaluator.byLabels(
                    ModelReader.read(artifact, waiting.variant.variant).integerCore(), set, INPUTS_MAX, enough);
            return measured.inputs() == 0
                    ? new Outcome(null, "an input takes over %d s".formatted(TIME_MAX.toSeconds()))
                    : new Outcome(measured, "");
        } catch (ModelException
                | MalformedEvaluationSetException
                | ArtifactException
                | IllegalArgumentException refused) {
            return new Outcome(null, String.valueOf(refused.getMessage()));
        } catch (FleetStore.StoreException away) {
            throw away;
        } catch (OutOfMemoryError tooLarge) {
            return new Outcome(null, "the controller has not enough memory to measure it");
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "cuts.measure_failed variant=" + waiting.row.id, bug);
            return new Outcome(null, "it cannot be measured: " + bug);
        }
    }

    /** False when the variant is gone, or there anew. */
    private static boolean store(Models.Scope scope, Waiting waiting, Outcome outcome) {
        CutLossRow row = scope.tx()
                .get(CutLossRow.class, waiting.row.id)
                .filter(now -> now.createdAt == waiting.row.createdAt && now.state.equals(CutLossRow.WAITING))
                .orElse(null);
        if (row == null) {
            return false;
        }
        if (outcome.measured == null) {
            row.refuse(outcome.refused, scope.nowMillis());
        } else {
            row.write(outcome.measured, scope.nowMillis());
        }
        scope.tx().update(row);
        scope.effects().hint(row.tenant, "model", row.model);
        return true;
    }
}
