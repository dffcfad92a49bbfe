package io.fleetwright.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.forge.onnx.OnnxNetworkReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ZooMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void helpGoesToStandardOutput() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("usage: export NAME")
                .contains("glyphs, wildfire, chirps, pose or all");
    }

    @Test
    void wrongUsageNamesTheArgumentAndExitsWith2() {
        assertRefused("'export', 'train' or 'measure'");
        assertRefused("'draw'", "draw", "glyphs");
        assertRefused("the name 'letters' must be glyphs, wildfire", "train", "letters");
        assertRefused("the name 'letters' must be glyphs, wildfire", "measure", "letters");
        assertRefused("--inputs (0) must be in 1..", "measure", "all", "--inputs", "0");
        assertRefused("unknown option '--seed'", "measure", "all", "--seed", "1");
        assertRefused("--out is missing", "export", "glyphs", "--inputs", "3");
        assertRefused("--seed is missing", "train", "glyphs", "--out", "d");
        assertRefused("--out is missing", "train", "glyphs", "--seed", "1");
        assertRefused("--seed (x)", "train", "glyphs", "--seed", "x", "--out", "d");
        assertRefused("--seed needs a value", "train", "glyphs", "--seed");
        assertRefused("--seed is given twice", "train", "glyphs", "--seed", "1", "--seed", "1");
        assertRefused("unknown option '--speed'", "train", "glyphs", "--speed", "1");
        assertRefused("--epochs (0) must be in 1..", "train", "glyphs", "--seed", "1", "--out", "d", "--epochs", "0");
        assertRefused("--threads (65)", "train", "glyphs", "--seed", "1", "--out", "d", "--threads", "65");
    }

    @Test
    void exportWritesNetworksAndInputsThatTheirReadersTake(@TempDir Path folder) throws Exception {
        assertThat(run("export", "chirps", "--out", folder.resolve("c").toString(), "--inputs", "8"))
                .isZero();
        for (String width : List.of("w1.0", "w0.75", "w0.5", "w0.25")) {
            OnnxNetworkReader.read(Files.readAllBytes(folder.resolve("c/chirps-%s-float.onnx".formatted(width))));
        }
        EvaluationSet unseen = EvaluationSetCodec.decode(Files.readAllBytes(folder.resolve("c/evaluation.fwe")));
        assertThat(unseen.count()).isEqualTo(8);
        assertThat(EvaluationSetCodec.decode(Files.readAllBytes(folder.resolve("c/calibration.fwe")))
                        .count())
                .isEqualTo(128);
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(6);
    }

    private void assertRefused(String message, String... arguments) {
        err.reset();
        assertThat(run(arguments)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(message).contains("usage:");
        assertThat(out.size()).isZero();
    }

    private int run(String... arguments) {
        return ZooMain.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                _ -> {});
    }
}
