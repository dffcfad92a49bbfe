package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Cpop;
import io.fleetwright.scheduler.heft.FastestNode;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.heft.Peft;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.improve.Portfolio.Effort;
import io.fleetwright.scheduler.improve.Portfolio.Member;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.StaticScheduler;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who takes part in a portfolio, in what order, and what comes of it. */
class PortfolioMembersTest {
    private static final List<StaticScheduler> SCHEDULERS =
            List.of(new Heft(), new Cpop(), new Peft(), new FastestNode(), new RandomChoice(1), new RandomChoice(2));

    private static Portfolio of(List<StaticScheduler> schedulers) {
        return new Portfolio(schedulers.stream()
                .map(scheduler -> new Member(scheduler, Effort.PLAIN))
                .toList());
    }

    /** The first of the shortest, by going through them one by one. */
    @Test
    void theAnswerIsTheFirstOfTheShortest() {
        SeededCases.forEach(1, 150, (random, _) -> {
            Problem problem = Variants.any(random, 12, 4);
            List<StaticScheduler> members = new ArrayList<>(SCHEDULERS);
            Collections.shuffle(members, Random.from(random));
            List<Schedule> answers = new ArrayList<>();
            for (StaticScheduler member : members) {
                try {
                    answers.add(member.schedule(problem));
                } catch (UnschedulableException refused) {
                    assertThat(refused).hasMessageMatching("task \\d+ .*|no single device .*");
                }
            }
            if (answers.isEmpty()) {
                assertThatThrownBy(() -> of(members).schedule(problem)).isInstanceOf(UnschedulableException.class);
                return;
            }
            double least =
                    answers.stream().mapToDouble(Schedule::makespan).min().orElseThrow();
            Schedule first = answers.stream()
                    .filter(answer -> answer.makespan() == least)
                    .findFirst()
                    .orElseThrow();
            assertThat(of(members).schedule(problem)).isEqualTo(first);
        });
    }

    /** A portfolio of portfolios is the portfolio of all their members. */
    @Test
    void portfoliosNest() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Problem problem = TestProblems.random(random, 12, 4);
            int cut = random.nextInt(1, SCHEDULERS.size());
            var nested = of(List.of(of(SCHEDULERS.subList(0, cut)), of(SCHEDULERS.subList(cut, SCHEDULERS.size()))));
            assertThat(nested.schedule(problem)).isEqualTo(of(SCHEDULERS).schedule(problem));
        });
    }

    /** A member more never makes it worse, and the same member twice changes nothing. */
    @Test
    void aMemberMoreNeverHurts() {
        SeededCases.forEach(1, 60, (random, seed) -> {
            Problem problem = TestProblems.random(random, 12, 4);
            Schedule few = of(SCHEDULERS.subList(0, 3)).schedule(problem);
            List<StaticScheduler> more = new ArrayList<>(SCHEDULERS.subList(0, 3));
            more.addAll(SCHEDULERS.subList(0, 3));
            assertThat(of(more).schedule(problem)).isEqualTo(few);
            more.add(new RandomChoice(seed));
            assertThat(of(more).schedule(problem).makespan()).isLessThanOrEqualTo(few.makespan());
        });
    }

    /**
     * Square effort is tasks^2 x devices up to 2e9: 20,000 tasks on 5 devices are just that. Looking ahead also takes
     * devices^2 x the squares of the numbers of inputs: a fork has one input each, a join all of them.
     */
    @ParameterizedTest
    @CsvSource({
        // shape, tasks, devices, square, ahead
        "INDEPENDENT, 20000, 5, true, true", // 4e8 x 5 = 2e9, no inputs
        "INDEPENDENT, 20001, 5, false, false", // just above
        "INDEPENDENT, 2, 50000, true, true",
        "CHAIN, 20000, 5, true, true", // 25 x 19,999
        "FORK_JOIN, 998, 50, true, false", // 1,000^2 x 50 = 5e7, but 2,500 x (998^2 + 998) = 2.49e9
        "FORK_JOIN, 893, 50, true, true", // 2,500 x (893^2 + 893) = 1.996e9
        "FORK_JOIN, 894, 50, true, false", // 2,500 x (894^2 + 894) = 2.0003e9
        "OUT_TREE, 13, 29, true, true", // 8,191^2 x 29 = 1.946e9; 841 x 8,190 = 6.9e6
        "OUT_TREE, 13, 30, false, false", // 8,191^2 x 30 = 2.013e9
        "CHAIN, 150, 3663, true, true", // 149 x 3,663^2 = 1.9992e9
        "CHAIN, 150, 3664, true, false", // 149 x 3,664^2 = 2.0003e9
    })
    void whoTakesPartIsAMatterOfSize(GraphFamily family, int size, int devices, boolean square, boolean ahead)
            throws Exception {
        TaskGraph graph = family.graph(size, 0);
        Problem problem = alike(graph, devices);
        assertThat(asked(problem, Effort.PLAIN)).isTrue();
        assertThat(asked(problem, Effort.SQUARE)).isEqualTo(square);
        assertThat(asked(problem, Effort.AHEAD)).isEqualTo(ahead);
    }

    private static Problem alike(TaskGraph graph, int devices) {
        return new Problem(
                graph,
                new Platform(TestProblems.idle(devices), Links.uniform(devices, 1, 0)),
                CostTable.perKind(new double[][] {{1}}, new int[graph.taskCount()], new int[devices]));
    }

    private static boolean asked(Problem problem, Effort effort) throws UnschedulableException {
        Schedule mine = Schedule.of(List.of(new Assignment(0, 0, 0, 1)));
        Schedule longer = Schedule.of(List.of(new Assignment(0, 0, 0, 2)));
        return new Portfolio(List.of(new Member(_ -> longer, Effort.PLAIN), new Member(_ -> mine, effort)))
                .schedule(problem)
                .equals(mine);
    }

    @Test
    void theFirstReasonIsGivenWhoeverElseRefuses() {
        Problem problem = alike(GraphFamily.CHAIN.graph(2, 1), 1);
        List<StaticScheduler> refusing = IntStream.range(0, 4)
                .mapToObj(i -> (StaticScheduler) _ -> {
                    throw new UnschedulableException("reason %d".formatted(i));
                })
                .toList();
        assertThatThrownBy(() -> of(refusing).schedule(problem))
                .isInstanceOf(UnschedulableException.class)
                .hasMessage("reason 0");
        assertThatThrownBy(() -> of(refusing.reversed()).schedule(problem)).hasMessage("reason 3");
    }

    /** A failure that is a bug is not a refusal: it ends the portfolio. */
    @Test
    void aBugInAMemberIsNotPassedOver() {
        Problem problem = alike(GraphFamily.CHAIN.graph(2, 1), 1);
        StaticScheduler broken = _ -> {
            throw new IllegalStateException("broken");
        };
        assertThatThrownBy(() -> of(Arrays.asList(new Heft(), broken)).schedule(problem))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("broken");
    }
}
