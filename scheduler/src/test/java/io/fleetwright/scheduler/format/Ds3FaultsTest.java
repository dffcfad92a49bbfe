package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each rule of DS3's platforms and applications: what is changed, what it becomes ("-" for left out), where the fault
 * is found, and what is said.
 */
class Ds3FaultsTest {
    private static final Edited SOC = new Edited("""
            {"clusters": [
              {"cluster": 0, "type": "LTL", "name": "A7", "capacity": 2, "pe_ids": [0, 1],
               "opp": [{"mhz": 600, "mv": 900}, {"mhz": 1200, "mv": 1100}],
               "power_w": {"600": [0.2, 0.3], "1200": [0.5, 0.8]}, "exec_us": {"a": 4, "b": 6}},
              {"cluster": 1, "type": "ACC_1", "name": "é", "capacity": 1, "pe_ids": [7], "opp": [], "power_w": {},
               "exec_us": {"a": 0.5}}],
             "comm_band_self": 100, "comm_band": [[0, 0, 10], [0, 1, 20]]}
            """);
    private static final Edited JOB = new Edited("""
            {"name": "app", "tasks": [{"id": 0, "name": "ä", "pred": []}, {"id": 1, "name": "b", "pred": [0]},
              {"id": 2, "name": "c", "pred": [0, 1]}],
             "edges": [[0, 1, 25], [0, 2, 5], [1, 2, 0.5]]}
            """);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                                | []       |                      | the platform must be an object
            clusters            | -        |                      | 'clusters' is missing
            clusters            | {}       | clusters             | clusters must be an array
            clusters            | null     | clusters             | clusters must be an array
            clusters            | []       | clusters             | clusters has 0 entries, must have 1 to 64
            clusters/0          | 5        | clusters/0           | cluster 0 must be an object
            clusters/1          | null     | clusters/1           | cluster 1 must be an object
            clusters/1          | []       | clusters/1           | cluster 1 must be an object
            # id
            clusters/0/cluster  | -        | clusters/0           | 'cluster' is missing
            clusters/0/cluster  | 1        | clusters/0/cluster   | cluster 0 id (1.0) must be a whole number from 0 to 0
            clusters/1/cluster  | 0        | clusters/1/cluster   | cluster 1 id (0.0) must be a whole number from 1 to 1
            clusters/1/cluster  | 0.999    | clusters/1/cluster   | cluster 1 id (0.999) must be a whole number from 1 to 1
            clusters/1/cluster  | "1"      | clusters/1/cluster   | cluster 1 id must be a number
            clusters/1/cluster  | true     | clusters/1/cluster   | cluster 1 id must be a number
            # type and name
            clusters/0/type     | -        | clusters/0           | 'type' is missing
            clusters/0/type     | 7        | clusters/0/type      | cluster 0 type must be a string
            clusters/1/type     | null     | clusters/1/type      | cluster 1 type must be a string
            clusters/0/name     | -        | clusters/0           | 'name' is missing
            clusters/0/name     | ["A7"]   | clusters/0/name      | cluster 0 name must be a string
            clusters/1/name     | false    | clusters/1/name      | cluster 1 name must be a string
            # devices
            clusters/0/pe_ids   | -        | clusters/0           | 'pe_ids' is missing
            clusters/0/pe_ids   | {}       | clusters/0/pe_ids    | cluster 0 pe_ids must be an array
            clusters/0/pe_ids   | 2        | clusters/0/pe_ids    | cluster 0 pe_ids must be an array
            clusters/0/pe_ids/1 | "1"      | clusters/0/pe_ids/1  | cluster 0 pe_ids must be a number
            clusters/0/pe_ids/1 | -1       | clusters/0/pe_ids/1  | cluster 0 pe_ids (-1.0) must be a whole number from 0 to 9999
            clusters/0/pe_ids/0 | 10000    | clusters/0/pe_ids/0  | cluster 0 pe_ids (10000.0) must be a whole number from 0 to 9999
            clusters/0/pe_ids/0 | 0.5      | clusters/0/pe_ids/0  | cluster 0 pe_ids (0.5) must be a whole number from 0 to 9999
            clusters/0/pe_ids/0 | 1        | clusters/0           | pe_ids: device 1 is in more than one cluster
            clusters/1/pe_ids/0 | 0        | clusters/1           | pe_ids: device 0 is in more than one cluster
            clusters/0/capacity | -        | clusters/0           | 'capacity' is missing
            clusters/0/capacity | "2"      | clusters/0/capacity  | cluster 0 capacity must be a number
            clusters/0/capacity | -1       | clusters/0/capacity  | cluster 0 capacity (-1.0) must be a whole number from 0 to 10000
            clusters/0/capacity | 1.5      | clusters/0/capacity  | cluster 0 capacity (1.5) must be a whole number from 0 to 10000
            clusters/0/capacity | 10001    | clusters/0/capacity  | cluster 0 capacity (10001.0) must be a whole number from 0 to 10000
            clusters/0/capacity | 3        | clusters/0/capacity  | cluster 0 capacity differs from its 2 pe_ids
            clusters/1/pe_ids/0 | -        | clusters/1/capacity  | cluster 1 capacity differs from its 0 pe_ids
            # operating points
            clusters/0/opp      | -        | clusters/0           | 'opp' is missing
            clusters/0/opp      | {}       | clusters/0/opp       | cluster 0 opp must be an array
            clusters/0/opp/1    | 600      | clusters/0/opp/1     | cluster 0 opp must be an object
            clusters/0/opp/1/mhz | -       | clusters/0/opp/1     | 'mhz' is missing
            clusters/0/opp/0/mv | -        | clusters/0/opp/0     | 'mv' is missing
            clusters/0/opp/1/mhz | "600"   | clusters/0/opp/1/mhz | cluster 0 mhz must be a number
            clusters/0/opp/0/mhz | 0.999   | clusters/0/opp/0/mhz | cluster 0 mhz (0.999) must be 1.0 to 1000000.0
            clusters/0/opp/1/mhz | 1000001 | clusters/0/opp/1/mhz | cluster 0 mhz (1000001.0) must be 1.0 to 1000000.0
            clusters/0/opp/0/mv | 0        | clusters/0/opp/0/mv  | cluster 0 mv (0.0) must be 1.0 to 100000.0
            clusters/0/opp/0/mv | -900     | clusters/0/opp/0/mv  | cluster 0 mv (-900.0) must be 1.0 to 100000.0
            clusters/0/opp/1/mv | 100001   | clusters/0/opp/1/mv  | cluster 0 mv (100001.0) must be 1.0 to 100000.0
            clusters/0/opp/1/mv | null     | clusters/0/opp/1/mv  | cluster 0 mv must be a number
            clusters/0/opp/1/mhz | 600     | clusters/0           | operating points of cluster 'A7' must be by rising frequency
            clusters/0/opp/1/mhz | 599.5   | clusters/0           | operating points of cluster 'A7' must be by rising frequency
            # execution times
            clusters/0/exec_us  | -        | clusters/0           | 'exec_us' is missing
            clusters/0/exec_us  | []       | clusters/0/exec_us   | cluster 0 exec_us must be an object
            clusters/0/exec_us/b | "6"     | clusters/0/exec_us/b | cluster 0 exec_us 'b' must be a number
            clusters/0/exec_us/b | null    | clusters/0/exec_us/b | cluster 0 exec_us 'b' must be a number
            clusters/1/exec_us/a | -1e-9   | clusters/1/exec_us/a | cluster 1 exec_us 'a' (-1.0E-9) must be 0.0 to 1.0E12
            clusters/1/exec_us/a | 1.1e12  | clusters/1/exec_us/a | cluster 1 exec_us 'a' (1.1E12) must be 0.0 to 1.0E12
            # power
            clusters/0/power_w  | -        | clusters/0           | 'power_w' is missing
            clusters/0/power_w  | [1]      | clusters/0/power_w   | cluster 0 power_w must be an object
            clusters/0/power_w/600 | 0.2   | clusters/0/power_w/600 | cluster 0 power_w '600' must be an array
            clusters/0/power_w/600/1 | "x" | clusters/0/power_w/600/1 | cluster 0 power_w '600' must be a number
            clusters/0/power_w/600/0 | -1  | clusters/0/power_w/600/0 | cluster 0 power_w '600' (-1.0) must be 0.0 to 1000000.0
            clusters/0/power_w/600/0 | 1e7 | clusters/0/power_w/600/0 | cluster 0 power_w '600' (1.0E7) must be 0.0 to 1000000.0
            clusters/0/power_w/600/1 | -   | clusters/0/power_w/600 | cluster 0 power_w '600' has 1 values, must have 2
            clusters/0/power_w/1200 | [1,2,3] | clusters/0/power_w/1200 | cluster 0 power_w '1200' has 3 values, must have 2
            clusters/0/power_w  | {"-600": [1, 1]} | clusters/0/power_w/-600 | cluster 0 power_w '-600' is not a frequency in MHz
            clusters/0/power_w  | {"6e2": [1, 1]} | clusters/0/power_w/6e2 | cluster 0 power_w '6e2' is not a frequency in MHz
            clusters/0/power_w  | {" 600": [1, 1]} | clusters/0/power_w/ 600 | cluster 0 power_w ' 600' is not a frequency in MHz
            clusters/0/power_w  | {"12345678": [1, 1]} | clusters/0/power_w/12345678 | cluster 0 power_w '12345678' is not a frequency in MHz
            # links
            comm_band           | -        |                      | 'comm_band' is missing
            comm_band           | {}       | comm_band            | comm_band must be an array
            comm_band/1         | 20       | comm_band/1          | a comm_band entry must be an array
            comm_band/1         | [0, 1]   | comm_band/1          | a comm_band entry has 2 values, must have 3
            comm_band/0         | [0, 0, 10, 0] | comm_band/0     | a comm_band entry has 4 values, must have 3
            comm_band/0         | []       | comm_band/0          | a comm_band entry has 0 values, must have 3
            comm_band/1/0       | 2        | comm_band/1/0        | comm_band from (2.0) must be a whole number from 0 to 1
            comm_band/1/0       | -1       | comm_band/1/0        | comm_band from (-1.0) must be a whole number from 0 to 1
            comm_band/1/0       | "0"      | comm_band/1/0        | comm_band from must be a number
            comm_band/1/1       | 0.5      | comm_band/1/1        | comm_band to (0.5) must be a whole number from 0 to 1
            comm_band/1/1       | null     | comm_band/1/1        | comm_band to must be a number
            comm_band/1/2       | "20"     | comm_band/1/2        | comm_band bandwidth must be a number
            comm_band/1/2       | -20      | comm_band/1/2        | comm_band bandwidth (-20.0) must be 0.0 to 1.0E12
            comm_band/1/2       | 1.1e12   | comm_band/1/2        | comm_band bandwidth (1.1E12) must be 0.0 to 1.0E12
            comm_band_self      | 0        | comm_band_self       | comm_band_self (0.0) must be 2.2250738585072014E-308 to 1.0E12
            comm_band_self      | -5       | comm_band_self       | comm_band_self (-5.0) must be 2.2250738585072014E-308 to 1.0E12
            comm_band_self      | 1.1e12   | comm_band_self       | comm_band_self (1.1E12) must be 2.2250738585072014E-308 to 1.0E12
            comm_band_self      | "100"    | comm_band_self       | comm_band_self must be a number
            comm_band_self      | {}       | comm_band_self       | comm_band_self must be a number
            # as a whole
            clusters/0/exec_us & clusters/1/exec_us | {} & {} | clusters | clusters: the platform has no device that computes
            clusters/0/exec_us & clusters/1/pe_ids & clusters/1/capacity | {} & [] & 0 | clusters | clusters: the platform has no device that computes
            """)
    void aPlatformIsRefusedAtTheValueThatIsWrong(String paths, String values, String place, String reason) {
        SOC.assertRefused(Ds3Soc::read, paths, values, place, reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                             | 3         |                | the application must be an object
            name             | -         |                | 'name' is missing
            name             | 5         | name           | name must be a string
            name             | ""        | edges          | an application must have a name
            name             | "\\t "    | edges          | an application must have a name
            tasks            | -         |                | 'tasks' is missing
            tasks            | {}        | tasks          | tasks must be an array
            tasks & edges    | [] & []   | edges          | a graph needs at least 1 task
            tasks/0          | 7         | tasks/0        | task 0 must be an object
            tasks/2          | []        | tasks/2        | task 2 must be an object
            tasks/0/id       | -         | tasks/0        | 'id' is missing
            tasks/1/id       | "1"       | tasks/1/id     | task 1 id must be a number
            tasks/1/id       | 0         | tasks/1/id     | task 1 id (0.0) must be a whole number from 1 to 1
            tasks/2/id       | 2.5       | tasks/2/id     | task 2 id (2.5) must be a whole number from 2 to 2
            tasks/2/id       | 3         | tasks/2/id     | task 2 id (3.0) must be a whole number from 2 to 2
            tasks/1/name     | -         | tasks/1        | 'name' is missing
            tasks/1/name     | null      | tasks/1/name   | task 1 name must be a string
            tasks/1/pred     | -         | tasks/1        | 'pred' is missing
            tasks/1/pred     | 0         | tasks/1/pred   | task 1 pred must be an array
            tasks/1/pred     | {}        | tasks/1/pred   | task 1 pred must be an array
            tasks/2/pred/1   | "1"       | tasks/2/pred/1 | task 2 pred must be a number
            tasks/2/pred/1   | -1        | tasks/2/pred/1 | task 2 pred (-1.0) must be a whole number from 0 to 2
            tasks/2/pred/0   | 3         | tasks/2/pred/0 | task 2 pred (3.0) must be a whole number from 0 to 2
            tasks/2/pred/0   | 0.5       | tasks/2/pred/0 | task 2 pred (0.5) must be a whole number from 0 to 2
            edges            | -         |                | 'edges' is missing
            edges            | {}        | edges          | edges must be an array
            edges/1          | 0         | edges/1        | an edge must be an array
            edges/1          | {}        | edges/1        | an edge must be an array
            edges/1          | []        | edges/1        | an edge has 0 entries, must have 3
            edges/1          | [0, 2]    | edges/1        | an edge has 2 entries, must have 3
            edges/1          | [0, 2, 5, 5] | edges/1     | an edge has 4 entries, must have 3
            edges/0/0        | -1        | edges/0/0      | from (-1.0) must be a whole number from 0 to 2
            edges/0/0        | "0"       | edges/0/0      | from must be a number
            edges/0/1        | 3         | edges/0/1      | to (3.0) must be a whole number from 0 to 2
            edges/0/1        | 0.5       | edges/0/1      | to (0.5) must be a whole number from 0 to 2
            edges/0/1        | [1]       | edges/0/1      | to must be a number
            edges/2/2        | "1"       | edges/2/2      | volume must be a number
            edges/2/2        | null      | edges/2/2      | volume must be a number
            edges/2/2        | -0.5      | edges/2        | volume -0.5 of edge 1 -> 2 must be finite and at least 0
            edges/1          | [0, 1, 9] | edges/1        | edge 0 -> 1 is repeated, or not in pred of task 1
            edges/0          | [1, 0, 9] | edges/0        | edge 1 -> 0 is repeated, or not in pred of task 0
            edges/0          | [0, 0, 9] | edges/0        | edge 0 -> 0 is repeated, or not in pred of task 0
            edges/2          | -         | edges          | edges lacks 1 -> 2, which pred states
            edges/0          | -         | edges          | edges lacks 0 -> 1, which pred states
            tasks/1/pred/0   | -         | edges/0        | edge 0 -> 1 is repeated, or not in pred of task 1
            tasks/2/pred     | [1]       | edges/1        | edge 0 -> 2 is repeated, or not in pred of task 2
            tasks/1/pred & edges/0 | [1] & [1, 1, 2] | edges/0 | edge 1 -> 1 joins a task to itself
            tasks/0/pred & edges | [2] & [[2, 0, 1], [0, 1, 1], [0, 2, 1], [1, 2, 1]] | edges | the graph has a cycle through task 0; it must be acyclic
            """)
    void anApplicationIsRefusedAtTheValueThatIsWrong(String paths, String values, String place, String reason) {
        JOB.assertRefused(Ds3Job::read, paths, values, place, reason);
    }

    @Test
    void aClusterHasAtMostSixtyFourOperatingPoints() throws Exception {
        assertThat(Ds3Soc.read(SOC.set("clusters/0/opp", points(64)).bytes())
                        .clusters()
                        .getFirst()
                        .points())
                .hasSize(64);
        SOC.assertRefused(
                Ds3Soc::read, "clusters/0/opp", points(65), "clusters/0/opp", "cluster 0 opp has more than 64 entries");
    }

    private static String points(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj("{\"mhz\": %d, \"mv\": 900}"::formatted)
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void aClusterRunsAtMostTenThousandTasks() throws Exception {
        assertThat(Ds3Soc.read(SOC.set("clusters/1/exec_us", times(10_000)).bytes())
                        .clusters()
                        .getLast()
                        .executionMicros())
                .hasSize(10_000);
        SOC.assertRefused(
                Ds3Soc::read,
                "clusters/1/exec_us",
                times(10_001),
                "clusters/1/exec_us",
                "cluster 1 exec_us has more than 10000 entries");
    }

    private static String times(int count) {
        return IntStream.range(0, count).mapToObj("\"t%d\": 1"::formatted).collect(Collectors.joining(",", "{", "}"));
    }

    @Test
    void aPlatformHasAtMostSixtyFourClusters() throws Exception {
        String memory = "{\"cluster\": %d, \"type\": \"MEM\", \"name\": \"M\", \"capacity\": 0, \"pe_ids\": [],"
                + " \"opp\": [], \"power_w\": {}, \"exec_us\": {\"a\": 1}}";
        String first = SOC.text()
                .substring(SOC.at("clusters/0").start(), SOC.at("clusters/0").end());
        String all =
                IntStream.range(1, 64).mapToObj(memory::formatted).collect(Collectors.joining(",", first + ",", ""));
        assertThat(Ds3Soc.read(SOC.set("clusters", "[" + all + "]").bytes()).clusters())
                .hasSize(64);
        SOC.assertRefused(
                Ds3Soc::read,
                "clusters",
                "[" + String.join(",", Collections.nCopies(65, "0")) + "]",
                "clusters",
                "clusters has 65 entries, must have 1 to 64");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            clusters/0/pe_ids/1     | 9999
            clusters/0/opp/0/mhz    | 1
            clusters/0/opp/1/mhz    | 1000000
            clusters/0/opp/1/mv     | 100000
            clusters/0/opp/0/mv     | 1
            clusters/0/opp          | []
            clusters/0/exec_us/a    | 0
            clusters/0/exec_us/a    | 1e12
            clusters/0/power_w      | {}
            clusters/0/power_w      | {"0": [0, 1000000], "9999999": [0, 0]}
            clusters/0/name         | ""
            comm_band               | []
            comm_band/0/2           | 0
            comm_band/0/2           | 1e12
            comm_band_self          | null
            comm_band_self          | 1e12
            comm_band_self          | 2.2250738585072014E-308
            """)
    void aPlatformAtTheEdgeOfARuleIsRead(String path, String value) throws Exception {
        assertThat(Ds3Soc.read(SOC.set(path, value).bytes()).clusters()).hasSize(2);
    }

    @Test
    void onlyTheMessageOfTheFirstFaultIsGiven() {
        var failure = catchThrowableOfType(
                MalformedWorkloadException.class,
                () -> Ds3Soc.read(SOC.set("clusters/1/name", "1")
                        .set("clusters/0/type", "2")
                        .bytes()));
        assertThat(failure).hasMessageContaining("cluster 0 type must be a string");
    }
}
