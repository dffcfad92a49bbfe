package io.fleetwright.scheduler.reference;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.format.ArrivalCsv;
import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.format.Ds3Job;
import io.fleetwright.scheduler.format.Ds3Soc;
import io.fleetwright.scheduler.format.NaiveJson.Node;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.sim.ArrivalTrace.Arrival;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every shared file, figure by figure, against what a second parser finds in it. */
class SharedFilesReadTest {
    static List<String> canonical() throws IOException {
        return SharedFiles.in("canonical");
    }

    @ParameterizedTest
    @MethodSource("canonical")
    void aCanonicalWorkloadHasTheFiguresOfItsFile(String name) throws Exception {
        Node file = SharedFiles.parsed(name);
        CanonicalWorkload workload = CanonicalWorkload.read(SharedFiles.bytes(name));
        Problem problem = workload.problem();
        assertThat(workload.name()).isEqualTo(file.get("name").text());
        assertThat(problem.taskCount()).isEqualTo(file.get("tasks").whole());
        assertThat(problem.deviceCount()).isEqualTo(file.get("pes").whole());
        for (int task = 0; task < problem.taskCount(); task++) {
            for (int device = 0; device < problem.deviceCount(); device++) {
                assertThat(problem.costs().executionTime(task, device))
                        .isEqualTo(file.get("exec")
                                .items()
                                .get(task)
                                .items()
                                .get(device)
                                .number());
            }
        }
        assertThat(edges(problem.graph())).isEqualTo(triples(file.get("edges")));
        assertThat(problem.platform().links().transferTime(17, 0, 1)).isEqualTo(17);
    }

    /** Volumes by {@code from -> to}. */
    private static Map<String, Double> edges(TaskGraph graph) {
        Map<String, Double> out = new TreeMap<>();
        Map<String, Double> in = new TreeMap<>();
        for (int task = 0; task < graph.taskCount(); task++) {
            for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                out.put(task + " -> " + graph.outTask(e), graph.outVolume(e));
            }
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                in.put(graph.inTask(e) + " -> " + task, graph.inVolume(e));
            }
        }
        assertThat(in).isEqualTo(out);
        return out;
    }

    private static Map<String, Double> triples(Node list) {
        Map<String, Double> edges = new TreeMap<>();
        for (Node edge : list.items()) {
            edges.put(
                    edge.items().get(0).whole() + " -> " + edge.items().get(1).whole(),
                    edge.items().get(2).number());
        }
        assertThat(edges).hasSameSizeAs(list.items());
        return edges;
    }

    static List<String> jobs() throws IOException {
        return Stream.concat(SharedFiles.in("ds3/jobs").stream(), SharedFiles.in("socrates").stream())
                .filter(name -> !name.contains("soc-"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void anApplicationHasTheTasksAndEdgesOfItsFile(String name) throws Exception {
        Node file = SharedFiles.parsed(name);
        var application = Ds3Job.read(SharedFiles.bytes(name));
        TaskGraph graph = application.graph();
        assertThat(application.name()).isEqualTo(file.get("name").text());
        List<Node> tasks = file.get("tasks").items();
        assertThat(graph.taskCount()).isEqualTo(tasks.size());
        assertThat(edges(graph)).isEqualTo(triples(file.get("edges")));
        for (int task = 0; task < tasks.size(); task++) {
            assertThat(graph.name(task)).isEqualTo(tasks.get(task).get("name").text());
            Set<Integer> before = new HashSet<>();
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                before.add(graph.inTask(e));
            }
            assertThat(before)
                    .containsExactlyInAnyOrderElementsOf(tasks.get(task).get("pred").items().stream()
                            .map(Node::whole)
                            .toList());
            assertThat(graph.isEntry(task)).isEqualTo(before.isEmpty());
        }
    }

    /** Each application of a platform: its costs by task name, its transfers by the clusters' bandwidths. */
    @ParameterizedTest
    @MethodSource("jobs")
    void anApplicationCostsOnItsPlatformWhatTheFilesSay(String name) throws Exception {
        Node soc = SharedFiles.parsed(SharedFiles.soc(name));
        Workload workload = SharedFiles.workload(name);
        Problem problem = workload.problem(0);
        Map<String, Double> band = new HashMap<>();
        triples(soc.get("comm_band")).forEach((pair, value) -> {
            String[] ends = pair.split(" -> ");
            band.put(pair, value);
            band.put(ends[1] + " -> " + ends[0], value);
        });
        List<Integer> clusterOf = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (Node cluster : soc.get("clusters").items()) {
            for (Node device : cluster.get("exec_us").items().isEmpty()
                    ? List.<Node>of()
                    : cluster.get("pe_ids").items()) {
                clusterOf.add(cluster.get("cluster").whole());
                names.add(cluster.get("name").text() + "-" + device.whole());
            }
        }
        assertThat(problem.platform().devices())
                .extracting(device -> device.id())
                .isEqualTo(names);
        for (int a = 0; a < clusterOf.size(); a++) {
            Node times = soc.get("clusters").items().get(clusterOf.get(a)).get("exec_us");
            for (int task = 0; task < problem.taskCount(); task++) {
                String kind = problem.graph().name(task);
                assertThat(problem.costs().executionTime(task, a))
                        .isEqualTo(times.has(kind) ? times.get(kind).number() : Double.POSITIVE_INFINITY);
            }
            for (int b = 0; b < clusterOf.size(); b++) {
                double rate = band.getOrDefault(clusterOf.get(a) + " -> " + clusterOf.get(b), 1.0);
                assertThat(problem.platform().links().transferTime(1024, a, b))
                        .isEqualTo(a == b ? 0 : rate == 0 ? Double.POSITIVE_INFINITY : 1024 / rate);
            }
        }
    }

    static List<String> socs() throws IOException {
        return Stream.concat(SharedFiles.in("ds3/soc").stream(), Stream.of("socrates/soc-top"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("socs")
    void aPlatformHasTheClustersOfItsFile(String name) throws Exception {
        Node file = SharedFiles.parsed(name);
        Soc soc = Ds3Soc.read(SharedFiles.bytes(name));
        List<Node> clusters = file.get("clusters").items();
        assertThat(soc.clusters()).hasSameSizeAs(clusters);
        assertThat(soc.bandwidthWithinDevice())
                .isEqualTo(
                        file.has("comm_band_self")
                                        && file.get("comm_band_self").text().equals("null")
                                ? Double.POSITIVE_INFINITY
                                : file.get("comm_band_self").number());
        for (int i = 0; i < clusters.size(); i++) {
            Node expected = clusters.get(i);
            SocCluster cluster = soc.clusters().get(i);
            assertThat(cluster.name()).isEqualTo(expected.get("name").text());
            assertThat(cluster.type()).isEqualTo(expected.get("type").text());
            assertThat(cluster.deviceIds())
                    .isEqualTo(expected.get("pe_ids").items().stream()
                            .map(Node::whole)
                            .toList());
            assertThat(cluster.computes())
                    .isEqualTo(!expected.get("exec_us").items().isEmpty());
            Node times = expected.get("exec_us");
            assertThat(cluster.executionMicros()).hasSameSizeAs(times.names());
            times.names()
                    .forEach(task -> assertThat(cluster.executionMicros())
                            .containsEntry(task, times.get(task).number()));
            assertThat(cluster.points())
                    .extracting(point -> point.megahertz())
                    .isEqualTo(expected.get("opp").items().stream()
                            .map(point -> point.get("mhz").number())
                            .toList());
            for (int p = 0; p < cluster.points().size(); p++) {
                assertThat(cluster.points().get(p).volts())
                        .isCloseTo(expected.get("opp").items().get(p).get("mv").number() / 1000, within(1e-12));
            }
            Node power = expected.get("power_w");
            assertThat(cluster.power()).hasSameSizeAs(power.names());
            cluster.power()
                    .forEach(profile -> assertThat(profile.watts())
                            .isEqualTo(power.get(String.valueOf((int) profile.megahertzMax())).items().stream()
                                    .map(Node::number)
                                    .toList()));
        }
    }

    static List<String> workflows() throws IOException {
        return SharedFiles.in("wfinstances");
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void aWorkflowHasTheTasksEdgesAndTimesOfItsFile(String name) throws Exception {
        Node file = SharedFiles.parsed(name);
        Workflow workflow = Workflow.read(SharedFiles.bytes(name));
        assertThat(Workflow.isWorkflow(SharedFiles.bytes(name))).isTrue();
        Node specification = file.get("workflow").get("specification");
        List<Node> tasks = specification.get("tasks").items();
        Map<String, Integer> numberOf = new HashMap<>();
        for (Node task : tasks) {
            assertThat(workflow.graph().name(numberOf.size()))
                    .isEqualTo(task.get("id").text());
            numberOf.put(task.get("id").text(), numberOf.size());
        }
        assertThat(workflow.graph().taskCount()).isEqualTo(tasks.size());
        Map<String, Double> expected = expectedEdges(specification, numberOf);
        Map<String, Double> found = edges(workflow.graph());
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach((edge, volume) -> assertThat(volume).isCloseTo(expected.get(edge), within(1e-3)));
        Node runs = file.get("workflow").get("execution").get("tasks");
        assertThat(runs.items()).hasSameSizeAs(tasks);
        for (Node run : runs.items()) {
            int task = requireNonNull(numberOf.get(run.get("id").text()));
            assertThat(workflow.runtimeSeconds()[task])
                    .isEqualTo(run.get("runtimeInSeconds").number());
            assertThat(workflow.needs().get(task).memory())
                    .isEqualTo(
                            run.has("memoryInBytes") ? run.get("memoryInBytes").number() : 0);
        }
    }

    /** Pair by pair of parent and child: what the one writes and the other reads. */
    private static Map<String, Double> expectedEdges(Node specification, Map<String, Integer> numberOf) {
        Map<String, Double> sizes = new HashMap<>();
        specification
                .get("files")
                .items()
                .forEach(file ->
                        sizes.put(file.get("id").text(), file.get("sizeInBytes").number()));
        List<Node> tasks = specification.get("tasks").items();
        Map<String, Double> edges = new TreeMap<>();
        for (Node child : tasks) {
            for (Node parent : tasks) {
                if (texts(child, "parents").contains(parent.get("id").text())
                        || texts(parent, "children").contains(child.get("id").text())) {
                    double bytes = texts(child, "inputFiles").stream()
                            .mapToDouble(file -> texts(parent, "outputFiles").contains(file) ? sizes.get(file) : 0)
                            .sum();
                    edges.put(
                            numberOf.get(parent.get("id").text()) + " -> "
                                    + numberOf.get(child.get("id").text()),
                            bytes);
                }
            }
        }
        return edges;
    }

    private static List<String> texts(Node task, String member) {
        return task.has(member) ? task.get(member).texts() : List.of();
    }

    static List<Path> traces() throws IOException {
        try (Stream<Path> files = Files.list(SharedData.require("workloads/traces"))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("traces")
    void aTraceHasTheJobsOfItsFile(Path file) throws Exception {
        List<String> lines = Files.readAllLines(file);
        List<Arrival> arrivals = ArrivalCsv.read(Files.readAllBytes(file)).arrivals();
        assertThat(arrivals).hasSize(lines.size() - 1).hasSize(300);
        for (int job = 0; job < arrivals.size(); job++) {
            String[] columns = lines.get(job + 1).split(",");
            assertThat(columns[0]).isEqualTo(String.valueOf(job));
            assertThat(arrivals.get(job)).isEqualTo(new Arrival(Long.parseLong(columns[1]), columns[2]));
        }
        assertThat(arrivals.stream().map(Arrival::application).distinct())
                .hasSize(file.getFileName().toString().startsWith("sixapp") ? 6 : 2);
    }
}
