package io.fleetwright.scheduler;

import io.fleetwright.scheduler.heft.ArrivalOrder;
import io.fleetwright.scheduler.heft.Cpop;
import io.fleetwright.scheduler.heft.FastestNode;
import io.fleetwright.scheduler.heft.Fcp;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.heft.LimitedDuplication;
import io.fleetwright.scheduler.heft.Lookahead;
import io.fleetwright.scheduler.heft.Peft;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.heft.ReadySet;
import io.fleetwright.scheduler.improve.Annealing;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.improve.Portfolio;
import io.fleetwright.scheduler.improve.Portfolio.Effort;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.optimum.Exact;
import io.fleetwright.scheduler.optimum.ProvingSolver;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.StaticScheduler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The static schedulers by the names that {@code schedule --algorithm} takes. */
public final class Algorithms {
    /**
     * What an algorithm may be told.
     *
     * @param seed decides what a randomized algorithm does; the others ignore it
     * @param budget of {@code improve}
     * @param proofSteps partial schedules that {@code exact} looks at
     * @param solvers that {@code exact} may ask on problems too large for its own search
     */
    public record Settings(long seed, Budget budget, long proofSteps, List<ProvingSolver> solvers) {
        public Settings {
            if (proofSteps < 0) {
                throw new IllegalArgumentException("proofSteps (%d) must be at least 0".formatted(proofSteps));
            }
            solvers = List.copyOf(solvers);
        }

        public static Settings ofSeed(long seed) {
            return new Settings(seed, Budget.ofSteps(STEPS_DEFAULT), PROOF_STEPS_DEFAULT, List.of());
        }
    }

    /** Steps of {@code improve} when nothing else is asked for: about a second for a hundred tasks. */
    public static final long STEPS_DEFAULT = 400_000;

    /** Partial schedules of {@code exact} when nothing else is asked for: some ten seconds. */
    public static final long PROOF_STEPS_DEFAULT = 2_000_000;

    private static final String DUPLICATING = "hld";
    /** Steps that {@code exact} spends on a good schedule before it starts to prove. */
    private static final long STEPS_BEFORE_PROOF = 20_000;

    /** What {@code portfolio} adds to its members: milliseconds, by a seed of its own. */
    private static final Budget POLISH = new Budget(10_000, 4_000_000, () -> false);

    private static final long POLISH_SEED = 1;
    private static final int POLISH_PROOF_TASKS_MAX = 20;
    private static final long POLISH_PROOF_STEPS = 3_000;

    private static final Map<String, Portfolio.Member> LIST_SCHEDULERS = listSchedulers();
    private static final Map<String, Function<Settings, StaticScheduler>> BY_NAME = byName();

    private Algorithms() {}

    /** All known names, in the order in which help texts list them. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** The names of what {@code portfolio} runs; it then anneals the best schedule for a moment. */
    public static List<String> portfolioMembers() {
        return List.copyOf(LIST_SCHEDULERS.keySet());
    }

    /** Whether the schedules of {@code name} may run a task more than once; a plain optimum is no bound for those. */
    public static Copies copies(String name) {
        return name.equals(DUPLICATING) ? Copies.ALLOWED : Copies.FORBIDDEN;
    }

    /** The scheduler called {@code name}, with no solvers from outside. */
    public static StaticScheduler named(String name, long seed) {
        return named(name, Settings.ofSeed(seed));
    }

    /**
     * The scheduler called {@code name}.
     *
     * @throws IllegalArgumentException naming the known ones if there is none of that name
     */
    public static StaticScheduler named(String name, Settings settings) {
        Function<Settings, StaticScheduler> maker = BY_NAME.get(name);
        if (maker == null) {
            throw new IllegalArgumentException(
                    "unknown algorithm '%s'; known: %s".formatted(name, String.join(" ", names())));
        }
        return maker.apply(settings);
    }

    private static Map<String, Portfolio.Member> listSchedulers() {
        Map<String, Portfolio.Member> all = new LinkedHashMap<>();
        all.put("heft", new Portfolio.Member(new Heft(), Effort.PLAIN));
        all.put("cpop", new Portfolio.Member(new Cpop(), Effort.PLAIN));
        all.put("peft", new Portfolio.Member(new Peft(), Effort.PLAIN));
        all.put("lookahead", new Portfolio.Member(new Lookahead(), Effort.AHEAD));
        all.put("dls", new Portfolio.Member(ReadySet.dynamicLevel(), Effort.SQUARE));
        all.put("minmin", new Portfolio.Member(ReadySet.minMin(), Effort.SQUARE));
        all.put("maxmin", new Portfolio.Member(ReadySet.maxMin(), Effort.SQUARE));
        all.put("sufferage", new Portfolio.Member(ReadySet.sufferage(), Effort.SQUARE));
        all.put("met", new Portfolio.Member(new ArrivalOrder(ArrivalOrder.Rule.SHORTEST_EXECUTION), Effort.PLAIN));
        all.put("mct", new Portfolio.Member(new ArrivalOrder(ArrivalOrder.Rule.EARLIEST_FINISH), Effort.PLAIN));
        all.put("etf-start", new Portfolio.Member(ReadySet.earliestStart(), Effort.SQUARE));
        all.put("etf-finish", new Portfolio.Member(ReadySet.earliestFinish(), Effort.SQUARE));
        all.put("olb", new Portfolio.Member(new ArrivalOrder(ArrivalOrder.Rule.FIRST_FREE), Effort.PLAIN));
        all.put("stf", new Portfolio.Member(ReadySet.shortestTask(), Effort.SQUARE));
        all.put("fastest-node", new Portfolio.Member(new FastestNode(), Effort.PLAIN));
        all.put("fcp", new Portfolio.Member(new Fcp(), Effort.PLAIN));
        all.put("flb", new Portfolio.Member(ReadySet.loadBalancing(), Effort.SQUARE));
        return all;
    }

    private static Map<String, Function<Settings, StaticScheduler>> byName() {
        Map<String, Function<Settings, StaticScheduler>> all = new LinkedHashMap<>();
        LIST_SCHEDULERS.forEach((name, member) -> all.put(name, _ -> member.scheduler()));
        all.put(DUPLICATING, _ -> new LimitedDuplication());
        all.put("random", settings -> new RandomChoice(settings.seed()));
        var listPortfolio = new Portfolio(new ArrayList<>(LIST_SCHEDULERS.values()));
        StaticScheduler portfolio = portfolio(listPortfolio);
        all.put("portfolio", _ -> portfolio);
        all.put("improve", settings -> new Annealing(portfolio, settings.seed(), settings.budget()));
        all.put(
                "exact",
                settings -> new Exact(
                        new Annealing(listPortfolio, settings.seed(), Budget.ofSteps(STEPS_BEFORE_PROOF)),
                        settings.proofSteps(),
                        settings.solvers()));
        all.put("brute", _ -> new BruteForce());
        return all;
    }

    /** The best member's schedule, annealed for a moment; on a small problem also searched for the optimum. */
    private static StaticScheduler portfolio(Portfolio members) {
        var annealed = new Annealing(members, POLISH_SEED, POLISH);
        var searched = new Exact(annealed, POLISH_PROOF_STEPS, List.of());
        return problem -> (problem.taskCount() <= POLISH_PROOF_TASKS_MAX ? searched : annealed).schedule(problem);
    }
}
