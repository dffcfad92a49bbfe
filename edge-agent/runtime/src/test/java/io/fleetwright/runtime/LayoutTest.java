package io.fleetwright.runtime;

import static io.fleetwright.runtime.OnnxFile.integers;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Padding between transpositions happens before both, which then meet. */
class LayoutTest {
    @Test
    void paddingDoesNotNeedTheOrderOfTheFile() {
        SeededCases.forEach(1, 100, (random, _) -> {
            int[] shape = TfliteOperator.shape(random, 4, 5);
            int[] order = TfliteOperator.permutation(random, 4);
            int[] back = new int[4];
            for (int d = 0; d < 4; d++) {
                back[order[d]] = d;
            }
            long[] pads = random.longs(8, 0, 3).toArray();
            byte fill = (byte) random.nextInt();
            byte[] in = TfliteOperator.bytes(random, elements(shape));
            byte[] file = OnnxFile.opset(13)
                    .input(
                            "x",
                            OnnxFile.INT8,
                            Arrays.stream(shape).asLongStream().toArray())
                    .longs("pads", pads)
                    .raw("fill", OnnxFile.INT8, new byte[] {fill})
                    .node("Transpose", List.of("x"), "t", integers("perm", widened(order)))
                    .node("Pad", List.of("t", "pads", "fill"), "p")
                    .node("Transpose", List.of("p"), "y", integers("perm", widened(back)))
                    .output("y")
                    .bytes();
            int[] padded = new int[4];
            for (int d = 0; d < 4; d++) {
                padded[d] = (int) (pads[back[d]] + shape[d] + pads[4 + back[d]]);
            }
            byte[] expected = new byte[elements(padded)];
            Arrays.fill(expected, fill);
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                for (int d = 0; d < 4; d++) {
                    at[d] += (int) pads[back[d]];
                }
                expected[element(padded, at)] = in[i];
            }
            var graph = ModelReader.read(file, "padded");
            assertThat(graph.operators().stream().map(Operator::builtin)).containsExactly("Pad");
            try (var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.scalar())) {
                byte[] out = new byte[interpreter.outputBytes()];
                interpreter.run(in, 0, out, 0);
                assertThat(out).isEqualTo(expected);
            }
        });
    }

    private static long[] widened(int... values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
