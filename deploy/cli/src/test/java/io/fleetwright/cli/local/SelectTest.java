package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectTest {
    private static final String VARIANTS = """
            {"variants": [
              {"variant": "large", "operators": ["CONV_2D"], "bits": 8, "weightBytes": 90000, "activationBytes": 40000,
               "accuracy": 0.76, "latencyMsP90": 20, "energyMjP90": 3},
              {"variant": "small", "operators": ["CONV_2D"], "bits": 8, "weightBytes": 20000, "activationBytes": 9000,
               "accuracy": 0.71, "latencyMsP90": 5},
              {"variant": "narrow", "operators": ["CONV_2D"], "bits": 4, "weightBytes": 9000, "activationBytes": 9000,
               "accuracy": 0.70, "latencyMsP90": 6, "energyMjP90": 1}]}""";
    private static final String DEVICE = """
            {"device": "board", "operators": ["CONV_2D"], "bits": [8, 16], "weightMemoryBytes": 100000,
             "activationMemoryBytes": 50000}""";

    @TempDir
    private Path folder = Path.of("");

    private Path variants = Path.of("");
    private Path device = Path.of("");

    @BeforeEach
    void writeFiles() throws IOException {
        variants = Files.writeString(folder.resolve("variants.json"), VARIANTS);
        device = Files.writeString(folder.resolve("device.json"), DEVICE);
    }

    @Test
    void printsTheChoiceAndAReasonPerVariant() throws IOException {
        Ran ran = Ran.of(
                "select", "--variants", variants, "--device", device, "--constraints", "latency-ms=10", "--json");
        assertThat(ran.code()).isZero();
        var json = ran.json();
        assertThat(json.path("chosen").asText()).isEqualTo("small");
        assertThat(json.path("relaxed")).isEmpty();
        assertThat(json.path("variants").path(0).path("reason").asText())
                .isEqualTo("p90 latency 20.0000 ms, must be at most 10.0000 ms");
        assertThat(json.path("variants").path(1).path("energyMjP90").isNull()).isTrue();
        assertThat(json.path("variants").path(2).path("reason").asText())
                .isEqualTo("has 4-bit weights, the device takes [8, 16]");
        assertThat(Ran.of("select", "--variants", variants, "--device", device).out())
                .contains("board gets large")
                .contains("unknown");
    }

    @Test
    void saysWhatGaveWayAndWithStrictGivesNothing() throws IOException {
        Object[] arguments = {
            "select", "--variants", variants, "--device", device, "--constraints", "accuracy=0.75,latency-ms=18"
        };
        assertThat(Ran.of(arguments).out()).contains("board gets large; gave way: latency");
        Object[] strict = Arrays.copyOf(arguments, arguments.length + 2);
        strict[arguments.length] = "--strict";
        strict[arguments.length + 1] = "--json";
        Ran ran = Ran.of(strict);
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.json().path("chosen").isNull()).isTrue();
        assertThat(ran.json().path("nearest").asText()).isEqualTo("small");
    }

    @Test
    void aProfileEstimatesWhatIsMissingAndSaysSo() throws IOException {
        Files.writeString(variants, """
                {"variants": [{"variant": "int8", "model": "ic-resnet8", "macs": 12501632, "bits": 8,
                  "weightBytes": 96000, "activationBytes": 50000, "accuracy": 0.87}]}""");
        var row = Ran.of("select", "--variants", variants, "--device", "gap9", "--json")
                .json()
                .path("variants")
                .path(0);
        assertThat(row.path("modelled").asBoolean()).isTrue();
        assertThat(row.path("latencyMsP90").asDouble()).isBetween(0.6163, 0.75);
        assertThat(row.path("energyMjP90").asDouble()).isBetween(0.0404, 0.05);
        assertThat(row.path("reason").asText()).isEqualTo("chosen");
        assertThat(Ran.of("select", "--variants", variants, "--device", "gap9").out())
                .contains("(modelled)");
    }

    @Test
    void theIncumbentStaysForASmallGain() {
        assertThat(Ran.of("select", "--variants", variants, "--device", device, "--incumbent", "small")
                        .out())
                .contains("board gets large");
        assertThat(Ran.of(
                                "select",
                                "--variants",
                                variants,
                                "--device",
                                device,
                                "--incumbent",
                                "narrow",
                                "--constraints",
                                "latency-ms=10")
                        .out())
                .contains("board gets small");
    }

    @Test
    void wrongFilesAndLimitsAreRefusedByName() throws IOException {
        Ran limit = Ran.of("select", "--variants", variants, "--device", device, "--constraints", "power=3");
        assertThat(limit.code()).isEqualTo(2);
        assertThat(limit.err()).contains("'power' must be latency-ms, energy-mj or accuracy");
        assertThat(Ran.of("select", "--variants", variants, "--device", device, "--constraints", "accuracy=3")
                        .err())
                .contains("accuracyMin (3.0) must be 0 to 1");
        Files.writeString(device, "{\"device\": \"board\", \"bits\": [\"8\"]}");
        assertThat(Ran.of("select", "--variants", variants, "--device", device).err())
                .contains("device.json: $.bits");
        Files.writeString(variants, "{\"variants\": [{\"variant\": \"v\", \"bits\": 99}]}");
        Ran wrong = Ran.of("select", "--variants", variants, "--device", "gap9");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("variants.json: $.variants[0].bits (99)");
        assertThat(Ran.of("select", "--variants", variants, "--device", "no-such-device")
                        .err())
                .contains("no-such-device");
    }
}
