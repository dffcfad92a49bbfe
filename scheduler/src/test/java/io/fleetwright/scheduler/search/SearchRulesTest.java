package io.fleetwright.scheduler.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.heft.FastestNode;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.heft.Peft;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.improve.Portfolio;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an adversarial search looks at, keeps and says. */
class SearchRulesTest {
    /** Notes what it is asked, and what it answers. */
    private static final class Noting implements StaticScheduler {
        private final StaticScheduler scheduler;
        private final List<Problem> asked = new ArrayList<>();
        private final List<Double> answered = new ArrayList<>();

        Noting(StaticScheduler scheduler) {
            this.scheduler = scheduler;
        }

        @Override
        public Schedule schedule(Problem problem) throws UnschedulableException {
            Schedule schedule = scheduler.schedule(problem);
            asked.add(problem);
            answered.add(schedule.makespan());
            return schedule;
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 5", "40, 9", "150, 3"})
    void theWorstOfAllProblemsLookedAtIsKept(int steps, long seed) throws Exception {
        var attacked = new Noting(new Heft());
        var rival = new Noting(new Peft());
        var found = new AdversarialSearch(8, 3, steps).worst(attacked, rival, seed);
        // One problem per step, the first among them, each given to both.
        assertThat(attacked.asked).hasSize(steps).isEqualTo(rival.asked);
        double worst = 0;
        int first = -1;
        for (int step = 0; step < steps; step++) {
            double ratio = attacked.answered.get(step) / rival.answered.get(step);
            if (ratio > worst) {
                worst = ratio;
                first = step;
            }
        }
        assertThat(found.ratio()).isEqualTo(worst);
        assertThat(found.problem()).isSameAs(attacked.asked.get(first));
    }

    @Test
    void nobodyIsWorseThanHimself() throws Exception {
        for (long seed = 1; seed < 6; seed++) {
            assertThat(new AdversarialSearch(8, 3, 50)
                            .worst(new Heft(), new Heft(), seed)
                            .ratio())
                    .isOne();
        }
    }

    /** A portfolio with the rival in it is never worse than the rival. */
    @Test
    void aPortfolioCannotBeAttackedByItsMembers() throws Exception {
        var portfolio = new Portfolio(List.of(
                new Portfolio.Member(new Heft(), Portfolio.Effort.PLAIN),
                new Portfolio.Member(new FastestNode(), Portfolio.Effort.PLAIN)));
        for (long seed = 1; seed < 6; seed++) {
            assertThat(new AdversarialSearch(8, 3, 100)
                            .worst(portfolio, new FastestNode(), seed)
                            .ratio())
                    .isLessThanOrEqualTo(1);
            assertThat(new AdversarialSearch(8, 3, 100)
                            .worst(new FastestNode(), portfolio, seed)
                            .ratio())
                    .isGreaterThan(1);
        }
    }

    /** A search of more steps begins like one of fewer, but cools more slowly; with one step both see the same problem. */
    @Test
    void theSeedAloneSetsTheFirstProblem() throws Exception {
        for (long seed = 1; seed < 10; seed++) {
            var few = new Noting(new Heft());
            var many = new Noting(new Heft());
            new AdversarialSearch(8, 3, 1).worst(few, new Peft(), seed);
            new AdversarialSearch(8, 3, 30).worst(many, new Peft(), seed);
            assertThat(many.answered.getFirst()).isEqualTo(few.answered.getFirst());
        }
    }

    /** A thousand steps of annealing find worse than the worst of a thousand problems drawn at random. */
    @ParameterizedTest
    @CsvSource({"1", "2", "3"})
    void annealingFindsWorseThanChance(long seed) throws Exception {
        var one = new AdversarialSearch(8, 3, 1);
        double chance = 0;
        for (long draw = 0; draw < 1000; draw++) {
            chance = Math.max(
                    chance,
                    one.worst(new Heft(), new FastestNode(), 100_000 * seed + draw)
                            .ratio());
        }
        assertThat(new AdversarialSearch(8, 3, 1000)
                        .worst(new Heft(), new FastestNode(), seed)
                        .ratio())
                .isGreaterThan(chance);
    }

    @Test
    void aSchedulerThatRefusesEndsTheSearch() {
        StaticScheduler refusing = _ -> {
            throw new UnschedulableException("not this one");
        };
        assertThatThrownBy(() -> new AdversarialSearch(5, 3, 10).worst(new Heft(), refusing, 1))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("not this one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2   | 2   | 1  | tasksMax (2) must be 3 to 100",
                "101 | 2   | 1  | tasksMax (101) must be 3 to 100",
                "3   | 1   | 1  | devicesMax (1) must be 2 to 100",
                "3   | 101 | 1  | devicesMax (101) must be 2 to 100",
                "3   | 2   | 0  | steps (0) must be 1 to 2147483647",
                "3   | 2   | -9 | steps (-9) must be 1 to 2147483647",
            })
    void aLimitOutOfRangeIsNamed(int tasksMax, int devicesMax, int steps, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdversarialSearch(tasksMax, devicesMax, steps))
                .withMessage(message);
    }

    @Test
    void theLimitsThemselvesAreAllowed() throws Exception {
        assertThat(new AdversarialSearch(3, 2, 1)
                        .worst(new Heft(), new Peft(), 1)
                        .problem()
                        .taskCount())
                .isEqualTo(3);
        assertThat(new AdversarialSearch(100, 100, 1)
                        .worst(new Heft(), new Peft(), 1)
                        .problem()
                        .taskCount())
                .isBetween(3, 100);
    }

    /** One problem per member in turn; the report says the same for the same seed. */
    @Test
    void thePortfolioIsAttackedThroughEachMemberInTurn() throws Exception {
        var settings = new Algorithms.Settings(11, Budget.ofSteps(200), 500, List.of());
        var attack = new PortfolioUnderAttack(new AdversarialSearch(6, 3, 20), settings);
        List<String> members = Algorithms.portfolioMembers();
        for (int problems : new int[] {1, 3, members.size() + 1}) {
            var report = attack.run(problems);
            assertThat(report.problems()).isEqualTo(problems);
            assertThat(report.worstOfMember().keySet())
                    .containsExactlyInAnyOrderElementsOf(members.subList(0, Math.min(problems, members.size())));
            assertThat(report.portfolioToMember()).isLessThanOrEqualTo(1);
            assertThat(report.portfolioToAny()).isGreaterThanOrEqualTo(report.portfolioToMember());
            assertThat(Algorithms.names()).contains(report.portfolioToAnyName());
        }
        assertThat(attack.run(2)).isEqualTo(attack.run(2));
    }
}
