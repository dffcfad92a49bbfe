package io.fleetwright.scheduler.search;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.plan.Copies;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The portfolio on problems that were found by attacking its members one against another, the pairs in turn. Each
 * problem is then given to every algorithm that runs each task once.
 */
public final class PortfolioUnderAttack {
    /**
     * What came out.
     *
     * @param problems how many were found
     * @param worstOfMember per member, the greatest ratio found of its makespan to that of its rival
     * @param portfolioToMember the greatest ratio of the portfolio's makespan to any member's; at most 1
     * @param portfolioToAny the greatest ratio to any listed algorithm's, exact and improve included
     * @param portfolioToAnyName which one that was
     */
    public record Report(
            int problems,
            Map<String, Double> worstOfMember,
            double portfolioToMember,
            double portfolioToAny,
            String portfolioToAnyName) {
        public Report {
            worstOfMember = Map.copyOf(worstOfMember);
        }
    }

    private final AdversarialSearch search;
    private final Algorithms.Settings settings;
    private final List<String> rivals;

    /** @param settings of {@code improve} and {@code exact} */
    public PortfolioUnderAttack(AdversarialSearch search, Algorithms.Settings settings) {
        this.search = search;
        this.settings = settings;
        rivals = Algorithms.names().stream()
                .filter(name -> Algorithms.copies(name) == Copies.FORBIDDEN && !name.equals("brute"))
                .toList();
    }

    /**
     * @param problems at least 1
     * @throws IllegalStateException if a schedule does not pass the checker
     */
    public Report run(int problems) throws UnschedulableException {
        var random = new SplittableRandom(settings.seed());
        List<String> members = Algorithms.portfolioMembers();
        Map<String, Double> worst = new TreeMap<>();
        double toMember = 0;
        double toAny = 0;
        String toAnyName = "";
        for (int i = 0; i < problems; i++) {
            String attacked = members.get(i % members.size());
            String rival = members.get((i + 1 + random.nextInt(members.size() - 1)) % members.size());
            var found = search.worst(
                    Algorithms.named(attacked, settings), Algorithms.named(rival, settings), random.nextLong());
            worst.merge(attacked, found.ratio(), Math::max);
            double portfolio = makespan(found.problem(), "portfolio");
            for (String name : rivals) {
                double ratio = portfolio / makespan(found.problem(), name);
                if (members.contains(name)) {
                    toMember = Math.max(toMember, ratio);
                }
                if (ratio > toAny) {
                    toAny = ratio;
                    toAnyName = name;
                }
            }
        }
        return new Report(problems, worst, toMember, toAny, toAnyName);
    }

    private double makespan(Problem problem, String name) throws UnschedulableException {
        Schedule schedule = Algorithms.named(name, settings).schedule(problem);
        var violations = ScheduleChecker.check(problem, schedule);
        if (!violations.isEmpty()) {
            throw new IllegalStateException("%s: %s".formatted(name, violations));
        }
        return schedule.makespan();
    }
}
