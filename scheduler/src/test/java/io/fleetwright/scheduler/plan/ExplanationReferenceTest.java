package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.plan.Alternative.Impossible;
import io.fleetwright.scheduler.plan.Alternative.Obstacle;
import io.fleetwright.scheduler.plan.Alternative.Possible;
import io.fleetwright.scheduler.plan.Alternative.Standing;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What each device would have offered, worked out again from the list of the other tasks. */
class ExplanationReferenceTest {
    /** A plan and what is left of it without one task. */
    private record Without(Problem problem, Schedule schedule, Assignment chosen, NaivePlan others) {
        static Without task(Problem problem, Schedule schedule, int task) {
            var others = new NaivePlan(problem);
            schedule.assignments().stream().filter(one -> one.task() != task).forEach(others.placed::add);
            return new Without(problem, schedule, schedule.assignments().get(task), others);
        }

        /** The end of the last predecessor; 0 without one. */
        double released() {
            TaskGraph graph = problem.graph();
            return IntStream.range(graph.inBegin(chosen.task()), graph.inEnd(chosen.task()))
                    .mapToDouble(e -> others.of(graph.inTask(e)).finish())
                    .reduce(0, Math::max);
        }

        /** Of the successors, the most that one of them would have to wait beyond its planned start. */
        double delays(int device, double finish) {
            TaskGraph graph = problem.graph();
            var moved = new Assignment(chosen.task(), device, 0, finish);
            return IntStream.range(graph.outBegin(chosen.task()), graph.outEnd(chosen.task()))
                    .mapToDouble(e -> {
                        Assignment next = others.of(graph.outTask(e));
                        return others.arrival(moved, graph.outVolume(e), next.device()) - next.start();
                    })
                    .reduce(0, Math::max);
        }

        double start(int device) {
            return device == chosen.device()
                    ? chosen.start()
                    : others.start(chosen.task(), device, Insertion.FILL_GAPS);
        }

        double transfer(int device) {
            return Math.max(0, others.arrival(chosen.task(), device) - released());
        }

        double waiting(int device) {
            return start(device) - Math.max(released(), others.arrival(chosen.task(), device));
        }

        double execution(int device) {
            return problem.costs().executionTime(chosen.task(), device);
        }

        double laterBy(int device) {
            return device == chosen.device() ? 0 : start(device) + execution(device) - chosen.finish();
        }
    }

    @Test
    void everyFigureOfEveryDeviceIsThatOfTheListWithoutTheTask() {
        Map<Standing, Integer> standings = new EnumMap<>(Standing.class);
        Map<Obstacle, Integer> obstacles = new EnumMap<>(Obstacle.class);
        SeededCases.forEach(1, 150, (random, seed) -> {
            Problem problem = Variants.any(random, 12, 5);
            Schedule schedule;
            try {
                schedule = new RandomChoice(seed).schedule(problem);
            } catch (UnschedulableException _) {
                return;
            }
            var explanation = new Explanation(problem, schedule);
            for (int task = 0; task < problem.taskCount(); task++) {
                Without without = Without.task(problem, schedule, task);
                for (Alternative alternative : explanation.of(task)) {
                    switch (alternative) {
                        case Possible possible -> {
                            assertFigures(possible, without);
                            standings.merge(possible.standing(), 1, Integer::sum);
                        }
                        case Impossible(int device, Obstacle obstacle) -> {
                            assertThat(obstacle)
                                    .isEqualTo(
                                            problem.costs().canRun(task, device)
                                                    ? Obstacle.NO_LINK
                                                    : Obstacle.CANNOT_RUN);
                            assertThat(without.start(device)).isEqualTo(NaivePlan.NEVER);
                            obstacles.merge(obstacle, 1, Integer::sum);
                        }
                    }
                }
            }
        });
        assertThat(standings).containsOnlyKeys(Standing.values());
        assertThat(obstacles).containsOnlyKeys(Obstacle.values());
    }

    private static void assertFigures(Possible possible, Without without) {
        int device = possible.device();
        double rounding = 1e-9 * (1 + without.schedule().makespan());
        assertThat(possible.start()).isEqualTo(without.start(device));
        assertThat(possible.execution()).isEqualTo(without.execution(device));
        assertThat(possible.transfer()).isCloseTo(without.transfer(device), within(rounding));
        assertThat(possible.waiting()).isCloseTo(without.waiting(device), within(rounding));
        assertThat(possible.laterBy()).isEqualTo(without.laterBy(device));
        assertThat(possible.delays()).isEqualTo(without.delays(device, possible.finish()));
        // The three parts and the release make the whole.
        assertThat(without.released() + possible.transfer() + possible.waiting() + possible.execution())
                .isCloseTo(possible.finish(), within(rounding));
        assertStanding(possible, without);
    }

    private static void assertStanding(Possible possible, Without without) {
        int own = without.chosen().device();
        int device = possible.device();
        double transfer = possible.transfer() - without.transfer(own);
        double waiting = possible.waiting() - without.waiting(own);
        double execution = possible.execution() - without.execution(own);
        double greatest = Math.max(transfer, Math.max(waiting, execution));
        switch (possible.standing()) {
            case CHOSEN -> assertThat(device).isEqualTo(own);
            case AS_GOOD -> {
                assertThat(possible.laterBy()).isNotPositive();
                assertThat(possible.delays()).isZero();
            }
            case DELAYS_SUCCESSOR -> {
                assertThat(possible.laterBy()).isNotPositive();
                assertThat(possible.delays()).isPositive();
            }
            case LONGER_EXECUTION -> assertCause(possible, execution, greatest);
            case LONGER_WAIT -> assertCause(possible, waiting, greatest);
            case LONGER_TRANSFER -> assertCause(possible, transfer, greatest);
        }
    }

    private static void assertCause(Possible possible, double cause, double greatest) {
        assertThat(possible.laterBy()).isPositive();
        assertThat(cause).isCloseTo(greatest, within(1e-9 * (1 + greatest)));
    }

    @Test
    void theChosenComesFirstThenBySoonestFinishThenWhatIsImpossibleByNumber() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem problem = Variants.withCosts(TestProblems.random(random, 8, 6), (_, _, was) -> Math.ceil(was / 8));
            Schedule schedule = new RandomChoice(seed).schedule(problem);
            List<Alternative> all = new Explanation(problem, schedule).of(random.nextInt(problem.taskCount()));
            int possible = (int) all.stream().filter(Possible.class::isInstance).count();
            assertThat(((Possible) all.getFirst()).standing()).isEqualTo(Standing.CHOSEN);
            for (int i = 2; i < all.size(); i++) {
                if (i < possible) {
                    var before = (Possible) all.get(i - 1);
                    var after = (Possible) all.get(i);
                    assertThat(before.finish()).isLessThanOrEqualTo(after.finish());
                    assertThat(before.finish() < after.finish() || before.device() < after.device())
                            .isTrue();
                } else if (i > possible) {
                    assertThat(all.get(i)).isInstanceOf(Impossible.class);
                    assertThat(all.get(i - 1).device()).isLessThan(all.get(i).device());
                }
            }
        });
    }

    /**
     * 0 on device 0 in 0-4 feeds 1 over 6. Task 2 keeps device 1 busy in 0-9. Where could 1 go but device 0 in 4-7?
     * Device 1: there at 10, free at 9, runs 3: 10-13, 6 late of which 6 are transfer. Device 2: there at 10, runs 8: 10-18,
     * 6 of transfer and 5 of execution. Device 3 has no link from device 0; device 4 does not run it.
     */
    @Test
    void aTransferASlowDeviceAMissingLinkAndAWrongDevice() {
        double no = CostTable.CANNOT_RUN;
        double[][] rate = new double[5][5];
        for (double[] row : rate) {
            Arrays.fill(row, 1);
        }
        rate[0][3] = 0;
        Problem problem = new Problem(
                TaskGraph.builder().tasks(3).edge(0, 1, 6).build(),
                new Platform(
                        List.of(
                                new Device("a", 0, 2),
                                new Device("b", 0),
                                new Device("c", 0, 1.5),
                                new Device("d", 0, 1),
                                new Device("e", 0, 1)),
                        Links.perPair(rate, new double[5][5])),
                CostTable.perTask(new double[][] {{4, no, no, no, no}, {3, 3, 8, 3, no}, {no, 9, no, no, no}}));
        var explanation = new Explanation(
                problem,
                Schedule.of(
                        List.of(new Assignment(0, 0, 0, 4), new Assignment(1, 0, 4, 7), new Assignment(2, 1, 0, 9))));
        List<Alternative> all = explanation.of(1);
        assertThat(all)
                .containsExactly(
                        new Possible(0, 4, 7, 0, 0, 3, 0, 0, Standing.CHOSEN),
                        new Possible(1, 10, 13, 6, 0, 3, 6, 0, Standing.LONGER_TRANSFER),
                        new Possible(2, 10, 18, 6, 0, 8, 11, 0, Standing.LONGER_TRANSFER),
                        new Impossible(3, Obstacle.NO_LINK),
                        new Impossible(4, Obstacle.CANNOT_RUN));
        // 3 s at 2 W and 8 s at 1.5 W; device 1 does not say.
        assertThat(explanation.joules((Possible) all.get(0))).hasValue(6);
        assertThat(explanation.joules((Possible) all.get(1))).isEmpty();
        assertThat(explanation.joules((Possible) all.get(2))).hasValue(12);
    }

    /** Equal causes: execution is named before waiting, waiting before transfer. */
    @Test
    void ofEqualCausesTheExecutionIsNamedFirst() {
        // Task 1 alone on device 0 in 0-2; device 1 is busy until 3 with task 0 and runs 1 in 5: waiting 3, execution 3
        // more.
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(2).build(), new double[][] {{9, 3}, {2, 5}});
        var explanation =
                new Explanation(problem, Schedule.of(List.of(new Assignment(0, 1, 0, 3), new Assignment(1, 0, 0, 2))));
        assertThat(explanation.of(1).getLast())
                .isEqualTo(new Possible(1, 3, 8, 0, 3, 5, 6, 0, Standing.LONGER_EXECUTION));
    }

    @Test
    void aTaskMayGoIntoTheGapThatItWouldLeave() {
        // Task 1 on device 0 in 5-7, though device 0 is idle from 0 on: staying there is what was chosen, at its own
        // time.
        Problem problem = TestProblems.problem(TaskGraph.builder().tasks(2).build(), new double[][] {{5, 5}, {2, 2}});
        var explanation =
                new Explanation(problem, Schedule.of(List.of(new Assignment(0, 0, 0, 5), new Assignment(1, 0, 5, 7))));
        assertThat(explanation.of(1))
                .containsExactly(
                        new Possible(0, 5, 7, 0, 5, 2, 0, 0, Standing.CHOSEN),
                        new Possible(1, 0, 2, 0, 0, 2, -5, 0, Standing.AS_GOOD));
        // Asking does not change the plan: task 0 is still in the way of nothing but itself.
        assertThat(explanation.of(0).getFirst()).isEqualTo(new Possible(0, 0, 5, 0, 0, 5, 0, 0, Standing.CHOSEN));
    }

    @Test
    void aTaskThatIsNotThereAndAPlanThatDoesNotHoldAreNamed() {
        Problem one = TestProblems.problem(TaskGraph.builder().tasks(1).build(), new double[][] {{2}});
        var explanation = new Explanation(one, Schedule.of(List.of(new Assignment(0, 0, 0, 2))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> explanation.of(-1))
                .withMessage("task (-1) must be 0 to 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Explanation(one, Schedule.of(List.of(new Assignment(0, 0, 0, 3)))))
                .withMessage("the schedule is not valid: Violation[kind=WRONG_DURATION, detail=Assignment[task=0,"
                        + " device=0, start=0.0, finish=3.0] takes 2.0]");
    }
}
