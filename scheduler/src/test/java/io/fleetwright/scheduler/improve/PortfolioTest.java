package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.improve.Portfolio.Effort;
import io.fleetwright.scheduler.improve.Portfolio.Member;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PortfolioTest {
    private static final Problem PROBLEM =
            TestProblems.problem(TaskGraph.builder().tasks(1).build(), new double[][] {{5, 5}});
    private static final Schedule SHORT = Schedule.of(List.of(new Assignment(0, 0, 0, 5)));
    private static final Schedule SAME = Schedule.of(List.of(new Assignment(0, 1, 0, 5)));
    private static final Schedule LONG = Schedule.of(List.of(new Assignment(0, 0, 1, 6)));

    @Test
    void theShortestScheduleWinsAndTheFirstOfEquals() throws Exception {
        assertThat(new Portfolio(List.of(giving(LONG), giving(SHORT), giving(SAME))).schedule(PROBLEM))
                .isSameAs(SHORT);
        assertThat(new Portfolio(List.of(giving(SAME), giving(SHORT))).schedule(PROBLEM))
                .isSameAs(SAME);
    }

    @Test
    void whoFindsNothingIsPassedOverAndTheFirstReasonIsGivenWhenNobodyDoes() throws Exception {
        assertThat(new Portfolio(List.of(refusing("no"), giving(LONG))).schedule(PROBLEM))
                .isSameAs(LONG);
        assertThatThrownBy(() -> new Portfolio(List.of(refusing("no"), refusing("never"))).schedule(PROBLEM))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("no");
        assertThatThrownBy(() -> new Portfolio(List.of())).hasMessage("a portfolio needs at least 1 member");
    }

    /** 2,500 tasks on 400 devices are 2.5e9 of the square effort, above 2e9. */
    @Test
    void whatTakesTooLongIsLeftOutOfLargeProblems() throws Exception {
        var asked = new AtomicInteger();
        Member square = new Member(
                problem -> {
                    asked.incrementAndGet();
                    return new Heft().schedule(problem);
                },
                Effort.SQUARE);
        Problem large = TestProblems.problem(TaskGraph.builder().tasks(2500).build(), new double[2500][400]);
        new Portfolio(List.of(square, new Member(new Heft(), Effort.PLAIN))).schedule(large);
        assertThat(asked.get()).isZero();
        assertThatThrownBy(() -> new Portfolio(List.of(square)).schedule(large))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("the problem is too large for every member");
        new Portfolio(List.of(square)).schedule(PROBLEM);
        assertThat(asked.get()).isOne();
    }

    private static Member giving(Schedule schedule) {
        return new Member(_ -> schedule, Effort.PLAIN);
    }

    private static Member refusing(String reason) {
        return new Member(
                _ -> {
                    throw new UnschedulableException(reason);
                },
                Effort.PLAIN);
    }
}
