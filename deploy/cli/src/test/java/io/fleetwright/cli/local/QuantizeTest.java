package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.Ran;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.pack.MalformedPackageException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.pack.QuantizedPackage;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeTest {
    private static final int INPUTS = 16;

    @TempDir
    private Path folder = Path.of("");

    private Path model = Path.of("");
    private Path raw = Path.of("");
    private Path evaluation = Path.of("");

    @BeforeEach
    void writeNetworkAndInputs() throws IOException {
        model = Files.write(folder.resolve("glyphs.onnx"), GlyphModels.bytes("w0.5-float"));
        EvaluationSet train = GlyphDataSet.train(7).evaluationSet(INPUTS);
        var floats = ByteBuffer.allocate(train.inputs().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int n = 0; n < INPUTS; n++) {
            for (float value : train.realInput(n)) {
                floats.putFloat(value);
            }
        }
        raw = Files.write(folder.resolve("calibration.bin"), floats.array());
        evaluation = Files.write(
                folder.resolve("evaluation.bin"),
                EvaluationSetCodec.encode(GlyphDataSet.test(3).evaluationSet(200)));
    }

    @Test
    void packageAndUnpackedNetworkGiveTheSameBytesAndTheReportSaysWhatWasDone() throws IOException {
        Path packed = folder.resolve("glyphs.fwq");
        Path tflite = folder.resolve("glyphs.tflite");
        Path report = folder.resolve("report.json");
        Ran ran = quantize("int4-g32", raw, packed, "--report", report, "--evaluation", evaluation);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("round-weights", "7.47 times smaller", "agreement", "of 200");
        assertThat(quantize("int4-g32", raw, tflite).code()).isZero();
        assertThat(outputs(packed)).isEqualTo(outputs(tflite));
        assertThat(Files.size(packed)).isLessThan(Files.size(tflite));

        JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(report));
        assertThat(json.path("recipe").path("calibration").path("count").asInt())
                .isEqualTo(INPUTS);
        assertThat(json.path("recipe").path("steps").path(0).path("step").asText())
                .isEqualTo("fold-normalization");
        assertThat(json.path("packageBytes").asLong()).isEqualTo(Files.size(packed));
        assertThat(json.path("weightRatio").asDouble()).isCloseTo(7.47, within(0.01));
        assertThat(json.path("accuracy").path("n").asInt()).isEqualTo(200);
        assertThat(json.path("accuracy").path("fraction").asDouble())
                .isGreaterThan(json.path("floatAccuracy").path("fraction").asDouble() - 0.03);
    }

    @Test
    void zeroShotNeedsNoInputsAndPrintsOneObject() throws IOException {
        JsonNode json = quantize("int8", "zero-shot", folder.resolve("x.tflite"), "--json")
                .json();
        assertThat(json.path("recipe").path("calibration").path("kind").asText())
                .isEqualTo("zero-shot");
        assertThat(json.path("rangeErrors").path(0).has("kl")).isTrue();
        assertThat(json.has("accuracy")).isFalse();
    }

    /** The recipe has the bits that were chosen, so a budget replays like any other scheme. */
    @Test
    void aPackageReplaysToTheSameBytes() throws IOException {
        Path packed = folder.resolve("mixed.fwq");
        assertThat(quantize("mixed:size:0.5:hessian", raw, packed).code()).isZero();
        Path again = folder.resolve("again.fwq");
        JsonNode json = Ran.of("replay", packed, model, "--calibration", raw, "--out", again, "--json")
                .json();
        assertThat(json.path("identical").asBoolean()).isTrue();
        assertThat(json.path("replayed")).isEqualTo(json.path("recorded"));
        assertThat(again).hasSameBinaryContentAs(packed);
        assertThat(Ran.of("replay", packed, model, "--calibration", raw).out())
                .contains("\"scheme\":\"mixed:int8,", "the same bytes: sha256:");
        refused(Ran.of("replay", packed, model), "calibration inputs sha256:");
        Path other = Files.write(folder.resolve("other.onnx"), GlyphModels.bytes("w1.0-float"));
        refused(Ran.of("replay", packed, other, "--calibration", raw), "source sha256:");
        refused(Ran.of("replay", model, model), "package, offset");

        Path made = folder.resolve("made.fwq");
        assertThat(quantize("int8", "zero-shot", made).code()).isZero();
        assertThat(Ran.of("replay", made, model).code()).isZero();
        QuantizedPackage first = decoded(packed);
        QuantizedPackage second = decoded(made);
        Path mixed = Files.write(
                folder.resolve("swapped.fwq"),
                PackageCodec.encode(new QuantizedPackage(first.model(), second.recipe())));
        refused(Ran.of("replay", mixed, model), "the recipe makes other bytes");
    }

    private static QuantizedPackage decoded(Path file) throws IOException {
        try {
            return PackageCodec.decode(Files.readAllBytes(file));
        } catch (MalformedPackageException malformed) {
            throw new AssertionError(malformed);
        }
    }

    @Test
    void evaluationSetsCalibrateToo() throws IOException {
        JsonNode json = quantize("int8", evaluation, folder.resolve("x.tflite"), "--samples", 8, "--json")
                .json();
        assertThat(json.path("recipe").path("calibration").path("count").asInt())
                .isEqualTo(8);
    }

    @Test
    void refusesInOneLineAndLeavesNothingHalfDone() throws IOException {
        Path out = folder.resolve("x.tflite");
        Path odd = Files.write(folder.resolve("odd.bin"), new byte[4097]);
        Path zeros = Files.write(folder.resolve("zeros.bin"), new byte[4096]);
        Path broken = Files.write(folder.resolve("broken.onnx"), new byte[] {8, 8, 58, 127});
        refused(quantize("int8", odd, out), "4097 bytes must be a multiple of the 4096");
        refused(quantize("int8", zeros, out), "channel 0 of the calibration inputs is 0.0 everywhere");
        refused(quantize("mixed:8,4", raw, out), "names 2 layers, the network has 10");
        refused(quantize("int8", folder.resolve("none.bin"), out), "there is no such file");
        refused(quantize("int8", raw, folder.resolve("no/such/x.tflite")), "there is no such folder");
        refused(Ran.of("quantize", broken, "--scheme", "int8", "--calibration", raw, "--out", out), "broken.onnx: ");
        refused(quantize("int8", raw, out, "--evaluation", raw), "evaluation set, offset 4: magic");
        Path damaged = Files.write(folder.resolve("damaged.fwq"), new byte[] {0x46, 0x57, 0x51, 0x4E, 1, 0});
        refused(Ran.of("inspect", damaged), "package, offset");
        assertThat(quantize("int5", raw, out).code()).isEqualTo(2);
        assertThat(quantize("mixed:latency:0.5", raw, out).err()).contains("latency is a device's");
        assertThat(Ran.of("quantize", model, "--scheme", "int8", "--out", out).err())
                .contains("Missing required option: '--calibration");
        assertThat(quantize("int8", raw, out, "--samples", 0).code()).isEqualTo(2);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".part") || name.equals("x.tflite"));
        }
    }

    private Ran quantize(String scheme, Object calibration, Path out, Object... more) {
        Object[] first = {"quantize", model, "--scheme", scheme, "--calibration", calibration, "--out", out};
        return Ran.of(Stream.concat(Stream.of(first), Stream.of(more)).toArray());
    }

    private static void refused(Ran ran, String reason) {
        assertThat(ran.code()).as(ran.err()).isEqualTo(1);
        assertThat(ran.err().strip().lines())
                .singleElement()
                .asString()
                .startsWith("fleetwright: ")
                .contains(reason);
    }

    private byte[] outputs(Path network) throws IOException {
        Path input = Files.write(
                folder.resolve("in.bin"), GlyphModels.golden("w0.5-int8").inputs());
        Path output = folder.resolve(network.getFileName() + ".out");
        Ran ran = Ran.of("infer", "--model", network, "--input", input, "--output", output);
        assertThat(ran.code()).as(ran.err()).isZero();
        return Files.readAllBytes(output);
    }
}
