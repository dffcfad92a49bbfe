package io.fleetwright.scheduler.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.improve.Budget;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdversarialSearchTest {
    @Test
    void heftAloneIsManyTimesWorseThanTheFastestNodeSomewhere() throws Exception {
        var search = new AdversarialSearch(8, 4, 600);
        var found = search.worst(Algorithms.named("heft", 1), Algorithms.named("fastest-node", 1), 3);
        double heft = Algorithms.named("heft", 1).schedule(found.problem()).makespan();
        double rival =
                Algorithms.named("fastest-node", 1).schedule(found.problem()).makespan();
        assertThat(heft / rival).isEqualTo(found.ratio()).isGreaterThan(2);
        assertThat(search.worst(Algorithms.named("heft", 1), Algorithms.named("fastest-node", 1), 3)
                        .ratio())
                .isEqualTo(found.ratio());
    }

    @Test
    void thePortfolioHoldsWhereItsMembersFail() throws Exception {
        var settings = new Algorithms.Settings(5, Budget.ofSteps(5_000), 50_000, List.of());
        var report = new PortfolioUnderAttack(new AdversarialSearch(14, 4, 150), settings).run(34);
        assertThat(report.problems()).isEqualTo(34);
        assertThat(report.worstOfMember()).hasSize(17);
        assertThat(report.worstOfMember().values()).anyMatch(ratio -> ratio > 2);
        assertThat(report.portfolioToMember()).isLessThanOrEqualTo(1);
        assertThat(report.portfolioToAny()).isBetween(1.0, 1.5);
    }

    @Test
    void limitsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdversarialSearch(2, 4, 1))
                .withMessage("tasksMax (2) must be 3 to 100");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdversarialSearch(5, 4, 0))
                .withMessageContaining("steps (0)");
    }
}
