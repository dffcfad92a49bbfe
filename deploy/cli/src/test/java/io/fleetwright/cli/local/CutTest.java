package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.Ran;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CutTest {
    private static final String VARIANT = "w0.5-int8";

    @TempDir
    private Path folder = Path.of("");

    private Path model = Path.of("");

    @BeforeEach
    void writeGlyphModel() throws IOException {
        model = Files.write(folder.resolve("glyphs.tflite"), GlyphModels.bytes(VARIANT));
    }

    @Test
    void partsGiveTheGoldenOutputsOneAfterTheOther() throws IOException {
        JsonNode whole = Ran.of("inspect", model, "--json").json();
        long memory =
                whole.get("weightBytes").asLong() + whole.get("arenaBytes").asLong();
        Ran ran = Ran.of("cut", model, "--memory", memory * 3 / 4, "--out", folder.resolve("part"), "--json");
        assertThat(ran.code()).as(ran.err()).isZero();
        JsonNode parts = ran.json().get("parts");
        assertThat(parts).hasSizeGreaterThan(1);
        Path value = Files.write(
                folder.resolve("in.bin"), GlyphModels.golden(VARIANT).inputs());
        for (JsonNode part : parts) {
            Path file = Path.of(part.get("file").asText());
            assertThat(file).hasSize(part.get("fileBytes").asLong());
            assertThat(Ran.of("inspect", file, "--json").json().get("weightBytes"))
                    .isEqualTo(part.get("weightBytes"));
            Path output = folder.resolve("after" + part.get("to").asInt());
            Ran inferred = Ran.of("infer", "--model", file, "--input", value, "--output", output);
            assertThat(inferred.code()).as(inferred.err()).isZero();
            value = output;
        }
        assertThat(value).hasBinaryContent(GlyphModels.golden(VARIANT).outputs());
        assertThat(Ran.of("cut", model, "--memory", memory * 3 / 4).out())
                .contains("operators")
                .contains("0 to ");
    }

    @Test
    void whatCannotBeCutIsRefusedWithTheReason() {
        refused(
                1,
                "cannot be cut into 4 parts of at most 10 bytes of memory; operators ",
                "cut",
                model,
                "--memory",
                10);
        refused(1, "fits 1000000000 bytes of memory as a whole", "cut", model, "--memory", 1_000_000_000);
        refused(1, "cannot be cut before operator 1001", "cut", model, "--after", 1000);
        refused(2, "give --after", "cut", model);
        refused(2, "give --after", "cut", model, "--after", 1, "--memory", 1000);
        refused(1, "no such file", "cut", folder.resolve("other"), "--after", 1);
    }

    private static void refused(int code, String message, Object... arguments) {
        Ran ran = Ran.of(arguments);
        assertThat(ran.code()).as(ran.err()).isEqualTo(code);
        assertThat(ran.err().toLowerCase(java.util.Locale.ROOT)).contains(message.toLowerCase(java.util.Locale.ROOT));
        assertThat(ran.out()).isEmpty();
    }
}
