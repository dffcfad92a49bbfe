package io.fleetwright.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartCachesTest {
    private static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");
    private static final String PART = "agent";

    @TempDir
    private Path folder = Path.of("");

    private StartCaches caches = new StartCaches(Path.of(""));
    private Path jar = Path.of("");

    @BeforeEach
    void aProgramOfTwoJars() throws IOException {
        caches = new StartCaches(folder.resolve("start"));
        Files.createDirectories(caches.folder());
        Path program = Files.createDirectories(folder.resolve("lib"));
        jar = Files.createFile(program.resolve("agent.jar"));
        at(Files.createFile(program.resolve("runtime.jar")), BUILT);
        at(jar, BUILT);
        at(program, BUILT);
    }

    private static void at(Path file, Instant time) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(time));
    }

    @Test
    void withoutACacheAPartStartsAsUsual() {
        assertThat(caches.reading(PART, folder.resolve("lib"))).isEmpty();
        assertThat(caches.reading(PART, folder.resolve("not there"))).isEmpty();
    }

    @Test
    void aCacheIsTakenUntilAnyJarIsNewer() throws IOException {
        at(Files.createFile(caches.cache(PART)), BUILT.plusSeconds(1));
        assertThat(caches.reading(PART, folder.resolve("lib"))).containsExactly("-XX:AOTCache=" + caches.cache(PART));
        assertThat(caches.reading("controller", folder.resolve("lib"))).isEmpty();

        at(jar, BUILT.plusSeconds(2));
        assertThat(caches.reading(PART, folder.resolve("lib"))).isEmpty();
        assertThat(caches.reading(PART, jar)).isEmpty();
    }

    @Test
    void aNewCacheTakesThePlaceOfTheOldOneWhenItIsWhole() throws IOException {
        Files.writeString(caches.cache(PART), "old");
        Path made = Path.of(caches.assembly(PART).getLast().replace("-XX:AOTCache=", ""));
        assertThat(made).isNotEqualTo(caches.cache(PART));
        assertThatThrownBy(() -> caches.publish(PART)).isInstanceOf(NoSuchFileException.class);
        assertThat(caches.cache(PART)).hasContent("old");

        Files.writeString(made, "new");
        Files.createFile(caches.notes(PART));
        caches.publish(PART);
        assertThat(caches.cache(PART)).hasContent("new");
        assertThat(made).doesNotExist();
        assertThat(caches.notes(PART)).doesNotExist();
    }
}
