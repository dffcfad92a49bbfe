package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.scheduler.policy.EarliestFinish;
import io.fleetwright.scheduler.policy.Exclusion;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each rule of canonical workloads, snapshots and traces of arrivals; the columns are those of {@link Ds3FaultsTest}.
 */
class OtherFaultsTest {
    private static final Edited CANONICAL = new Edited("""
            {"name": "é", "tasks": 2, "pes": 3, "exec": [[1, 2, null], [0, 0.5, 3]], "edges": [[0, 1, 7]]}""");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                        | "x"      |            | the workload must be an object
            name        | -        |            | 'name' is missing
            name        | null     | name       | name must be a string
            tasks       | -        |            | 'tasks' is missing
            tasks       | []       | tasks      | tasks must be a number
            tasks       | 0        | tasks      | tasks (0.0) must be a whole number from 1 to 200000
            tasks       | -2       | tasks      | tasks (-2.0) must be a whole number from 1 to 200000
            tasks       | 200001   | tasks      | tasks (200001.0) must be a whole number from 1 to 200000
            tasks       | 1        | exec       | exec has 2 entries, must have 1
            pes         | -        |            | 'pes' is missing
            pes         | "3"      | pes        | pes must be a number
            pes         | 0        | pes        | pes (0.0) must be a whole number from 1 to 100000
            pes         | 100001   | pes        | pes (100001.0) must be a whole number from 1 to 100000
            pes         | 2        | exec/0     | exec row 0 has 3 entries, must have 2
            pes         | 4        | exec/0     | exec row 0 has 3 entries, must have 4
            tasks & pes | 101 & 100000 | exec   | 101 tasks x 100000 pes is over 10000000 costs
            tasks & pes | 200000 & 51  | exec   | 200000 tasks x 51 pes is over 10000000 costs
            exec        | -        |            | 'exec' is missing
            exec        | {}       | exec       | exec must be an array
            exec        | []       | exec       | exec has 0 entries, must have 2
            exec/1      | 5        | exec/1     | exec row 1 must be an array
            exec/1      | {}       | exec/1     | exec row 1 must be an array
            exec/1      | []       | exec/1     | exec row 1 has 0 entries, must have 3
            exec/1/2    | -        | exec/1     | exec row 1 has 2 entries, must have 3
            exec/1/2    | "3"      | exec/1/2   | a cost must be a number
            exec/1/2    | false    | exec/1/2   | a cost must be a number
            exec/1/2    | [3]      | exec/1/2   | a cost must be a number
            exec/1/2    | -1e-300  | exec/1/2   | cost (-1.0E-300) must be 0 to 1.0E18, or null
            exec/1/2    | 1.1e18   | exec/1/2   | cost (1.1E18) must be 0 to 1.0E18, or null
            exec/0      | [null, null, null] | exec/0 | task 0 runs on no device
            edges       | -        |            | 'edges' is missing
            edges       | 5        | edges      | edges must be an array
            edges/0     | 5        | edges/0    | an edge must be an array
            edges/0     | []       | edges/0    | an edge has 0 entries, must have 3
            edges/0     | [0, 1, 7, 7] | edges/0 | an edge has 4 entries, must have 3
            edges/0/0   | -1       | edges/0/0  | from (-1.0) must be a whole number from 0 to 1
            edges/0/0   | 0.5      | edges/0/0  | from (0.5) must be a whole number from 0 to 1
            edges/0/0   | "0"      | edges/0/0  | from must be a number
            edges/0/1   | 2        | edges/0/1  | to (2.0) must be a whole number from 0 to 1
            edges/0/1   | null     | edges/0/1  | to must be a number
            edges/0/2   | null     | edges/0/2  | volume must be a number
            edges/0/2   | -7       | edges/0    | volume -7.0 of edge 0 -> 1 must be finite and at least 0
            edges/0/1   | 0        | edges/0    | edge 0 -> 0 joins a task to itself
            edges       | [[0, 1, 7], [0, 1, 8]] | edges | edge 0 -> 1 is given more than once
            edges       | [[0, 1, 7], [1, 0, 8]] | edges | the graph has a cycle through task 0; it must be acyclic
            """)
    void aCanonicalWorkloadIsRefusedAtTheValueThatIsWrong(String paths, String values, String place, String reason) {
        CANONICAL.assertRefused(CanonicalWorkload::read, paths, values, place, reason);
    }

    private static final Edited SNAPSHOT = new Edited("""
            {"devices": [{"device": "cpü", "readyTime": 4}, {"device": "mcu", "readyTime": 0}], "requests": [
              {"task": "t", "releaseTime": 2.5, "deadline": 90, "options": {
                "cpü": {"executionP90": 20, "inputTransfer": 0.25, "energy": 3},
                "mcu": {"excluded": "out-of-memory", "detail": "needs 300 KB"}}}]}""");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                                     | []     |                      | the snapshot must be an object
            devices                  | -      |                      | 'devices' is missing
            devices                  | {}     | devices              | devices must be an array
            devices/1                | "mcu"  | devices/1            | a device must be an object
            devices/0/device         | -      | devices/0            | 'device' is missing
            devices/0/device         | 1      | devices/0/device     | device must be a string
            devices/0/readyTime      | -      | devices/0            | 'readyTime' is missing
            devices/0/readyTime      | "4"    | devices/0/readyTime  | readyTime must be a number
            devices/0/readyTime      | null   | devices/0/readyTime  | readyTime must be a number
            devices/0/readyTime      | -4     | devices/0/readyTime  | readyTime (-4.0) must be 0 to 1.0E18
            devices/1/readyTime      | 1.1e18 | devices/1/readyTime  | readyTime (1.1E18) must be 0 to 1.0E18
            requests                 | -      |                      | 'requests' is missing
            requests                 | null   | requests             | requests must be an array
            requests/0               | []     | requests/0           | a request must be an object
            requests/0/task          | -      | requests/0           | 'task' is missing
            requests/0/task          | {}     | requests/0/task      | task must be a string
            requests/0/releaseTime   | -      | requests/0           | 'releaseTime' is missing
            requests/0/releaseTime   | "now"  | requests/0/releaseTime | releaseTime must be a number
            requests/0/releaseTime   | -2     | requests/0/releaseTime | releaseTime (-2.0) must be 0 to 1.0E18
            requests/0/releaseTime   | 1.1e18 | requests/0/releaseTime | releaseTime (1.1E18) must be 0 to 1.0E18
            requests/0/deadline      | null   | requests/0/deadline  | deadline must be a number
            requests/0/deadline      | -1     | requests/0/deadline  | deadline (-1.0) must be 0 to 1.0E18
            requests/0/deadline      | 1.1e18 | requests/0/deadline  | deadline (1.1E18) must be 0 to 1.0E18
            requests/0/options       | -      | requests/0           | 'options' is missing
            requests/0/options       | []     | requests/0/options   | options must be an object
            requests/0/options/cpü   | 20     | requests/0/options/cpü | an option must be an object
            requests/0/options/cpü   | {}     | requests/0/options/cpü | 'executionP90' is missing
            requests/0/options/cpü/executionP90 | "20" | requests/0/options/cpü/executionP90 | executionP90 must be a number
            requests/0/options/cpü/executionP90 | -20 | requests/0/options/cpü/executionP90 | executionP90 (-20.0) must be 0 to 1.0E18
            requests/0/options/cpü/inputTransfer | - | requests/0/options/cpü | 'inputTransfer' is missing
            requests/0/options/cpü/inputTransfer | -1 | requests/0/options/cpü/inputTransfer | inputTransfer (-1.0) must be 0 to 1.0E18
            requests/0/options/cpü/energy | -1 | requests/0/options/cpü/energy | energy (-1.0) must be 0 to 1.0E18
            requests/0/options/cpü/energy | true | requests/0/options/cpü/energy | energy must be a number
            requests/0/options/mcu/excluded | 1 | requests/0/options/mcu/excluded | excluded must be a string
            requests/0/options/mcu/excluded | "" | requests/0/options/mcu/excluded | excluded ('') is not a known reason
            requests/0/options/mcu/excluded | "OFFLINE" | requests/0/options/mcu/excluded | excluded ('OFFLINE') is not a known reason
            requests/0/options/mcu/excluded | "no_link" | requests/0/options/mcu/excluded | excluded ('no_link') is not a known reason
            requests/0/options/mcu/excluded | "offline " | requests/0/options/mcu/excluded | excluded ('offline ') is not a known reason
            requests/0/options/mcu/detail | - | requests/0/options/mcu | 'detail' is missing
            requests/0/options/mcu/detail | 5 | requests/0/options/mcu/detail | detail must be a string
            """)
    void aSnapshotIsRefusedAtTheValueThatIsWrong(String paths, String values, String place, String reason) {
        SNAPSHOT.assertRefused(SnapshotJson::read, paths, values, place, reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            devices  | requests | 100000 | {"device": "d", "readyTime": 0}
            requests | devices  | 10000  | {"task": "t", "releaseTime": 0, "options": {}}
            """)
    void aSnapshotHasLimits(String member, String other, int max, String item) throws Exception {
        String full = String.join(",", Collections.nCopies(max, item));
        String document = "{\"" + member + "\": [" + full + "], \"" + other + "\": []}";
        var snapshot = SnapshotJson.read(document.getBytes(StandardCharsets.UTF_8));
        assertThat(snapshot.devices().size() + snapshot.requests().size()).isEqualTo(max);
        byte[] larger = document.replace("[{", "[0,{").getBytes(StandardCharsets.UTF_8);
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> SnapshotJson.read(larger));
        assertThat(failure)
                .hasMessage("at byte %d: %d %s, at most %d are allowed", member.length() + 5, max + 1, member, max);
    }

    @ParameterizedTest
    @EnumSource
    void eachReasonHasItsNameInLowerCaseWithHyphens(Exclusion reason) throws Exception {
        String name = reason.name().replace('_', '-').toLowerCase(Locale.ROOT);
        Edited document = SNAPSHOT.set("requests/0/options/mcu/excluded", "\"" + name + "\"");
        var read = SnapshotJson.read(document.bytes());
        assertThat(read.requests().getFirst().options().get("mcu"))
                .isEqualTo(new DeviceOption.Excluded(reason, "needs 300 KB"));
    }

    @Test
    void aDeviceThatIsListedTwiceIsReadButNotPlacedOn() throws Exception {
        var snapshot =
                SnapshotJson.read(SNAPSHOT.set("devices/1/device", "\"cpü\"").bytes());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> snapshot.replay(new EarliestFinish()))
                .withMessage("device 'cpü' is listed more than once");
    }

    /** In the text ; ends a line; the fault is found at the line that is given, counted from 0. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                            | 0 | the first line must be 'job,arrival_us,app'
            ;                             | 0 | the first line must be 'job,arrival_us,app'
            job;                          | 0 | the first line must be 'job,arrival_us,app'
            job,arrival_us;0,0,a          | 0 | the first line must be 'job,arrival_us,app'
            job,arrival_us,app,more;      | 0 | the first line must be 'job,arrival_us,app'
            Job,arrival_us,app;           | 0 | the first line must be 'job,arrival_us,app'
            job, arrival_us, app;         | 0 | the first line must be 'job,arrival_us,app'
            0,0,a;                        | 0 | the first line must be 'job,arrival_us,app'
            ;job,arrival_us,app;          | 0 | the first line must be 'job,arrival_us,app'
            \ufeffjob,arrival_us,app;     | 0 | the first line must be 'job,arrival_us,app'
            H;H;                          | 1 | job is 'job', must be 0
            H;0                           | 1 | line has 1 columns, must have 3
            H;0,1                         | 1 | line has 2 columns, must have 3
            H;0,1,a,b                     | 1 | line has 4 columns, must have 3
            H;0,1,a,                      | 1 | line has 4 columns, must have 3
            H;0 1 a                       | 1 | line has 1 columns, must have 3
            H;,,                          | 1 | job is '', must be 0
            H;1,0,a                       | 1 | job is '1', must be 0
            H;00,0,a                      | 1 | job is '00', must be 0
            H;-0,0,a                      | 1 | job is '-0', must be 0
            H;0.0,0,a                     | 1 | job is '0.0', must be 0
            H;0,0,é;0,1,a                 | 2 | job is '0', must be 1
            H;0,0,é;2,1,a                 | 2 | job is '2', must be 1
            H;0,0,a;;1,1,a;;3,1,a         | 5 | job is '3', must be 2
            H;0,,a                        | 1 | arrival_us of job 0 is '', must be a number
            H;0,zero,a                    | 1 | arrival_us of job 0 is 'zero', must be a number
            H;0,1 000,a                   | 1 | arrival_us of job 0 is '1 000', must be a number
            H;0,0x10,a                    | 1 | arrival_us of job 0 is '0x10', must be a number
            H;0,-1,a                      | 1 | job 0: arrival (-1.0 us) must be 0 to 1e15
            H;0,1.1e15,a                  | 1 | job 0: arrival (1.1E15 us) must be 0 to 1e15
            H;0,Infinity,a                | 1 | job 0: arrival (Infinity us) must be 0 to 1e15
            H;0,NaN,a                     | 1 | job 0: arrival (NaN us) must be 0 to 1e15
            H;0,5,a;1,4.999,a             | 2 | arrival_us (4.999) of job 1 is before that of job 0
            H;0,5,a;1,5,a;2,1,a           | 3 | arrival_us (1.0) of job 2 is before that of job 1
            H;0,5,                        | 1 | app of job 0 is empty
            """)
    void aTraceIsRefusedAtTheLineThatIsWrong(String text, int line, String reason) {
        String document = text.replace("H", "job,arrival_us,app").replace(';', '\n');
        String before = document.lines().limit(line).map(each -> each + "\n").collect(Collectors.joining());
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> trace(document));
        assertThat(failure).hasMessage("at byte %d: %s", before.getBytes(StandardCharsets.UTF_8).length, reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            H                      | ``
            H;                     | ``
            H;;;                   | ``
            H;0,0,a                | 0.0 a
            H;0,0,a;               | 0.0 a
            H␍;0,0,a␍;1,2,b␍;   | 0.0 a, 2.0 b
            H;;0,0,a;;1,0,a        | 0.0 a, 0.0 a
            H;0,1e15,a             | 1.0E15 a
            H;0,.5,a;1,5e-1,b      | 0.5 a, 0.5 b
            H;0,007,a              | 7.0 a
            H;0,1,é 漢             | 1.0 é 漢
            H;  0,1,a              | 1.0 a
            """)
    void aTraceIsReadLineByLine(String text, String expected) throws Exception {
        String document =
                text.replace("H", "job,arrival_us,app").replace(';', '\n').replace('␍', '\r');
        assertThat(trace(document).stream()
                        .map(arrival -> arrival.micros() + " " + arrival.application())
                        .collect(Collectors.joining(", ")))
                .isEqualTo(expected);
    }

    @Test
    void aLineHasAtMostAThousandAndTwentyFourBytes() throws Exception {
        String name = "a".repeat(1024 - "0,0,".length());
        String valid = "job,arrival_us,app\n0,0," + name;
        assertThat(trace(valid + "\n")).containsExactly(new Arrival(0, name));
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> trace(valid + "a\n"));
        assertThat(failure).hasMessage("at byte 19: line is longer than 1024 bytes");
        var header = catchThrowableOfType(MalformedWorkloadException.class, () -> trace(" ".repeat(1025)));
        assertThat(header).hasMessage("at byte 0: line is longer than 1024 bytes");
    }

    /** Jobs arrive at i * i / 7 us; every third is of another application. */
    @Test
    void aLongTraceComesBackAsItWasWritten() throws Exception {
        List<Arrival> expected = IntStream.range(0, 20_000)
                .mapToObj(job -> new Arrival((double) job * job / 7, job % 3 == 0 ? "slow" : "fast"))
                .toList();
        String text = IntStream.range(0, expected.size())
                .mapToObj(job -> "%d,%s,%s\n"
                        .formatted(
                                job,
                                expected.get(job).micros(),
                                expected.get(job).application()))
                .collect(Collectors.joining("", "job,arrival_us,app\n", ""));
        assertThat(trace(text)).isEqualTo(expected);
    }

    private static List<Arrival> trace(String text) throws MalformedWorkloadException {
        return ArrivalCsv.read(text.getBytes(StandardCharsets.UTF_8)).arrivals();
    }
}
