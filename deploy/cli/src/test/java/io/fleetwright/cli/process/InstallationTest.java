package io.fleetwright.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {
    private static final Instant BUILT = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void itIsPreparedWhileAllCachesAreNewerThanTheirParts(@TempDir Path home) throws IOException {
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
        assertThat(installation.isPrepared()).isFalse();
        make(installation.caches().cache(Installation.VECTOR_AGENT), BUILT.plusSeconds(1));
        assertThat(installation.isPrepared()).isTrue();

        at(controller, BUILT.plusSeconds(2));
        assertThat(installation.isPrepared()).isFalse();
    }

    @Test
    void agentsHaveVectorKernelsWhereTheyAreWanted(@TempDir Path home) throws Exception {
        make(home.resolve("edge-agent/agent/target/agent-dist/lib/agent.jar"), BUILT);
        var installation = new Installation(home, false);
        String module = "--add-modules=jdk.incubator.vector";
        assertThat(installation.agent(List.of("--node", "n"), true))
                .contains(module)
                .endsWith("--node", "n");
        assertThat(installation.agent(List.of(), false)).doesNotContain(module);
        assertThat(installation.assembly(Installation.VECTOR_AGENT)).contains(module);
        assertThat(installation.assembly(Installation.AGENT)).doesNotContain(module);
        assertThat(AgentCommand.usesVector(null)).isTrue();
        assertThat(AgentCommand.usesVector("vector")).isTrue();
        assertThat(AgentCommand.usesVector("scalar")).isFalse();
        assertThatThrownBy(() -> AgentCommand.usesVector("gpu")).hasMessageContaining("'gpu'; vector and scalar");
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
