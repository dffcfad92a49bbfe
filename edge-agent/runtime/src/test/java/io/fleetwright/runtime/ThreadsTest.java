package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However many threads share the work, the bytes are the same. */
class ThreadsTest {
    private static long helpers(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("infer-" + name))
                .count();
    }

    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void severalThreadsGiveTheBytesOfOne(GoldenModel model) throws Exception {
        var graph = model.graph();
        byte[] inputs = model.inputs();
        for (var set : List.of(Kernels.scalar(), Kernels.vector())) {
            for (int threads : new int[] {2, 3, 8}) {
                try (var interpreter = Interpreter.create(graph, Arithmetic.TFLITE_DOUBLE_ROUNDING, set, threads)) {
                    byte[] outputs = new byte[GoldenModel.VECTORS * interpreter.outputBytes()];
                    for (int vector = 0; vector < GoldenModel.VECTORS; vector++) {
                        interpreter.run(
                                inputs, vector * interpreter.inputBytes(), outputs, vector * interpreter.outputBytes());
                    }
                    assertThat(outputs)
                            .as("%s, %d threads", set.name(), threads)
                            .isEqualTo(model.outputs(Rounding.DOUBLE));
                }
            }
        }
    }

    @Test
    void helpersEndWithTheirInterpreter() throws Exception {
        var graph = GoldenModel.KWS_DSCNN.graph();
        var interpreter = Interpreter.create(graph, Arithmetic.TFLITE_DOUBLE_ROUNDING, Kernels.scalar(), 3);
        var helpers = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("infer-" + graph.name()))
                .toList();
        assertThat(helpers).hasSizeGreaterThanOrEqualTo(2);
        interpreter.close();
        for (Thread helper : helpers) {
            helper.join(10_000);
        }
        assertThat(helpers(graph.name())).isZero();
    }

    @Test
    void numbersOfThreadsOutsideTheRangeAreRefused() throws Exception {
        var graph = GoldenModel.KWS_DSCNN.graph();
        for (int threads : new int[] {0, -1, Interpreter.THREADS_MAX + 1}) {
            assertThatThrownBy(() ->
                            Interpreter.create(graph, Arithmetic.TFLITE_DOUBLE_ROUNDING, Kernels.scalar(), threads))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(%d)".formatted(threads));
        }
    }
}
