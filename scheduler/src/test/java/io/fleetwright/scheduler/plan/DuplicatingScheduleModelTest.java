package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Random copies against a list of assignments. */
class DuplicatingScheduleModelTest {
    @Test
    void anySequenceOfCopiesLeavesWhatTheListHas() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Problem problem = Variants.any(random, 10, 4);
            var copying = new DuplicatingSchedule(problem);
            var list = new NaivePlan(problem);
            for (int position = 0; position < problem.taskCount(); position++) {
                int task = problem.graph().topologicalTask(position);
                for (int copy = random.nextInt(1, 4); copy > 0; copy--) {
                    assertOffers(copying, list, task);
                    placeAnywhere(copying, list, task, random);
                    if (random.nextInt(5) == 0 && list.has(task)) {
                        copying.withdraw(task);
                        list.withdraw(task);
                    }
                }
                if (!list.has(task)) {
                    placeAnywhere(copying, list, task, random);
                }
                if (!list.has(task)) {
                    return;
                }
            }
            Schedule kept = copying.toSchedule();
            assertThat(list.placed).containsAll(kept.assignments());
            assertThat(ScheduleChecker.check(problem, kept, Copies.ALLOWED)).isEmpty();
            assertThat(kept.assignments()).containsExactlyInAnyOrderElementsOf(needed(list));
        });
    }

    private static void assertOffers(DuplicatingSchedule copying, NaivePlan list, int task) {
        var graph = list.problem.graph();
        for (int device = 0; device < list.problem.deviceCount(); device++) {
            for (int in = graph.inBegin(task); in < graph.inEnd(task); in++) {
                assertThat(copying.arrival(in, device)).isEqualTo(list.inputArrival(in, device));
            }
            assertThat(copying.earliestStart(task, device)).isEqualTo(list.start(task, device, Insertion.FILL_GAPS));
            assertThat(copying.runsOn(task, device)).isEqualTo(list.has(task, device));
        }
    }

    private static void placeAnywhere(DuplicatingSchedule copying, NaivePlan list, int task, SplittableRandom random)
            throws UnschedulableException {
        int device = random.nextInt(list.problem.deviceCount());
        if (list.start(task, device, Insertion.FILL_GAPS) == NaivePlan.NEVER) {
            assertThatThrownBy(() -> copying.place(task, device))
                    .isInstanceOf(UnschedulableException.class)
                    .hasMessage("task %d ('t%d') cannot run on device %d", task, task, device);
        } else {
            copying.place(task, device);
            list.place(task, device, Insertion.FILL_GAPS);
        }
    }

    /** From the exits back: each kept copy needs, per input, the first of the copies whose data comes soonest. */
    private static List<Assignment> needed(NaivePlan list) {
        var graph = list.problem.graph();
        List<Assignment> needed = new ArrayList<>();
        for (int task = 0; task < graph.taskCount(); task++) {
            if (graph.outBegin(task) == graph.outEnd(task)) {
                needed.add(list.of(task));
            }
        }
        for (int next = 0; next < needed.size(); next++) {
            Assignment consumer = needed.get(next);
            for (int in = graph.inBegin(consumer.task()); in < graph.inEnd(consumer.task()); in++) {
                double soonest = list.inputArrival(in, consumer.device());
                double volume = graph.inVolume(in);
                Assignment source = list.copies(graph.inTask(in)).stream()
                        .filter(copy -> list.arrival(copy, volume, consumer.device()) == soonest)
                        .findFirst()
                        .orElseThrow();
                if (!needed.contains(source)) {
                    needed.add(source);
                }
            }
        }
        return needed;
    }

    /**
     * A fork of three branches of 10 over volumes of 50, on three devices: with the fork of 4 on each device all branches
     * end at 14; with one fork the two others wait for 54 and end at 64.
     */
    @Test
    void aForkCopiedToEachDeviceSavesEveryTransfer() throws Exception {
        Problem fork = TestProblems.problem(
                TaskGraph.builder()
                        .tasks(4)
                        .edge(0, 1, 50)
                        .edge(0, 2, 50)
                        .edge(0, 3, 50)
                        .build(),
                new double[][] {{4, 4, 4}, {10, 10, 10}, {10, 10, 10}, {10, 10, 10}});
        var copied = new DuplicatingSchedule(fork);
        var single = new DuplicatingSchedule(fork);
        single.place(0, 0);
        for (int device = 0; device < 3; device++) {
            copied.place(0, device);
            copied.place(device + 1, device);
            single.place(device + 1, device);
        }
        assertThat(copied.toSchedule().makespan()).isEqualTo(14);
        assertThat(copied.toSchedule().assignments()).hasSize(6);
        assertThat(single.toSchedule().makespan()).isEqualTo(64);
        assertThat(single.toSchedule().assignments()).hasSize(4);
    }

    /** Task 0 ends on device 0 at 2 and on device 1 at 5; 1 on device 1 takes the near copy at 5, not 2 + 6. */
    @Test
    void theCopyWhoseDataComesFirstIsKeptNotTheOneThatEndsFirst() throws Exception {
        Problem chain = TestProblems.problem(GraphFamily.CHAIN.graph(2, 6), new double[][] {{2, 5}, {9, 1}});
        var copying = new DuplicatingSchedule(chain);
        copying.place(0, 0);
        copying.place(0, 1);
        copying.place(1, 1);
        assertThat(copying.toSchedule().assignments())
                .containsExactly(new Assignment(0, 1, 0, 5), new Assignment(1, 1, 5, 6));
    }

    /** Both copies' data is there at 6: the older copy is kept, whichever device it is on. */
    @Test
    void ofCopiesThatAreEquallySoonTheOlderIsKept() throws Exception {
        Problem chain = TestProblems.problem(GraphFamily.CHAIN.graph(2, 4), new double[][] {{2, 6}, {9, 1}});
        for (int first : new int[] {0, 1}) {
            var copying = new DuplicatingSchedule(chain);
            copying.place(0, first);
            copying.place(0, 1 - first);
            copying.place(1, 1);
            assertThat(copying.toSchedule().assignments().getFirst().device()).isEqualTo(first);
            assertThat(copying.toSchedule().makespan()).isEqualTo(7);
        }
    }

    /** The newest copy goes, then the one before it; its time is free again. */
    @Test
    void copiesAreTakenBackFromTheNewest() throws Exception {
        Problem chain = TestProblems.problem(GraphFamily.CHAIN.graph(2, 4), new double[][] {{2, 6, 3}, {1, 1, 1}});
        var copying = new DuplicatingSchedule(chain);
        IntStream.range(0, 3).forEach(device -> place(copying, device));
        copying.withdraw(0);
        assertThat(IntStream.range(0, 3).filter(device -> copying.runsOn(0, device)))
                .containsExactly(0, 1);
        assertThat(copying.earliestStart(0, 2)).isZero();
        copying.withdraw(0);
        assertThat(IntStream.range(0, 3).filter(device -> copying.runsOn(0, device)))
                .containsExactly(0);
        assertThat(copying.earliestStart(1, 2)).isEqualTo(6);
    }

    private static void place(DuplicatingSchedule copying, int device) {
        try {
            copying.place(0, device);
        } catch (UnschedulableException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
