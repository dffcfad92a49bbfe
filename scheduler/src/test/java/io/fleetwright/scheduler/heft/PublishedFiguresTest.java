package io.fleetwright.scheduler.heft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.format.CanonicalWorkload;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.testkit.SharedData;
import org.junit.jupiter.api.Test;

/** The worked examples of the papers, to the figure. */
class PublishedFiguresTest {
    @Test
    void heftAndCpopGiveThePublishedMakespansOnTheExampleOfTopcuoglu() throws Exception {
        assertMakespan(TestProblems.topcuoglu2002(), "heft", 80);
        assertMakespan(TestProblems.topcuoglu2002(), "cpop", 86);
    }

    @Test
    void theSharedTranscriptionOfThatExampleGivesTheSame() throws Exception {
        Problem problem = canonical("topcuoglu2002");
        assertMakespan(problem, "heft", 80);
        assertMakespan(problem, "cpop", 86);
        assertMakespan(problem, "peft", 85);
        assertMakespan(problem, "lookahead", 76);
        assertThat(new Heft().schedule(problem)).isEqualTo(new Heft().schedule(TestProblems.topcuoglu2002()));
    }

    @Test
    void heftLookaheadAndPeftGiveThePublishedMakespansOnTheExampleOfArabnejad() throws Exception {
        Problem problem = canonical("arabnejad2014");
        assertMakespan(problem, "heft", 133);
        assertMakespan(problem, "lookahead", 127);
        assertMakespan(problem, "peft", 122);
    }

    @Test
    void upwardRanksAreThePublishedOnes() {
        double[] published = {108, 77, 80, 80, 69, 63.333, 42.667, 35.667, 44.333, 14.667};
        assertThat(Ranks.upward(TestProblems.topcuoglu2002())).containsExactly(published, within(0.0005));
    }

    @Test
    void anEntryTasksUpwardRankAndTheExitTasksDownwardRankAreBothTheCriticalPath() {
        Problem problem = TestProblems.topcuoglu2002();
        double exit = Ranks.downward(problem)[9] + problem.costs().executionTimeMean(9);
        assertThat(exit).isCloseTo(Ranks.upward(problem)[0], within(1e-9));
    }

    @Test
    void theOptimisticCostTableIsThePublishedOne() throws Exception {
        int[][] published = {
            {64, 68, 86}, {42, 39, 42}, {27, 41, 43}, {42, 39, 50}, {28, 37, 28},
            {42, 39, 44}, {13, 16, 22}, {13, 16, 33}, {13, 16, 20}, {0, 0, 0}
        };
        var optimistic = new OptimisticCosts(canonical("arabnejad2014"));
        for (int task = 0; task < published.length; task++) {
            for (int device = 0; device < 3; device++) {
                assertThat(optimistic.afterTask(task, device))
                        .as("OCT(%d, %d)", task, device)
                        .isEqualTo(published[task][device]);
            }
        }
    }

    @Test
    void theOptimaOfBothExamplesAreFoundAndProven() throws Exception {
        assertProven(TestProblems.topcuoglu2002(), 73);
        assertProven(canonical("arabnejad2014"), 113);
    }

    private static void assertProven(Problem problem, double optimum) throws Exception {
        Solution solution = ((BoundedScheduler) Algorithms.named("exact", 0)).solve(problem);
        assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
        assertThat(solution.schedule().makespan()).isEqualTo(optimum);
        assertThat(solution.lowerBound()).isEqualTo(optimum);
        assertThat(solution.proven()).isTrue();
        assertThat(new BruteForce().schedule(problem).makespan()).isEqualTo(optimum);
    }

    private static void assertMakespan(Problem problem, String algorithm, double makespan) throws Exception {
        Schedule schedule = Algorithms.named(algorithm, 0).schedule(problem);
        assertThat(ScheduleChecker.check(problem, schedule)).isEmpty();
        assertThat(schedule.makespan()).as(algorithm).isEqualTo(makespan);
    }

    private static Problem canonical(String name) throws Exception {
        return CanonicalWorkload.read(SharedData.require("workloads/canonical/" + name + ".json"))
                .problem();
    }
}
