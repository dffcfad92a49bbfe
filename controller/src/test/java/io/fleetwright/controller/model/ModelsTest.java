package io.fleetwright.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.trust.Digest;
import java.nio.file.Files;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ModelsTest {
    private static final String TENANT = TestFleet.TENANT;
    private static final byte[] SET = EvaluationSetCodec.encode(
            new EvaluationSet(List.of(32, 32, 1), 10, new byte[2 * 32 * 32], 1 / 255f, 0, new int[] {1, 2}));

    private final TestFleet fleet = new TestFleet();
    private byte[] network = {};

    @BeforeEach
    void publish() throws Exception {
        network = Files.readAllBytes(SharedData.projectRoot()
                .resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs/glyphs-w0.5-int8.tflite"));
        Models models = fleet.core().models();
        assertThat(models.create(TENANT, "glyphs")).isTrue();
        assertThat(models.createVersion(TENANT, "glyphs", "1.0.0")).isTrue();
    }

    @Test
    void aVariantIsReadOnceAndNeverChanges() {
        Models models = fleet.core().models();
        VariantRow row = models.putVariant(TENANT, "glyphs", "1.0.0", "int8", network, "test");
        assertThat(row.operators).contains("CONV_2D");
        assertThat(row.accuracyCount).isZero();
        assertThat(models.putVariant(TENANT, "glyphs", "1.0.0", "int8", network, "test").id)
                .isEqualTo(row.id);
        byte[] stored = fleet.core().run(scope -> Artifacts.of(scope).read(new Digest(row.digest)));
        assertThat(stored).isEqualTo(network);
        assertRefused(Refusal.Kind.INVALID, "int4", new byte[] {1, 2, 3}, models);
        assertRefused(Refusal.Kind.INVALID, "NOT A NAME", network, models);
        assertThat(fleet.all(VariantRow.class)).hasSize(1);
        assertThat(fleet.all(ArtifactRow.class)).hasSize(1);
    }

    @Test
    void everyVariantOfAVersionIsMeasuredOnItsOneSet() {
        Models models = fleet.core().models();
        assertThat(models.putVariant(TENANT, "glyphs", "1.0.0", "first", network, "test").accuracyCount)
                .isZero();
        models.putEvaluationSet(TENANT, "glyphs", "1.0.0", SET, "test");
        models.putEvaluationSet(TENANT, "glyphs", "1.0.0", SET, "test");
        assertThat(models.putVariant(TENANT, "glyphs", "1.0.0", "second", network, "test").accuracyCount)
                .isEqualTo(2);
        assertThat(fleet.all(VariantRow.class)).hasSize(2).allMatch(row -> row.accuracyCount == 2);
        byte[] other = SET.clone();
        other[other.length - 1] ^= 1;
        assertThatThrownBy(() -> models.putEvaluationSet(TENANT, "glyphs", "1.0.0", other, "test"))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void nothingOfAnotherTenantIsThere() {
        assertThatThrownBy(() -> fleet.core().models().putVariant("other", "glyphs", "1.0.0", "int8", network, "test"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
    }

    @Test
    void aVariantThatWasMeasuredBeforeItsVersionGotItsSetIsNotStored() {
        Models models =
                interrupted(() -> fleet.core().models().putEvaluationSet(TENANT, "glyphs", "1.0.0", SET, "test"));
        assertRefused(Refusal.Kind.CONFLICT, "int8", network, models);
        assertThat(fleet.all(VariantRow.class)).isEmpty();
    }

    @Test
    void aSetThatDidNotMeasureAVariantThatCameMeanwhileIsNotTaken() {
        Models models = interrupted(() -> assertThat(fleet.core()
                        .models()
                        .putVariant(TENANT, "glyphs", "1.0.0", "int8", network, "test")
                        .accuracyCount)
                .isZero());
        assertThatThrownBy(() -> models.putEvaluationSet(TENANT, "glyphs", "1.0.0", SET, "test"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT));
        fleet.core().models().putEvaluationSet(TENANT, "glyphs", "1.0.0", SET, "test");
        assertThat(fleet.all(VariantRow.class))
                .singleElement()
                .satisfies(row -> assertThat(row.accuracyCount).isEqualTo(2));
    }

    /** Models that something comes between while they measure, that is after their first transaction. */
    private Models interrupted(Runnable meanwhile) {
        return new Models(new Models.Transactions() {
            private int runs;

            @Override
            public <T> T run(Function<Models.Scope, T> work) {
                if (++runs == 2) {
                    meanwhile.run();
                }
                return fleet.core().run(work);
            }
        });
    }

    private static void assertRefused(Refusal.Kind kind, String variant, byte[] bytes, Models models) {
        assertThatThrownBy(() -> models.putVariant(TENANT, "glyphs", "1.0.0", variant, bytes, "test"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(kind));
    }
}
