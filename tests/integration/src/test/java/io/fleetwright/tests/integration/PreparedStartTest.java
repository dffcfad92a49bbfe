package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./fleetwright prepare} made of this build: the build runs it before these tests. */
class PreparedStartTest {
    /** A JVM that cannot use its cache then does not start at all. */
    private static final Map<String, String> CACHE_OR_NOTHING = Map.of("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theControllerStartsFromItsCache() throws Exception {
        try (Processes.Controller controller = new Processes.Controller(folder, Map.of())) {
            controller.start(CACHE_OR_NOTHING);
            assertThat(controller.handle().info().arguments().orElseThrow())
                    .contains("-XX:AOTCache=" + SharedData.projectRoot().resolve("target/start/controller.aot"));
            assertThat(controller.output()).contains("Picked up JAVA_TOOL_OPTIONS: -XX:AOTMode=on");
        }
    }

    @Test
    void nothingIsLeftOfTheWorkThatWasNoted() {
        Path caches = SharedData.projectRoot().resolve("target/start");
        assertThat(caches.resolve("agent.aot")).isNotEmptyFile();
        assertThat(Files.exists(caches.resolve("work"))).isFalse();
        assertThat(caches.resolve("controller.aotconf")).doesNotExist();
    }
}
