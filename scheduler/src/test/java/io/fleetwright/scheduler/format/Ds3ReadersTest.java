package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.ArrivalTrace;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.TraceArrivals;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Ds3ReadersTest {
    private static final String SOC = """
            {"clusters": [{"cluster": 0, "type": "LTL", "name": "A7", "capacity": 2, "pe_ids": [0, 1],
              "opp": [{"mhz": 600, "mv": 900}, {"mhz": 1200, "mv": 1100}], "power_w": {"1200": [0.5, 0.8]},
              "exec_us": {"a": 4, "b": 6}},
             {"cluster": 1, "type": "MEM", "name": "M", "capacity": 1, "pe_ids": [2], "opp": [], "power_w": {},
              "exec_us": {}}],
             "comm_band_self": 100, "comm_band": [[0, 0, 10]]}
            """;
    private static final String JOB = """
            {"name": "app", "tasks": [{"id": 0, "name": "a", "pred": []}, {"id": 1, "name": "b", "pred": [0]}],
             "edges": [[0, 1, 25]]}
            """;
    private static final String TRACE = "job,arrival_us,app\n0,0,app\n1,7,app\n";

    @Test
    void readsPlatformApplicationAndArrivals() throws Exception {
        Workload workload = workload(SOC, JOB);
        assertThat(workload.deviceCount()).isEqualTo(2);
        assertThat(workload.execution(0, 1, 0)).isEqualTo(6);
        assertThat(workload.transfer(0, 0, 0, 0)).isEqualTo(2);
        assertThat(workload.transferWithin(0, 0, 0)).isZero();
        assertThat(workload.cluster(0).points().getLast().volts()).isEqualTo(1.1);
        ArrivalTrace trace = ArrivalCsv.read(bytes(TRACE));
        assertThat(trace.arrivals()).hasSize(2);
        assertThat(trace.arrivals().get(1).micros()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"a\": 4       | \"a\": -4       | cluster 0 exec_us 'a' (-4.0) must be 0.0 to",
                "\"a\": 4       | \"a\": NaN      | expected a value or a digit",
                "\"mhz\": 600   | \"mhz\": 1300   | rising frequency",
                "\"mhz\": 600   | \"mhz\": 0      | cluster 0 mhz (0.0) must be 1.0 to",
                "[0.5, 0.8]     | [0.5]           | cluster 0 power_w '1200' has 1 values, must have 2",
                "\"1200\":      | \"fast\":       | cluster 0 power_w 'fast' is not a frequency in MHz",
                "[0, 1]         | [0]             | cluster 0 capacity differs from its 1 pe_ids",
                "[0, 1]         | [0, 2]          | device 2 is in more than one cluster",
                "[[0, 0, 10]]   | [[0, 2, 10]]    | comm_band to (2.0) must be a whole number from 0 to 1",
                "[[0, 0, 10]]   | [[0, 0, -1]]    | comm_band bandwidth (-1.0) must be 0.0 to",
                "[[0, 0, 10]]   | [[0, 0]]        | a comm_band entry has 2 values, must have 3",
                "\"comm_band\"  | \"band\"        | 'comm_band' is missing",
                "{\"a\": 4, \"b\": 6} | {}        | the platform has no device that computes",
            })
    void aBadPlatformIsRefusedWithTheMember(String good, String bad, String reason) {
        assertThat(SOC).contains(good);
        assertRefused(() -> Ds3Soc.read(bytes(SOC.replace(good, bad))), reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"id\": 1      | \"id\": 2       | task 1 id (2.0) must be a whole number from 1 to 1",
                "\"pred\": [0]  | \"pred\": [2]   | task 1 pred (2.0) must be a whole number from 0 to 1",
                "\"pred\": [0]  | \"pred\": []    | edge 0 -> 1 is repeated, or not in pred of task 1",
                "[[0, 1, 25]]   | []              | edges lacks 0 -> 1, which pred states",
                "[[0, 1, 25]]   | [[0, 1, -2]]    | volume -2.0",
                "[[0, 1, 25]]   | [[0, 1]]        | an edge has 2 entries, must have 3",
                "\"app\"        | \" \"           | must have a name",
            })
    void aBadApplicationIsRefusedWithTheMember(String good, String bad, String reason) {
        assertThat(JOB).contains(good);
        assertRefused(() -> Ds3Job.read(bytes(JOB.replace(good, bad))), reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,7,app | 2,7,app    | job is '2', must be 1",
                "1,7,app | 1,-7,app   | arrival_us (-7.0) of job 1 is before that of job 0",
                "0,0,app | 0,-1,app   | job 0: arrival (-1.0 us) must be 0",
                "1,7,app | 1,NaN,app  | job 1: arrival (NaN us) must be 0",
                "1,7,app | 1,x,app    | arrival_us of job 1 is 'x', must be a number",
                "1,7,app | 1,7        | line has 2 columns, must have 3",
                "1,7,app | 1,7,       | app of job 1 is empty",
                "job,    | jobs,      | the first line must be",
            })
    void aBadTraceIsRefusedWithTheJob(String good, String bad, String reason) {
        assertThat(TRACE).contains(good);
        assertRefused(() -> ArrivalCsv.read(bytes(TRACE.replace(good, bad))), reason);
    }

    @Test
    void whatDoesNotFitTogetherIsNamed() throws Exception {
        assertThatThrownBy(() -> workload(SOC, JOB.replace("\"b\"", "\"zig\"")))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("task 1 ('zig') of application 'app' runs on no device");
        ArrivalTrace other = ArrivalCsv.read(bytes(TRACE.replace("7,app", "7,zag")));
        Workload workload = workload(SOC, JOB);
        assertThatThrownBy(() -> new TraceArrivals(other, workload))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("job 1: application 'zag' is not known; known: app");
    }

    @Test
    void damagedFilesEndInAnObjectOrInTheDeclaredException() {
        byte[][] all = {bytes(SOC), bytes(JOB), bytes(TRACE)};
        SeededCases.forEach(1, 3000, (random, _) -> {
            int kind = random.nextInt(3);
            byte[] damaged = Arrays.copyOf(all[kind], 1 + random.nextInt(2 * all[kind].length));
            for (int i = random.nextInt(4); i > 0; i--) {
                damaged[random.nextInt(damaged.length)] = all[kind][random.nextInt(all[kind].length)];
            }
            try {
                Object read = switch (kind) {
                    case 0 -> Ds3Soc.read(damaged);
                    case 1 -> Ds3Job.read(damaged);
                    default -> ArrivalCsv.read(damaged);
                };
                assertThat(read).isNotNull();
            } catch (MalformedWorkloadException expected) {
                assertThat(expected.offset()).isBetween(0, damaged.length);
            }
        });
    }

    private static Workload workload(String soc, String job) throws MalformedWorkloadException {
        Soc platform = Ds3Soc.read(bytes(soc));
        Application application = Ds3Job.read(bytes(job));
        return new Workload(platform, List.of(application), Workload.Transfers.WHOLE_MICROS);
    }

    private static void assertRefused(ThrowingCallable read, String reason) {
        assertThatThrownBy(read).isInstanceOf(MalformedWorkloadException.class).hasMessageContaining(reason);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
