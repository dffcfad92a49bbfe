package io.fleetwright.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.Algorithms.Settings;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.optimum.ProvingSolver;
import io.fleetwright.scheduler.plan.BoundedScheduler;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of its settings an algorithm heeds. */
class AlgorithmsSettingsTest {
    private static Settings settings(long seed, long steps, long proofSteps) {
        return new Settings(seed, Budget.ofSteps(steps), proofSteps, List.of());
    }

    private static Problem random(SplittableRandom random, int tasks, int devices) {
        double[][] costs = new double[tasks][devices];
        Arrays.stream(costs).forEach(row -> Arrays.setAll(row, _ -> random.nextInt(1, 30)));
        return TestProblems.problem(GraphFamily.layered(random, tasks, 1, 0.3, 20), costs);
    }

    /** Only three are told what to do by a seed. */
    @Test
    void theSeedMattersToTheRandomizedAndToNoOther() {
        List<String> differ = new ArrayList<>();
        for (String name : Algorithms.names()) {
            if (name.equals("brute")) {
                continue;
            }
            List<Schedule> answers = new ArrayList<>();
            SeededCases.forEach(1, 4, (random, seed) -> {
                Problem problem = random(random, 30, 4);
                answers.add(Algorithms.named(name, settings(seed, 3000, 0)).schedule(problem));
                answers.add(
                        Algorithms.named(name, settings(seed + 100, 3000, 0)).schedule(problem));
            });
            for (int i = 0; i < answers.size(); i += 2) {
                if (!answers.get(i).equals(answers.get(i + 1)) && !differ.contains(name)) {
                    differ.add(name);
                }
            }
        }
        assertThat(differ).isSubsetOf("random", "improve", "exact").contains("random", "improve");
    }

    @Test
    void randomIsRandomChoiceOfThatSeed() {
        SeededCases.forEach(1, 20, (random, seed) -> {
            Problem problem = TestProblems.random(random, 15, 4);
            assertThat(Algorithms.named("random", seed).schedule(problem))
                    .isEqualTo(new RandomChoice(seed).schedule(problem));
        });
    }

    /** Each step and each question of the budget goes to {@code improve}; the portfolio has one of its own. */
    @Test
    void theBudgetIsThatOfImproveAlone() throws Exception {
        var random = new SplittableRandom(1);
        Problem problem = random(random, 40, 4);
        for (String name : Algorithms.names()) {
            if (name.equals("brute")) {
                continue;
            }
            var asked = new AtomicInteger();
            var counting = new Budget(256, Long.MAX_VALUE, () -> asked.incrementAndGet() < 0);
            Algorithms.named(name, new Settings(1, counting, 0, List.of())).schedule(problem);
            // Four rounds of 64 steps: a question before each round and one in it.
            assertThat(asked.get()).as(name).isEqualTo(name.equals("improve") ? 8 : 0);
        }
    }

    @Test
    void moreBudgetIsNeverWorse() {
        SeededCases.forEach(1, 4, (random, seed) -> {
            Problem problem = random(random, 40, 4);
            double portfolio =
                    Algorithms.named("portfolio", 0).schedule(problem).makespan();
            assertThat(Algorithms.named("improve", settings(seed, 0, 0))
                            .schedule(problem)
                            .makespan())
                    .isEqualTo(portfolio);
            assertThat(Algorithms.named("improve", settings(seed, 2000, 0))
                            .schedule(problem)
                            .makespan())
                    .isLessThanOrEqualTo(portfolio);
        });
    }

    /** Without steps nothing is proven unless the bound happens to be met; with enough, everything small is. */
    @Test
    void theProofStepsAreThoseOfExact() {
        int[] proven = new int[2];
        SeededCases.forEach(1, 15, (random, seed) -> {
            Problem problem = random(random, 7, 3);
            Solution none = ((BoundedScheduler) Algorithms.named("exact", settings(seed, 0, 0))).solve(problem);
            Solution all = ((BoundedScheduler) Algorithms.named("exact", settings(seed, 0, 500_000))).solve(problem);
            assertThat(all.proven()).isTrue();
            assertThat(none.lowerBound()).isLessThanOrEqualTo(all.lowerBound() * (1 + 1e-9));
            assertThat(none.schedule().makespan())
                    .isGreaterThanOrEqualTo(all.schedule().makespan() * (1 - 1e-9));
            proven[none.proven() ? 1 : 0]++;
        });
        assertThat(proven[0]).isPositive();
    }

    /** Up to twenty tasks the portfolio also searches a little: on up to six it nearly always finds the optimum. */
    @Test
    void thePortfolioSolvesSmallProblems() {
        var solved = new AtomicInteger();
        SeededCases.forEach(1, 40, (random, _) -> {
            Problem problem = TestProblems.random(random, 6, 3);
            double optimum = new BruteForce().schedule(problem).makespan();
            double portfolio =
                    Algorithms.named("portfolio", 0).schedule(problem).makespan();
            assertThat(portfolio).isGreaterThanOrEqualTo(optimum * (1 - 1e-9));
            solved.addAndGet(portfolio <= optimum * (1 + 1e-9) ? 1 : 0);
        });
        assertThat(solved.get()).isGreaterThanOrEqualTo(39);
    }

    /** A solver that says what it was asked. */
    private record Asked(List<Integer> tasks) implements ProvingSolver {
        @Override
        public String name() {
            return "asked";
        }

        @Override
        public Solution solve(Problem problem, Schedule known) {
            tasks.add(problem.taskCount());
            return new Solution(known, 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"12, false", "13, true"})
    void solversFromOutsideAreForProblemsOfMoreThanTwelveTasks(int tasks, boolean asked) throws Exception {
        List<Integer> seen = new ArrayList<>();
        Problem problem = random(new SplittableRandom(3), tasks, 3);
        Algorithms.named("exact", new Settings(1, Budget.ofSteps(0), 0, List.of(new Asked(seen))))
                .schedule(problem);
        assertThat(seen).isEqualTo(asked ? List.of(tasks) : List.of());
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> settings(0, 0, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("proofSteps (-1) must be at least 0");
        List<ProvingSolver> solvers = new ArrayList<>();
        Settings settings = new Settings(1, Budget.ofSteps(1), 1, solvers);
        solvers.add(new Asked(new ArrayList<>()));
        assertThat(settings.solvers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HEFT", " heft", "heft ", "etf", "all"})
    void aNameMustBeExact(String name) {
        assertThatThrownBy(() -> Algorithms.named(name, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("unknown algorithm '%s'; known: heft cpop ".formatted(name));
    }

    @Test
    void theMembersOfThePortfolioComeFirstAndRunEachTaskOnce() {
        List<String> members = Algorithms.portfolioMembers();
        assertThat(Algorithms.names().subList(0, members.size())).isEqualTo(members);
        assertThat(members)
                .doesNotContain("hld", "random")
                .allMatch(name -> Algorithms.copies(name) == Copies.FORBIDDEN);
        StaticScheduler heft = Algorithms.named("heft", 1);
        assertThat(Algorithms.named("heft", 2)).isSameAs(heft);
    }
}
