package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.StageChangeRow;
import io.fleetwright.controller.model.Stages;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.pack.MalformedPackageException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.quantize.RecipeJson;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a version comes from, as the API shows it. */
record Lineage(
        String model,
        String version,
        String state,
        @Nullable String sourceDigest,
        @Nullable String calibrationDigest,
        @Nullable String evaluationDigest,
        List<Made> variants,
        List<Step> stages) {
    /**
     * How a variant was made.
     *
     * @param recipe the steps, which replay to the same bytes; absent when it came ready-made
     */
    record Made(
            String variant,
            String digest,
            Views.@Nullable Difference delta,
            String scheme,
            String who,
            String at,
            @JsonRawValue @Nullable String recipe) {}

    /** Who moved the version on, and when. */
    record Step(String from, String to, String who, String at) {}

    static Lineage of(Models.Scope scope, VersionRow row) {
        Tx tx = scope.tx();
        List<VariantRow> variants =
                tx.find(Query.of(VariantRow.class).equal("versionId", row.id).ascending("variant"));
        return new Lineage(
                row.model,
                row.version,
                row.state,
                row.sourceDigest,
                row.calibrationDigest,
                row.evaluationDigest,
                variants.stream()
                        .map(variant -> made(Artifacts.of(scope), variant))
                        .toList(),
                Stages.history(tx, row).stream().map(Lineage::step).toList());
    }

    private static Made made(ArtifactStore artifacts, VariantRow row) {
        return new Made(
                row.variant,
                row.digest,
                Views.Difference.of(row),
                row.scheme,
                row.createdBy,
                Views.time(row.createdAt),
                recipe(artifacts, row));
    }

    private static @Nullable String recipe(ArtifactStore artifacts, VariantRow row) {
        String digest = row.packageDigest;
        if (digest == null) {
            return null;
        }
        try {
            return RecipeJson.write(
                    PackageCodec.decode(artifacts.read(new Digest(digest))).recipe());
        } catch (MalformedPackageException damaged) {
            throw new IllegalStateException("package %s was stored whole".formatted(digest), damaged);
        }
    }

    private static Step step(StageChangeRow row) {
        return new Step(row.fromStage, row.toStage, row.who, Views.time(row.atMillis));
    }
}
