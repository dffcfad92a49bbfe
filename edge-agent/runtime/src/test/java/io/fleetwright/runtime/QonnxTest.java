package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.testkit.SharedData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks of 1 and 2 bits from the QONNX model zoo, against an independent executor's outputs. */
class QonnxTest {
    private static final int VECTORS = 16;
    private static final int PIXELS = 784;
    private static final int CLASSES = 10;

    @ParameterizedTest
    @ValueSource(strings = {"TFC_1W1A", "TFC_1W2A", "TFC_2W2A"})
    void outputsAreCloseAndTheClassesEqual(String name) throws Exception {
        Path folder = SharedData.require("models/qonnx");
        var graph = ModelReader.read(Files.readAllBytes(folder.resolve(name + ".onnx")), name);
        assertThat(ModelReader.operatorNames()).containsAll(graph.operatorNames());
        byte[] images = Files.readAllBytes(folder.resolve(name + ".in.u8.bin"));
        var wanted = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name + ".out.f32.bin")))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(images).hasSize(VECTORS * PIXELS);
        var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best());
        var input = ByteBuffer.allocate(interpreter.inputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        var output = ByteBuffer.allocate(interpreter.outputBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int vector = 0; vector < VECTORS; vector++) {
            for (int i = 0; i < PIXELS; i++) {
                input.putFloat(4 * i, Byte.toUnsignedInt(images[vector * PIXELS + i]) / 255f);
            }
            interpreter.run(input.array(), 0, output.array(), 0);
            int best = 0;
            int wantedBest = 0;
            for (int i = 0; i < CLASSES; i++) {
                float expected = wanted.getFloat(4 * (vector * CLASSES + i));
                assertThat(output.getFloat(4 * i)).isCloseTo(expected, within(1e-5f));
                best = output.getFloat(4 * i) > output.getFloat(4 * best) ? i : best;
                wantedBest = expected > wanted.getFloat(4 * (vector * CLASSES + wantedBest)) ? i : wantedBest;
            }
            assertThat(best).as("class of vector %d", vector).isEqualTo(wantedBest);
        }
    }
}
