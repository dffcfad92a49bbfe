package io.fleetwright.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
    private static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void itIsPreparedWhileBothCachesAreNewerThanTheirParts(@TempDir Path home) throws IOException {
        var installation = new Installation(home, false);
        Path controller = home.resolve("controller/target/quarkus-app/quarkus-run.jar");
        Path agents = home.resolve("edge-agent/agent/target/agent-dist/lib");
        make(controller, BUILT);
        make(agents.resolve("agent.jar"), BUILT);
        at(agents, BUILT);
        assertThat(installation.isPrepared()).isFalse();

        make(installation.caches().cache(Installation.CONTROLLER), BUILT.plusSeconds(1));
        assertThat(installation.isPrepared()).isFalse();
        make(installation.caches().cache(Installation.AGENT), BUILT.plusSeconds(1));
        assertThat(installation.isPrepared()).isTrue();

        at(controller, BUILT.plusSeconds(2));
        assertThat(installation.isPrepared()).isFalse();
    }

    private static void make(Path file, Instant time) throws IOException {
        Files.createDirectories(file.getParent());
        Files.createFile(file);
        at(file, time);
    }

    private static void at(Path file, Instant time) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(time));
    }
}
