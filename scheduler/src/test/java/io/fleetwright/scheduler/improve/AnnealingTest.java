package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.testkit.SeededCases;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AnnealingTest {
    /** The optimum of the example is 73; HEFT alone gives 80. */
    @Test
    void findsTheOptimumOfThePublishedExampleFromHeft() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        assertThat(new Annealing(new Heft(), 1, Budget.ofSteps(50_000))
                        .schedule(problem)
                        .makespan())
                .isEqualTo(73);
    }

    @Test
    void isNeverLongerThanItsStartAndTheSameForASeed() {
        var shorter = new AtomicInteger();
        SeededCases.forEach(1, 40, (random, seed) -> {
            Problem problem = TestProblems.random(random, 20, 4);
            Schedule start = Algorithms.named("random", seed).schedule(problem);
            var annealing = new Annealing(_ -> start, seed, Budget.ofSteps(400));
            Schedule found = annealing.schedule(problem);
            assertThat(found.makespan()).isLessThanOrEqualTo(start.makespan());
            assertThat(annealing.schedule(problem)).isEqualTo(found);
            shorter.addAndGet(found.makespan() < start.makespan() ? 1 : 0);
        });
        assertThat(shorter.get()).isGreaterThan(25);
    }

    @Test
    void withoutABudgetTheStartIsTheAnswer() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        Schedule heft = new Heft().schedule(problem);
        assertThat(new Annealing(_ -> heft, 1, Budget.ofSteps(0)).schedule(problem))
                .isSameAs(heft);
        assertThat(new Annealing(_ -> heft, 1, new Budget(1_000_000, Long.MAX_VALUE, () -> true)).schedule(problem))
                .isSameAs(heft);
    }

    /** Ten tasks and fifteen edges: 250 units of work are ten steps. */
    @Test
    void aBudgetOfWorkIsFewerStepsForALargerProblem() {
        Problem problem = TestProblems.topcuoglu2002();
        assertThat(new Budget(100, 250, () -> false).stepsFor(problem)).isEqualTo(10);
        assertThat(new Budget(7, 250, () -> false).stepsFor(problem)).isEqualTo(7);
        assertThatThrownBy(() -> Budget.ofSteps(-1)).hasMessage("steps (-1) must be 0 to 1000000000000");
        assertThatThrownBy(() -> new Budget(1, -1, () -> false)).hasMessage("workMax (-1) must be at least 0");
    }
}
