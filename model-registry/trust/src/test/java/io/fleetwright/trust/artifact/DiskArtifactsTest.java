package io.fleetwright.trust.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only files can do wrong; what every store promises is tested with the controller's stores. */
final class DiskArtifactsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final List<String> STEPS = List.of("created", "written", "synced", "renamed");

    @TempDir
    private Path folder = Path.of("");

    private static byte[] bytes(long seed) {
        byte[] bytes = new byte[5000];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private DiskArtifacts open() {
        return new DiskArtifacts(folder, () -> NOW);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }

    /** An error stands for a crash; a left-over of one keeps its temporary name, as the next test has it. */
    @Test
    void aPutThatEndsAfterAnyStepLeavesAllOrNothing() throws Exception {
        for (int cut = 0; cut < STEPS.size(); cut++) {
            String last = STEPS.get(cut);
            byte[] bytes = bytes(cut);
            List<String> steps = new ArrayList<>();
            DiskArtifacts store = new DiskArtifacts(folder, () -> NOW, step -> {
                steps.add(step);
                if (step.equals(last)) {
                    throw new IOException("power");
                }
            });
            assertThatThrownBy(() -> store.put(bytes))
                    .isInstanceOf(ArtifactException.class)
                    .hasMessageContaining("power");
            assertThat(steps).isEqualTo(STEPS.subList(0, cut + 1));
            Digest digest = Digest.of(bytes);
            assertThat(open().has(digest)).isEqualTo(last.equals("renamed"));
            assertThat(open().read(open().put(bytes))).isEqualTo(bytes);
        }
        assertThat(files()).hasSize(STEPS.size());
    }

    @Test
    void whatACrashLeftIsNoArtifactAndGoesAfterAnHour() throws Exception {
        Digest digest = open().put(bytes(1));
        Path left = folder.resolve(digest.hex().substring(0, 2)).resolve(".new-123");
        Files.write(left, new byte[] {1, 2, 3});
        Files.setLastModifiedTime(left, FileTime.from(NOW.minus(Duration.ofMinutes(59))));
        assertThat(open().list(null, 10))
                .extracting(ArtifactStore.Stored::digest)
                .containsExactly(digest);
        assertThat(left).as("another process may be writing it").exists();
        Files.setLastModifiedTime(left, FileTime.from(NOW.minus(Duration.ofMinutes(61))));
        assertThat(open().has(digest)).isTrue();
        assertThat(left).doesNotExist();
    }

    @Test
    void puttingAgainMendsDamageAndMakesYoung() throws Exception {
        byte[] bytes = bytes(2);
        Digest digest = open().put(bytes);
        Files.write(files().getFirst(), new byte[] {1});
        assertThatThrownBy(() -> open().read(digest)).isInstanceOf(ArtifactException.class);
        Instant later = NOW.plus(Duration.ofDays(1));
        assertThat(new DiskArtifacts(folder, () -> later).put(bytes)).isEqualTo(digest);
        assertThat(open().read(digest)).isEqualTo(bytes);
        assertThat(open().list(null, 1))
                .containsExactly(new ArtifactStore.Stored(digest, bytes.length, later.toEpochMilli()));
    }

    @Test
    void manyMayPutTheSameAtOnce() throws Exception {
        byte[] bytes = bytes(3);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<byte[]>> work = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                work.add(() -> {
                    DiskArtifacts store = open();
                    return store.read(store.put(bytes));
                });
            }
            for (Future<byte[]> done : threads.invokeAll(work)) {
                assertThat(done.get()).isEqualTo(bytes);
            }
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void aFolderThatIsNoneIsNamed() throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[1]);
        assertThatThrownBy(() -> new DiskArtifacts(file, () -> NOW))
                .isInstanceOf(ArtifactException.class)
                .hasMessageContaining(file.toString());
    }
}
