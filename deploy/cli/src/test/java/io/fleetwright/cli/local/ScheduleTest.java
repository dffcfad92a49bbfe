package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
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

    @Test
    void anExactScheduleIsProvenAndTheOthersShowTheirGap() throws IOException {
        Path dag = SharedData.require("workloads/canonical/topcuoglu2002.json");
        var results = Ran.of("schedule", "--dag", dag, "--algorithm", "exact,heft,hld", "--json")
                .json()
                .path("results");
        assertThat(results.path(0).path("makespan").asDouble()).isEqualTo(73);
        assertThat(results.path(0).path("lowerBound").asDouble()).isEqualTo(73);
        assertThat(results.path(0).path("proven").asBoolean()).isTrue();
        assertThat(results.path(1).path("proven").asBoolean()).isFalse();
        assertThat(results.path(1).path("lowerBound").asDouble())
                .as("what exact proved")
                .isEqualTo(73);
        assertThat(results.path(1).path("gap").asDouble()).isPositive();
        assertThat(results.path(2).path("proven").asBoolean()).isFalse();
        assertThat(results.path(2).has("lowerBound")).isFalse();
        assertThat(Ran.of("schedule", "--dag", dag, "--algorithm", "exact").out())
                .contains("optimal");
    }

    @Test
    void aWorkflowIsScheduledOnAPlatform() throws IOException {
        Path dag = SharedData.require("workloads/wfinstances/helloworld-forkjoin-10-chameleon.json");
        Path platform = Files.writeString(
                folder.resolve("platform.json"),
                "{\"bandwidth\": 1e8, \"devices\": [{\"id\": \"pi\", \"count\": 4, \"speed\": 0.5}]}");
        var results = Ran.of("schedule", "--dag", dag, "--platform", platform, "--algorithm", "portfolio", "--json")
                .json()
                .path("results");
        assertThat(results.path(0).path("assignments")).hasSize(10);
        Ran without = Ran.of("schedule", "--dag", dag, "--algorithm", "heft");
        assertThat(without.code()).isEqualTo(1);
        assertThat(without.err()).contains("needs a --platform");
    }

    @Test
    void aBudgetOutOfRangeIsWrongUsage() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        Ran ran = Ran.of("schedule", "--dag", dag, "--algorithm", "improve", "--steps", "-1");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("steps (-1) must be 0 to");
    }

    @Test
    void aPlanIsExplainedDeviceByDevice() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        var devices = Ran.of("schedule", "--dag", dag, "--algorithm", "heft", "--explain", "--json")
                .json()
                .path("results")
                .path(0)
                .path("explanations")
                .path(1)
                .path("devices");
        assertThat(devices.path(0).path("reason").asText()).isEqualTo("chosen");
        assertThat(devices.path(1).path("laterBy").asDouble()).isEqualTo(1);
        assertThat(devices.path(1).path("reason").asText()).isEqualTo("longer execution");
        assertThat(Ran.of("schedule", "--dag", dag, "--algorithm", "heft", "--explain")
                        .out())
                .contains("task 1 t1")
                .contains("longer execution");
    }

    /** The server takes 2 of the 4 recorded seconds, the board 8 at 5 watts. */
    @Test
    void anExplanationStatesTheEnergyWhereThePowerIsKnown() throws IOException {
        Path dag = Files.writeString(folder.resolve("workflow.json"), """
                {"name": "one", "schemaVersion": "1.5", "workflow": {
                  "specification": {"tasks": [{"id": "a", "parents": [], "children": []}], "files": []},
                  "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 4}]}}}""");
        Path platform = Files.writeString(folder.resolve("platform.json"), """
                {"devices": [{"id": "server", "speed": 2}, {"id": "board", "speed": 0.5, "watts": 5}]}""");
        var devices = Ran.of(
                        "schedule", "--dag", dag, "--platform", platform, "--algorithm", "heft", "--explain", "--json")
                .json()
                .path("results")
                .path(0)
                .path("explanations")
                .path(0)
                .path("devices");
        assertThat(devices.path(0).path("device").asInt()).isZero();
        assertThat(devices.path(0).has("energyJ")).isFalse();
        assertThat(devices.path(1).path("energyJ").asDouble()).isEqualTo(40);
    }

    @Test
    void aFolderWithoutSolversIsNoHindrance() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        var result = Ran.of("schedule", "--dag", dag, "--algorithm", "exact", "--solver", folder, "--json")
                .json()
                .path("results")
                .path(0);
        assertThat(result.path("proven").asBoolean()).isTrue();
        assertThat(result.path("makespan").asDouble()).isEqualTo(6);
    }

    @Test
    void thePlanIsDrawn() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        Path json = folder.resolve("chart.json");
        Path svg = folder.resolve("chart.svg");
        assertThat(Ran.of("schedule", "--dag", dag, "--algorithm", "heft", "--gantt", json)
                        .code())
                .isZero();
        assertThat(Ran.of("schedule", "--dag", dag, "--algorithm", "heft", "--gantt", svg)
                        .code())
                .isZero();
        var chart = new ObjectMapper().readTree(json.toFile());
        assertThat(chart.path("unit").asText()).isEmpty();
        assertThat(chart.path("rows")).hasSize(2);
        assertThat(chart.path("bars")).hasSize(2);
        assertThat(chart.path("bars").path(1).path("finish").asDouble()).isEqualTo(6);
        assertThat(Files.readString(svg)).contains("heft, makespan 6").contains("2 runs on 2 devices<");
    }

    @Test
    void aChartIsOfOneAlgorithmAndOfAKnownForm() throws IOException {
        Path dag = Files.writeString(folder.resolve("chain.json"), CHAIN);
        Ran two = Ran.of("schedule", "--dag", dag, "--algorithm", "heft,cpop", "--gantt", folder.resolve("c.svg"));
        assertThat(two.code()).isEqualTo(2);
        assertThat(two.err()).contains("--gantt draws the plan of one algorithm, not of 2");
        Ran other = Ran.of("schedule", "--dag", dag, "--algorithm", "heft", "--gantt", "c.pdf");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("'c.pdf' must end in .svg or .json");
    }
}
