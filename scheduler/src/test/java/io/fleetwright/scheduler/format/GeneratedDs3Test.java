package io.fleetwright.scheduler.format;

import static io.fleetwright.scheduler.format.JsonStyle.members;
import static io.fleetwright.scheduler.format.JsonStyle.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.Application;
import io.fleetwright.scheduler.sim.OperatingPoint;
import io.fleetwright.scheduler.sim.PowerProfile;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Generated platforms, applications and canonical workloads: what is read is what was meant, however it is written and
 * whatever stands beside it.
 */
class GeneratedDs3Test {
    /** A graph as its generator has it: volumes by tasks, no number where there is no edge. */
    private record Graph(List<String> names, double[][] volume) {
        static Graph random(SplittableRandom random) {
            int tasks = random.nextInt(1, 12);
            List<String> names = new ArrayList<>();
            double[][] volume = new double[tasks][tasks];
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, tasks).boxed().toList());
            Collections.shuffle(order, new Random(random.nextLong()));
            for (int task = 0; task < tasks; task++) {
                names.add(new JsonStyle(random).string());
                Arrays.fill(volume[task], Double.NaN);
            }
            for (int later = 0; later < tasks; later++) {
                for (int earlier = 0; earlier < later; earlier++) {
                    if (random.nextInt(3) == 0) {
                        volume[order.get(earlier)][order.get(later)] =
                                random.nextInt(4) * random.nextDouble() * Math.pow(10, random.nextInt(12));
                    }
                }
            }
            return new Graph(names, volume);
        }

        /** In any order. */
        List<Object> edges(SplittableRandom random) {
            List<Object> edges = new ArrayList<>();
            for (int from = 0; from < volume.length; from++) {
                for (int to = 0; to < volume.length; to++) {
                    if (!Double.isNaN(volume[from][to])) {
                        edges.add(List.of(from, to, volume[from][to]));
                    }
                }
            }
            Collections.shuffle(edges, new Random(random.nextLong()));
            return edges;
        }

        List<Integer> before(int task) {
            return IntStream.range(0, volume.length)
                    .filter(from -> !Double.isNaN(volume[from][task]))
                    .boxed()
                    .toList();
        }

        void assertIs(TaskGraph graph) {
            assertThat(graph.taskCount()).isEqualTo(volume.length);
            int edges = 0;
            for (int task = 0; task < volume.length; task++) {
                List<Integer> sources = new ArrayList<>();
                for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                    sources.add(graph.inTask(e));
                    assertThat(graph.inVolume(e)).isEqualTo(volume[graph.inTask(e)][task]);
                }
                assertThat(sources).containsExactlyInAnyOrderElementsOf(before(task));
                edges += sources.size();
            }
            assertThat(graph.edgeCount()).isEqualTo(edges);
        }
    }

    private static Object job(String name, Graph graph, SplittableRandom random) {
        List<Object> tasks = new ArrayList<>();
        for (int task = 0; task < graph.names.size(); task++) {
            tasks.add(open("id", task, "name", graph.names.get(task), "pred", graph.before(task)));
        }
        return open("name", name, "tasks", tasks, "edges", graph.edges(random));
    }

    @Test
    void anApplicationIsReadAsItWasMeant() {
        SeededCases.forEach(1, 120, (random, seed) -> {
            Graph graph = Graph.random(random);
            Application application = Ds3Job.read(new JsonStyle(random).bytes(job("job " + seed, graph, random)));
            assertThat(application.name()).isEqualTo("job " + seed);
            graph.assertIs(application.graph());
            for (int task = 0; task < graph.names.size(); task++) {
                assertThat(application.graph().name(task)).isEqualTo(graph.names.get(task));
            }
        });
    }

    @Test
    void aCanonicalWorkloadIsReadAsItWasMeant() {
        SeededCases.forEach(1, 120, (random, seed) -> {
            Graph graph = Graph.random(random);
            int devices = random.nextInt(1, 6);
            double[][] costs = new double[graph.names.size()][devices];
            List<Object> rows = new ArrayList<>();
            for (double[] row : costs) {
                Arrays.setAll(
                        row,
                        _ -> random.nextInt(4) == 0
                                ? Double.POSITIVE_INFINITY
                                : random.nextInt(3) * random.nextDouble());
                row[random.nextInt(devices)] = random.nextInt(1000);
                List<Object> cells = new ArrayList<>();
                Arrays.stream(row).forEach(cost -> cells.add(Double.isInfinite(cost) ? JsonStyle.NULL : (Object) cost));
                rows.add(cells);
            }
            Object document = open(
                    "name",
                    "w" + seed,
                    "tasks",
                    costs.length,
                    "pes",
                    devices,
                    "exec",
                    rows,
                    "edges",
                    graph.edges(random));
            CanonicalWorkload workload = CanonicalWorkload.read(new JsonStyle(random).bytes(document));
            assertThat(workload.name()).isEqualTo("w" + seed);
            graph.assertIs(workload.problem().graph());
            for (int task = 0; task < costs.length; task++) {
                assertThat(workload.problem().graph().name(task)).isEqualTo("t" + task);
                for (int device = 0; device < devices; device++) {
                    assertThat(workload.problem().costs().executionTime(task, device))
                            .isEqualTo(costs[task][device]);
                }
            }
            for (int device = 0; device < devices; device++) {
                assertThat(workload.problem().platform().device(device).id()).isEqualTo("p" + device);
                assertThat(workload.problem().platform().device(device).readyTime())
                        .isZero();
                assertThat(workload.problem().platform().links().transferTime(3.5, device, 0))
                        .isEqualTo(device == 0 ? 0 : 3.5);
            }
        });
    }

    /** A platform and the document that says so. */
    private record Drawn(Soc soc, double[][] bandwidth, JsonStyle.Open document) {
        static Drawn random(SplittableRandom random) {
            int count = random.nextInt(1, 6);
            List<Integer> numbers =
                    new ArrayList<>(IntStream.range(0, 40).boxed().toList());
            Collections.shuffle(numbers, new Random(random.nextLong()));
            List<SocCluster> clusters = new ArrayList<>();
            List<Object> documents = new ArrayList<>();
            for (int id = 0; id < count; id++) {
                int size = random.nextInt(id == 0 ? 1 : 0, 5);
                List<Integer> devices = List.copyOf(numbers.subList(0, size));
                numbers.subList(0, size).clear();
                SocCluster cluster = cluster(random, id, devices);
                clusters.add(cluster);
                documents.add(document(cluster));
            }
            double[][] bandwidth = new double[count][count];
            for (double[] row : bandwidth) {
                Arrays.fill(row, 1);
            }
            List<Object> pairs = new ArrayList<>();
            for (int a = 0; a < count; a++) {
                for (int b = 0; b <= a; b++) {
                    if (random.nextBoolean()) {
                        bandwidth[a][b] = random.nextInt(3) * random.nextDouble() * 1000;
                        bandwidth[b][a] = bandwidth[a][b];
                        pairs.add(
                                random.nextBoolean() ? List.of(a, b, bandwidth[a][b]) : List.of(b, a, bandwidth[a][b]));
                    }
                }
            }
            Collections.shuffle(pairs, new Random(random.nextLong()));
            Map<String, Object> members = members("clusters", documents, "comm_band", pairs);
            switch (random.nextInt(3)) {
                case 0 -> members.put("comm_band_self", 1 + random.nextDouble() * 1000);
                case 1 -> members.put("comm_band_self", JsonStyle.NULL);
                default -> {}
            }
            return new Drawn(new Soc(clusters, bandwidth, within(members)), bandwidth, new JsonStyle.Open(members));
        }

        private static double within(Map<String, Object> members) {
            return members.get("comm_band_self") instanceof Double stated ? stated : Double.POSITIVE_INFINITY;
        }

        private static SocCluster cluster(SplittableRandom random, int id, List<Integer> devices) {
            List<OperatingPoint> points = new ArrayList<>();
            double megahertz = 0;
            for (int i = random.nextInt(5); i > 0; i--) {
                megahertz += random.nextInt(1, 500);
                points.add(new OperatingPoint(megahertz, random.nextInt(1, 2000) / 1000.0));
            }
            List<PowerProfile> power = new ArrayList<>();
            for (int i = 1; i <= random.nextInt(3); i++) {
                power.add(new PowerProfile(
                        700 * i,
                        devices.stream().map(_ -> random.nextDouble() * 3).toList()));
            }
            Map<String, Double> execution = new HashMap<>();
            for (int i = random.nextInt(id == 0 ? 1 : 0, 6); i > 0; i--) {
                execution.put(new JsonStyle(random).string(), random.nextDouble() * 100);
            }
            return new SocCluster(id, "T" + id, new JsonStyle(random).string(), devices, points, power, execution);
        }

        private static Object document(SocCluster cluster) {
            Map<String, Object> power = new LinkedHashMap<>();
            cluster.power()
                    .reversed()
                    .forEach(profile -> power.put(String.valueOf((int) profile.megahertzMax()), profile.watts()));
            return open(
                    "cluster", cluster.id(),
                    "type", cluster.type(),
                    "name", cluster.name(),
                    "capacity", cluster.deviceIds().size(),
                    "pe_ids", cluster.deviceIds(),
                    "opp",
                            cluster.points().stream()
                                    .map(point -> open(
                                            "mhz", point.megahertz(), "mv", (int) Math.round(point.volts() * 1000)))
                                    .toList(),
                    "power_w", power,
                    "exec_us", cluster.executionMicros());
        }
    }

    @Test
    void aPlatformIsReadAsItWasMeant() {
        SeededCases.forEach(1, 120, (random, _) -> {
            Drawn drawn = Drawn.random(random);
            Soc soc = Ds3Soc.read(new JsonStyle(random).bytes(drawn.document));
            assertThat(soc.clusters()).isEqualTo(drawn.soc.clusters());
            assertThat(soc.bandwidth()).isDeepEqualTo(drawn.bandwidth);
            assertThat(soc.bandwidthWithinDevice()).isEqualTo(drawn.soc.bandwidthWithinDevice());
        });
    }

    /** Of two figures for one pair of clusters the later one holds, in both directions. */
    @Test
    void theLastFigureOfAPairOfClustersHolds() throws Exception {
        Soc soc = Ds3Soc.read(new Edited("""
                {"clusters": [
                  {"cluster": 0, "type": "A", "name": "a", "capacity": 1, "pe_ids": [0], "opp": [], "power_w": {},
                   "exec_us": {"t": 1}},
                  {"cluster": 1, "type": "B", "name": "b", "capacity": 1, "pe_ids": [1], "opp": [], "power_w": {},
                   "exec_us": {}}],
                 "comm_band": [[0, 1, 5], [1, 1, 7], [1, 0, 6]]}""").bytes());
        assertThat(soc.bandwidth()).isDeepEqualTo(new double[][] {{1, 6}, {6, 7}});
        assertThat(soc.bandwidthWithinDevice()).isInfinite();
        assertThat(soc.clusters().getLast().computes()).isFalse();
    }

    /** Tasks of an application in another order are the same graph with other numbers. */
    @Test
    void anApplicationWithItsTasksRenumberedIsTheSameGraph() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Graph graph = Graph.random(random);
            int tasks = graph.names.size();
            List<Integer> place =
                    new ArrayList<>(IntStream.range(0, tasks).boxed().toList());
            Collections.shuffle(place, new Random(seed));
            List<String> names = new ArrayList<>(graph.names);
            double[][] volume = new double[tasks][tasks];
            for (int from = 0; from < tasks; from++) {
                names.set(place.get(from), graph.names.get(from));
                for (int to = 0; to < tasks; to++) {
                    volume[place.get(from)][place.get(to)] = graph.volume[from][to];
                }
            }
            var moved = new Graph(names, volume);
            moved.assertIs(Ds3Job.read(new JsonStyle(random).bytes(job("j", moved, random)))
                    .graph());
        });
    }
}
