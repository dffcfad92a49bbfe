package io.fleetwright.controller.model;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.part.PartHeader;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.Delta;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Publishes models. A version never changes once it is approved, and a variant never once it has a digest; the same
 * bytes may be put again.
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
            row.state = Stage.DRAFT.label();
            row.createdAt = scope.nowMillis();
            scope.effects().hint(tenant, "model", model);
            return scope.tx().insertIfAbsent(row);
        });
    }

    /** Gives a version its evaluation set, and measures the variants that are there on it. */
    public void putEvaluationSet(String tenant, String model, String version, byte[] bytes, String who) {
        Yardstick.decode(bytes);
        put(
                tenant,
                model,
                version,
                bytes,
                "an evaluation set",
                row -> row.evaluationDigest,
                (row, digest) -> {
                    row.evaluationDigest = digest;
                },
                who);
    }

    /** Gives a version the float network that it stands for, and compares the variants that are there with it. */
    public void putSource(String tenant, String model, String version, byte[] bytes, String who) {
        Yardstick.network(bytes);
        put(
                tenant,
                model,
                version,
                bytes,
                "a source",
                row -> row.sourceDigest,
                (row, digest) -> {
                    row.sourceDigest = digest;
                },
                who);
    }

    /** What a version is measured by changes at most once, from absent to there; its variants are measured again. */
    private void put(
            String tenant,
            String model,
            String version,
            byte[] bytes,
            String what,
            Function<VersionRow, @Nullable String> digestOf,
            BiConsumer<VersionRow, String> set,
            String who) {
        String digest = Digest.of(bytes).value();
        record Before(VersionRow row, List<VariantRow> variants) {}
        Before before = transactions.run(scope -> {
            VersionRow row = requireVersion(scope.tx(), tenant, model, version);
            return new Before(row, variants(scope.tx(), row));
        });
        String there = digestOf.apply(before.row());
        if (digest.equals(there)) {
            return;
        }
        requireOpen(before.row());
        if (there != null) {
            throw new Refusal(Refusal.Kind.CONFLICT, "version %s of %s has %s already".formatted(version, model, what));
        }
        VersionRow after = before.row();
        String evaluationBefore = after.evaluationDigest;
        String sourceBefore = after.sourceDigest;
        set.accept(after, digest);
        Yardstick yardstick =
                Yardstick.of(bytes(after.evaluationDigest, digest, bytes), bytes(after.sourceDigest, digest, bytes));
        record Measured(VariantRow row, VariantCard card) {}
        List<Measured> measured = before.variants().stream()
                .filter(row -> !row.isPart())
                .map(row -> new Measured(row, VariantCard.measure(row.id, artifact(row.digest), yardstick)))
                .toList();
        transactions.run(scope -> {
            Tx tx = scope.tx();
            VersionRow row = requireVersion(tx, tenant, model, version);
            Set<String> measuredNow = measured.stream().map(one -> one.row().id).collect(Collectors.toSet());
            List<VariantRow> now = variants(tx, row);
            Set<String> presentNow =
                    now.stream().filter(one -> !one.isPart()).map(one -> one.id).collect(Collectors.toSet());
            requireOpen(row);
            if (!Objects.equals(row.evaluationDigest, evaluationBefore)
                    || !Objects.equals(row.sourceDigest, sourceBefore)
                    || !presentNow.equals(measuredNow)) {
                throw changedMeanwhile(model, version);
            }
            set.accept(row, Artifacts.of(scope).put(bytes).value());
            tx.update(row);
            for (Measured one : measured) {
                one.card().write(one.row());
                tx.update(one.row());
                if (row.evaluationDigest != null) {
                    CutLossRow.await(tx, one.row(), scope.nowMillis());
                }
                for (VariantRow part : now) {
                    if (one.row().variant.equals(part.partOf)) {
                        part.measuredAs(one.row());
                        tx.update(part);
                    }
                }
            }
            Stages.measured(scope, row, !measured.isEmpty(), who);
            scope.effects().hint(tenant, "model", model);
            return row;
        });
    }

    /** Gives a version the inputs that quantizers see; they are not measured on. */
    public void putCalibrationSet(String tenant, String model, String version, byte[] bytes) {
        putCalibrationSet(tenant, model, version, bytes, _ -> {});
    }

    /** @param condition is asked in the transaction of the write, of the digest that is there, and refuses; the set may be replaced */
    public void putCalibrationSet(
            String tenant, String model, String version, byte[] bytes, Consumer<Optional<String>> condition) {
        transactions.run(scope -> {
            VersionRow row = requireVersion(scope.tx(), tenant, model, version);
            condition.accept(Optional.ofNullable(row.calibrationDigest));
            String digest = Digest.of(bytes).value();
            if (!digest.equals(row.calibrationDigest)) {
                requireOpen(row);
                row.calibrationDigest = Artifacts.of(scope).put(bytes).value();
                scope.tx().update(row);
            }
            return row;
        });
    }

    /**
     * Adds a variant that came ready-made: reads it, measures it, stores it.
     *
     * @throws Refusal when the artifact cannot be run, or the variant is there with other bytes; nothing is stored then
     */
    public VariantRow putVariant(
            String tenant, String model, String version, String variant, byte[] bytes, String who) {
        return store(tenant, model, version, variant, bytes, Provenance.uploaded(who));
    }

    VariantRow store(String tenant, String model, String version, String variant, byte[] bytes, Provenance provenance) {
        return store(tenant, model, version, List.of(new Made(variant, bytes)), provenance)
                .getFirst();
    }

    /** A variant that is not stored yet. */
    @SuppressWarnings("ArrayRecordComponent")
    record Made(String variant, byte[] bytes) {}

    /** Measures all, then stores all or none. */
    List<VariantRow> store(String tenant, String model, String version, List<Made> variants, Provenance provenance) {
        for (Made made : variants) {
            if (!DesiredSlot.isName(made.variant)) {
                throw Refusal.invalid("variant (%s) must match [a-z0-9][a-z0-9.-]{0,63}".formatted(made.variant));
            }
        }
        record Before(VersionRow version, Map<String, VariantRow> older) {}
        Before start = transactions.run(scope -> {
            VersionRow row = requireVersion(scope.tx(), tenant, model, version);
            Map<String, VariantRow> older = new HashMap<>();
            variants.forEach(
                    made -> older(scope.tx(), row, made.variant).ifPresent(there -> older.put(made.variant, there)));
            return new Before(row, older);
        });
        VersionRow before = start.version();
        Yardstick yardstick = Yardstick.of(bytes(before.evaluationDigest), bytes(before.sourceDigest));
        List<NewVariant> measured = variants.stream()
                .map(made -> measured(before, made, yardstick, start.older().get(made.variant)))
                .toList();
        return transactions.run(scope -> {
            VersionRow versionRow = requireVersion(scope.tx(), tenant, model, version);
            return measured.stream()
                    .map(one -> insert(scope, versionRow, before, one, provenance))
                    .toList();
        });
    }

    /**
     * A variant that was measured.
     *
     * @param part what it is a part of, absent for a whole network
     * @param older the same variant of the version before
     */
    private record NewVariant(
            Made made,
            VariantCard card,
            @Nullable PartHeader part,
            @Nullable VariantRow older,
            @Nullable Long deltaBytes) {}

    private NewVariant measured(VersionRow version, Made made, Yardstick yardstick, @Nullable VariantRow older) {
        String name = "%s/%s/%s".formatted(version.model, version.version, made.variant);
        PartHeader part = VariantCard.part(name, made.bytes).orElse(null);
        if (part != null) {
            VariantRow whole = transactions.run(scope -> Parts.whole(scope.tx(), version, part.wholeDigest()));
            VariantCard.requireCutFrom(name, made.bytes, artifact(whole.digest));
        }
        VariantCard card = VariantCard.measure(name, made.bytes, part == null ? yardstick : Yardstick.NONE);
        Long deltaBytes = older == null ? null : (long) Delta.between(artifact(older.digest), made.bytes).length;
        return new NewVariant(made, card, part, older, deltaBytes);
    }

    private static VariantRow insert(
            Scope scope, VersionRow versionRow, VersionRow before, NewVariant one, Provenance provenance) {
        Tx tx = scope.tx();
        String variant = one.made.variant;
        String id = versionRow.id + "/" + variant;
        String digest = Digest.of(one.made.bytes).value();
        VariantRow there = tx.get(VariantRow.class, id).orElse(null);
        if (there != null) {
            if (there.digest.equals(digest)) {
                return there;
            }
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "variant %s of %s %s is there with digest %s"
                            .formatted(variant, versionRow.model, versionRow.version, there.digest));
        }
        requireOpen(versionRow);
        if (!Objects.equals(versionRow.evaluationDigest, before.evaluationDigest)
                || !Objects.equals(versionRow.sourceDigest, before.sourceDigest)) {
            // Or it would stand there measured on no set, or another one.
            throw changedMeanwhile(versionRow.model, versionRow.version);
        }
        if (tx.count(Query.of(VariantRow.class).equal("versionId", versionRow.id)) >= VARIANTS_PER_VERSION_MAX) {
            throw Refusal.invalid("a version has at most %d variants".formatted(VARIANTS_PER_VERSION_MAX));
        }
        VariantRow row = new VariantRow();
        row.id = id;
        row.tenant = versionRow.tenant;
        row.model = versionRow.model;
        row.version = versionRow.version;
        row.versionId = versionRow.id;
        row.variant = variant;
        Artifacts artifacts = Artifacts.of(scope);
        row.digest = digest;
        row.bytes = one.made.bytes.length;
        boolean isThere = artifacts.has(new Digest(digest));
        Digest stored = artifacts.put(one.made.bytes);
        row.storedBytes = isThere ? 0 : artifacts.storedBytes(stored);
        VariantRow older = one.older;
        if (older != null && artifacts.has(new Digest(older.digest))) {
            row.deltaBase = older.digest;
            row.deltaBytes = one.deltaBytes;
        }
        row.createdAt = scope.nowMillis();
        provenance.write(artifacts, row);
        one.card.write(row);
        PartHeader part = one.part;
        if (part != null) {
            Parts.write(part, row, Parts.whole(tx, versionRow, part.wholeDigest()));
        }
        tx.insert(row);
        if (part == null && versionRow.evaluationDigest != null) {
            CutLossRow.await(tx, row, scope.nowMillis());
        }
        Stages.measured(scope, versionRow, true, provenance.who());
        scope.effects().hint(versionRow.tenant, "model", versionRow.model);
        return row;
    }

    private static Refusal changedMeanwhile(String model, String version) {
        return new Refusal(
                Refusal.Kind.CONFLICT, "version %s of %s changed meanwhile; try again".formatted(version, model));
    }

    private static void requireOpen(VersionRow row) {
        if (!row.stage().isOpen()) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "version %s of %s is %s and does not change any more".formatted(row.version, row.model, row.state));
        }
    }

    Optional<byte[]> bytes(@Nullable String digest) {
        return Optional.ofNullable(digest).map(this::artifact);
    }

    /** Of an artifact that may not be stored yet. */
    private Optional<byte[]> bytes(@Nullable String digest, String unstoredDigest, byte[] unstored) {
        return unstoredDigest.equals(digest) ? Optional.of(unstored) : bytes(digest);
    }

    byte[] artifact(String digest) {
        return transactions.run(scope -> Artifacts.of(scope).read(new Digest(digest)));
    }

    /** A variant of the version. */
    VariantRow variant(String tenant, String model, String version, String variant) {
        return transactions.run(scope -> scope.tx()
                .get(VariantRow.class, requireVersion(scope.tx(), tenant, model, version).id + "/" + variant)
                .orElseThrow(() -> Refusal.notFound("variant", variant)));
    }

    VersionRow version(String tenant, String model, String version) {
        return transactions.run(scope -> requireVersion(scope.tx(), tenant, model, version));
    }

    private static List<VariantRow> variants(Tx tx, VersionRow version) {
        return tx.find(Query.of(VariantRow.class).equal("versionId", version.id));
    }

    /** The same variant of the version before, which devices are likely to run when this one comes. */
    private static Optional<VariantRow> older(Tx tx, VersionRow version, String variant) {
        return tx
                .find(Query.of(VariantRow.class)
                        .equal("tenant", version.tenant)
                        .equal("model", version.model)
                        .equal("variant", variant)
                        .descending("createdAt")
                        .limit(2))
                .stream()
                .filter(row -> !row.version.equals(version.version))
                .findFirst();
    }

    /** The model of that name. */
    public static ModelRow requireModel(Tx tx, String tenant, String model) {
        return tx.get(ModelRow.class, tenant + "/" + model).orElseThrow(() -> Refusal.notFound("model", model));
    }

    /** The version of that name. */
    public static VersionRow requireVersion(Tx tx, String tenant, String model, String version) {
        return tx.get(VersionRow.class, tenant + "/" + model + "/" + version)
                .orElseThrow(() -> Refusal.notFound("version", model + " " + version));
    }
}
