package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.cli.Ran;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX files on the command line. */
class OnnxTest {
    private static final int PIXELS = 784;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void conformanceSaysHowEachNodeTestEnded() throws IOException {
        Path tests = SharedData.require("onnx-node-tests");
        Ran ran = Ran.of("conformance", "onnx", tests);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("passed test_gru_defaults").endsWith("162 passed, 0 failed, 1 skipped\n");
        var json = Ran.of("conformance", "onnx", tests, "--json").json();
        assertThat(json.path("tests")).hasSize(163);
        assertThat(json.path("passed").asInt()).isEqualTo(162);
        assertThat(json.path("failed").asInt()).isZero();
    }

    @Test
    void conformanceFailsWhereThereIsNothingToRunOrAnOutputDiffers() throws IOException {
        assertThat(Ran.of("conformance", "onnx", folder).code()).isEqualTo(1);
        Path source = SharedData.require("onnx-node-tests/test_relu");
        Path test = Files.createDirectories(folder.resolve("tests/test_relu"));
        Path data = Files.createDirectories(test.resolve("test_data_set_0"));
        Files.write(test.resolve("model.onnx"), Files.readAllBytes(source.resolve("model.onnx")));
        byte[] input = Files.readAllBytes(source.resolve("test_data_set_0/input_0.pb"));
        Files.write(data.resolve("input_0.pb"), input);
        // The input itself is the wrong answer wherever it is negative.
        Files.write(data.resolve("output_0.pb"), input);
        Ran ran = Ran.of("conformance", "onnx", folder.resolve("tests"));
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("failed test_relu: output 0").endsWith("0 passed, 1 failed, 0 skipped\n");
    }

    @Test
    void infersAndInspectsAnOnnxFile() throws IOException {
        Path shared = SharedData.require("models/qonnx");
        byte[] pixels = Files.readAllBytes(shared.resolve("TFC_2W2A.in.u8.bin"));
        var images = ByteBuffer.allocate(pixels.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (byte pixel : pixels) {
            images.putFloat(Byte.toUnsignedInt(pixel) / 255f);
        }
        Path input = Files.write(folder.resolve("in.bin"), images.array());
        Path output = folder.resolve("out.bin");
        Path model = shared.resolve("TFC_2W2A.onnx");
        Ran ran = Ran.of("infer", "--model", model, "--input", input, "--output", output);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isZero();
        var found = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
        var wanted = ByteBuffer.wrap(Files.readAllBytes(shared.resolve("TFC_2W2A.out.f32.bin")))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(found.remaining()).isEqualTo(wanted.remaining());
        while (found.hasRemaining()) {
            assertThat(Math.abs(found.getFloat() - wanted.getFloat())).isLessThanOrEqualTo(1e-5f);
        }
        var json = Ran.of("inspect", model, "--json").json();
        assertThat(json.path("macs").asLong()).isEqualTo(PIXELS * 64L + 64 * 64 + 64 * 64 + 64 * 10);
        assertThat(json.path("inputs").path(0).path("type").asText()).isEqualTo("FLOAT32");
    }
}
