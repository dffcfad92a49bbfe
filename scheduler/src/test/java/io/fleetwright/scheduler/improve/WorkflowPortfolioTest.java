package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.Workflow;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Ten real workflows on 16 mixed devices, from computation to communication bound. */
class WorkflowPortfolioTest {
    @Test
    void thePortfolioIsNeverWorseThanHeftAndThreePercentBetterOnAverage() throws Exception {
        double gain = 0;
        int problems = 0;
        for (Path file : MixedDevices.workflows()) {
            Workflow workflow = Workflow.read(file);
            for (double ratio : MixedDevices.COMMUNICATION_TO_COMPUTATION) {
                Problem problem = workflow.on(MixedDevices.platform(workflow, ratio));
                double bound = LowerBounds.of(problem);
                Schedule heft = valid(problem, "heft");
                Schedule portfolio = valid(problem, "portfolio");
                assertThat(portfolio.makespan()).isLessThanOrEqualTo(heft.makespan());
                assertThat(portfolio.makespan()).isGreaterThanOrEqualTo(bound * (1 - 1e-9));
                gain += 1 - portfolio.makespan() / heft.makespan();
                problems++;
                System.out.printf(
                        "%s ratio %.1f: heft %.2f portfolio %.2f gap %.1f %%%n",
                        file.getFileName(),
                        ratio,
                        heft.makespan(),
                        portfolio.makespan(),
                        100 * new Solution(portfolio, bound).gap());
            }
        }
        assertThat(problems).isEqualTo(30);
        assertThat(gain / problems).isGreaterThan(0.03);
    }

    private static Schedule valid(Problem problem, String name) throws Exception {
        Schedule schedule = Algorithms.named(name, 1).schedule(problem);
        assertThat(ScheduleChecker.check(problem, schedule)).as(name).isEmpty();
        return schedule;
    }
}
