package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArenaPlanTest {
    /** Replays the graph on a map of owners: a read must find what was written, in full. */
    private static void assertNothingIsOverwrittenWhileAlive(Graph graph) {
        int[] owner = new int[(int) graph.plan().bytes()];
        for (int input : graph.inputIds()) {
            own(graph, owner, input);
        }
        for (var operator : graph.operators()) {
            own(graph, owner, operator.output());
            operator.activations().forEach(read -> assertOwned(graph, owner, read));
        }
        graph.outputIds().forEach(output -> assertOwned(graph, owner, output));
    }

    private static void own(Graph graph, int[] owner, int tensor) {
        int at = graph.plan().offset(tensor);
        Arrays.fill(owner, at, at + graph.tensors().get(tensor).bytes(), tensor + 1);
    }

    private static void assertOwned(Graph graph, int[] owner, int tensor) {
        int at = graph.plan().offset(tensor);
        for (int i = at; i < at + graph.tensors().get(tensor).bytes(); i++) {
            assertThat(owner[i]).as("byte %d of the arena", i).isEqualTo(tensor + 1);
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

    @Test
    void realNetworksNeedNoMoreThanTheirLiveSet() throws Exception {
        for (var model : GoldenModel.values()) {
            var graph = model.graph();
            assertNothingIsOverwrittenWhileAlive(graph);
            assertThat(graph.plan().bytes()).as("%s", model).isEqualTo(model.liveSetBytes);
        }
    }
}
