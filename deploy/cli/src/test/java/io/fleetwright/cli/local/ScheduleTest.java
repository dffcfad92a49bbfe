package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.cli.Ran;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScheduleTest {
    private static final String CHAIN = """
            {"name": "chain", "tasks": 2, "pes": 2, "exec": [[3, 5], [4, 1]], "edges": [[0, 1, 2]]}""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void findsThePublishedMakespan() throws IOException {
        Path dag = SharedData.require("workloads/canonical/topcuoglu2002.json");
        var json = Ran.of("schedule", "--dag", dag, "--algorithm", "heft,cpop", "--json")
                .json();
        var heft = json.path("results").path(0);
        assertThat(heft.path("algorithm").asText()).isEqualTo("heft");
        assertThat(heft.path("makespan").asDouble()).isEqualTo(80);
        assertThat(heft.path("proven").isBoolean()).isTrue();
        assertThat(heft.path("proven").asBoolean()).isFalse();
        assertThat(heft.path("assignments")).hasSize(10);
        assertThat(json.path("results").path(1).path("makespan").asDouble()).isEqualTo(86);
    }

    @Test
    void placesEveryTaskWithoutOverlap() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        var result = Ran.of("schedule", "--dag", dag, "--algorithm", "heft", "--json")
                .json()
                .path("results")
                .path(0);
        assertThat(result.path("makespan").asDouble()).isEqualTo(6);
        assertThat(result.path("assignments").path(1).path("start").asDouble())
                .isGreaterThanOrEqualTo(
                        result.path("assignments").path(0).path("finish").asDouble());
        assertThat(Ran.of("schedule", "--dag", dag, "--algorithm", "heft").out())
                .contains("heft: makespan 6");
    }

    @Test
    void theSameSeedGivesTheSameRandomSchedule() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        Ran first = Ran.of("schedule", "--dag", dag, "--algorithm", "random", "--seed", "7", "--json");
        assertThat(Ran.of("schedule", "--dag", dag, "--algorithm", "random", "--seed", "7", "--json"))
                .isEqualTo(first);
    }

    @Test
    void anUnknownAlgorithmIsWrongUsageAndNamesTheKnownOnes() {
        Ran ran = Ran.of("schedule", "--dag", "any", "--algorithm", "heft,zigzag");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("zigzag").contains("heft").contains("cpop");
    }

    @Test
    void aDamagedFileIsRefusedWithItsPlace() throws IOException {
        Path dag = Files.writeString(folder.resolve("bad.json"), "{\"name\": 1}");
        Ran ran = Ran.of("schedule", "--dag", dag, "--algorithm", "heft");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err().strip().lines()).hasSize(1);
    }
}
