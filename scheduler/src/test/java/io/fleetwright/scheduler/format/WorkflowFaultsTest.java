package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.platform.Platform;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule of workflows and of the platforms they run on; the columns are those of {@link Ds3FaultsTest}. */
class WorkflowFaultsTest {
    private static final Edited WORKFLOW = new Edited("""
            {"name": "wörk", "workflow": {
              "specification": {
                "tasks": [{"id": "b", "parents": ["a"], "children": [], "inputFiles": ["x"], "outputFiles": ["y"]},
                          {"id": "a", "parents": [], "children": ["b"], "inputFiles": [], "outputFiles": ["x"]}],
                "files": [{"id": "x", "sizeInBytes": 300}, {"id": "y", "sizeInBytes": 7}]},
              "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 6, "memoryInBytes": 10},
                                      {"id": "b", "runtimeInSeconds": 3.5}]}}}""");
    private static final String TASKS = "workflow/specification/tasks";

    /** In the columns T stands for the tasks, F for the files and R for the runs. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                              | []     |                  | the workflow file must be an object
            name              | -      |                  | 'name' is missing
            name              | 7      | name             | name must be a string
            workflow          | -      |                  | 'workflow' is missing
            workflow          | []     | workflow         | workflow must be an object
            workflow/specification | - | workflow         | 'specification' is missing
            workflow/specification | 1 | workflow/specification | specification must be an object
            T                 | -      | workflow/specification | 'tasks' is missing
            T                 | {}     | T                | tasks must be an array
            T & R             | [] & [] | T               | a graph needs at least 1 task
            T/1               | "a"    | T/1              | a task must be an object
            T/1/id            | -      | T/1              | 'id' is missing
            T/1/id            | 1      | T/1/id           | id must be a string
            T/1/id            | "b"    | T/1              | task 'b' is given more than once
            T/0/parents       | "a"    | T/0/parents      | parents must be an array
            T/0/parents       | null   | T/0/parents      | parents must be an array
            T/0/parents/0     | 1      | T/0/parents/0    | parents must be a string
            T/0/parents/0     | ["a"]  | T/0/parents/0    | parents must be a string
            T/0/parents/0     | "A"    | T/0              | there is no task 'A'
            T/0/parents/0     | ""     | T/0              | there is no task ''
            T/0/parents/0     | "b"    | T/0              | edge 0 -> 0 joins a task to itself
            T/1/parents       | ["b"]  | T                | the graph has a cycle through task 0; it must be acyclic
            T/1/children      | {}     | T/1/children     | children must be an array
            T/1/children/0    | 0      | T/1/children/0   | children must be a string
            T/1/children/0    | "c"    | T/1              | there is no task 'c'
            T/1/children/0    | "a"    | T/1              | edge 1 -> 1 joins a task to itself
            T/0/children      | ["a"]  | T                | the graph has a cycle through task 0; it must be acyclic
            T/0/inputFiles    | "x"    | T/0/inputFiles   | inputFiles must be an array
            T/0/inputFiles/0  | 5      | T/0/inputFiles/0 | inputFiles must be a string
            T/0/outputFiles   | 5      | T/0/outputFiles  | outputFiles must be an array
            T/0/outputFiles/0 | true   | T/0/outputFiles/0 | outputFiles must be a string
            F                 | {}     | F                | files must be an array
            F/0               | "x"    | F/0              | a file must be an object
            F/0/id            | -      | F/0              | 'id' is missing
            F/0/id            | 3      | F/0/id           | id must be a string
            F/1/sizeInBytes   | -      | F/1              | 'sizeInBytes' is missing
            F/1/sizeInBytes   | "7"    | F/1/sizeInBytes  | sizeInBytes of 'y' must be a number
            F/1/sizeInBytes   | -1     | F/1/sizeInBytes  | sizeInBytes of 'y' (-1.0) must be 0 to 1.0E18
            F/1/sizeInBytes   | 1.1e18 | F/1/sizeInBytes  | sizeInBytes of 'y' (1.1E18) must be 0 to 1.0E18
            F                 | -      | T/0              | file 'x' has no size
            F/0               | -      | T/0              | file 'x' has no size
            workflow/execution | -     | workflow         | 'execution' is missing
            workflow/execution | []    | workflow/execution | execution must be an object
            R                 | -      | workflow/execution | 'tasks' is missing
            R                 | {}     | R                | execution tasks must be an array
            R/0               | 6      | R/0              | a run must be an object
            R/0/id            | -      | R/0              | 'id' is missing
            R/0/id            | null   | R/0/id           | id must be a string
            R/0/id            | "c"    | R/0              | there is no task 'c'
            R/0/id            | "b"    | workflow/execution | task 'a' was not executed
            R/1               | -      | workflow/execution | task 'b' was not executed
            R/1/runtimeInSeconds | -   | R/1              | 'runtimeInSeconds' is missing
            R/1/runtimeInSeconds | "3" | R/1/runtimeInSeconds | runtimeInSeconds of 'b' must be a number
            R/1/runtimeInSeconds | -3  | R/1/runtimeInSeconds | runtimeInSeconds of 'b' (-3.0) must be 0 to 1.0E15
            R/1/runtimeInSeconds | 1.1e15 | R/1/runtimeInSeconds | runtimeInSeconds of 'b' (1.1E15) must be 0 to 1.0E15
            R/0/memoryInBytes | "10"   | R/0/memoryInBytes | memoryInBytes of 'a' must be a number
            R/0/memoryInBytes | -10    | R/0/memoryInBytes | memoryInBytes of 'a' (-10.0) must be 0 to 1.7976931348623157E308
            R/0/memoryInBytes | null   | R/0/memoryInBytes | memoryInBytes of 'a' must be a number
            """)
    void aWorkflowIsRefusedAtTheValueThatIsWrong(String paths, String values, String place, String reason) {
        WORKFLOW.assertRefused(Workflow::read, full(paths), values, full(place), reason);
    }

    private static String full(String path) {
        return path == null
                ? ""
                : path.replaceAll("\\bT\\b", TASKS)
                        .replaceAll("\\bF\\b", "workflow/specification/files")
                        .replaceAll("\\bR\\b", "workflow/execution/tasks");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"workflow": {}}             | true
            {"workflow": null}           | true
            {"a": 1, "workflow": "x"}    | true
            {}                           | false
            {"Workflow": {}}             | false
            {"a": {"workflow": {}}}      | false
            """)
    void aDocumentWithAWorkflowLooksLikeOne(String document, boolean looks) throws Exception {
        assertThat(Workflow.isWorkflow(document.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(looks);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []           | at byte 0: the workload must be an object
            {            | at byte 1: expected a member name, found the end
            {"a":1,"a":1} | at byte 7: member 'a' is repeated
            """)
    void whatIsNoObjectLooksLikeNothing(String document, String message) {
        assertThatThrownBy(() -> Workflow.isWorkflow(document.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessage(message);
    }

    private static final Edited PLATFORM = new Edited("""
            {"bandwidth": 100, "latency": 0.5, "devices": [
              {"id": "pí", "count": 2, "speed": 0.5, "memoryBytes": 999, "zone": "field", "watts": 6},
              {"id": "server", "speed": 2, "readyTime": 3}],
             "links": [{"from": "field", "to": "", "bandwidth": 10, "latency": 1}]}""");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                                  | []       |                       | the platform must be an object
            bandwidth             | "100"    | bandwidth             | bandwidth of 'all' must be a number
            bandwidth             | -1       | bandwidth             | bandwidth of 'all' (-1.0) must be 0 to 1.7976931348623157E308
            latency               | null     | latency               | latency of 'all' must be a number
            latency               | -1       | latency               | latency of 'all' (-1.0) must be 0 to 1.0E18
            latency               | 1.1e18   | latency               | latency of 'all' (1.1E18) must be 0 to 1.0E18
            devices               | -        |                       | 'devices' is missing
            devices               | {}       | devices               | devices must be an array
            devices & links       | [] & []  | devices               | device count (0) must be 1 to 100000
            devices/0             | "pi"     | devices/0             | a device must be an object
            devices/0/id          | -        | devices/0             | 'id' is missing
            devices/0/id          | 7        | devices/0/id          | id must be a string
            devices/1/id          | ""       | devices/1/id          | device id must not be blank
            devices/1/id          | " \\n"  | devices/1/id          | device id must not be blank
            devices/1/id          | "pí-0"   | devices               | device id 'pí-0' is given more than once
            devices/1/id          | "pí-1"   | devices               | device id 'pí-1' is given more than once
            devices/1/speed       | -        | devices/1             | 'speed' is missing
            devices/1/speed       | "2"      | devices/1/speed       | speed of 'server' must be a number
            devices/1/speed       | 0        | devices/1/speed       | speed of 'server' (0.0) must be above 0
            devices/1/speed       | 9.9e-10  | devices/1/speed       | speed of 'server' (9.9E-10) must be above 0
            devices/1/speed       | -2       | devices/1/speed       | speed of 'server' (-2.0) must be 0 to 1.0E9
            devices/1/speed       | 1.1e9    | devices/1/speed       | speed of 'server' (1.1E9) must be 0 to 1.0E9
            devices/1/readyTime   | "3"      | devices/1/readyTime   | readyTime of 'server' must be a number
            devices/1/readyTime   | -1e-9    | devices/1/readyTime   | readyTime of 'server' (-1.0E-9) must be 0 to 1.0E18
            devices/1/readyTime   | 1.1e18   | devices/1/readyTime   | readyTime of 'server' (1.1E18) must be 0 to 1.0E18
            devices/0/watts       | true     | devices/0/watts       | watts of 'pí' must be a number
            devices/0/watts       | -6       | devices/0/watts       | watts of 'pí' (-6.0) must be 0 to 1.0E9
            devices/0/watts       | 1.1e9    | devices/0/watts       | watts of 'pí' (1.1E9) must be 0 to 1.0E9
            devices/0/memoryBytes | "1 GB"   | devices/0/memoryBytes | memoryBytes of 'pí' must be a number
            devices/0/memoryBytes | -1       | devices/0/memoryBytes | memoryBytes of 'pí' (-1.0) must be 0 to 1.7976931348623157E308
            devices/0/count       | "2"      | devices/0/count       | count must be a number
            devices/0/count       | 0        | devices/0/count       | count (0.0) must be a whole number from 1 to 100000
            devices/0/count       | -1       | devices/0/count       | count (-1.0) must be a whole number from 1 to 100000
            devices/0/count       | 1.5      | devices/0/count       | count (1.5) must be a whole number from 1 to 100000
            devices/0/count       | 100001   | devices/0/count       | count (100001.0) must be a whole number from 1 to 100000
            devices/0/count       | 100000   | devices/1             | more than 100000 devices with 'server'
            devices/0/zone        | 5        | devices/0/zone        | zone must be a string
            devices/0/zone        | null     | devices/0/zone        | zone must be a string
            devices/0/zone        | "meadow" | links/0/from          | no device is in zone 'field'
            links                 | {}       | links                 | links must be an array
            links/0               | []       | links/0               | a link must be an object
            links/0/from          | -        | links/0               | 'from' is missing
            links/0/from          | 1        | links/0/from          | from must be a string
            links/0/to            | -        | links/0               | 'to' is missing
            links/0/to            | null     | links/0/to            | to must be a string
            links/0/to            | "Field"  | links/0/to            | no device is in zone 'Field'
            links/0/bandwidth     | -        | links/0               | 'bandwidth' is missing
            links/0/bandwidth     | "10"     | links/0/bandwidth     | bandwidth must be a number
            links/0/bandwidth     | -10      | links/0/bandwidth     | bandwidth (-10.0) must be 0 to 1.7976931348623157E308
            links/0/latency       | -1       | links/0/latency       | latency of 'a link' (-1.0) must be 0 to 1.0E18
            links/0/latency       | 1.1e18   | links/0/latency       | latency of 'a link' (1.1E18) must be 0 to 1.0E18
            links/0/latency       | []       | links/0/latency       | latency of 'a link' must be a number
            """)
    void aPlatformIsRefusedAtTheValueThatIsWrong(String paths, String values, String place, String reason) {
        PLATFORM.assertRefused(PlatformFile::read, paths, values, place, reason);
    }

    @Test
    void aPlatformHasAtMostAThousandZones() throws Exception {
        assertThat(PlatformFile.read(zones(1000).bytes()).platform().links().zoneCount())
                .isEqualTo(PlatformFile.ZONES_MAX);
        zones(1000)
                .assertRefused(
                        PlatformFile::read,
                        "devices/999",
                        "{\"id\": \"x\", \"speed\": 1, \"zone\": \"one\"}, {\"id\": \"y\", \"speed\": 1, \"zone\": \"more\"}",
                        "devices/1000",
                        "more than 1000 zones");
    }

    private static Edited zones(int count) {
        return new Edited(IntStream.range(0, count)
                .mapToObj(zone -> "{\"id\": \"d%d\", \"speed\": 1, \"zone\": \"z%d\"}".formatted(zone, zone))
                .collect(Collectors.joining(",", "{\"devices\": [", "]}")));
    }

    @Test
    void oneEntryMayStandForAllDevicesThatAPlatformMayHave() throws Exception {
        PlatformFile platform = PlatformFile.read(
                new Edited("{\"devices\": [{\"id\": \"d\", \"speed\": 1, \"count\": 100000}]}").bytes());
        assertThat(platform.platform().deviceCount()).isEqualTo(Platform.DEVICES_MAX);
        assertThat(platform.platform().device(99_999).id()).isEqualTo("d-99999");
    }
}
