package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.runtime.part.PartHeader;
import io.fleetwright.runtime.part.PartPlan;
import io.fleetwright.runtime.qdq.QdqOnnxConverter;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Networks cut into files of their own: the same bytes as the whole, in less memory each. */
class PartFileTest {
    private static final int MUTATIONS = 2000;
    private static final int MAGIC_AT = 0;
    private static final int FROM_AT = 8;
    private static final int OPERATORS_AT = 16;
    private static final int LENGTH_AT = 60;
    private static final int COUNT_AT = 64;

    private record Part(int from, int to, byte[] bytes) {}

    private static List<Part> parts(byte[] file, Graph core, List<Integer> cuts) throws Exception {
        List<Part> parts = new ArrayList<>();
        int from = 0;
        for (int at = 0; at <= cuts.size(); at++) {
            int to = at == cuts.size() ? core.operators().size() : cuts.get(at);
            parts.add(new Part(from, to, PartFile.write(file, "whole", from, to)));
            from = to;
        }
        return parts;
    }

    private static byte[] run(Graph graph, byte[] input) {
        var interpreter = Interpreter.create(graph, graph.arithmetic(), Kernels.best());
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, output, 0);
        return output;
    }

    /** Each network in parts that take at most three quarters of its memory: ad_fc_ae's widest layer alone is a third. */
    @ParameterizedTest
    @EnumSource
    void partsGiveTheBytesOfTheWhole(GoldenModel model) throws Exception {
        byte[] file = model.bytes();
        Graph core = model.graph().integerCore();
        ModelReport whole = ModelReport.of(core);
        long memory = (whole.weightBytes() + whole.arenaBytes()) * 3 / 4;
        if (model == GoldenModel.MICRO_SPEECH) {
            assertThat(PartPlan.fitting(core, memory))
                    .as("one layer takes more than that")
                    .isEmpty();
            return;
        }
        List<Integer> cuts = PartPlan.fitting(core, memory).orElseThrow();
        assertThat(cuts).isNotEmpty();
        List<Part> parts = parts(file, core, cuts);

        byte[] inputs = model.inputs();
        int inputBytes = inputs.length / GoldenModel.VECTORS;
        byte[] expected = model.outputs(Rounding.DOUBLE);
        int outputBytes = expected.length / GoldenModel.VECTORS;
        for (int vector = 0; vector < 2; vector++) {
            byte[] value = Arrays.copyOfRange(inputs, vector * inputBytes, (vector + 1) * inputBytes);
            for (Part part : parts) {
                value = run(ModelReader.read(part.bytes, "part"), value);
            }
            assertThat(value).isEqualTo(Arrays.copyOfRange(expected, vector * outputBytes, (vector + 1) * outputBytes));
        }
        for (Part part : parts) {
            ModelReport report = ModelReport.of(ModelReader.read(part.bytes, "part"));
            assertThat(report.weightBytes() + report.arenaBytes())
                    .isLessThanOrEqualTo(memory)
                    .isEqualTo(PartPlan.memoryBytes(core, part.from, part.to));
            PartHeader header = PartFile.header(part.bytes, "part").orElseThrow();
            assertThat(List.of(header.from(), header.to(), header.operators()))
                    .containsExactly(part.from, part.to, core.operators().size());
            assertThat(header.macs()).isEqualTo(whole.macs());
        }
        // The weights are in one part each; what every part has is the file's structure.
        int structure = Math.toIntExact(file.length - whole.weightBytes()) + 4096;
        assertThat(parts.stream().mapToLong(part -> part.bytes.length).sum())
                .isLessThan(file.length + (long) parts.size() * structure);
    }

    @Test
    void eachCutOfANetworkGivesTheBytesOfTheWhole() throws Exception {
        byte[] file = GoldenModel.KWS_DSCNN.bytes();
        Graph core = GoldenModel.KWS_DSCNN.graph().integerCore();
        byte[] input = Arrays.copyOf(
                GoldenModel.KWS_DSCNN.inputs(),
                Interpreter.create(core, Rounding.DOUBLE).inputBytes());
        byte[] expected = run(core, input);
        assertThat(PartFile.cuts(core)).hasSizeGreaterThan(10);
        for (int cut : PartFile.cuts(core)) {
            byte[] value = input;
            for (Part part : parts(file, core, List.of(cut))) {
                value = run(ModelReader.read(part.bytes, "part"), value);
            }
            assertThat(value).as("cut before %d", cut).isEqualTo(expected);
        }
    }

    @Test
    void anOnnxNetworkIsCutAsWell() throws Exception {
        byte[] file = QdqOnnxConverter.convert(GoldenModel.KWS_DSCNN.graph());
        Graph core = ModelReader.read(file, "qdq").integerCore();
        SplittableRandom random = new SplittableRandom(7);
        byte[] input = new byte
                [Interpreter.create(core, core.arithmetic(), Kernels.best()).inputBytes()];
        random.nextBytes(input);
        int cut = PartFile.cuts(core).get(PartFile.cuts(core).size() / 2);
        byte[] value = input;
        for (Part part : parts(file, core, List.of(cut))) {
            value = run(ModelReader.read(part.bytes, "part"), value);
        }
        assertThat(value).isEqualTo(run(core, input));
    }

    /** Fewest parts, then the least work in the largest: compared with all ways to cut. */
    @ParameterizedTest
    @EnumSource(names = {"KWS_DSCNN", "AD_FC_AE", "SWW_DS_TCN", "IC_RESNET8"})
    void cutsAreTheBestOfAll(GoldenModel model) throws Exception {
        Graph core = model.graph().integerCore();
        ModelReport whole = ModelReport.of(core);
        long all = whole.weightBytes() + whole.arenaBytes();
        SplittableRandom random = new SplittableRandom(model.macs);
        int cut = 0;
        for (int n = 0; n < 12; n++) {
            long memory = all * random.nextInt(25, 110) / 100;
            Optional<List<Integer>> expected = exhaustive(core, memory);
            Optional<List<Integer>> planned = PartPlan.fitting(core, memory);
            assertThat(planned.map(List::size)).isEqualTo(expected.map(List::size));
            assertThat(planned.map(cuts -> most(core, cuts))).isEqualTo(expected.map(cuts -> most(core, cuts)));
            cut += expected.filter(cuts -> !cuts.isEmpty()).isPresent() ? 1 : 0;
        }
        assertThat(cut).as("memories for which it is cut").isGreaterThan(2);
    }

    private static Optional<List<Integer>> exhaustive(Graph core, long memory) {
        List<List<Integer>> ways = new ArrayList<>(List.of(List.of()));
        List<Integer> places = PartFile.cuts(core);
        for (int parts = 1; parts <= PartPlan.PARTS_MAX; parts++) {
            Optional<List<Integer>> best = ways.stream()
                    .filter(way -> fits(core, way, memory))
                    .min(Comparator.comparingLong(way -> most(core, way)));
            if (best.isPresent()) {
                return best;
            }
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> way : ways) {
                for (int place : places) {
                    if (way.isEmpty() || place > way.getLast()) {
                        List<Integer> one = new ArrayList<>(way);
                        one.add(place);
                        longer.add(one);
                    }
                }
            }
            ways = longer;
        }
        return Optional.empty();
    }

    private static boolean fits(Graph core, List<Integer> cuts, long memory) {
        int from = 0;
        for (int at = 0; at <= cuts.size(); at++) {
            int to = at == cuts.size() ? core.operators().size() : cuts.get(at);
            if (PartPlan.memoryBytes(core, from, to) > memory) {
                return false;
            }
            from = to;
        }
        return true;
    }

    private static long most(Graph core, List<Integer> cuts) {
        long most = 0;
        int from = 0;
        for (int at = 0; at <= cuts.size(); at++) {
            int to = at == cuts.size() ? core.operators().size() : cuts.get(at);
            most = Math.max(most, ModelReport.of(core.segment(from, to)).macs());
            from = to;
        }
        return most;
    }

    @Test
    void aNetworkIsNotCutWhereTwoTensorsCross() throws Exception {
        byte[] file = GoldenModel.IC_RESNET8.bytes();
        Graph core = GoldenModel.IC_RESNET8.graph().integerCore();
        int inside = 2;
        assertThat(core.crossing(inside)).hasSizeGreaterThan(1);
        assertThatThrownBy(() -> PartFile.write(file, "ic", 0, inside))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ic cannot be cut before operator 2; one int8 tensor crosses before [1, ");
        assertThatThrownBy(() -> PartFile.write(file, "ic", 0, core.operators().size()))
                .hasMessageContaining(
                        "no part of a network of " + core.operators().size());
        byte[] part = PartFile.write(file, "ic", 0, 1);
        assertThatThrownBy(() -> PartFile.write(part, "ic", 0, 1)).hasMessageContaining("ic is a part already");
    }

    @Test
    void aPartThatContradictsItselfIsRefusedWithThePlace() throws Exception {
        byte[] part = PartFile.write(GoldenModel.KWS_DSCNN.bytes(), "kws", 0, 4);
        assertRefused(with(part, FROM_AT, 4), "p: byte 8: operators 4 to 4 are no part");
        assertRefused(with(part, OPERATORS_AT, 40), "p: byte 8: a part of a network of 40 operators");
        assertRefused(with(part, LENGTH_AT, Integer.MAX_VALUE), "p: byte 60: ");
        assertRefused(with(part, COUNT_AT, -1), "p: byte 60: -1 ranges");
        assertRefused(with(part, COUNT_AT + 4, -5), "p: byte 68: range 0 of ");
        assertRefused(Arrays.copyOf(part, part.length - 1), "bytes follow, ranges have");
        assertRefused(Arrays.copyOf(part, 30), "p: byte 30: ends within the header");
        assertThat(ModelReader.format(part, "p")).isEqualTo(ModelReader.Format.PART);
    }

    private static byte[] with(byte[] part, int at, int value) {
        byte[] changed = part.clone();
        ByteBuffer.wrap(changed).putInt(at, value);
        return changed;
    }

    private static void assertRefused(byte[] part, String message) {
        assertThatThrownBy(() -> ModelReader.read(part, "p"))
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContaining(message);
    }

    @Test
    void damagedPartsAreRefusedOrRun() throws Exception {
        byte[] sound = PartFile.write(GoldenModel.KWS_DSCNN.bytes(), "kws", 3, 8);
        int[] refused = {0};
        SeededCases.forEach(1, MUTATIONS, (random, _) -> {
            byte[] bytes = sound.clone();
            int changes = random.nextInt(1, 4);
            for (int i = 0; i < changes; i++) {
                // Half of them where it says what it is.
                int at = random.nextInt(random.nextBoolean() ? 200 : bytes.length);
                bytes[Math.max(MAGIC_AT + FROM_AT, at)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] cut = random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
            refused[0] += MutatedFilesTest.refusedOrRuns(cut) ? 0 : 1;
        });
        assertThat(refused[0]).isBetween(MUTATIONS / 10, MUTATIONS - 1);
    }

    @Test
    void qonnxNetworksHaveNoPlaceToCut() throws Exception {
        Graph core = ModelReader.read(Files.readAllBytes(SharedData.require("models/qonnx/TFC_1W1A.onnx")), "tfc")
                .integerCore();
        assertThat(PartFile.cuts(core)).isEmpty();
        assertThat(PartPlan.fitting(core, 1000)).isEmpty();
    }
}
