package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplannerTest {
    @Test
    void whatIsMendedHoldsAndLeavesThePastAlone() {
        int[] mended = new int[2];
        SeededCases.forEach(1, 400, (random, _) -> {
            Problem problem = TestProblems.random(random, 40, 8);
            @Nullable Schedule schedule = heft(problem);
            if (schedule == null) {
                return;
            }
            double now = random.nextDouble() * schedule.makespan();
            boolean[] lost = lost(random, problem.deviceCount());
            Schedule after;
            try {
                after = Replanner.mend(problem, schedule, now, lost).schedule();
            } catch (UnschedulableException _) {
                mended[1]++;
                return;
            }
            mended[0]++;
            assertThat(ScheduleChecker.check(problem, after)).isEmpty();
            for (int task = 0; task < problem.taskCount(); task++) {
                Assignment was = at(schedule, task);
                Assignment is = at(after, task);
                boolean fixed = was.finish() <= now || (was.start() < now && !lost[was.device()]);
                if (fixed) {
                    assertThat(is).isEqualTo(was);
                } else {
                    assertThat(lost[is.device()]).isFalse();
                    assertThat(is.start()).isGreaterThanOrEqualTo(now);
                }
            }
        });
        assertThat(mended[0]).as("%d found no device", mended[1]).isGreaterThan(100);
    }

    @Test
    void nothingMovesWhenNothingHasChanged() {
        SeededCases.forEach(2, 200, (random, _) -> {
            Problem problem = TestProblems.random(random, 40, 8);
            @Nullable Schedule schedule = heft(problem);
            if (schedule != null) {
                double now = random.nextDouble() * schedule.makespan();
                var mended = Replanner.mend(problem, schedule, now, new boolean[problem.deviceCount()]);
                assertThat(mended.moved()).isZero();
                assertThat(mended.schedule().assignments()).isEqualTo(sorted(schedule));
            }
        });
    }

    /** Only what a lost device had, and what waits for it, moves. */
    @Test
    void oneDeviceOfTwoChains() throws Exception {
        TaskGraph graph =
                TaskGraph.builder().tasks(4).edge(0, 1, 0).edge(2, 3, 0).build();
        Problem problem =
                TestProblems.problem(graph, new double[][] {{10, 30, 12}, {10, 30, 12}, {30, 10, 30}, {30, 10, 30}});
        Schedule schedule = new Heft().schedule(problem);
        assertThat(schedule.makespan()).isEqualTo(20);
        var mended = Replanner.mend(problem, schedule, 5, new boolean[] {true, false, false});
        assertThat(mended.moved()).isEqualTo(2);
        assertThat(mended.schedule().assignments())
                .containsExactly(
                        new Assignment(0, 2, 5, 17),
                        new Assignment(1, 2, 17, 29),
                        new Assignment(2, 1, 0, 10),
                        new Assignment(3, 1, 10, 20));
    }

    /** Links are slower and devices twice as fast or slow as was thought. */
    @Test
    void changedLinksAndTimesAreTakenUp() {
        SeededCases.forEach(3, 300, (random, _) -> {
            Problem problem = TestProblems.random(random, 30, 6);
            @Nullable Schedule schedule = heft(problem);
            if (schedule == null) {
                return;
            }
            double now = random.nextDouble() * schedule.makespan();
            Problem changed = changed(random, problem);
            Schedule after;
            try {
                after = Replanner.mend(changed, schedule, now, new boolean[problem.deviceCount()])
                        .schedule();
            } catch (UnschedulableException _) {
                return;
            }
            double slack = 1e-9 * Math.max(1, after.makespan());
            for (int task = 0; task < problem.taskCount(); task++) {
                Assignment was = at(schedule, task);
                Assignment is = at(after, task);
                if (was.finish() <= now) {
                    assertThat(is).isEqualTo(was);
                    continue;
                }
                assertThat(is.finish() - is.start())
                        .isGreaterThanOrEqualTo(changed.costs().executionTime(task, is.device()) - slack);
                if (was.start() >= now) {
                    assertThat(is.start()).isGreaterThanOrEqualTo(arrival(changed, after, is) - slack);
                }
            }
            assertThat(overlaps(after)).isFalse();
        });
    }

    @Test
    void aTaskThatNothingCanTakeAnyMoreIsNamed() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        Schedule schedule = new Heft().schedule(problem);
        assertThatExceptionOfType(UnschedulableException.class)
                .isThrownBy(() -> Replanner.mend(problem, schedule, 0, new boolean[] {true, true, true}))
                .withMessageContaining("task 0 ");
    }

    @Test
    void whatDoesNotFitIsRefused() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        Schedule schedule = new Heft().schedule(problem);
        boolean[] none = new boolean[3];
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replanner.mend(problem, schedule, Double.NaN, none))
                .withMessageContaining("now (NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replanner.mend(problem, schedule, 1, new boolean[2]))
                .withMessageContaining("lost has 2 values");
        List<Assignment> all = schedule.assignments();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replanner.mend(problem, Schedule.of(all.subList(0, 9)), 1, none))
                .withMessageContaining("task 9 is not in the schedule");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replanner.mend(problem, Schedule.of(List.of(all.get(4), all.get(4))), 1, none))
                .withMessageContaining("task 4 ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Replanner.mend(problem, Schedule.of(List.of(new Assignment(0, 7, 0, 14))), 1, none))
                .withMessageContaining("device 7 of task 0");
    }

    private static @Nullable Schedule heft(Problem problem) {
        try {
            return new Heft().schedule(problem);
        } catch (UnschedulableException _) {
            return null;
        }
    }

    private static boolean[] lost(SplittableRandom random, int devices) {
        boolean[] lost = new boolean[devices];
        for (int device = 0; device < devices; device++) {
            lost[device] = random.nextInt(4) == 0;
        }
        return lost;
    }

    private static Problem changed(SplittableRandom random, Problem problem) {
        int devices = problem.deviceCount();
        double[][] costs = new double[problem.taskCount()][devices];
        double[] factor = random.doubles(devices, 0.5, 2).toArray();
        for (int task = 0; task < costs.length; task++) {
            for (int device = 0; device < devices; device++) {
                costs[task][device] = factor[device] * problem.costs().executionTime(task, device);
            }
        }
        double[][] bandwidth = new double[devices][devices];
        for (double[] row : bandwidth) {
            Arrays.setAll(row, _ -> random.nextDouble(0.2, 3));
        }
        return new Problem(
                problem.graph(),
                new Platform(TestProblems.idle(devices), Links.perPair(bandwidth, new double[devices][devices])),
                CostTable.perTask(costs));
    }

    private static double arrival(Problem problem, Schedule schedule, Assignment here) {
        TaskGraph graph = problem.graph();
        double latest = 0;
        for (int e = graph.inBegin(here.task()); e < graph.inEnd(here.task()); e++) {
            Assignment from = at(schedule, graph.inTask(e));
            latest = Math.max(
                    latest,
                    from.finish()
                            + problem.platform().links().transferTime(graph.inVolume(e), from.device(), here.device()));
        }
        return latest;
    }

    private static boolean overlaps(Schedule schedule) {
        List<Assignment> all = schedule.assignments().stream()
                .sorted(Comparator.comparingInt(Assignment::device)
                        .thenComparingDouble(Assignment::start)
                        .thenComparingDouble(Assignment::finish))
                .toList();
        for (int i = 1; i < all.size(); i++) {
            Assignment before = all.get(i - 1);
            if (before.device() == all.get(i).device()
                    && all.get(i).start() < before.finish() - 1e-9 * schedule.makespan()) {
                return true;
            }
        }
        return false;
    }

    private static List<Assignment> sorted(Schedule schedule) {
        return schedule.assignments().stream()
                .sorted(Comparator.comparingInt(Assignment::task))
                .toList();
    }

    private static Assignment at(Schedule schedule, int task) {
        return schedule.assignments().stream()
                .filter(assignment -> assignment.task() == task)
                .findFirst()
                .orElseThrow();
    }
}
