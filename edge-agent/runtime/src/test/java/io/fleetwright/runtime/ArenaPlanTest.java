package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Int8Function;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.testkit.SeededCases;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ArenaPlanTest {
    /** Replays the graph on a map of owners: a read must find what was written, in full. */
    private static void assertNothingIsOverwrittenWhileAlive(Graph graph) {
        int[] owner = new int[(int) graph.plan().bytes()];
        for (int input : graph.inputIds()) {
            own(graph, owner, input);
        }
        for (var operator : graph.operators()) {
            operator.activations().forEach(read -> assertOwned(graph, owner, read));
            operator.outputs().forEach(written -> own(graph, owner, written));
            for (int read : operator.activations()) {
                if (!isOverwritten(graph, operator, read)) {
                    assertOwned(graph, owner, read);
                }
            }
        }
        graph.outputIds().forEach(output -> assertOwned(graph, owner, output));
    }

    /** Only whole, in the same place, and only what the operator allows. */
    private static boolean isOverwritten(Graph graph, Operator operator, int read) {
        return operator.overwritable().contains(read)
                && !graph.inputIds().contains(read)
                && graph.plan().offset(read) == graph.plan().offset(operator.output())
                && graph.tensors().get(read).bytes()
                        == graph.tensors().get(operator.output()).bytes();
    }

    private static void own(Graph graph, int[] owner, int tensor) {
        int at = graph.plan().offset(tensor);
        Arrays.fill(owner, at, at + graph.tensors().get(tensor).bytes(), tensor + 1);
    }

    private static void assertOwned(Graph graph, int[] owner, int tensor) {
        int at = graph.plan().offset(tensor);
        for (int i = at; i < at + graph.tensors().get(tensor).bytes(); i++) {
            if (owner[i] != tensor + 1) {
                assertThat(owner[i]).as("byte %d of the arena", i).isEqualTo(tensor + 1);
            }
        }
    }

    @Test
    void livingTensorsNeverOverlapInRandomGraphs() {
        SeededCases.forEach(1, 200, (random, _) -> {
            var tensors = new ArrayList<Tensor>();
            var operators = new ArrayList<Operator>();
            int[] widths = {8, 24, 120};
            tensors.add(TestTensors.activation(0.1f, 0, 120));
            while (operators.size() < 25) {
                int read = random.nextInt(Math.max(0, tensors.size() - 4), tensors.size());
                int elements = tensors.get(read).elements();
                tensors.add(TestTensors.activation(0.1f, 0, elements, 1));
                operators.add(new Operator.Reshape(1, read, tensors.size() - 1));
                int side = widths[random.nextInt(widths.length)];
                var other = TestTensors.activation(0.1f, 0, side);
                tensors.add(other);
                tensors.add(TestTensors.activation(0.1f, 0, side));
                int input = tensors.size() - 2;
                operators.add(new Operator.Add(1, input, input, tensors.size() - 1, Activation.NONE));
            }
            var inputs = new ArrayList<>(List.of(0));
            for (var operator : operators) {
                if (operator instanceof Operator.Add add) {
                    inputs.add(add.left());
                }
            }
            var graph = Graph.of("random", tensors, operators, inputs, List.of(tensors.size() - 1, 1));
            assertThat(graph.plan().bytes()).isGreaterThanOrEqualTo(graph.plan().liveSetBytes());
            assertNothingIsOverwrittenWhileAlive(graph);
        });
    }

    private static Operator elementwise(SplittableRandom random, List<Tensor> tensors, int output) {
        int left = random.nextInt(Math.max(0, output - 3), output);
        int right = random.nextInt(output);
        return switch (random.nextInt(7)) {
            case 0 -> new Operator.Add(1, left, right, output, Activation.NONE);
            case 1 -> new Operator.Sub(1, left, right, output, Activation.RELU);
            case 2 -> new Operator.Mul(1, left, left, output, Activation.NONE);
            case 3 -> new Operator.Elementwise(1, new Int8Function.Rescale(), left, output);
            case 4 -> new Operator.Elementwise(1, new Int8Function.LeakyRelu(0.3f), left, output);
            case 5 -> new Operator.Elementwise(1, new Int8Function.Clamp(Activation.RELU), left, output);
            default -> {
                var like = tensors.get(left);
                tensors.set(output, TestTensors.activation(like.scale(0), like.zeroPoint(0), like.elements()));
                yield new Operator.Reshape(1, left, output);
            }
        };
    }

    /** Bytes of all tensors when each operator runs by itself, where nothing can be overwritten. */
    private static Map<Integer, byte[]> oneByOne(Graph graph, byte[] input) {
        var values = new HashMap<Integer, byte[]>();
        values.put(0, input);
        for (int index = 0; index < graph.operators().size(); index++) {
            var alone = graph.segment(index, index + 1);
            var interpreter = Interpreter.create(alone, Arithmetic.TFLITE_DOUBLE_ROUNDING, Kernels.scalar());
            var in = new ByteArrayOutputStream();
            alone.inputIds().forEach(id -> in.writeBytes(Objects.requireNonNull(values.get(id))));
            byte[] out = new byte[interpreter.outputBytes()];
            interpreter.run(in.toByteArray(), 0, out, 0);
            values.put(graph.operators().get(index).output(), out);
        }
        return values;
    }

    @Test
    void elementwiseOperatorsInOnePlaceGiveTheSameBytes() {
        int[] shared = {0};
        SeededCases.forEach(1, 150, (random, _) -> {
            int elements = random.nextInt(5) == 0 ? random.nextInt(20_000, 70_000) : random.nextInt(1, 300);
            var tensors = new ArrayList<Tensor>();
            var operators = new ArrayList<Operator>();
            tensors.add(TestTensors.activation(random, elements));
            while (operators.size() < 12) {
                tensors.add(TestTensors.activation(random, elements));
                operators.add(elementwise(random, tensors, tensors.size() - 1));
            }
            int last = tensors.size() - 1;
            int other = random.nextInt(1, last);
            var graph = Graph.of("random", tensors, operators, List.of(0), List.of(last, other));
            assertNothingIsOverwrittenWhileAlive(graph);
            for (var operator : operators) {
                if (operator.activations().contains(0)) {
                    assertThat(graph.plan().offset(operator.output()))
                            .as("the input's place")
                            .isNotEqualTo(graph.plan().offset(0));
                }
                shared[0] += operator.activations().stream()
                                .anyMatch(read -> graph.plan().offset(read)
                                        == graph.plan().offset(operator.output()))
                        ? 1
                        : 0;
            }
            byte[] input = TfliteOperator.bytes(random, elements);
            var values = oneByOne(graph, input);
            byte[] expected = new byte[2 * elements];
            System.arraycopy(Objects.requireNonNull(values.get(last)), 0, expected, 0, elements);
            System.arraycopy(Objects.requireNonNull(values.get(other)), 0, expected, elements, elements);
            for (var set : List.of(Kernels.scalar(), Kernels.vector())) {
                for (int threads : new int[] {1, 3}) {
                    try (var interpreter = Interpreter.create(graph, Arithmetic.TFLITE_DOUBLE_ROUNDING, set, threads)) {
                        byte[] output = new byte[2 * elements];
                        for (int run = 0; run < 2; run++) {
                            interpreter.run(input, 0, output, 0);
                            assertThat(output)
                                    .as("%s, %d threads", set.name(), threads)
                                    .isEqualTo(expected);
                        }
                    }
                }
            }
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(shared[0]).as("outputs in the place of an input").isGreaterThan(150);
        }
    }

    @Test
    void realNetworksNeedNoMoreThanTheirLiveSet() throws Exception {
        // The research notes give what is alive at most; the plans need no byte more.
        for (var model : GoldenModel.values()) {
            var graph = model.graph();
            assertNothingIsOverwrittenWhileAlive(graph);
            assertThat(graph.plan().bytes()).as("%s", model).isEqualTo(model.liveSetBytes);
        }
    }
}
