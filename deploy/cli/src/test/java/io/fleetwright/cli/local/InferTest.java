package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.cli.Ran;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InferTest {
    private static final String VARIANT = "w0.5-int8";

    @TempDir
    private Path folder = Path.of("");

    private Path model = Path.of("");
    private Path input = Path.of("");
    private Path output = Path.of("");

    @BeforeEach
    void writeGlyphModel() throws IOException {
        model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes(VARIANT));
        input = Files.write(
                folder.resolve("in.bin"), GlyphModels.golden(VARIANT).inputs());
        output = folder.resolve("out.bin");
    }

    @Test
    void everyVectorOfTheFileEqualsTheGoldenOutput() throws IOException {
        Ran ran = Ran.of("infer", "--model", model, "--input", input, "--output", output);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isZero();
        assertThat(output).hasBinaryContent(GlyphModels.golden(VARIANT).outputs());
        assertThat(ran.out()).startsWith("8 vectors, ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"double", "single"})
    void agreesWithTheReferenceInBothRoundings(String rounding) throws IOException {
        Path shared = SharedData.require("models/mlperf-tiny");
        String golden = rounding.equals("double") ? "vww_mbv1.out.bin" : "vww_mbv1.out_single_rounding.bin";
        Ran ran = Ran.of(
                "infer",
                "--model",
                shared.resolve("vww_mbv1.tflite"),
                "--input",
                shared.resolve("golden/vww_mbv1.in.bin"),
                "--output",
                output,
                "--rounding",
                rounding);
        assertThat(ran.code()).isZero();
        assertThat(output)
                .hasBinaryContent(Files.readAllBytes(shared.resolve("golden").resolve(golden)));
    }

    @Test
    void aRoundingThatTheFormulasDoNotHaveIsWrongUsage() {
        Ran ran = Ran.of("infer", "--model", model, "--input", input, "--numerics", "onnx", "--rounding", "single");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("--rounding", "ONNX", model.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void kernelsAndThreadsChangeNoByte(String kernels) throws IOException {
        for (int threads = 1; threads <= 3; threads++) {
            Ran ran = Ran.of(
                    "infer",
                    "--model",
                    model,
                    "--input",
                    input,
                    "--output",
                    output,
                    "--kernels",
                    kernels,
                    "--threads",
                    threads);
            assertThat(ran.code()).as(ran.err()).isZero();
            assertThat(output).hasBinaryContent(GlyphModels.golden(VARIANT).outputs());
            assertThat(ran.out()).contains(kernels, threads + " thread");
        }
    }

    @Test
    void benchNamesEveryOperatorWithItsTimeAndWork() throws IOException {
        var json = Ran.of("infer", "--model", model, "--input", input, "--bench", "0.05", "--json")
                .json();
        var inspected = Ran.of("inspect", model, "--json").json();
        assertThat(json.path("layers")).hasSameSizeAs(inspected.path("operators"));
        for (int i = 0; i < json.path("layers").size(); i++) {
            var layer = json.path("layers").path(i);
            var operator = inspected.path("operators").path(i);
            assertThat(layer.path("operator")).isEqualTo(operator.path("name"));
            assertThat(layer.path("macs")).isEqualTo(operator.path("macs"));
            assertThat(layer.path("bytes").asLong()).isPositive();
            assertThat(layer.path("kernel").asText()).isNotBlank();
            assertThat(layer.path("p50Us").isNumber()).isTrue();
        }
    }

    @Test
    void wrongNumbersOfThreadsAreWrongUsage() {
        for (String threads : new String[] {"0", "-2", "65", "many"}) {
            Ran ran = Ran.of("infer", "--model", model, "--input", input, "--threads", threads);
            assertThat(ran.code()).as(ran.err()).isEqualTo(2);
        }
    }

    @Test
    void jsonIsOneObjectWithTimesInOrder() throws IOException {
        Ran ran = Ran.of("infer", "--model", model, "--input", input, "--bench", "0.05", "--json");
        var json = ran.json();
        assertThat(json.path("vectors").asInt()).isEqualTo(8);
        assertThat(json.path("minMs").asDouble())
                .isPositive()
                .isLessThanOrEqualTo(json.path("p50Ms").asDouble());
        assertThat(json.path("p50Ms").asDouble())
                .isLessThanOrEqualTo(json.path("p99Ms").asDouble());
    }

    @Test
    void refusesWhatItCannotDoInOneLine() throws IOException {
        Path odd = Files.write(folder.resolve("odd.bin"), new byte[1025]);
        Path notAModel = Files.write(folder.resolve("x.tflite"), new byte[64]);
        for (Object[] refused : new Object[][] {
            {"infer", "--model", model, "--input", odd},
            {"infer", "--model", notAModel, "--input", input},
            {"infer", "--model", folder.resolve("missing"), "--input", input},
            {"infer", "--model", model, "--input", input, "--output", folder.resolve("no/such/folder")},
            {"inspect", notAModel},
        }) {
            Ran ran = Ran.of(refused);
            assertThat(ran.code()).as(ran.err()).isEqualTo(1);
            assertThat(ran.err().strip().lines()).hasSize(1).first().asString().startsWith("fleetwright: ");
        }
    }

    @Test
    void inspectReportsWorkAndMemory() throws IOException {
        var json = Ran.of("inspect", model, "--json").json();
        assertThat(json.path("macs").asLong()).isEqualTo(283_616);
        assertThat(json.path("arenaBytes").asLong())
                .isGreaterThanOrEqualTo(json.path("liveSetBytes").asLong())
                .isPositive();
        assertThat(json.path("weightBytes").asLong()).isPositive();
        assertThat(json.path("operators").path(0).path("name").asText()).isEqualTo("CONV_2D");
        assertThat(json.path("tensors")).isNotEmpty();
        assertThat(Ran.of("inspect", model).out()).contains("283616 macs");
    }
}
