package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.bench.LargeProblem.Devices;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.improve.Budget;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.policy.BatchWindow.Order;
import io.fleetwright.scheduler.search.AdversarialSearch;
import io.fleetwright.scheduler.search.PortfolioUnderAttack;
import io.fleetwright.scheduler.sim.SimulationOptions.Semantics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Prints one JSON object with the parts that are asked for, all of them without arguments: {@code figures} that papers
 * print, {@code heft [RUNS]} on large problems beside HEFT that looks at each device (which runs once, not warmed up apart), {@code growth} of its cost,
 * {@code stream} of placements, {@code batch} windows, {@code replan} after lost devices, {@code simulate}, {@code policies} on the shared traces,
 * {@code learned}, the learned policy on unseen seeds, {@code attack [PROBLEMS] [STEPS]} on the portfolio. {@code --json} changes nothing.
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

    /** One part of the report. */
    @FunctionalInterface
    private interface Part {
        String run(List<String> arguments) throws Exception;
    }

    private static final Map<String, Part> PARTS = parts();

    private static Map<String, Part> parts() {
        Map<String, Part> parts = new LinkedHashMap<>();
        parts.put("figures", _ -> FiguresBench.run());
        parts.put("heft", arguments -> heft(number(arguments, 1, RUNS_DEFAULT)));
        parts.put("growth", _ -> growth());
        parts.put("stream", _ -> stream());
        parts.put("batch", _ -> batch());
        parts.put("replan", _ -> replan());
        parts.put("simulate", _ -> simulate());
        parts.put("policies", _ -> PolicyBench.run());
        parts.put("learned", _ -> LearnedBench.run());
        parts.put(
                "attack",
                arguments -> attack(number(arguments, 1, PROBLEMS_DEFAULT), number(arguments, 2, STEPS_DEFAULT)));
        return parts;
    }

    public static void main(String[] arguments) throws Exception {
        List<String> words = Stream.of(arguments)
                .filter(argument -> !argument.equals("--json"))
                .toList();
        if (!words.isEmpty() && !PARTS.containsKey(words.getFirst())) {
            System.err.println("usage: fleetwright bench scheduler [--json] [%s]".formatted(String.join("|", PARTS.keySet())));
            System.exit(2);
        }
        List<String> results = new ArrayList<>();
        for (Map.Entry<String, Part> part : PARTS.entrySet()) {
            if (words.isEmpty() || words.getFirst().equals(part.getKey())) {
                results.add("\"%s\":%s".formatted(part.getKey(), part.getValue().run(words)));
            }
        }
        System.out.println("{\"jdk\":\"%s\",\"processors\":%d,%s}"
                .formatted(
                        Runtime.version(), Runtime.getRuntime().availableProcessors(), String.join(",", results)));
    }

    /** Ten times the tasks, and ten times the devices. */
    private static String growth() throws UnschedulableException {
        List<String> results = new ArrayList<>();
        for (int tasks : new int[] {2_000, 20_000, 200_000}) {
            results.add(growth(new LargeProblem(tasks, 3 * tasks, 5_000, 50, 1, 5_000, 100)));
        }
        for (int devices : new int[] {500, 5_000, 50_000}) {
            results.add(growth(new LargeProblem(100_000, 300_000, devices, 50, 1, 5_000, 100)));
        }
        return "[" + String.join(",", results) + "]";
    }

    private static String growth(LargeProblem shape) throws UnschedulableException {
        Problem problem = shape.make(1, Devices.ALIKE);
        double best = Double.POSITIVE_INFINITY;
        for (int run = 0; run < 3; run++) {
            long start = System.nanoTime();
            new Heft().schedule(problem);
            best = Math.min(best, (System.nanoTime() - start) / 1e6);
        }
        return String.format(
                Locale.ROOT, "{\"tasks\":%d,\"devices\":%d,\"minMs\":%.0f}", shape.tasks(), shape.devices(), best);
    }

    private static String stream() {
        return "[%s,%s,%s]"
                .formatted(
                        StreamBench.run(5_000, 50, 1, 3_000_000),
                        StreamBench.run(5_000, 50, 4, 3_000_000),
                        StreamBench.run(50_000, 50, 4, 3_000_000));
    }

    private static String batch() {
        List<String> results = new ArrayList<>();
        for (double load : new double[] {0.1, 0.3}) {
            results.add(BatchBench.run(Order.ARRIVAL, 500, load, 1));
            for (int perWindow : new int[] {8, 64, 512}) {
                for (Order order : Order.values()) {
                    results.add(BatchBench.run(order, 500, load, perWindow));
                }
            }
        }
        return "[" + String.join(",", results) + "]";
    }

    private static String replan() throws UnschedulableException {
        return "[%s,%s,%s]"
                .formatted(
                        ReplanBench.run(new LargeProblem(100_000, 300_000, 5_000, 50, 1, 5_000, 100), 0.5, 15),
                        ReplanBench.run(new LargeProblem(100_000, 300_000, 5_000, 50, 1, 5_000, 100), 0.1, 15),
                        ReplanBench.run(new LargeProblem(100_000, 300_000, 5_000, 50, 1, 100_000, 10), 0.5, 15));
    }

    private static String simulate() {
        return "[%s,%s,%s,%s]"
                .formatted(
                        SimulatorBench.run("met", Semantics.DS3, 3),
                        SimulatorBench.run("eft", Semantics.DS3, 3),
                        SimulatorBench.run("etf", Semantics.DS3, 3),
                        SimulatorBench.run("etf", Semantics.REAL, 3));
    }

    private static int number(List<String> arguments, int at, int otherwise) {
        return arguments.size() > at ? Integer.parseInt(arguments.get(at)) : otherwise;
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
