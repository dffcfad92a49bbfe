package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Needs;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.testkit.SharedData;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkflowTest {
    private static final String WORKFLOW = """
            {"name": "two", "schemaVersion": "1.5", "workflow": {
              "specification": {
                "tasks": [
                  {"id": "b", "parents": ["a"], "inputFiles": ["x", "y", "outside"], "outputFiles": []},
                  {"id": "a", "children": ["b", "c"], "inputFiles": ["outside"], "outputFiles": ["x", "y", "z"]},
                  {"id": "c", "parents": [], "children": []}],
                "files": [
                  {"id": "x", "sizeInBytes": 300}, {"id": "y", "sizeInBytes": 40},
                  {"id": "z", "sizeInBytes": 5}, {"id": "outside", "sizeInBytes": 7}]},
              "execution": {"tasks": [
                {"id": "a", "runtimeInSeconds": 6, "memoryInBytes": 1000},
                {"id": "b", "runtimeInSeconds": 3.5}, {"id": "c", "runtimeInSeconds": 1}]}}}""";

    private static final String PLATFORM = """
            {"bandwidth": 100, "latency": 0.5,
             "devices": [
               {"id": "pi", "count": 2, "speed": 0.5, "memoryBytes": 999, "zone": "field", "watts": 6},
               {"id": "server", "speed": 2, "readyTime": 3}],
             "links": [{"from": "field", "to": "", "bandwidth": 10}]}""";

    @Test
    void anEdgeCarriesTheFilesThatTheParentWritesAndTheChildReads() throws Exception {
        Workflow workflow = Workflow.read(bytes(WORKFLOW));
        TaskGraph graph = workflow.graph();
        assertThat(workflow.name()).isEqualTo("two");
        assertThat(graph.name(1)).isEqualTo("a");
        assertThat(graph.edgeCount()).isEqualTo(2);
        assertThat(graph.outTask(graph.outBegin(1))).isEqualTo(0);
        assertThat(graph.outVolume(graph.outBegin(1))).isEqualTo(340);
        assertThat(graph.outVolume(graph.outBegin(1) + 1)).isZero();
        assertThat(workflow.runtimeSeconds()).containsExactly(3.5, 6, 1);
        assertThat(workflow.needs()).extracting(Needs::memory).containsExactly(0.0, 1000.0, 0.0);
    }

    @Test
    void aPlatformGivesSpeedsLinksAndMemory() throws Exception {
        Problem problem = Workflow.read(bytes(WORKFLOW)).on(PlatformFile.read(bytes(PLATFORM)));
        assertThat(problem.platform().device(1).id()).isEqualTo("pi-1");
        assertThat(problem.platform().device(2).readyTime()).isEqualTo(3);
        assertThat(problem.platform().device(1).joules(7)).hasValue(42);
        assertThat(problem.platform().device(2).joules(7)).isEmpty();
        assertThat(problem.costs().executionTime(0, 0)).isEqualTo(7);
        assertThat(problem.costs().executionTime(0, 2)).isEqualTo(1.75);
        assertThat(problem.costs().canRun(1, 0)).isFalse();
        assertThat(problem.costs().canRun(1, 2)).isTrue();
        assertThat(problem.platform().links().transferTime(340, 0, 1)).isEqualTo(3.9);
        assertThat(problem.platform().links().transferTime(340, 0, 2)).isEqualTo(34);
    }

    @Test
    void aTaskThatFitsInNoMemoryIsNamed() throws Exception {
        var platform = PlatformFile.read(bytes(PLATFORM.replace("\"readyTime\": 3", "\"memoryBytes\": 10")));
        Workflow workflow = Workflow.read(bytes(WORKFLOW));
        assertThatThrownBy(() -> workflow.on(platform))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task 1 ('a') runs on no device: one has 999.0 of the 1000.0 that it takes;"
                        + " another has 10.0 of the 1000.0 that it takes");
    }

    /** The recorded program of a task is an operator that a device may lack; a run without a command needs none. */
    @Test
    void aTaskRunsWhereItsProgramIs() throws Exception {
        Workflow workflow = Workflow.read(bytes(WORKFLOW.replace(
                "\"runtimeInSeconds\": 3.5", "\"runtimeInSeconds\": 3.5, \"command\": {\"program\": \"blast\"}")));
        String served = PLATFORM.replace("\"readyTime\": 3", "\"readyTime\": 3, \"programs\": [\"blast\", \"sort\"]");
        Problem free = workflow.on(PlatformFile.read(bytes(served)));
        assertThat(free.costs().canRun(0, 0)).isTrue();
        String other = PLATFORM.replace("\"watts\": 6", "\"watts\": 6, \"programs\": [\"sort\"]");
        Problem bound = workflow.on(PlatformFile.read(bytes(other)));
        assertThat(bound.costs().canRun(0, 0)).isFalse();
        assertThat(bound.costs().canRun(0, 2)).isTrue();
        assertThat(bound.costs().canRun(2, 0)).isTrue();
        String nowhere = other.replace("\"readyTime\": 3", "\"programs\": [\"make\"]");
        assertThatThrownBy(() -> workflow.on(PlatformFile.read(bytes(nowhere))))
                .hasMessage("task 0 ('b') runs on no device: one lacks blast");
        assertThatThrownBy(() -> PlatformFile.read(bytes(PLATFORM.replace("\"watts\": 6", "\"programs\": []"))))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining("programs of 'pi' must name one at least");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"parents\": [\"a\"]         | \"parents\": [\"q\"]          | there is no task 'q'",
                "\"children\": [\"b\", \"c\"] | \"children\": [\"b\", \"d\"]  | there is no task 'd'",
                "\"parents\": [], \"children\": [] | \"children\": [\"a\"]    | cycle through task",
                "\"id\": \"c\", \"parents\"   | \"id\": \"a\", \"parents\"    | task 'a' is given more than once",
                "{\"id\": \"y\", \"sizeInBytes\": 40} | {\"id\": \"w\", \"sizeInBytes\": 40} | file 'y' has no size",
                "\"sizeInBytes\": 40          | \"sizeInBytes\": -1           | sizeInBytes of 'y' (-1.0) must be 0 to",
                "\"runtimeInSeconds\": 6      | \"runtimeInSeconds\": -6      | runtimeInSeconds of 'a' (-6.0)",
                "\"runtimeInSeconds\": 6      | \"runtimeInSeconds\": NaN     | expected a value or a digit",
                ", {\"id\": \"c\", \"runtimeInSeconds\": 1} | `` | task 'c' was not executed",
                "\"execution\"                | \"executed\"                  | 'execution' is missing"
            })
    void whatIsNotAWorkflowIsRefusedByName(String from, String to, String reason) {
        assertThat(WORKFLOW).contains(from);
        assertThatThrownBy(() -> Workflow.read(bytes(WORKFLOW.replace(from, to))))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"speed\": 2       | \"speed\": 0            | speed of 'server' (0.0) must be above 0",
                "\"speed\": 2       | \"speed\": -2           | speed of 'server' (-2.0) must be 0 to",
                "\"count\": 2       | \"count\": 200000       | count (200000.0) must be a whole number",
                "\"id\": \"server\" | \"id\": \"pi-1\"        | device id 'pi-1' is given more than once",
                "\"to\": \"\"       | \"to\": \"moon\"        | no device is in zone 'moon'",
                "\"readyTime\": 3   | \"readyTime\": -3       | readyTime of 'server' (-3.0)",
                "\"bandwidth\": 10} | \"bandwidth\": \"fast\"} | bandwidth must be a number",
                "\"devices\"        | \"device\"              | 'devices' is missing"
            })
    void whatIsNotAPlatformIsRefusedByName(String from, String to, String reason) {
        assertThat(PLATFORM).contains(from);
        assertThatThrownBy(() -> PlatformFile.read(bytes(PLATFORM.replace(from, to))))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aPlatformWithoutDevicesIsRefused() {
        assertThatThrownBy(() -> PlatformFile.read(bytes("{\"devices\": []}")))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining("device count (0) must be 1 to 100000");
    }

    @Test
    void damagedFilesEndInTheDeclaredException() {
        byte[] valid = bytes(WORKFLOW);
        SeededCases.forEach(1, 2000, (random, _) -> {
            byte[] damaged = valid.clone();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                damaged[random.nextInt(damaged.length)] = valid[random.nextInt(valid.length)];
            }
            try {
                Workflow.read(damaged);
            } catch (MalformedWorkloadException expected) {
                assertThat(expected.offset()).isBetween(0, damaged.length);
            }
        });
    }

    /** Figures of ../shared/workloads/README.md: tasks, edges, total work, longest path of runtimes. */
    @ParameterizedTest
    @CsvSource({
        "helloworld-forkjoin-10-chameleon,          10,  16,  1028.7,  307.4",
        "bacass-dirt02-001,                         11,  14,  3961.9, 2150.0",
        "srasearch-chameleon-10a-001,               22,  30,  6996.8, 1005.9",
        "epigenomics-chameleon-hep-1seq-100k-001,   41,  48,   539.3,  104.8",
        "blast-chameleon-small-001,                 43, 120,   382.9,   10.4",
        "1000genome-chameleon-2ch-100k-001,         52,  76,  2771.3,  204.7",
        "montage-chameleon-2mass-005d-001,          58, 114,   221.7,   21.4",
        "soykb-chameleon-10fastq-10ch-001,          96, 194, 11814.5, 2933.3",
        "seismology-chameleon-100p-001,            101, 100,    71.9,    2.8",
        "montage-chameleon-2mass-015d-001,         310, 798,   854.9,   26.4"
    })
    void realWorkflowsHaveTheirKnownSizes(String name, int tasks, int edges, double work, double path)
            throws Exception {
        Workflow workflow = Workflow.read(SharedData.require("workloads/wfinstances/" + name + ".json"));
        assertThat(workflow.graph().taskCount()).isEqualTo(tasks);
        assertThat(workflow.graph().edgeCount()).isEqualTo(edges);
        assertThat(Arrays.stream(workflow.runtimeSeconds()).sum()).isCloseTo(work, within(0.051));
        assertThat(longestPath(workflow)).isCloseTo(path, within(0.051));
    }

    private static double longestPath(Workflow workflow) {
        TaskGraph graph = workflow.graph();
        double[] end = workflow.runtimeSeconds();
        for (int position = 0; position < end.length; position++) {
            int task = graph.topologicalTask(position);
            double start = 0;
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                start = Math.max(start, end[graph.inTask(e)]);
            }
            end[task] += start;
        }
        return Arrays.stream(end).max().orElseThrow();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
