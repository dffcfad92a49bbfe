package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** 0 feeds 2 over 3; 1 is on its own; 2 runs on device 0 only. A unit of volume takes a unit of time. */
class SequenceTest {
    private static final Problem PROBLEM = TestProblems.problem(
            TaskGraph.builder().tasks(3).edge(0, 2, 3).build(),
            new double[][] {{4, 2}, {5, 6}, {1, CostTable.CANNOT_RUN}});

    /** 0 on device 1 from 0 to 2, 1 on device 0 from 0 to 5, 2 on device 0 from 5, its data being there at 5. */
    private static final Schedule PLAN =
            Schedule.of(List.of(new Assignment(0, 1, 0, 2), new Assignment(1, 0, 0, 5), new Assignment(2, 0, 5, 6)));

    @Test
    void aScheduleIsItsOrderOfStartsAndItsDevices() {
        var sequence = new Sequence(PROBLEM, PLAN);
        assertThat(IntStream.range(0, 3).map(sequence::taskAt)).containsExactly(0, 1, 2);
        assertThat(IntStream.range(0, 3).map(sequence::device)).containsExactly(1, 0, 0);
        assertThat(sequence.evaluate()).isEqualTo(6);
        assertThat(sequence.toSchedule()).isEqualTo(PLAN);
    }

    @Test
    void aTaskMovesBetweenItsPredecessorsAndItsSuccessors() {
        var sequence = new Sequence(PROBLEM, PLAN);
        assertThat(sequence.firstPosition(2)).isEqualTo(1);
        assertThat(sequence.lastPosition(0)).isEqualTo(1);
        assertThat(sequence.firstPosition(1)).isZero();
        assertThat(sequence.lastPosition(1)).isEqualTo(2);
        sequence.move(1, 2);
        assertThat(IntStream.range(0, 3).map(sequence::taskAt)).containsExactly(0, 2, 1);
        assertThat(IntStream.range(0, 3).map(sequence::position)).containsExactly(0, 2, 1);
        // 2 waits for its data until 5 and ends at 6; 1 goes behind it, to 11.
        assertThat(sequence.evaluate()).isEqualTo(11);
        sequence.move(1, 0);
        assertThat(IntStream.range(0, 3).map(sequence::taskAt)).containsExactly(1, 0, 2);
        assertThat(sequence.evaluate()).isEqualTo(6);
    }

    @Test
    void aPinChangesTheDeviceAndAnImpossibleOneTakesForEver() {
        var sequence = new Sequence(PROBLEM, PLAN);
        sequence.pin(1, 1);
        // 1 from 2 to 8 behind 0; 2 at 5.
        assertThat(sequence.evaluate()).isEqualTo(8);
        sequence.pin(2, 1);
        assertThat(sequence.evaluate()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    /** 2 starts at 5 because its data comes then, and so because 0 ended at 2: inputs are looked at before the queue. */
    @Test
    void theCriticalChainGoesBackToTheBeginning() {
        var sequence = new Sequence(PROBLEM, PLAN);
        sequence.evaluate();
        int[] chain = new int[3];
        assertThat(Arrays.copyOf(chain, sequence.criticalChain(chain))).hasSize(2);
        assertThat(chain).startsWith(2, 0);
    }

    @Test
    void evaluatedAScheduleIsValidAndNoLonger() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem problem = TestProblems.random(random, 20, 4);
            Schedule schedule = Algorithms.named("random", seed).schedule(problem);
            var sequence = new Sequence(problem, schedule);
            double makespan = sequence.evaluate();
            assertThat(makespan).isLessThanOrEqualTo(schedule.makespan());
            assertThat(ScheduleChecker.check(problem, sequence.toSchedule())).isEmpty();
            assertThat(sequence.toSchedule().makespan()).isEqualTo(makespan);
            int[] chain = new int[problem.taskCount()];
            int length = sequence.criticalChain(chain);
            List<Assignment> placed = sequence.toSchedule().assignments();
            assertThat(placed.get(chain[0]).finish()).isEqualTo(makespan);
            for (int i = 1; i < length; i++) {
                assertThat(placed.get(chain[i]).finish())
                        .isLessThanOrEqualTo(placed.get(chain[i - 1]).start());
            }
        });
    }

    @Test
    void everyMoveCanBeTakenBack() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem problem = TestProblems.random(random, 20, 4);
            var sequence =
                    new Sequence(problem, Algorithms.named("random", seed).schedule(problem));
            double before = sequence.evaluate();
            Schedule plan = sequence.toSchedule();
            int task = random.nextInt(problem.taskCount());
            int position = sequence.position(task);
            int device = sequence.device(task);
            int first = sequence.firstPosition(task);
            sequence.move(task, first + random.nextInt(sequence.lastPosition(task) - first + 1));
            sequence.pin(task, random.nextInt(problem.deviceCount()));
            sequence.evaluate();
            sequence.pin(task, device);
            sequence.move(task, position);
            assertThat(sequence.evaluate()).isEqualTo(before);
            assertThat(sequence.toSchedule()).isEqualTo(plan);
        });
    }
}
