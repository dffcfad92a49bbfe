package io.fleetwright.scheduler.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SeededCases;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskGraphTest {
    @Test
    void bothDirectionsHoldTheSameEdges() {
        TaskGraph graph = TaskGraph.builder()
                .task("split")
                .task("left")
                .task("right")
                .task("join")
                .edge(0, 1, 10)
                .edge(0, 2, 20)
                .edge(1, 3, 30)
                .edge(2, 3, 0)
                .build();
        assertThat(graph.taskCount()).isEqualTo(4);
        assertThat(graph.edgeCount()).isEqualTo(4);
        assertThat(graph.name(3)).isEqualTo("join");
        assertThat(graph.outEnd(0) - graph.outBegin(0)).isEqualTo(2);
        assertThat(graph.outTask(graph.outBegin(0) + 1)).isEqualTo(2);
        assertThat(graph.outVolume(graph.outBegin(0) + 1)).isEqualTo(20);
        assertThat(graph.inTask(graph.inBegin(3))).isEqualTo(1);
        assertThat(graph.inVolume(graph.inBegin(3))).isEqualTo(30);
        assertThat(graph.isEntry(0)).isTrue();
        assertThat(graph.isEntry(3)).isFalse();
    }

    @Test
    void theArrivalOrderHasEveryTaskOnceAndAfterItsPredecessors() {
        SeededCases.forEach(1, 50, (random, _) -> {
            int tasks = random.nextInt(1, 60);
            var builder = TaskGraph.builder().tasks(tasks);
            for (int a = 0; a < tasks; a++) {
                for (int b = 0; b < a; b++) {
                    if (random.nextInt(8) == 0) {
                        builder.edge(a, b, 1);
                    }
                }
            }
            TaskGraph graph = builder.build();
            boolean[] seen = new boolean[tasks];
            for (int position = 0; position < tasks; position++) {
                int task = graph.topologicalTask(position);
                for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                    assertThat(seen[graph.inTask(e)]).isTrue();
                }
                assertThat(seen[task]).isFalse();
                seen[task] = true;
            }
        });
    }

    @Test
    void aCycleIsNamedByATaskOnIt() {
        assertInvalid(
                () -> TaskGraph.builder()
                        .tasks(5)
                        .edge(0, 1, 1)
                        .edge(2, 3, 1)
                        .edge(3, 2, 1)
                        .edge(3, 4, 1)
                        .build(),
                "cycle through task (2|3);");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
    void aVolumeMustBeFiniteAndNotNegative(double volume) {
        assertInvalid(() -> TaskGraph.builder().tasks(2).edge(0, 1, volume), "volume .* of edge 0 -> 1");
    }

    @Test
    void edgesMustJoinTwoDifferentKnownTasksOnce() {
        assertInvalid(() -> TaskGraph.builder().tasks(2).edge(0, 2, 1), "'to' must be a task from 0 to 1");
        assertInvalid(() -> TaskGraph.builder().tasks(2).edge(-1, 0, 1), "'from' must be a task from 0 to 1");
        assertInvalid(() -> TaskGraph.builder().tasks(2).edge(1, 1, 1), "to itself");
        assertInvalid(
                () -> TaskGraph.builder().tasks(2).edge(0, 1, 1).edge(0, 1, 2).build(),
                "0 -> 1 is given more than once");
    }

    @Test
    void sizesAreLimited() {
        assertInvalid(() -> TaskGraph.builder().build(), "at least 1 task");
        assertInvalid(() -> TaskGraph.builder().tasks(TaskGraph.TASKS_MAX + 1), "must be 0 to 200000");
        assertInvalid(() -> TaskGraph.builder().tasks(TaskGraph.TASKS_MAX).task("one more"), "more than 200000 tasks");
        TaskGraph.Builder full = TaskGraph.builder().tasks(2);
        for (int i = 0; i < TaskGraph.EDGES_MAX; i++) {
            full.edge(0, 1, 0);
        }
        assertInvalid(() -> full.edge(0, 1, 0), "more than 2000000 edges");
    }

    private static void assertInvalid(ThrowingCallable build, String pattern) {
        assertThatThrownBy(build)
                .isInstanceOf(InvalidGraphException.class)
                .message()
                .containsPattern(pattern);
    }
}
