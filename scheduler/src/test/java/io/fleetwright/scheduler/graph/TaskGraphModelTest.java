package io.fleetwright.scheduler.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The graph against the plain list of the edges it was given. */
class TaskGraphModelTest {
    private record Edge(int from, int to, double volume) {}

    private record End(int task, double volume) {}

    @Test
    void rowsHoldTheEdgesInTheOrderInWhichTheyWereGiven() {
        SeededCases.forEach(1, 150, (random, _) -> {
            int tasks = random.nextInt(1, 30);
            List<Edge> edges = shuffled(forwardEdges(random, tasks), random);
            TaskGraph graph = build(tasks, edges);
            assertThat(graph.edgeCount()).isEqualTo(edges.size());
            for (int task = 0; task < tasks; task++) {
                int at = task;
                assertThat(outOf(graph, task))
                        .isEqualTo(edges.stream()
                                .filter(edge -> edge.from() == at)
                                .map(edge -> new End(edge.to(), edge.volume()))
                                .toList());
                assertThat(into(graph, task))
                        .isEqualTo(edges.stream()
                                .filter(edge -> edge.to() == at)
                                .map(edge -> new End(edge.from(), edge.volume()))
                                .toList());
                assertThat(graph.isEntry(task)).isEqualTo(into(graph, task).isEmpty());
            }
        });
    }

    /** A queue by hand: entries by number, then each task at the moment its last input is taken from the queue. */
    @Test
    void theArrivalOrderIsThatOfAQueue() {
        SeededCases.forEach(1, 150, (random, _) -> {
            int tasks = random.nextInt(1, 25);
            List<Edge> edges = shuffled(forwardEdges(random, tasks), random);
            TaskGraph graph = build(tasks, edges);
            List<Edge> left = new ArrayList<>(edges);
            List<Integer> queue = new ArrayList<>();
            for (int task = 0; task < tasks; task++) {
                int at = task;
                if (edges.stream().noneMatch(edge -> edge.to() == at)) {
                    queue.add(task);
                }
            }
            for (int taken = 0; taken < queue.size(); taken++) {
                int task = queue.get(taken);
                for (Edge edge : edges) {
                    if (edge.from() == task) {
                        left.remove(edge);
                        if (left.stream().noneMatch(other -> other.to() == edge.to())) {
                            queue.add(edge.to());
                        }
                    }
                }
            }
            assertThat(IntStream.range(0, tasks).map(graph::topologicalTask).boxed())
                    .isEqualTo(queue);
        });
    }

    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void reversedEdgesSwapInputsAndOutputs(GraphFamily family) {
        TaskGraph graph = family.graph(4, 3);
        List<Edge> edges = edges(graph);
        TaskGraph reversed = build(
                graph.taskCount(),
                edges.stream()
                        .map(edge -> new Edge(edge.to(), edge.from(), edge.volume()))
                        .toList());
        for (int task = 0; task < graph.taskCount(); task++) {
            assertThat(into(reversed, task)).containsExactlyInAnyOrderElementsOf(outOf(graph, task));
            assertThat(outOf(reversed, task)).containsExactlyInAnyOrderElementsOf(into(graph, task));
        }
        assertThat(GraphFamilyTest.longestPath(reversed, 1)).isEqualTo(GraphFamilyTest.longestPath(graph, 1));
    }

    /** The cycle that is added is the only one, so the task named must be on it. */
    @Test
    void theTaskNamedIsOnTheOneCycleThereIs() {
        Pattern named = Pattern.compile("the graph has a cycle through task (\\d+); it must be acyclic");
        SeededCases.forEach(1, 200, (random, _) -> {
            int length = random.nextInt(2, 7);
            int tasks = length + random.nextInt(10);
            // The cycle is over the tasks first .. first + length - 1; all other edges go upwards and from or to
            // outside.
            int first = random.nextInt(tasks - length + 1);
            List<Edge> edges = new ArrayList<>(forwardEdges(random, tasks).stream()
                    .filter(edge -> !isWithin(edge.from(), first, length) || !isWithin(edge.to(), first, length))
                    .toList());
            for (int i = 0; i < length; i++) {
                edges.add(new Edge(first + i, first + (i + 1) % length, 0));
            }
            assertThatThrownBy(() -> build(tasks, shuffled(edges, random)))
                    .isInstanceOf(InvalidGraphException.class)
                    .satisfies(refusal -> {
                        var match = named.matcher(String.valueOf(refusal.getMessage()));
                        assertThat(match.matches()).as(refusal.getMessage()).isTrue();
                        assertThat(Integer.parseInt(match.group(1))).isBetween(first, first + length - 1);
                    });
        });
    }

    @Test
    void anyEdgeGivenAgainIsNamedWhateverComesBetween() {
        SeededCases.forEach(1, 100, (random, _) -> {
            int tasks = random.nextInt(3, 15);
            List<Edge> edges = new ArrayList<>(forwardEdges(random, tasks));
            edges.add(new Edge(tasks, tasks + 1, 5));
            Edge again = edges.get(random.nextInt(edges.size()));
            edges.add(new Edge(again.from(), again.to(), again.volume() + 1));
            assertThatThrownBy(() -> build(tasks + 2, shuffled(edges, random)))
                    .isInstanceOf(InvalidGraphException.class)
                    .hasMessage("edge %d -> %d is given more than once", again.from(), again.to());
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 3 | 1   | edge 0 -> 3: 'to' must be a task from 0 to 2",
                "0 | -1 | 1  | edge 0 -> -1: 'to' must be a task from 0 to 2",
                "3 | 0 | 1   | edge 3 -> 0: 'from' must be a task from 0 to 2",
                "-7 | 9 | 1  | edge -7 -> 9: 'from' must be a task from 0 to 2",
                "2 | 2 | 1   | edge 2 -> 2 joins a task to itself",
                "2 | 1 | -1  | volume -1.0 of edge 2 -> 1 must be finite and at least 0",
                "0 | 1 | NaN | volume NaN of edge 0 -> 1 must be finite and at least 0",
                "0 | 1 | -Infinity | volume -Infinity of edge 0 -> 1 must be finite and at least 0",
                "0 | 2 | Infinity | volume Infinity of edge 0 -> 2 must be finite and at least 0",
                "1 | 0 | -4.9E-324 | volume -4.9E-324 of edge 1 -> 0 must be finite and at least 0",
            })
    void anEdgeThatCannotBeIsNamedAsItIsGiven(int from, int to, double volume, String message) {
        var builder = TaskGraph.builder().tasks(3);
        assertThatThrownBy(() -> builder.edge(from, to, volume))
                .isInstanceOf(InvalidGraphException.class)
                .hasMessage(message);
        // What was refused is not there.
        assertThat(builder.build().edgeCount()).isZero();
    }

    static List<Object[]> sizes() {
        return List.of(
                size(builder -> builder.tasks(-1), "task count -1 must be 0 to 200000"),
                size(builder -> builder.tasks(200_001), "task count 200001 must be 0 to 200000"),
                size(builder -> builder.tasks(10).tasks(199_991), "task count 199991 must be 0 to 199990"),
                size(builder -> builder.task("one").tasks(200_000), "task count 200000 must be 0 to 199999"),
                size(builder -> builder.tasks(0).build(), "a graph needs at least 1 task"),
                size(builder -> builder.edge(0, 0, 1), "edge 0 -> 0: 'from' must be a task from 0 to -1"));
    }

    private static Object[] size(Consumer<TaskGraph.Builder> call, String message) {
        return new Object[] {call, message};
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void aNumberOfTasksThatCannotBeIsNamed(Consumer<TaskGraph.Builder> call, String message) {
        assertThatThrownBy(() -> call.accept(TaskGraph.builder()))
                .isInstanceOf(InvalidGraphException.class)
                .hasMessage(message);
    }

    @Test
    void tasksWithoutANameAreNamedByTheirPosition() {
        TaskGraph graph = TaskGraph.builder()
                .task("camera")
                .tasks(2)
                .task("show")
                .tasks(1)
                .build();
        assertThat(IntStream.range(0, 5).mapToObj(graph::name)).containsExactly("camera", "t1", "t2", "show", "t4");
    }

    /** A builder can be used again: each graph has what had been said by then. */
    @Test
    void aGraphDoesNotSeeWhatItsBuilderIsToldLater() {
        var builder = TaskGraph.builder().tasks(2);
        TaskGraph early = builder.edge(0, 1, 4).build();
        TaskGraph late = builder.task("third").edge(1, 2, 5).build();
        assertThat(early.taskCount()).isEqualTo(2);
        assertThat(early.edgeCount()).isOne();
        assertThat(outOf(late, 1)).containsExactly(new End(2, 5));
        assertThat(outOf(early, 1)).isEmpty();
    }

    private static boolean isWithin(int task, int first, int length) {
        return task >= first && task < first + length;
    }

    private static List<Edge> forwardEdges(SplittableRandom random, int tasks) {
        double density = random.nextDouble();
        List<Edge> edges = new ArrayList<>();
        for (int from = 0; from < tasks; from++) {
            for (int to = from + 1; to < tasks; to++) {
                if (random.nextDouble() < density) {
                    edges.add(new Edge(from, to, random.nextInt(50)));
                }
            }
        }
        return edges;
    }

    private static List<Edge> shuffled(List<Edge> edges, SplittableRandom random) {
        List<Edge> shuffled = new ArrayList<>(edges);
        Collections.shuffle(shuffled, Random.from(random));
        return shuffled;
    }

    private static TaskGraph build(int tasks, List<Edge> edges) {
        var builder = TaskGraph.builder().tasks(tasks);
        edges.forEach(edge -> builder.edge(edge.from(), edge.to(), edge.volume()));
        return builder.build();
    }

    private static List<Edge> edges(TaskGraph graph) {
        return IntStream.range(0, graph.taskCount())
                .boxed()
                .flatMap(task -> outOf(graph, task).stream().map(end -> new Edge(task, end.task(), end.volume())))
                .toList();
    }

    private static List<End> outOf(TaskGraph graph, int task) {
        return IntStream.range(graph.outBegin(task), graph.outEnd(task))
                .mapToObj(e -> new End(graph.outTask(e), graph.outVolume(e)))
                .toList();
    }

    private static List<End> into(TaskGraph graph, int task) {
        return IntStream.range(graph.inBegin(task), graph.inEnd(task))
                .mapToObj(e -> new End(graph.inTask(e), graph.inVolume(e)))
                .toList();
    }
}
