package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Four jobs, each {@code a} (10 us) then {@code b} (6 us) with a transfer of 5 us between devices; {@code a} runs on the
 * two devices of cluster P, {@code b} on the one of Q. A busy device takes 1 W, clocks are 1000 or 500 MHz, the slower one at less voltage.
 */
class SimulateConditionsTest {
    private static final String CLUSTER = """
            {"cluster": %d, "type": "ACC", "name": "%s", "capacity": %d, "pe_ids": %s, "power_w": {"1000": %s},
             "opp": [{"mhz": 500, "mv": 600}, {"mhz": 1000, "mv": 1000}], "exec_us": {"%s": %d}}""";
    private static final String JOB = """
            {"name": "app", "tasks": [{"id": 0, "name": "a", "pred": []}, {"id": 1, "name": "b", "pred": [0]}],
             "edges": [[0, 1, 50]]}
            """;
    private static final double ALONE = 10 + 5 + 6;

    @TempDir
    private Path folder = Path.of("");

    private String semantics = "real";

    private SimulatedFolder simulated = new SimulatedFolder(folder);

    @BeforeEach
    void writeWorkload() throws IOException {
        simulated = SimulatedFolder.of(
                folder,
                "{\"clusters\": [%s, %s], \"comm_band\": [[0, 1, 10]]}"
                        .formatted(
                                CLUSTER.formatted(0, "P", 2, "[0, 1]", "[1, 2]", "a", 10),
                                CLUSTER.formatted(1, "Q", 1, "[2]", "[1]", "b", 6)),
                JOB);
        simulated.writeArrivals(0, 0, 0, 0);
    }

    @Test
    void underAPowerCapOneTaskRunsAtATime() throws IOException {
        assertThat(bars("--power-cap", "1.5")).hasSize(8).noneMatch(overlapping(bars("--power-cap", "1.5")));
        assertThat(bars()).anyMatch(overlapping(bars()));
        assertThat(refused(2, "--power-cap", "-3")).contains("--power-cap -3.0: power cap (-3.0) must be above 0");
        assertThat(refused(1, "--power-cap", "0.5")).contains("power cap (0.5 W) is below what one task");
    }

    /** A busy device takes 1 W: 15 uJ last for one and a half runs of {@code a}. */
    @Test
    void anEmptyBatteryTakesItsDeviceOut() throws IOException {
        assertThat(bars("--battery", "P-0=15e-6"))
                .filteredOn(run -> run.path("row").asInt() == 0)
                .extracting(run -> run.path("finish").asDouble())
                .containsExactly(10.0, 15.0);
        JsonNode all = result("--battery", "15e-6");
        assertThat(all.path("jobs").asInt()).isEqualTo(2);
        assertThat(all.path("unfinished").asInt()).isEqualTo(2);
        assertThat(result("--battery", "15e-6", "--battery", "P-1=1", "--battery", "Q-2=1")
                        .path("jobs")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void aDeviceIsGoneForAWhileOrForGood() throws IOException {
        assertThat(bars("--outage", "P-0=4..17", "--outage", "P-1=4.."))
                .filteredOn(run -> run.path("row").asInt() == 0)
                .allMatch(run ->
                        run.path("finish").asDouble() <= 4 || run.path("start").asDouble() >= 17)
                .anyMatch(run -> !run.path("completed").asBoolean())
                .anyMatch(run -> run.path("start").asDouble() >= 17);
        assertThat(bars("--outage", "P-0=4.."))
                .filteredOn(run -> run.path("row").asInt() == 0)
                .hasSize(1);
        assertThat(result("--outage", "P-0=4..", "--outage", "P-1=4..")
                        .path("unfinished")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void aChangedLinkTakesLonger() throws IOException {
        simulated.writeArrivals(0);
        assertThat(latency()).isEqualTo(ALONE);
        assertThat(latency("--link-change", "P,Q@3=2")).isEqualTo(ALONE + 5);
        assertThat(latency("--link-change", "Q,P@3=2", "--link-change", "P,Q@4=3"))
                .isEqualTo(ALONE + 10);
        assertThat(latency("--link-change", "P,Q@30=2")).isEqualTo(ALONE);
    }

    @Test
    void transfersOverASharedLinkWait() throws IOException {
        simulated.writeArrivals(0, 0);
        assertThat(starts("b")).containsExactly(15.0, 21.0);
        assertThat(starts("b", "--link-change", "P,Q@0=2")).containsExactly(20.0, 26.0);
        assertThat(starts("b", "--link-change", "P,Q@0=2", "--link-contention")).containsExactly(20.0, 30.0);
    }

    @Test
    void transferNoiseFollowsTheSeed() throws IOException {
        simulated.writeArrivals(0);
        double first = latency("--transfer-noise", "0.3", "--seed", "5");
        assertThat(first).isNotEqualTo(ALONE).isCloseTo(ALONE, within(5.0));
        assertThat(latency("--transfer-noise", "0.3", "--seed", "5")).isEqualTo(first);
        assertThat(latency("--transfer-noise", "0.3", "--seed", "6")).isNotEqualTo(first);
    }

    @Test
    void decisionsTakeTheirTime() throws IOException {
        simulated.writeArrivals(0);
        // The second decision takes its time while data is on its way.
        assertThat(latency("--decision-us", "3")).isEqualTo(ALONE + 3);
        assertThat(latency("--decision-us", "7")).isEqualTo(ALONE + 7 + 2);
    }

    @Test
    void readyTasksGather() throws IOException {
        simulated.writeArrivals(0);
        // The second task waits for its window while its data is on its way.
        assertThat(latency("--batch-us", "4")).isEqualTo(ALONE + 4);
        assertThat(latency("--batch-us", "7")).isEqualTo(ALONE + 7 + 2);
    }

    @Test
    void nothingHappensBeyondTheHorizon() throws IOException {
        JsonNode result = result("--horizon-us", "22");
        assertThat(result.path("jobs").asInt()).isEqualTo(1);
        assertThat(result.path("unfinished").asInt()).isEqualTo(3);
        assertThat(result.path("endUs").asDouble()).isLessThan(22);
    }

    @Test
    void powersaveHalvesTheClocks() throws IOException {
        simulated.writeArrivals(0);
        assertThat(latency("--governor", "powersave")).isEqualTo(20 + 5 + 12);
        assertThat(latency("--governor", "performance")).isEqualTo(ALONE);
        assertThat(refused(2, "--governor", "turbo")).contains("--governor").contains("turbo");
    }

    @Test
    void enforcedDeadlinesGiveJobsUp() throws IOException {
        JsonNode counted = result("--deadline", "app=25");
        JsonNode enforced = result("--deadline", "app=25", "--enforce-deadlines");
        assertThat(counted.path("abandoned").asInt()).isZero();
        assertThat(enforced.path("abandoned").asInt()).isEqualTo(3);
        assertThat(enforced.path("jobs").asInt()).isEqualTo(1);
        assertThat(enforced.path("maxUs").asDouble()).isLessThanOrEqualTo(25);
        assertThat(refused(2, "--enforce-deadlines")).contains("--enforce-deadlines needs a --deadline");
    }

    @Test
    void moreSlackSpendsLessEnergy() throws IOException {
        simulated.writeArrivals(0, 100, 200, 300);
        JsonNode tight = policy("energy", "--energy-slack", "0");
        JsonNode loose = policy("energy", "--energy-slack", "2");
        assertThat(loose.path("energyMj").asDouble())
                .isLessThan(tight.path("energyMj").asDouble());
        assertThat(loose.path("meanUs").asDouble())
                .isGreaterThan(tight.path("meanUs").asDouble());
        assertThat(refused(2, "--energy-slack", "1")).contains("--energy-slack is an option of policy 'energy'");
        Ran outOfRange = run("energy", "--energy-slack", "11");
        assertThat(outOfRange.code()).isEqualTo(2);
        assertThat(outOfRange.err()).contains("--energy-slack 11.0: slack (11.0) must be 0 to 10");
    }

    @Test
    void conditionsHoldInTicksToo() throws IOException {
        semantics = "ds3";
        assertThat(bars("--outage", "P-0=4.."))
                .filteredOn(run -> run.path("row").asInt() == 0)
                .extracting(run -> run.path("finish").asDouble())
                .containsExactly(4.0);
        simulated.writeArrivals(0);
        double latency = latency();
        assertThat(latency("--link-change", "P,Q@3=2")).isEqualTo(latency + 5);
        assertThat(latency("--governor", "powersave")).isEqualTo(latency + 10 + 6);
    }

    @ParameterizedTest
    @MethodSource("badValues")
    void badValuesAreWrongUsageAndNamed(String option, String value, String why) {
        assertThat(refused(2, option, value)).contains(option).contains(why);
    }

    private static List<Arguments> badValues() {
        return List.of(
                arguments("--outage", "P-0", "P-0: must be DEVICE=FROM..UNTIL or DEVICE=FROM.."),
                arguments("--outage", "X-0=1..2", "there is no device 'X-0', known: P-0, P-1, Q-2"),
                arguments("--outage", "P-0=5..3", "outage of device 0 from 5.0 to 3.0 us must have 0 <= from < to"),
                arguments("--outage", "P-0=soon..3", "'soon' is not a number"),
                arguments("--link-change", "P,Q=2", "must be CLUSTER,CLUSTER@AT=FACTOR"),
                arguments("--link-change", "P,R@0=2", "there is no pair of clusters 'P,R', known: P, Q"),
                arguments(
                        "--link-change",
                        "P,Q@0=-2",
                        "link change at 0.0 us of clusters 0 and 1 by factor -2.0 is not valid"),
                arguments("--battery", "P-9=1", "there is no device 'P-9', known: P-0, P-1, Q-2"),
                arguments("--battery", "much", "'much' is not a number"),
                arguments("--battery", "P-0=-1", "battery (-1.0) must be 0.0 to Infinity"),
                arguments("--transfer-noise", "2", "transfer noise (2.0) must be 0.0 to 1.0"),
                arguments("--noise", "NaN", "execution noise (NaN) must be 0.0 to 1.0"),
                arguments("--decision-us", "-1", "decision time (-1.0) must be 0.0 to"),
                arguments("--batch-us", "-1", "batch window (-1.0) must be 0.0 to"),
                arguments("--horizon-us", "-1", "horizon (-1.0) must be 0.0 to Infinity"),
                arguments("--queue-cap", "0", "queue cap (0.0) must be 1.0 to"),
                arguments("--deadline", "app=0", "deadline (0.0) must be above 0"),
                arguments("--deadline", "zag=9", "application 'zag' is not known"));
    }

    @Test
    void namesMayHoldEveryCharacter() throws IOException {
        String soc = Files.readString(folder.resolve("soc"));
        Files.writeString(
                folder.resolve("soc"), soc.replace("\"P\"", "\"<a&b=1>\"").replace("\"Q\"", "\"x,y@z\""));
        assertThat(result("--outage", "<a&b=1>-0=4..", "--link-change", "<a&b=1>,x,y@z@0=2")
                        .path("jobs")
                        .asInt())
                .isEqualTo(4);
        assertThat(bars("--battery", "<a&b=1>-0=0"))
                .noneMatch(run ->
                        run.path("row").asInt() == 0 && run.path("completed").asBoolean());
    }

    /** Whether a run is in part at the same time as another of them. */
    private static Predicate<JsonNode> overlapping(List<JsonNode> runs) {
        return run -> runs.stream()
                .filter(other -> !other.equals(run))
                .anyMatch(other -> run.path("start").asDouble()
                                < other.path("finish").asDouble()
                        && other.path("start").asDouble() < run.path("finish").asDouble());
    }

    private double latency(Object... options) throws IOException {
        return result(options).path("maxUs").asDouble();
    }

    private List<Double> starts(String task, Object... options) throws IOException {
        return bars(options).stream()
                .filter(run -> run.path("label").asText().startsWith(task + " "))
                .map(run -> run.path("start").asDouble())
                .sorted()
                .toList();
    }

    private JsonNode result(Object... options) throws IOException {
        return policy("eft", options);
    }

    private JsonNode policy(String policy, Object... options) throws IOException {
        Ran ran = run(policy, options);
        assertThat(ran.err()).isEmpty();
        return ran.json();
    }

    /** What ran, in order of its end. */
    private List<JsonNode> bars(Object... options) throws IOException {
        Path chart = folder.resolve("chart.json");
        List<Object> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--gantt", chart));
        result(all.toArray());
        List<JsonNode> bars = new ArrayList<>();
        new ObjectMapper().readTree(chart.toFile()).path("bars").forEach(bars::add);
        return bars;
    }

    private String refused(int code, Object... options) {
        Ran ran = run("eft", options);
        assertThat(ran.code()).as(ran.err()).isEqualTo(code);
        assertThat(ran.err().strip().lines()).hasSize(1);
        return ran.err();
    }

    private Ran run(String policy, Object... options) {
        List<Object> all = new ArrayList<>(List.of("--semantics", semantics, "--json"));
        all.addAll(List.of(options));
        return simulated.run(policy, all.toArray());
    }
}
