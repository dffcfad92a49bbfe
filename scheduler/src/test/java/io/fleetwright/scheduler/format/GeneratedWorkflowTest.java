package io.fleetwright.scheduler.format;

import static io.fleetwright.scheduler.format.JsonStyle.members;
import static io.fleetwright.scheduler.format.JsonStyle.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Needs;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Generated workflows and their platforms: what is read is what was meant, however it is written. */
class GeneratedWorkflowTest {
    /** A workflow as its generator has it; volumes by {@code parent>child}, both by position. */
    private record Drawn(
            List<String> ids, Map<String, Long> volumes, double[] runtime, double[] memory, JsonStyle.Open document) {}

    private static Drawn draw(SplittableRandom random) {
        int count = random.nextInt(1, 10);
        List<String> ids = new ArrayList<>();
        List<Map<String, Object>> tasks = new ArrayList<>();
        Map<String, Integer> sizes = new LinkedHashMap<>(Map.of("from outside", 77));
        for (int task = 0; task < count; task++) {
            ids.add(task + new JsonStyle(random).string());
            tasks.add(members("id", ids.get(task), "name", "any"));
        }
        Map<String, Long> volumes = new TreeMap<>();
        for (int to = 0; to < count; to++) {
            for (int from = 0; from < to; from++) {
                if (random.nextInt(3) == 0) {
                    volumes.put(from + ">" + to, 0L);
                    int where = random.nextInt(3);
                    if (where < 2) {
                        list(tasks.get(to), "parents").add(ids.get(from));
                    }
                    if (where > 0) {
                        list(tasks.get(from), "children").add(ids.get(to));
                    }
                }
            }
        }
        for (int file = random.nextInt(12); file > 0; file--) {
            addFile(random, "f" + file, tasks, sizes, volumes);
        }
        double[] runtime = random.doubles(count, 0, 1e4).toArray();
        double[] memory = new double[count];
        List<Object> runs = new ArrayList<>();
        for (int task = 0; task < count; task++) {
            Map<String, Object> run = members("id", ids.get(task), "runtimeInSeconds", runtime[task]);
            if (random.nextBoolean()) {
                memory[task] = random.nextInt(1_000_000);
                run.put("memoryInBytes", memory[task]);
            }
            runs.add(new JsonStyle.Open(run));
        }
        Collections.shuffle(runs, new Random(random.nextLong()));
        List<Object> files = new ArrayList<>();
        sizes.forEach((file, bytes) -> files.add(open("id", file, "sizeInBytes", bytes)));
        Object specification =
                open("tasks", tasks.stream().map(JsonStyle.Open::new).toList(), "files", files);
        Object workflow = open("specification", specification, "execution", open("tasks", runs));
        return new Drawn(ids, volumes, runtime, memory, open("name", "drawn", "workflow", workflow));
    }

    /** A file that one task writes and some read; on an edge it counts, elsewhere it is just there. */
    private static void addFile(
            SplittableRandom random,
            String file,
            List<Map<String, Object>> tasks,
            Map<String, Integer> sizes,
            Map<String, Long> volumes) {
        int bytes = random.nextInt(1000);
        sizes.put(file, bytes);
        int writer = random.nextInt(tasks.size());
        list(tasks.get(writer), "outputFiles").add(file);
        for (int reader = 0; reader < tasks.size(); reader++) {
            if (reader != writer && random.nextBoolean()) {
                list(tasks.get(reader), "inputFiles").add(file);
                volumes.computeIfPresent(writer + ">" + reader, (_, sum) -> sum + bytes);
            }
        }
        list(tasks.get(random.nextInt(tasks.size())), "inputFiles").add("from outside");
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Map<String, Object> task, String member) {
        return (List<Object>) task.computeIfAbsent(member, _ -> new ArrayList<>());
    }

    @Test
    void aWorkflowIsReadAsItWasMeant() {
        SeededCases.forEach(1, 250, (random, _) -> {
            Drawn drawn = draw(random);
            Workflow workflow = Workflow.read(new JsonStyle(random).bytes(drawn.document));
            TaskGraph graph = workflow.graph();
            assertThat(workflow.name()).isEqualTo("drawn");
            assertThat(workflow.runtimeSeconds()).containsExactly(drawn.runtime);
            assertThat(workflow.needs().stream().mapToDouble(Needs::memory).toArray())
                    .containsExactly(drawn.memory);
            Map<String, Long> found = new TreeMap<>();
            for (int task = 0; task < drawn.ids.size(); task++) {
                assertThat(graph.name(task)).isEqualTo(drawn.ids.get(task));
                for (int e = graph.outBegin(task); e < graph.outEnd(task); e++) {
                    found.put(task + ">" + graph.outTask(e), (long) graph.outVolume(e));
                }
            }
            assertThat(found).isEqualTo(drawn.volumes);
        });
    }

    /** A platform's devices by name, each with zone, speed, ready time, memory and watts. */
    private record Machine(String zone, double speed, double ready, double memory, double watts) {}

    @Test
    void aPlatformIsReadAsItWasMeant() {
        SeededCases.forEach(1, 250, (random, _) -> {
            Map<String, Machine> machines = new LinkedHashMap<>();
            List<Object> devices = new ArrayList<>();
            for (int entry = random.nextInt(5); entry >= 0; entry--) {
                devices.add(device(random, "m" + entry, machines));
            }
            List<String> zones =
                    machines.values().stream().map(Machine::zone).distinct().toList();
            double[] usual = {random.nextInt(3) * random.nextDouble(), random.nextInt(3) * random.nextDouble()};
            Map<String, double[]> special = new HashMap<>();
            List<Object> links = new ArrayList<>();
            for (int link = random.nextInt(4); link > 0; link--) {
                String from = zones.get(random.nextInt(zones.size()));
                String to = zones.get(random.nextInt(zones.size()));
                double[] figures = {random.nextInt(100), random.nextBoolean() ? 0 : random.nextDouble()};
                Map<String, Object> members = members("from", from, "to", to, "bandwidth", figures[0]);
                if (figures[1] > 0) {
                    members.put("latency", figures[1]);
                }
                links.add(new JsonStyle.Open(members));
                special.put(from + "/" + to, figures);
                special.put(to + "/" + from, figures);
            }
            Map<String, Object> root = members("devices", devices);
            putUnless(root, "bandwidth", usual[0], 0);
            putUnless(root, "latency", usual[1], 0);
            if (!links.isEmpty() || random.nextBoolean()) {
                root.put("links", links);
            }
            PlatformFile file = PlatformFile.read(new JsonStyle(random).bytes(new JsonStyle.Open(root)));
            assertMachines(file, machines);
            assertLinks(file.platform().links(), List.copyOf(machines.values()), usual, special);
        });
    }

    private static Object device(SplittableRandom random, String id, Map<String, Machine> machines) {
        var machine = new Machine(
                random.nextInt(3) == 0 ? "" : "zone " + random.nextInt(3),
                1 + random.nextDouble() * 5,
                random.nextInt(2) * random.nextDouble(),
                random.nextBoolean() ? Double.POSITIVE_INFINITY : random.nextInt(1000),
                random.nextBoolean() ? Double.NaN : random.nextInt(100));
        Map<String, Object> members = members("id", id, "speed", machine.speed);
        if (!machine.zone.isEmpty() || random.nextBoolean()) {
            members.put("zone", machine.zone);
        }
        putUnless(members, "readyTime", machine.ready, 0);
        putUnless(members, "memoryBytes", machine.memory, Double.POSITIVE_INFINITY);
        putUnless(members, "watts", machine.watts, Double.NaN);
        int count = random.nextInt(4);
        if (count > 0) {
            members.put("count", count);
        }
        for (int i = 0; i < Math.max(count, 1); i++) {
            machines.put(count == 0 ? id : id + "-" + i, machine);
        }
        return new JsonStyle.Open(members);
    }

    private static void putUnless(Map<String, Object> members, String name, double value, double usual) {
        if (Double.compare(value, usual) != 0) {
            members.put(name, value);
        }
    }

    private static void assertMachines(PlatformFile file, Map<String, Machine> machines) {
        assertThat(file.platform().devices())
                .extracting(device -> device.id())
                .containsExactlyElementsOf(machines.keySet());
        int device = 0;
        for (Machine machine : machines.values()) {
            assertThat(file.speed()[device]).isEqualTo(machine.speed);
            assertThat(file.offers().get(device).memory()).isEqualTo(machine.memory);
            assertThat(file.platform().device(device).readyTime()).isEqualTo(machine.ready);
            assertThat(file.platform().device(device).watts()).isEqualTo(Double.valueOf(machine.watts));
            device++;
        }
    }

    private static void assertLinks(
            Links links, List<Machine> machines, double[] usual, Map<String, double[]> special) {
        for (int a = 0; a < machines.size(); a++) {
            for (int b = 0; b < machines.size(); b++) {
                double[] figures = special.getOrDefault(machines.get(a).zone + "/" + machines.get(b).zone, usual);
                double expected = figures[0] == 0 ? Double.POSITIVE_INFINITY : figures[1] + 500 / figures[0];
                assertThat(links.transferTime(500, a, b)).isEqualTo(a == b ? 0 : expected);
            }
        }
    }

    /** A task runs where its memory suffices, in its recorded time divided by the speed. */
    @Test
    void aWorkflowOnAPlatformCostsTimeOverSpeedWhereItFits() {
        SeededCases.forEach(1, 120, (random, _) -> {
            Workflow workflow = Workflow.read(new JsonStyle(random).bytes(draw(random).document));
            Map<String, Machine> machines = new LinkedHashMap<>();
            List<Object> devices = new ArrayList<>(List.of(open("id", "large", "speed", 0.5)));
            machines.put("large", new Machine("", 0.5, 0, Double.POSITIVE_INFINITY, Double.NaN));
            for (int entry = random.nextInt(4); entry >= 0; entry--) {
                devices.add(device(random, "m" + entry, machines));
            }
            Problem problem = workflow.on(PlatformFile.read(new JsonStyle(random).bytes(open("devices", devices))));
            List<Machine> all = List.copyOf(machines.values());
            for (int task = 0; task < problem.taskCount(); task++) {
                for (int device = 0; device < all.size(); device++) {
                    boolean fits = workflow.needs().get(task).memory() <= all.get(device).memory;
                    assertThat(problem.costs().executionTime(task, device))
                            .isEqualTo(
                                    fits
                                            ? workflow.runtimeSeconds()[task] / all.get(device).speed
                                            : Double.POSITIVE_INFINITY);
                }
            }
        });
    }

    private static final Edited PAIR = new Edited("""
            {"name": "pair", "workflow": {
              "specification": {
                "tasks": [{"id": "a", "children": ["b"], "outputFiles": ["x", "y"]},
                          {"id": "b", "parents": ["a"], "inputFiles": ["x"]}],
                "files": [{"id": "x", "sizeInBytes": 300}, {"id": "y", "sizeInBytes": 7}]},
              "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 6}, {"id": "b", "runtimeInSeconds": 3}]}}}""");

    /** How much goes from a to b after one change of the pair: x has 300 bytes and y has 7. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            tasks/0/outputFiles | ["x", "y"]      | 300
            tasks/1/inputFiles  | ["x", "y"]      | 307
            tasks/1/inputFiles  | ["y"]           | 7
            tasks/1/inputFiles  | []              | 0
            tasks/1/inputFiles  | ["x", "elsewhere"] | 300
            tasks/0/outputFiles | []              | 0
            tasks/0/outputFiles | ["y", "more"]   | 0
            tasks/0/children    | []              | 300
            tasks/1/parents     | []              | 300
            tasks/0/children    | ["b", "b"]      | 300
            tasks/1/parents     | ["a", "a"]      | 300
            tasks/1/outputFiles | ["x"]           | 300
            files/0/sizeInBytes | 0               | 0
            files/0/sizeInBytes | 1e18            | 1e18
            files/0/sizeInBytes | 0.5             | 0.5
            """)
    void anEdgeCarriesWhatTheParentWritesAndTheChildReads(String path, String value, double volume) throws Exception {
        String full = "workflow/specification/" + path;
        Edited edited = path.endsWith("1/outputFiles")
                ? PAIR.set("workflow/specification/tasks/1/id", "\"b\", \"outputFiles\": " + value)
                : PAIR.set(full, value);
        TaskGraph graph = Workflow.read(edited.bytes()).graph();
        assertThat(graph.edgeCount()).isEqualTo(1);
        assertThat(graph.outTask(0)).isEqualTo(1);
        assertThat(graph.outVolume(0)).isEqualTo(volume);
    }

    @Test
    void aWorkflowKeepsTheFiguresThatItWasMadeWith() throws Exception {
        double[] runtime = {6, 3};
        List<Needs> needs = new ArrayList<>(List.of(Needs.NOTHING, Needs.NOTHING));
        var workflow = new Workflow("w", Workflow.read(PAIR.bytes()).graph(), runtime, needs);
        runtime[0] = 99;
        needs.clear();
        assertThat(workflow.runtimeSeconds()).containsExactly(6, 3);
        assertThat(workflow.needs()).containsExactly(Needs.NOTHING, Needs.NOTHING);
    }
}
