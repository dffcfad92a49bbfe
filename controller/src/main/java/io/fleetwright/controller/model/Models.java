package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.MalformedEvaluationSetException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Publishes models. A version never changes once a variant has a digest; the same bytes may be put again.
 *
 * <p>Measuring takes seconds, so it happens between two transactions and not inside one.
 */
public final class Models {
    private static final int VARIANTS_PER_VERSION_MAX = 64;

    /** Runs work in one transaction. */
    public interface Transactions {
        <T> T run(Function<Scope, T> work);
    }

    /** What work in a transaction may use. */
    public record Scope(Tx tx, Effects effects, long nowMillis) {}

    private final Transactions transactions;

    public Models(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Makes a model; true when it was not there. */
    public boolean create(String tenant, String model) {
        if (!DesiredSlot.isName(model) || !NodeAddress.isId(tenant)) {
            throw Refusal.invalid("model (%s) must match [a-z0-9][a-z0-9.-]{0,63}".formatted(model));
        }
        return transactions.run(scope -> {
            ModelRow row = new ModelRow();
            row.id = tenant + "/" + model;
            row.tenant = tenant;
            row.model = model;
            row.createdAt = scope.nowMillis();
            scope.effects().hint(tenant, "model", model);
            return scope.tx().insertIfAbsent(row);
        });
    }

    /** Makes a version; true when it was not there. */
    public boolean createVersion(String tenant, String model, String version) {
        if (!DesiredSlot.isName(version)) {
            throw Refusal.invalid("version (%s) must match [a-z0-9][a-z0-9.-]{0,63}".formatted(version));
        }
        return transactions.run(scope -> {
            requireModel(scope.tx(), tenant, model);
            VersionRow row = new VersionRow();
            row.id = tenant + "/" + model + "/" + version;
            row.tenant = tenant;
            row.model = model;
            row.version = version;
            row.state = "draft";
            row.createdAt = scope.nowMillis();
            scope.effects().hint(tenant, "model", model);
            return scope.tx().insertIfAbsent(row);
        });
    }

    /** Gives a version its evaluation set and measures the variants that are there on it. */
    public void putEvaluationSet(String tenant, String model, String version, byte[] bytes) {
        EvaluationSet set = decode(bytes);
        List<VariantRow> variants = transactions.run(scope -> {
            VersionRow row = requireVersion(scope.tx(), tenant, model, version);
            String digest = Digest.of(bytes).value();
            if (row.evaluationDigest != null && !row.evaluationDigest.equals(digest)) {
                throw new Refusal(
                        Refusal.Kind.CONFLICT, "version %s of %s has another evaluation set".formatted(version, model));
            }
            return scope.tx().find(Query.of(VariantRow.class).equal("versionId", row.id));
        });
        record Measured(VariantRow row, VariantCard card) {}
        List<Measured> measured = variants.stream()
                .map(row -> new Measured(row, VariantCard.measure(row.id, artifact(row.digest), set)))
                .toList();
        transactions.run(scope -> {
            VersionRow row = requireVersion(scope.tx(), tenant, model, version);
            String digest = Digest.of(bytes).value();
            Set<String> measuredNow = measured.stream().map(one -> one.row().id).collect(Collectors.toSet());
            Set<String> presentNow = scope.tx().find(Query.of(VariantRow.class).equal("versionId", row.id)).stream()
                    .map(variant -> variant.id)
                    .collect(Collectors.toSet());
            if (row.evaluationDigest != null && !row.evaluationDigest.equals(digest)
                    || !presentNow.equals(measuredNow)) {
                throw changedMeanwhile(model, version);
            }
            row.evaluationDigest =
                    Artifacts.put(scope.tx(), bytes, scope.nowMillis()).value();
            row.state = measured.isEmpty() ? "draft" : "evaluated";
            scope.tx().update(row);
            for (Measured one : measured) {
                one.card().write(one.row());
                scope.tx().update(one.row());
            }
            scope.effects().hint(tenant, "model", model);
            return row;
        });
    }

    /**
     * Adds a variant: reads it, measures it, stores it.
     *
     * @throws Refusal when the artifact cannot be run, or the variant is there with other bytes; nothing is stored then
     */
    public VariantRow putVariant(String tenant, String model, String version, String variant, byte[] bytes) {
        if (!DesiredSlot.isName(variant)) {
            throw Refusal.invalid("variant (%s) must match [a-z0-9][a-z0-9.-]{0,63}".formatted(variant));
        }
        @Nullable
        String evaluationDigest = transactions
                .run(scope -> new Found(requireVersion(scope.tx(), tenant, model, version).evaluationDigest))
                .digest();
        @Nullable EvaluationSet set = evaluationDigest == null ? null : decode(artifact(evaluationDigest));
        VariantCard card = VariantCard.measure("%s/%s/%s".formatted(model, version, variant), bytes, set);
        return transactions.run(scope -> {
            Tx tx = scope.tx();
            VersionRow versionRow = requireVersion(tx, tenant, model, version);
            if (!Objects.equals(versionRow.evaluationDigest, evaluationDigest)) {
                throw changedMeanwhile(model, version); // Or it would stand there measured on no set, or another one.
            }
            String id = versionRow.id + "/" + variant;
            String digest = Digest.of(bytes).value();
            VariantRow there = tx.get(VariantRow.class, id).orElse(null);
            if (there != null) {
                if (there.digest.equals(digest)) {
                    return there;
                }
                throw new Refusal(
                        Refusal.Kind.CONFLICT,
                        "variant %s of %s %s is there with digest %s".formatted(variant, model, version, there.digest));
            }
            if (tx.count(Query.of(VariantRow.class).equal("versionId", versionRow.id)) >= VARIANTS_PER_VERSION_MAX) {
                throw Refusal.invalid("a version has at most %d variants".formatted(VARIANTS_PER_VERSION_MAX));
            }
            VariantRow row = new VariantRow();
            row.id = id;
            row.tenant = tenant;
            row.model = model;
            row.version = version;
            row.versionId = versionRow.id;
            row.variant = variant;
            row.digest = Artifacts.put(tx, bytes, scope.nowMillis()).value();
            row.bytes = bytes.length;
            row.createdAt = scope.nowMillis();
            card.write(row);
            tx.insert(row);
            if (card.accuracy() != null && versionRow.state.equals("draft")) {
                versionRow.state = "evaluated";
                tx.update(versionRow);
            }
            scope.effects().hint(tenant, "model", model);
            return row;
        });
    }

    private static Refusal changedMeanwhile(String model, String version) {
        return new Refusal(
                Refusal.Kind.CONFLICT, "version %s of %s changed meanwhile; try again".formatted(version, model));
    }

    private record Found(@Nullable String digest) {}

    private byte[] artifact(String digest) {
        return transactions.run(scope -> Artifacts.get(scope.tx(), digest));
    }

    private static EvaluationSet decode(byte[] bytes) {
        try {
            return EvaluationSetCodec.decode(bytes);
        } catch (MalformedEvaluationSetException malformed) {
            throw Refusal.invalid("evaluation set: " + malformed.getMessage());
        }
    }

    private static ModelRow requireModel(Tx tx, String tenant, String model) {
        return tx.get(ModelRow.class, tenant + "/" + model).orElseThrow(() -> Refusal.notFound("model", model));
    }

    private static VersionRow requireVersion(Tx tx, String tenant, String model, String version) {
        return tx.get(VersionRow.class, tenant + "/" + model + "/" + version)
                .orElseThrow(() -> Refusal.notFound("version", model + " " + version));
    }
}
