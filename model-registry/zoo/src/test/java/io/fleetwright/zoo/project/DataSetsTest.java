package io.fleetwright.zoo.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.trust.Digest;
import io.fleetwright.zoo.data.ProceduralDataSet;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What all data sets promise. */
final class DataSetsTest {
    static Stream<ProceduralDataSet> sets() {
        return Project.ALL.stream().map(Project::data);
    }

    @ParameterizedTest
    @CsvSource({
        "glyphs, 025c3521a8808f51564927f17b6541b90a67dcba80b87a8b1bb91409c0f79783",
        "wildfire, f760cfdb26f84ea55a7479be354bba2311f300fc9418144f7d73a980db94e171",
        "chirps, 2e3427512d0caacbae4783497e7a8a56598859259f5f6ede10bbcbae1aac54f9",
        "pose, f86c003788bc47bc4807c121ef34a687cdc766142b5ac3b32326eae393a2c31b"
    })
    void firstHundredInputsAreTheSameBytesOnEveryMachine(String name, String sha256) {
        byte[] inputs = Project.named(name)
                .orElseThrow()
                .data()
                .samples(Split.TEST, 42)
                .evaluationSet(100)
                .inputs();
        assertThat(Digest.of(inputs).value()).isEqualTo("sha256:" + sha256);
    }

    @ParameterizedTest
    @MethodSource("sets")
    void asManyInARowAsThereAreClassesHoldEachOnceInVaryingOrder(ProceduralDataSet set) {
        Samples samples = set.samples(Split.TRAIN, 3);
        int classes = set.classes().size();
        var firstLabels = new boolean[classes];
        for (int round = 0; round < 200; round++) {
            var seen = new boolean[classes];
            for (int i = 0; i < classes; i++) {
                seen[samples.label((long) round * classes + i)] = true;
            }
            assertThat(seen).as("round %d", round).containsOnly(true);
            firstLabels[samples.label((long) round * classes)] = true;
        }
        assertThat(firstLabels).containsOnly(true);
    }

    @ParameterizedTest
    @MethodSource("sets")
    void aSampleDependsOnSeedIndexAndSplit(ProceduralDataSet set) {
        byte[] sample = draw(set, Split.TRAIN, 1, 5);
        assertThat(draw(set, Split.TRAIN, 1, 5)).isEqualTo(sample);
        assertThat(draw(set, Split.TRAIN, 1, 5 + 30L * set.classes().size())).isNotEqualTo(sample);
        assertThat(draw(set, Split.TRAIN, 2, 5)).isNotEqualTo(sample);
        assertThat(draw(set, Split.TEST, 1, 5)).isNotEqualTo(sample);
    }

    @ParameterizedTest
    @MethodSource("sets")
    void drawsAllOfItsPartOfTheArrayAndNothingBeside(ProceduralDataSet set) {
        int elements = set.shape().elements();
        for (int label = 0; label < set.classes().size(); label++) {
            byte[] low = drawInto(set, label, (byte) 1);
            byte[] high = drawInto(set, label, (byte) 99);
            assertThat(Arrays.copyOf(high, 10)).containsOnly(99);
            assertThat(Arrays.copyOfRange(high, elements + 10, elements + 20)).containsOnly(99);
            assertThat(Arrays.copyOfRange(high, 10, elements + 10))
                    .isEqualTo(Arrays.copyOfRange(low, 10, elements + 10));
        }
    }

    @ParameterizedTest
    @MethodSource("sets")
    void refusesIndicesAndCountsOutOfRange(ProceduralDataSet set) {
        Samples samples = set.samples(Split.TEST, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> samples.label(-1)).withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> samples.random(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> samples.evaluationSet(0))
                .withMessageContaining("count (0)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> samples.evaluationSet(100_001))
                .withMessageContaining("count (100001)");
    }

    private static byte[] draw(ProceduralDataSet set, Split split, long seed, long index) {
        var out = new byte[set.shape().elements()];
        set.samples(split, seed).draw(index, out, 0);
        return out;
    }

    private static byte[] drawInto(ProceduralDataSet set, int label, byte before) {
        var out = new byte[set.shape().elements() + 20];
        Arrays.fill(out, before);
        set.draw(label, set.samples(Split.TEST, 1).random(label), out, 10);
        return out;
    }
}
