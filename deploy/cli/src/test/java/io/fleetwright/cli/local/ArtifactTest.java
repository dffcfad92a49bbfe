package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.cli.Ran;
import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactTest {
    @TempDir
    private Path folder = Path.of("");

    private Path first = Path.of("");
    private Path second = Path.of("");
    private Path store = Path.of("");

    @BeforeEach
    void writeFiles() throws IOException {
        byte[] bytes = new byte[20_000];
        new SplittableRandom(1).nextBytes(bytes);
        first = Files.write(folder.resolve("first"), bytes);
        bytes[10_000]++;
        second = Files.write(folder.resolve("second"), bytes);
        store = folder.resolve("store");
    }

    private static Digest digest(Path file) throws IOException {
        return Digest.of(Files.readAllBytes(file));
    }

    @Test
    void whatIsPutIsListedAndGotUntilItIsCollected() throws IOException {
        assertThat(Ran.of("artifact", "put", first, second, "--store", store).out())
                .contains(
                        "%s %s".formatted(digest(first), first), digest(second).value());
        String listed = digest(first) + "  20000  ";
        assertThat(Ran.of("artifact", "ls", "--store", store).out().lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith(listed));
        Path out = folder.resolve("out");
        assertThat(Ran.of("artifact", "get", digest(first), "--store", store, "--out", out)
                        .code())
                .isZero();
        assertThat(out).hasSameBinaryContentAs(first);
        assertThat(Ran.of("artifact", "gc", "--keep", digest(first), "--store", store)
                        .out()
                        .lines())
                .containsExactly(digest(second).value(), "20000 bytes are free again");
        Ran gone = Ran.of("artifact", "get", digest(second), "--store", store, "--out", out);
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err().strip()).isEqualTo("fleetwright: there is no artifact " + digest(second));
        assertThat(Ran.of("artifact", "get", "sha256:x", "--store", store, "--out", out)
                        .code())
                .isEqualTo(2);
    }

    @Test
    void aDeltaMakesTheTargetOfItsBaseOnly() throws IOException {
        Path delta = folder.resolve("delta");
        Path made = folder.resolve("made");
        assertThat(Ran.of("artifact", "delta", first, second, "--out", delta).out())
                .contains("% of 20000");
        assertThat(Files.size(delta)).isLessThan(300);
        assertThat(Ran.of("artifact", "patch", first, delta, "--out", made).out())
                .startsWith(digest(second).value());
        assertThat(made).hasSameBinaryContentAs(second);
        Ran refused = Ran.of("artifact", "patch", second, delta, "--out", made);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("the delta is for the base " + digest(first));
        assertThat(Ran.of("artifact", "patch", first, second, "--out", made).err())
                .contains("delta, byte 0");
    }
}
