package io.fleetwright.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.removal.VersionRemoval;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.evaluate.CutEvaluator;
import io.fleetwright.forge.evaluate.CutLoss;
import io.fleetwright.forge.evaluate.CutLosses;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.evaluate.Evaluator;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cuts of variants are measured after the variants are there, whole or not at all. */
final class CutMeasuresTest {
    private static final String TENANT = TestFleet.TENANT;
    private static final int INPUTS = 300;
    private static final int IMAGE = 32 * 32;

    private final TestFleet fleet = new TestFleet();
    private byte[] artifact = {};
    private EvaluationSet set = new EvaluationSet(List.of(1), 1, new byte[1], 1, 0, new int[1]);

    /** Images between two golden ones each, many of them near the border of two classes, with the answers of the network for labels. */
    private static EvaluationSet images(byte[] artifact, byte[] golden) throws Exception {
        var random = new SplittableRandom(4);
        var pixels = new byte[INPUTS * IMAGE];
        for (int n = 0; n < INPUTS; n++) {
            int one = random.nextInt(golden.length / IMAGE) * IMAGE;
            int other = random.nextInt(golden.length / IMAGE) * IMAGE;
            double share = random.nextDouble();
            for (int i = 0; i < IMAGE; i++) {
                pixels[n * IMAGE + i] = (byte) (128 + share * golden[one + i] + (1 - share) * golden[other + i]);
            }
        }
        List<Integer> shape = List.of(32, 32, 1);
        EvaluationSet unlabelled = new EvaluationSet(shape, 10, pixels, 1 / 255f, 0, new int[INPUTS]);
        return new EvaluationSet(
                shape,
                10,
                pixels,
                1 / 255f,
                0,
                Evaluator.answers(ModelReader.read(artifact, "glyphs").integerCore(), unlabelled));
    }

    @BeforeEach
    void publish() throws Exception {
        var zoo = SharedData.projectRoot().resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs");
        artifact = Files.readAllBytes(zoo.resolve("glyphs-w0.5-int8.tflite"));
        set = images(artifact, Files.readAllBytes(zoo.resolve("glyphs-w0.5-int8.golden-in.bin")));
        models().create(TENANT, "glyphs");
        models().createVersion(TENANT, "glyphs", "1.0.0");
    }

    private Models models() {
        return fleet.core().models();
    }

    private CutMeasures measures() {
        return fleet.core().cutMeasures();
    }

    private void putVariant(String variant) {
        models().putVariant(TENANT, "glyphs", "1.0.0", variant, artifact, "ci");
    }

    private void putSet() {
        models().putEvaluationSet(TENANT, "glyphs", "1.0.0", EvaluationSetCodec.encode(set), "ci");
    }

    private CutLossRow row(String variant) {
        return fleet.get(CutLossRow.class, TENANT + "/glyphs/1.0.0/" + variant);
    }

    @Test
    void whatIsStoredIsWhatWasMeasuredOneVariantAfterTheOther() throws Exception {
        putVariant("first");
        assertThat(fleet.all(CutLossRow.class)).as("without a set").isEmpty();
        assertThat(measures().next(() -> false)).isFalse();
        putSet();
        fleet.clock.advance(Duration.ofSeconds(1));
        putVariant("second");
        assertThat(fleet.all(CutLossRow.class)).extracting(row -> row.state).containsOnly(CutLossRow.WAITING);
        assertThat(row("first").cuts()).isEmpty();

        assertThat(measures().next(() -> false)).isTrue();
        assertThat(row("second").state).isEqualTo(CutLossRow.WAITING);
        CutLosses expected =
                CutEvaluator.byLabels(ModelReader.read(artifact, "glyphs").integerCore(), set, INPUTS, () -> false);
        CutLossRow first = row("first");
        assertThat(first.state).isEqualTo(CutLossRow.MEASURED);
        assertThat(first.inputs).isEqualTo(INPUTS);
        assertThat(first.measuredAt).isEqualTo(fleet.clock.millis());
        assertThat(first.cuts()).isEqualTo(expected.cuts()).isNotEmpty();
        assertThat(first.cuts()).extracting(CutLoss::loss).anyMatch(loss -> loss.isExact());
        assertThat(first.cuts()).extracting(CutLoss::loss).anyMatch(loss -> loss.lost() + loss.gained() > 0);

        assertThat(measures().next(() -> false)).isTrue();
        assertThat(row("second").cuts()).isEqualTo(expected.cuts());
        assertThat(measures().next(() -> false)).isFalse();
    }

    @Test
    void whatIsBrokenOffIsBegunAnew() {
        putSet();
        putVariant("int8");
        var asked = new AtomicInteger();
        assertThat(measures().next(() -> asked.incrementAndGet() > 5)).isFalse();
        assertThat(asked).hasValue(6);
        assertThat(row("int8").state).isEqualTo(CutLossRow.WAITING);
        assertThat(row("int8").losses).isNull();
        fleet.restart();
        assertThat(measures().next(() -> false)).isTrue();
        assertThat(row("int8").inputs).isEqualTo(INPUTS);
    }

    /** Each time that it is asked takes so long by a clock that nobody sets, and a day by one that somebody sets. */
    private void measureSlowly(Duration asked) {
        var nanos = new AtomicLong(Long.MAX_VALUE - 1);
        assertThat(new CutMeasures(models(), fleet.core(), nanos::get).next(() -> {
                    nanos.addAndGet(asked.toNanos());
                    fleet.clock.advance(Duration.ofDays(1));
                    return false;
                }))
                .isTrue();
    }

    @Test
    void aMinuteIsEnough() {
        putSet();
        putVariant("int8");
        measureSlowly(Duration.ofSeconds(1));
        assertThat(row("int8").state).isEqualTo(CutLossRow.MEASURED);
        assertThat(row("int8").inputs).isBetween(1, 60);
        putVariant("slow");
        measureSlowly(Duration.ofSeconds(59));
        assertThat(row("slow").state).as("within its first input").isEqualTo(CutLossRow.REFUSED);
        assertThat(row("slow").reason).isEqualTo("an input takes over 60 s");
        assertThat(row("slow").cuts()).isEmpty();
    }

    @Test
    void aClockThatIsSetMeanwhileIsNoSlowInput() {
        putSet();
        putVariant("int8");
        measureSlowly(Duration.ZERO);
        assertThat(row("int8").inputs).isEqualTo(INPUTS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneThatCannotBeMeasuredHoldsNothingUp(boolean isMemory) {
        putSet();
        putVariant("large");
        fleet.clock.advance(Duration.ofSeconds(1));
        putVariant("small");
        assertThat(measures().next(() -> {
                    if (isMemory) {
                        throw new OutOfMemoryError("made to fail");
                    }
                    throw new IllegalStateException("made to fail");
                }))
                .isTrue();
        assertThat(row("large").state).isEqualTo(CutLossRow.REFUSED);
        assertThat(row("large").reason).contains(isMemory ? "not enough memory" : "made to fail");
        assertThat(measures().next(() -> false)).isTrue();
        assertThat(row("small").state).isEqualTo(CutLossRow.MEASURED);
    }

    @Test
    void aRowWithoutItsVariantGoesAndTheNextIsMeasured() {
        putSet();
        putVariant("gone");
        fleet.clock.advance(Duration.ofSeconds(1));
        putVariant("int8");
        fleet.core()
                .run(scope -> scope.tx().deleteAll(Query.of(VariantRow.class).equal("variant", "gone")));
        assertThat(measures().next(() -> false)).isTrue();
        assertThat(fleet.all(CutLossRow.class)).extracting(row -> row.variant).containsExactly("int8");
        assertThat(row("int8").state).isEqualTo(CutLossRow.MEASURED);
    }

    @Test
    void aVersionThatIsDeletedMeanwhileLeavesNothing() {
        putSet();
        putVariant("int8");
        assertThat(measures().next(() -> {
                    if (!fleet.all(CutLossRow.class).isEmpty()) {
                        fleet.core().run(scope -> {
                            VersionRemoval.delete(scope, TENANT, "glyphs", "1.0.0");
                            return true;
                        });
                    }
                    return false;
                }))
                .isFalse();
        assertThat(fleet.all(CutLossRow.class)).isEmpty();
        assertThat(measures().next(() -> false)).isFalse();
    }
}
