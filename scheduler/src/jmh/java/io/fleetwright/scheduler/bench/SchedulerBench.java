package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.bench.LargeProblem.Devices;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.search.AdversarialSearch;
import io.fleetwright.scheduler.search.PortfolioUnderAttack;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Prints one JSON object: HEFT on large problems beside HEFT that looks at each device (one run, not warmed up apart
 * from the runs before), and the portfolio under attack.
 *
 * <p>Arguments: {@code heft [RUNS]} or {@code attack [PROBLEMS] [STEPS]}; without any, both with their defaults.
 */
public final class SchedulerBench {
    private static final int WARM_UPS = 2;
    private static final int RUNS_DEFAULT = 5;
    private static final int PROBLEMS_DEFAULT = 1000;
    private static final int STEPS_DEFAULT = 300;

    private static final List<LargeProblem> LARGE = List.of(
            new LargeProblem(10_000, 30_000, 500, 50, 1, 1_000, 100),
            new LargeProblem(100_000, 300_000, 5_000, 50, 1, 5_000, 100),
            new LargeProblem(100_000, 300_000, 5_000, 50, 1, 100_000, 10),
            new LargeProblem(100_000, 300_000, 5_000, 50, 4, 5_000, 1_000));

    private SchedulerBench() {}

    public static void main(String[] arguments) throws UnschedulableException {
        String what = arguments.length > 0 ? arguments[0] : "all";
        List<String> parts = new ArrayList<>();
        if (!what.equals("attack")) {
            parts.add("\"heft\":" + heft(number(arguments, 1, RUNS_DEFAULT)));
        }
        if (!what.equals("heft")) {
            parts.add("\"attack\":"
                    + attack(number(arguments, 1, PROBLEMS_DEFAULT), number(arguments, 2, STEPS_DEFAULT)));
        }
        System.out.println("{\"jdk\":\"%s\",\"processors\":%d,%s}"
                .formatted(
                        Runtime.version(), Runtime.getRuntime().availableProcessors(), String.join(",", parts)));
    }

    private static int number(String[] arguments, int at, int otherwise) {
        return arguments.length > at ? Integer.parseInt(arguments[at]) : otherwise;
    }

    private static String heft(int runs) throws UnschedulableException {
        List<String> results = new ArrayList<>();
        for (LargeProblem shape : LARGE) {
            Problem problem = shape.make(1, Devices.ALIKE);
            List<Double> millis = new ArrayList<>();
            Schedule schedule = new Heft().schedule(problem);
            if (!ScheduleChecker.check(problem, schedule).isEmpty()) {
                throw new IllegalStateException("not a valid schedule: " + shape);
            }
            for (int run = 1; run < WARM_UPS + runs; run++) {
                long start = System.nanoTime();
                Schedule again = new Heft().schedule(problem);
                if (run >= WARM_UPS) {
                    millis.add((System.nanoTime() - start) / 1e6);
                }
                if (!again.equals(schedule)) {
                    throw new IllegalStateException("two runs differ: " + shape);
                }
            }
            millis.sort(null);
            Problem single = shape.make(1, Devices.EACH_ITS_OWN);
            long start = System.nanoTime();
            Schedule baseline = new Heft().schedule(single);
            double baselineMillis = (System.nanoTime() - start) / 1e6;
            results.add(String.format(
                    Locale.ROOT,
                    "{\"tasks\":%d,\"edges\":%d,\"devices\":%d,\"types\":%d,\"zones\":%d,\"window\":%d,"
                            + "\"makespan\":%.3f,\"minMs\":%.1f,\"medianMs\":%.1f,\"maxMs\":%.1f,\"runs\":%d,"
                            + "\"baselineMakespan\":%.3f,\"baselineMs\":%.1f,\"ratio\":%.1f}",
                    shape.tasks(),
                    shape.edges(),
                    shape.devices(),
                    shape.types(),
                    shape.zones(),
                    shape.window(),
                    schedule.makespan(),
                    millis.getFirst(),
                    millis.get(millis.size() / 2),
                    millis.getLast(),
                    runs,
                    baseline.makespan(),
                    baselineMillis,
                    baselineMillis / millis.get(millis.size() / 2)));
        }
        return "[" + String.join(",", results) + "]";
    }

    private static String attack(int problems, int steps) throws UnschedulableException {
        var settings = new Algorithms.Settings(1, Budget.ofSteps(20_000), 200_000, List.of());
        var report = new PortfolioUnderAttack(new AdversarialSearch(16, 4, steps), settings).run(problems);
        String worst = report.worstOfMember().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "\"%s\":%.3f", entry.getKey(), entry.getValue()))
                .sorted()
                .collect(Collectors.joining(","));
        return String.format(
                Locale.ROOT,
                "{\"problems\":%d,\"steps\":%d,\"worstOfMember\":{%s},\"portfolioToMember\":%.4f,"
                        + "\"portfolioToAny\":%.4f,\"portfolioToAnyName\":\"%s\"}",
                report.problems(),
                steps,
                worst,
                report.portfolioToMember(),
                report.portfolioToAny(),
                report.portfolioToAnyName());
    }
}
