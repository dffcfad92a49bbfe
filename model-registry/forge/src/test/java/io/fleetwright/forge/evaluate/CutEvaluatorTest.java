package io.fleetwright.forge.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.tflite.TfliteModel;
import io.fleetwright.forge.tflite.TfliteModel.ElementType;
import io.fleetwright.forge.tflite.TfliteModel.Fused;
import io.fleetwright.forge.tflite.TfliteModel.Kind;
import io.fleetwright.forge.tflite.TfliteModel.Quantization;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CutEvaluatorTest {
    private static final String FOLDER = "models/mlperf-tiny/";
    private static final int INPUTS = 40;
    private static final int ROWS = 64;
    private static final int LARGE = 1 << 20;
    private static final int LAYERS = 64;

    /** Chains, and one with residuals, where several tensors are alive between some operators. */
    @ParameterizedTest
    @CsvSource({"kws_dscnn, 1, 3, 1", "ic_resnet8, 2, 1, 1", "sww_ds_tcn, 3, 1, 0"})
    void countsWhatRunningFrontPackingAndRestCounts(String model, long seed, int every, int changedMin)
            throws Exception {
        Graph graph = graph(model);
        TensorInfo in = graph.inputs().getFirst();
        int classes = graph.outputs().getFirst().bytes();
        var random = new SplittableRandom(seed);
        byte[] inputs = mixtures(model, in.bytes(), random);
        // Real values are those of the network's own codes, so that bytes arrive there as they are but for their sign.
        var bytes = new byte[inputs.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (inputs[i] + 128);
        }
        float scale = in.scales().getFirst();
        int[] labels = random.ints(INPUTS, 0, classes).toArray();
        EvaluationSet set = new EvaluationSet(
                in.shape().subList(1, in.shape().size()),
                classes,
                bytes,
                scale,
                scale * (-128 - in.zeroPoint()),
                labels);

        CutLosses labelled = CutEvaluator.byLabels(graph, set, INPUTS, () -> false);
        CutLosses agreed = CutEvaluator.byAgreement(graph, inputs, INPUTS, () -> false);

        List<Integer> single = new ArrayList<>();
        for (int boundary = 1; boundary < graph.operators().size(); boundary++) {
            if (graph.crossing(boundary).size() == 1) {
                single.add(boundary);
            }
        }
        assertThat(labelled.basis()).isEqualTo(CutLosses.Basis.ACCURACY);
        assertThat(agreed.basis()).isEqualTo(CutLosses.Basis.AGREEMENT);
        assertThat(labelled.cuts()).extracting(CutLoss::boundary).containsExactlyElementsOf(single);
        assertThat(agreed.cuts()).extracting(CutLoss::boundary).containsExactlyElementsOf(single);
        int changed = 0;
        for (int i = 0; i < single.size(); i += every) {
            int boundary = single.get(i);
            TensorInfo crossing =
                    graph.tensors().get(graph.crossing(boundary).getFirst()).info();
            int channels = crossing.shape().getLast();
            boolean isExact = crossing.bytes() <= 2 * channels;
            int lost = 0;
            int gained = 0;
            int other = 0;
            for (int n = 0; n < INPUTS; n++) {
                byte[] input = Arrays.copyOfRange(inputs, n * in.bytes(), (n + 1) * in.bytes());
                int whole = largest(run(graph, input));
                byte[] crosses = run(graph.segment(0, boundary), input);
                byte[] there = CutTensor.unpack(CutTensor.pack(crosses, channels), crosses.length, channels);
                if (isExact) {
                    assertThat(there).isEqualTo(crosses);
                }
                int cut = largest(run(graph.segment(boundary, graph.operators().size()), there));
                lost += whole == labels[n] && cut != labels[n] ? 1 : 0;
                gained += whole != labels[n] && cut == labels[n] ? 1 : 0;
                other += whole != cut ? 1 : 0;
            }
            assertThat(labelled.cuts().get(i).loss())
                    .isEqualTo(isExact ? PairedLoss.none(INPUTS) : PairedLoss.of(INPUTS, lost, gained));
            assertThat(agreed.cuts().get(i).loss())
                    .isEqualTo(isExact ? PairedLoss.none(INPUTS) : PairedLoss.of(INPUTS, other, 0));
            changed += other;
        }
        assertThat(changed).as("answers that packing changes").isGreaterThanOrEqualTo(changedMin);
    }

    /** Before and behind a step that moves no value: what is known of the later cut is taken for the earlier one. */
    @Test
    void cutsThatSendTheSameLoseTheSame() throws Exception {
        var random = new SplittableRandom(8);
        List<TfliteModel.Tensor> tensors = List.of(
                tensor("in", List.of(ROWS, 2), 1, Optional.empty()),
                tensor("w1", List.of(2, 2), 0.01f, Optional.of(noise(random, 4))),
                tensor("rows", List.of(ROWS, 2), 1, Optional.empty()),
                tensor("same", List.of(1, ROWS, 2), 1, Optional.empty()),
                tensor("flat", List.of(1, ROWS * 2), 1, Optional.empty()),
                tensor("w2", List.of(4, ROWS * 2), 0.001f, Optional.of(noise(random, 4 * ROWS * 2))),
                tensor("out", List.of(1, 4), 1, Optional.empty()));
        Graph graph = ModelReader.read(
                TfliteWriter.write(new TfliteModel(
                        "rows",
                        tensors,
                        List.of(
                                new TfliteModel.Operator(
                                        new Kind.FullyConnected(Fused.NONE), List.of(0, 1), List.of(2)),
                                new TfliteModel.Operator(new Kind.Reshape(List.of(1, ROWS, 2)), List.of(2), List.of(3)),
                                new TfliteModel.Operator(
                                        new Kind.Reshape(List.of(1, ROWS * 2)), List.of(3), List.of(4)),
                                new TfliteModel.Operator(
                                        new Kind.FullyConnected(Fused.NONE), List.of(4, 5), List.of(6))),
                        List.of(0),
                        List.of(6),
                        Map.of())),
                "rows");
        CutLosses measured = CutEvaluator.byAgreement(graph, noise(random, INPUTS * ROWS * 2), INPUTS, () -> false);
        assertThat(measured.cuts()).extracting(CutLoss::boundary).containsExactly(1, 2, 3);
        assertThat(measured.cuts().get(1).loss().lost()).isPositive();
        assertThat(measured.cuts().get(0).loss())
                .isEqualTo(measured.cuts().get(1).loss());
        assertThat(measured.cuts().get(2).loss()).isEqualTo(PairedLoss.none(INPUTS));
    }

    @Test
    void aNetworkWhoseStretchesNeedTooMuchMemoryIsRefusedBeforeAnyIsTaken() throws Exception {
        List<TfliteModel.Tensor> tensors =
                new ArrayList<>(List.of(tensor("in", List.of(1, LARGE), 1, Optional.empty())));
        List<TfliteModel.Operator> operators = new ArrayList<>();
        for (int n = 0; n < LAYERS; n++) {
            List<Integer> shape = n % 2 == 0 ? List.of(1, 1, LARGE) : List.of(1, LARGE);
            tensors.add(tensor("out" + n, shape, 1, Optional.empty()));
            operators.add(new TfliteModel.Operator(new Kind.Reshape(shape), List.of(n), List.of(n + 1)));
        }
        Graph graph = ModelReader.read(
                TfliteWriter.write(new TfliteModel("large", tensors, operators, List.of(0), List.of(LAYERS), Map.of())),
                "large");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CutEvaluator.byAgreement(graph, new byte[LARGE], 1, () -> true))
                .withMessageMatching("the stretches of large need \\d+ bytes of memory, at most 201326592");
    }

    private static byte[] noise(SplittableRandom random, int count) {
        var bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static TfliteModel.Tensor tensor(String name, List<Integer> shape, float scale, Optional<byte[]> data) {
        return new TfliteModel.Tensor(
                name, shape, ElementType.INT8, data, Optional.of(Quantization.perTensor(scale, 0)));
    }

    /** Inputs between two golden ones each, so that many lie near the border of two classes. */
    private static byte[] mixtures(String model, int bytes, SplittableRandom random) throws Exception {
        byte[] golden = Files.readAllBytes(SharedData.require(FOLDER + "golden/" + model + ".in.bin"));
        byte[] inputs = new byte[INPUTS * bytes];
        for (int n = 0; n < INPUTS; n++) {
            int one = random.nextInt(golden.length / bytes) * bytes;
            int other = random.nextInt(golden.length / bytes) * bytes;
            double share = random.nextDouble();
            for (int i = 0; i < bytes; i++) {
                inputs[n * bytes + i] = (byte) Math.round(share * golden[one + i] + (1 - share) * golden[other + i]);
            }
        }
        return inputs;
    }

    @Test
    void takesAsManyInputsAsThereIsTimeForAndTheSameOnesAgain() throws Exception {
        Graph graph = graph("kws_dscnn");
        byte[] inputs = Files.readAllBytes(SharedData.require(FOLDER + "golden/kws_dscnn.in.bin"));
        int count = inputs.length / graph.inputs().getFirst().bytes();
        assertThat(CutEvaluator.byAgreement(graph, inputs, 100, () -> false).inputs())
                .isEqualTo(count);
        assertThat(CutEvaluator.byAgreement(graph, inputs, 3, () -> false).inputs())
                .isEqualTo(3);
        var asked = new AtomicInteger();
        CutEvaluator.byAgreement(graph, inputs, 3, () -> {
            asked.incrementAndGet();
            return false;
        });
        int askedInThree = asked.get();
        assertThat(askedInThree).as("in each input many times").isGreaterThan(3 * 3);
        for (int end : new int[] {askedInThree, askedInThree + 1, askedInThree + 2}) {
            asked.set(0);
            assertThat(CutEvaluator.byAgreement(graph, inputs, 100, () -> asked.getAndIncrement() == end))
                    .as("an input that has no end does not count")
                    .isEqualTo(CutEvaluator.byAgreement(graph, inputs, 3, () -> false));
        }
        CutLosses none = CutEvaluator.byAgreement(graph, inputs, 100, () -> true);
        assertThat(none.inputs()).isZero();
        assertThat(none.cuts()).isEmpty();
    }

    @Test
    void whatDoesNotFitIsRefused() throws Exception {
        Graph graph = graph("kws_dscnn");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CutEvaluator.byAgreement(graph, new byte[491], 1, () -> false))
                .withMessageContaining("491 bytes are not whole inputs");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CutEvaluator.byAgreement(graph, new byte[490], 0, () -> false))
                .withMessageContaining("inputs (0) must be at least 1");
        EvaluationSet set = new EvaluationSet(List.of(490), 7, new byte[490], 1, 0, new int[1]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CutEvaluator.byLabels(graph, set, 1, () -> false))
                .withMessageContaining("7 classes");
    }

    private static Graph graph(String model) throws Exception {
        return ModelReader.read(Files.readAllBytes(SharedData.require(FOLDER + model + ".tflite")), model);
    }

    private static byte[] run(Graph graph, byte[] input) {
        try (Interpreter interpreter = Interpreter.create(graph)) {
            var output = new byte[interpreter.outputBytes()];
            interpreter.run(input, 0, output, 0);
            return output;
        }
    }

    private static int largest(byte[] output) {
        int best = 0;
        for (int k = 1; k < output.length; k++) {
            best = output[k] > output[best] ? k : best;
        }
        return best;
    }
}
