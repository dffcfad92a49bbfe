package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.Ran;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulateTest {
    private static final String SOC = """
            {"clusters": [{"cluster": 0, "type": "CPU", "name": "P", "capacity": 2, "pe_ids": [0, 1], "opp": [],
              "power_w": {}, "exec_us": {"a": 4, "b": 6}}], "comm_band_self": 100, "comm_band": [[0, 0, 10]]}
            """;
    private static final String JOB = """
            {"name": "app", "tasks": [{"id": 0, "name": "a", "pred": []}, {"id": 1, "name": "b", "pred": [0]}],
             "edges": [[0, 1, 25]]}
            """;

    @TempDir
    private Path folder = Path.of("");

    private SimulatedFolder simulated = new SimulatedFolder(folder);

    @BeforeEach
    void writeWorkload() throws IOException {
        simulated = SimulatedFolder.of(folder, SOC, JOB);
        simulated.writeArrivals(0, 2, 3);
    }

    @Test
    void replaysAPublishedTrace() throws IOException {
        var json = Ran.of(
                        "simulate",
                        "--platform",
                        SharedData.require("workloads/ds3/soc/multiple-bal.json"),
                        "--jobs",
                        SharedData.require("workloads/ds3/jobs").toString(),
                        "--arrivals",
                        SharedData.require("workloads/traces/sixapp_scale200_seed0_arrivals.csv"),
                        "--policy",
                        "etf",
                        "--json")
                .json();
        // One of the applications in the folder runs on no device of this platform, but none of it arrives.
        assertThat(json.path("jobs").asInt()).isEqualTo(300);
        assertThat(json.path("meanUs").asDouble()).isCloseTo(151.9, within(0.051));
        assertThat(json.path("energyMj").asDouble()).isPositive();
    }

    @Test
    void writesWhatRanWhereAndWhen() throws IOException {
        Path out = folder.resolve("out.csv");
        Ran ran = run("eft", "--schedule", out.toString(), "--json");
        assertThat(ran.json().path("meanUs").asDouble()).isPositive();
        assertThat(ran.json().path("energyMj").isNull()).isTrue();
        assertThat(Files.readAllLines(out))
                .hasSize(7)
                .startsWith("job,app,task,device,startUs,finishUs")
                .contains("0,app,0,0,0,4", "0,app,1,1,6,12");
    }

    @Test
    void aClosedQueueAdmitsOneJobAfterAnother() throws IOException {
        assertThat(run("eft", "--queue-cap", "1", "--json").json().path("maxUs").asDouble())
                .isLessThanOrEqualTo(11);
        assertThat(run("eft").out()).contains("mean us").contains("unknown");
    }

    @Test
    void deadlinesAreCounted() throws IOException {
        assertThat(run("deadline", "--deadline", "app=9", "--json")
                        .json()
                        .path("missRate")
                        .asDouble())
                .isEqualTo(1);
        assertThat(run("deadline", "--deadline", "zag=9").err()).contains("application 'zag' is not known");
    }

    @Test
    void theChartHoldsWhatRan() throws IOException {
        Path json = folder.resolve("chart.json");
        Path svg = folder.resolve("chart.svg");
        assertThat(run("eft", "--gantt", json).code()).isZero();
        assertThat(run("eft", "--gantt", svg).code()).isZero();
        var chart = new ObjectMapper().readTree(json.toFile());
        assertThat(chart.path("unit").asText()).isEqualTo("us");
        assertThat(chart.path("rows")).extracting(JsonNode::asText).containsExactly("P-0", "P-1");
        assertThat(chart.path("bars")).hasSize(6);
        assertThat(chart.path("bars").path(0).path("label").asText()).isEqualTo("a (app)");
        assertThat(chart.path("bars").path(0).path("finish").asDouble()).isEqualTo(4);
        assertThat(Files.readString(svg)).contains("6 runs on 2 devices, time in us");
    }

    @Test
    void aChartWithAnotherEndingIsWrongUsage() throws IOException {
        Path out = folder.resolve("chart.png");
        Ran ran = run("eft", "--gantt", out);
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("--gantt").contains("chart.png' must end in .svg or .json");
        assertThat(out).doesNotExist();
        Ran nowhere = run("eft", "--gantt", folder.resolve("none/chart.svg"));
        assertThat(nowhere.code()).isEqualTo(1);
        assertThat(nowhere.err()).contains("chart.svg cannot be written");
    }

    @Test
    void aChartOfTooManyRunsIsRefusedByItsBound() throws IOException {
        simulated.writeArrivals(
                IntStream.range(0, 25_001).mapToDouble(job -> 20 * job).toArray());
        Path out = folder.resolve("chart.svg");
        Ran ran = run("eft", "--gantt", out);
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("chart.svg: 50002 runs on 2 devices: a chart holds at most 50000");
        assertThat(out).doesNotExist();
    }

    @Test
    void whatWouldBeLateIsRefused() throws IOException {
        var json =
                run("deadline", "--deadline", "app=12", "--admission", "--json").json();
        assertThat(json.path("refused").asInt()).isEqualTo(1);
        assertThat(json.path("jobs").asInt()).isEqualTo(2);
        assertThat(json.path("missRate").asDouble()).isZero();
        assertThat(json.has("tenants")).isFalse();
        assertThat(run("deadline", "--admission").err()).contains("--admission needs a --deadline");
    }

    @Test
    void tenantsAreReported() throws IOException {
        simulated.writeJob("two", JOB.replace("app", "two"));
        simulated.writeTrace("job,arrival_us,app\n0,0,app\n1,0,two\n2,3,two\n");
        var tenants = run("fair", "--tenant", "app=a:3", "--json").json().path("tenants");
        assertThat(tenants).hasSize(2);
        assertThat(tenants.path(0).path("name").asText()).isEqualTo("a");
        assertThat(tenants.path(0).path("weight").asDouble()).isEqualTo(3);
        assertThat(tenants.path(1).path("name").asText()).isEqualTo("two");
        assertThat(tenants.path(1).path("share").asDouble()).isCloseTo(2 / 3.0, within(1e-9));
        assertThat(tenants.path(1).path("meanUs").asDouble()).isPositive();
        var one = run("fair", "--tenant", "app=a:3", "--tenant", "two=a", "--json")
                .json();
        assertThat(one.path("tenants")).hasSize(1);
        assertThat(run("fair", "--tenant", "zag=a").err()).contains("application 'zag' is not known");
        assertThat(run("fair", "--tenant", "app=a:x").err()).contains("'a:x' is not NAME[:WEIGHT]");
        assertThat(run("fair", "--tenant", "app=a:1", "--tenant", "two=a:2").err())
                .contains("--tenant gives 'a' two weights");
        assertThat(run("fair", "--tenant", "app=a:0").err()).contains("weight (0.0) of tenant 'a'");
    }

    @Test
    void wrongNamesAndFilesAreOneClearLine() throws IOException {
        assertThat(run("zigzag").code()).isEqualTo(2);
        assertThat(run("zigzag").err()).contains("zigzag").contains("etf-lb");
        simulated.writeArrivals(5, 2);
        Ran unsorted = run("eft");
        assertThat(unsorted.code()).isEqualTo(1);
        assertThat(unsorted.err().strip().lines()).hasSize(1);
        assertThat(unsorted.err()).contains("trace.csv").contains("of job 1 is before that of job 0");
    }

    @Test
    void theLearnedPolicyIsOneOfThem() throws IOException {
        simulated.writeArrivals(0, 1, 2);
        var json = run("learned", "--json").json();
        assertThat(json.path("policy").asText()).isEqualTo("learned");
        assertThat(json.path("jobs").asInt()).isEqualTo(3);
        assertThat(json.path("meanUs").asDouble()).isPositive();
    }

    private static String words(int count) {
        return "0 ".repeat(count);
    }

    @Test
    void aNetworkThatIsNoneIsOneClearLine() throws IOException {
        simulated.writeArrivals(0);
        Path file = simulated.folder().resolve("network.txt");
        Files.writeString(file, "fleetwright-pair-network 9\n");
        Ran version = run("learned", "--network", file);
        assertThat(version.code()).isEqualTo(1);
        assertThat(version.err().strip().lines()).hasSize(1);
        assertThat(version.err()).contains("network.txt: version '9' is not known; known: 1");
        String head = "fleetwright-pair-network 1\nby hand\ntask-features 11 pair-features 8 hidden 16 outputs 2\n";
        Files.writeString(file, head + words(391));
        assertThat(run("learned", "--network", file).err()).contains("has 391 weights, must have 392");
        Files.writeString(file, head + words(391) + "NaN");
        assertThat(run("learned", "--network", file).err()).contains("weight 391 is 'NaN'");
        Files.writeString(file, head + words(392));
        assertThat(run("learned", "--network", file).code()).isZero();
        Ran other = run("etf", "--network", file);
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("--network is an option of policy 'learned'");
    }

    private Ran run(String policy, Object... more) {
        return simulated.run(policy, more);
    }
}
