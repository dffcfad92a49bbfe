package io.fleetwright.scheduler.optimum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExactTest {
    /** From a good start there is often nothing left to find, and a search that cuts too much would not be noticed. */
    @Test
    void theSearchItselfFindsTheOptimumFromAPoorStart() {
        var found = new AtomicInteger();
        SeededCases.forEach(1, 1500, (random, seed) -> {
            Problem problem = TestProblems.random(random, 8, 2);
            var start = new RandomChoice(seed);
            Solution solution = new Exact(start, 1_000_000, List.of()).solve(problem);
            double optimum = new BruteForce().schedule(problem).makespan();
            assertThat(solution.proven()).isTrue();
            assertThat(solution.schedule().makespan()).isCloseTo(optimum, within(1e-9 * Math.max(1, optimum)));
            assertThat(ScheduleChecker.check(problem, solution.schedule())).isEmpty();
            found.addAndGet(
                    solution.schedule().makespan() < start.schedule(problem).makespan() ? 1 : 0);
        });
        assertThat(found.get()).isGreaterThan(400);
    }
}
