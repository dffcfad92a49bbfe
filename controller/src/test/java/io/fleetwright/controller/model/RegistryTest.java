package io.fleetwright.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.forge.quantize.CalibrationSource;
import io.fleetwright.forge.quantize.Scheme;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.trust.Digest;
import java.nio.file.Files;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From a float network to approved variants: what is measured, who stands for it, what never changes again. */
final class RegistryTest {
    private static final String TENANT = TestFleet.TENANT;
    private static final String WHO = "ci";
    private static final byte[] IMAGES = images(1);

    private final TestFleet fleet = new TestFleet();
    private byte[] source = {};
    private byte[] ready = {};

    private static byte[] images(long seed) {
        var random = new SplittableRandom(seed);
        var pixels = new byte[20 * 32 * 32];
        var labels = new int[20];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = random.nextInt(10);
            for (int k = 0; k < 32 * 32; k++) {
                pixels[i * 32 * 32 + k] = (byte) (random.nextInt(4) == 0 ? 255 : random.nextInt(40));
            }
        }
        return EvaluationSetCodec.encode(new EvaluationSet(List.of(32, 32, 1), 10, pixels, 1 / 255f, 0, labels));
    }

    @BeforeEach
    void publish() throws Exception {
        var zoo = SharedData.projectRoot().resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs");
        source = Files.readAllBytes(zoo.resolve("glyphs-w0.5-float.onnx"));
        ready = Files.readAllBytes(zoo.resolve("glyphs-w0.5-int8.tflite"));
        models().create(TENANT, "glyphs");
        models().createVersion(TENANT, "glyphs", "1.0.0");
    }

    private Models models() {
        return fleet.core().models();
    }

    private VariantRow derive(String scheme) {
        return fleet.core()
                .derivation()
                .derive(
                        TENANT,
                        "glyphs",
                        "1.0.0",
                        new Derivation.Request(scheme, Scheme.parse(scheme), false, 16, 1),
                        WHO);
    }

    private void promote(Stage to) {
        fleet.core().run(scope -> Stages.promote(scope, TENANT, "glyphs", "1.0.0", to, "lead"));
    }

    private VersionRow version() {
        return fleet.get(VersionRow.class, TENANT + "/glyphs/1.0.0");
    }

    private byte[] artifact(String digest) {
        return fleet.core().run(scope -> Artifacts.of(scope).read(new Digest(digest)));
    }

    @Test
    void aFloatNetworkBecomesAMeasuredVariantWithTheRecipeThatMadeIt() throws Exception {
        models().putSource(TENANT, "glyphs", "1.0.0", source, WHO);
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", IMAGES, WHO);
        models().putCalibrationSet(TENANT, "glyphs", "1.0.0", images(2));
        VariantRow row = derive("int4-g32");
        assertThat(row.scheme).isEqualTo("int4-g32");
        assertThat(row.bits).isEqualTo(4);
        assertThat(row.accuracyCount).isEqualTo(20);
        assertThat(row.agreementCount).isEqualTo(20);
        assertThat(row.agreementSame).isPositive();
        assertThat(row.robustnessCount).isEqualTo(20);
        assertThat(row.saturation).isBetween(0.0, 0.2);
        assertThat(row.createdBy).isEqualTo(WHO);
        QuantizedPackage packed = PackageCodec.decode(artifact(java.util.Objects.requireNonNull(row.packageDigest)));
        assertThat(packed.recipe().source().value()).isEqualTo(version().sourceDigest);
        assertThat(packed.recipe().calibration()).isInstanceOf(CalibrationSource.Given.class);
        assertThat(TfliteWriter.write(TfliteExport.classifier(packed.model().int8())))
                .as("the package holds what devices get")
                .isEqualTo(artifact(row.digest));
        assertThat(version().stage()).isEqualTo(Stage.EVALUATED);
        assertThat(derive("int4-g32").digest).as("made twice").isEqualTo(row.digest);
    }

    /** The files mean other rounding than the artifact, so that an answer may differ. */
    @ParameterizedTest
    @EnumSource(
            value = ExportFormat.class,
            names = {"QCDQ", "QONNX"})
    void whatIsExportedAsOnnxCanBePushedAndRuns(ExportFormat format) {
        models().putSource(TENANT, "glyphs", "1.0.0", source, WHO);
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", IMAGES, WHO);
        models().putCalibrationSet(TENANT, "glyphs", "1.0.0", images(2));
        VariantRow derived = derive("int8");
        byte[] file = format.written(artifact(format.digest(derived)));
        VariantRow pushed = models().putVariant(TENANT, "glyphs", "1.0.0", "onnx", file, WHO);
        assertThat(artifact(pushed.digest)).as("devices get the file itself").isEqualTo(file);
        assertThat(pushed.operators).contains("CONV_2D", "DEPTHWISE_CONV_2D");
        assertThat(pushed.macs).isEqualTo(derived.macs);
        assertThat(pushed.inputScale).isEqualTo(derived.inputScale);
        assertThat(pushed.inputZeroPoint).isEqualTo(derived.inputZeroPoint);
        assertThat(pushed.accuracyCount).isEqualTo(20);
        assertThat(pushed.agreementSame).isBetween(derived.agreementSame - 1, derived.agreementSame + 1);
    }

    @Test
    void whatCameReadyMadeIsExportedAsItIsAlone() {
        VariantRow row = models().putVariant(TENANT, "glyphs", "1.0.0", "int8", ready, WHO);
        assertThat(ExportFormat.STORED.written(artifact(ExportFormat.STORED.digest(row))))
                .isEqualTo(ready);
        for (ExportFormat format : List.of(ExportFormat.PACKAGE, ExportFormat.QCDQ, ExportFormat.QONNX)) {
            assertRefused(Refusal.Kind.INVALID, "has no package", () -> format.digest(row));
        }
        assertRefused(Refusal.Kind.INVALID, "stored, package, qcdq, qonnx", () -> ExportFormat.of("tflite"));
    }

    @Test
    void variantsThatWereThereBeforeAreComparedWhenTheSourceComes() {
        VariantRow row = models().putVariant(TENANT, "glyphs", "1.0.0", "int8", ready, WHO);
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", IMAGES, WHO);
        assertThat(fleet.get(VariantRow.class, row.id).agreementCount).isZero();
        models().putSource(TENANT, "glyphs", "1.0.0", source, WHO);
        VariantRow compared = fleet.get(VariantRow.class, row.id);
        assertThat(compared.agreementCount).isEqualTo(20);
        assertThat(compared.agreementSame).as("int8 of the same network").isGreaterThan(15);
        assertThat(compared.scheme).isEqualTo("uploaded");
    }

    @Test
    void nothingIsDerivedWithoutASourceOrInputsOrFromALargerNetwork() {
        assertRefused(Refusal.Kind.INVALID, "no source", () -> derive("int8"));
        models().putSource(TENANT, "glyphs", "1.0.0", source, WHO);
        assertRefused(Refusal.Kind.INVALID, "no calibration set", () -> derive("int8"));
        models().putCalibrationSet(TENANT, "glyphs", "1.0.0", new byte[12]);
        assertRefused(Refusal.Kind.INVALID, "int8:", () -> derive("int8"));
        assertThat(fleet.all(VariantRow.class)).isEmpty();
        assertThat(version().stage()).isEqualTo(Stage.DRAFT);
    }

    @Test
    void hostileSourcesAreRefusedAndNothingIsStored() {
        var random = new SplittableRandom(5);
        for (int i = 0; i < 200; i++) {
            byte[] bad = source.clone();
            for (int k = 0; k < 20; k++) {
                bad[random.nextInt(Math.min(bad.length, 2000))] = (byte) random.nextInt(256);
            }
            try {
                models().putSource(TENANT, "glyphs", "1.0.0", bad, WHO);
                return; // A mutation that left a network standing; the version has its source then.
            } catch (Refusal refused) {
                assertThat(refused.kind()).isEqualTo(Refusal.Kind.INVALID);
                assertThat(fleet.all(ArtifactRow.class)).isEmpty();
            }
        }
    }

    @Test
    void onlyMeasuredVersionsAreApprovedAndWhoDidIsKept() {
        models().putVariant(TENANT, "glyphs", "1.0.0", "int8", ready, WHO);
        assertRefused(Refusal.Kind.CONFLICT, "not evaluated", () -> {
            promote(Stage.APPROVED);
            return null;
        });
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", IMAGES, WHO);
        promote(Stage.APPROVED);
        promote(Stage.APPROVED);
        promote(Stage.RETIRED);
        assertRefused(Refusal.Kind.CONFLICT, "is retired", () -> {
            promote(Stage.APPROVED);
            return null;
        });
        List<StageChangeRow> history = fleet.core().run(scope -> Stages.history(scope.tx(), version()));
        assertThat(history)
                .extracting(change -> change.fromStage + " " + change.toStage + " " + change.who)
                .containsExactlyInAnyOrder("draft evaluated ci", "evaluated approved lead", "approved retired lead");
    }

    @Test
    void nothingOfAnApprovedVersionChanges() {
        models().putVariant(TENANT, "glyphs", "1.0.0", "int8", ready, WHO);
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", IMAGES, WHO);
        promote(Stage.APPROVED);
        assertRefused(
                Refusal.Kind.CONFLICT,
                "is approved",
                () -> models().putVariant(TENANT, "glyphs", "1.0.0", "other", ready, WHO));
        assertRefused(Refusal.Kind.CONFLICT, "is approved", () -> {
            models().putSource(TENANT, "glyphs", "1.0.0", source, WHO);
            return null;
        });
        assertRefused(Refusal.Kind.CONFLICT, "is approved", () -> {
            models().putCalibrationSet(TENANT, "glyphs", "1.0.0", images(2));
            return null;
        });
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", IMAGES, WHO);
        assertThat(models().putVariant(TENANT, "glyphs", "1.0.0", "int8", ready, WHO).variant)
                .as("the same again")
                .isEqualTo("int8");
        assertThat(fleet.all(VariantRow.class)).hasSize(1);
    }

    @Test
    void aRetiredVersionIsRolledOutNoMore() {
        fleet.board("n1");
        String digest = fleet.publish("theirs", "1.0.0");
        fleet.core().run(scope -> Stages.promote(scope, TENANT, "theirs", "1.0.0", Stage.RETIRED, "lead"));
        assertRefused(Refusal.Kind.CONFLICT, "retired", () -> fleet.rollOut("theirs", "1.0.0"));
        assertThat(fleet.all(VariantRow.class)).extracting(row -> row.digest).containsExactly(digest);
    }

    private static void assertRefused(Refusal.Kind kind, String reason, Supplier<?> work) {
        assertThatThrownBy(work::get)
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(kind))
                .hasMessageContaining(reason);
    }
}
