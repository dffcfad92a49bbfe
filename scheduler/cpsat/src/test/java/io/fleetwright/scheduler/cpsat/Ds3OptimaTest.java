package io.fleetwright.scheduler.cpsat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.format.Ds3Job;
import io.fleetwright.scheduler.format.Ds3Soc;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One job of each of DS3's applications on its default platform, without ticks. */
class Ds3OptimaTest {
    /** 69 and 288 us are the optima that Arda et al., 2020, print in table 5. */
    @ParameterizedTest
    @CsvSource({
        "wifi-5txm, 69",
        "wifi-5rxm, 288",
        "lag,       176.2",
        "sct,       56",
        "scr,       153",
        "temp-mit,  79.004",
    })
    void thePortfolioFindsWhatIsProven(String job, double optimum) throws Exception {
        Problem problem = new Workload(
                        Ds3Soc.read(Files.readAllBytes(SharedData.require("workloads/ds3/soc/multiple-bal.json"))),
                        List.of(Ds3Job.read(
                                Files.readAllBytes(SharedData.require("workloads/ds3/jobs/" + job + ".json")))),
                        Workload.Transfers.EXACT)
                .problem(0);
        Schedule found = Algorithms.named("portfolio", 1).schedule(problem);
        assertThat(ScheduleChecker.check(problem, found)).isEmpty();
        assertThat(found.makespan()).isCloseTo(optimum, within(1e-3));
        var settings = new Algorithms.Settings(1, Budget.ofSteps(1000), 200_000, List.of(new CpSatSolver()));
        Solution proven = ((BoundedScheduler) Algorithms.named("exact", settings)).solve(problem);
        assertThat(proven.schedule().makespan()).isCloseTo(optimum, within(1e-3));
        assertThat(proven.lowerBound()).isCloseTo(optimum, within(1e-3));
    }
}
