package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.Table;
import io.fleetwright.cli.plot.Axis;
import io.fleetwright.cli.plot.Plot;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.scenario.Board;
import io.fleetwright.scheduler.scenario.Comparison;
import io.fleetwright.scheduler.scenario.Comparison.Spread;
import io.fleetwright.scheduler.scenario.FramePolicies;
import io.fleetwright.scheduler.scenario.RunResult;
import io.fleetwright.scheduler.scenario.RunResult.StreamResult;
import io.fleetwright.scheduler.scenario.Wildfire;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/** What the policies come to in the scenario, as JSON or as a table. */
record WildfireReport(Comparison comparison, long seed, int seeds, boolean mains) {
    static final String NAME = "wildfire";
    static final int SEEDS = 20;
    static final int SEEDS_MAX = 1000;

    /** What the policy of the product is measured against. */
    private static final List<String> BASELINES = List.of(FramePolicies.ROUND_ROBIN, FramePolicies.HEFT);

    /** Percent that the plot begins at. */
    private static final double MISSED_MIN = 0.01;

    /** Part of a baseline's figure that is a fifth better. */
    private static final double TARGET = 0.8;

    /** @param mains no battery ends */
    static WildfireReport of(List<String> policies, long seed, int seeds, boolean mains) throws CommandFailure {
        List<LayerGraph> networks = WildfireNetworks.all();
        List<Board> boards = WildfireFleet.of(networks).stream()
                .map(board -> mains ? board.onMains() : board)
                .toList();
        return new WildfireReport(
                Comparison.of(
                        policies, each -> Wildfire.setting(networks, boards, each), seed, seeds, System::nanoTime),
                seed,
                seeds,
                mains);
    }

    ObjectNode json(ObjectNode root) {
        root.put("scenario", NAME).put("seed", seed).put("seeds", seeds).put("mains", mains);
        ArrayNode policies = root.putArray("policies");
        comparison.results().forEach((policy, runs) -> {
            ObjectNode node = policies.addObject().put("policy", policy);
            put(node, policy, "missRate", RunResult::missRate);
            put(node, policy, "activeMjPerResult", RunResult::activeMillijoulesPerResult);
            put(node, policy, "mjPerResult", RunResult::millijoulesPerResult);
            put(node, policy, "frames", RunResult::taken);
            put(node, policy, "onTime", RunResult::onTime);
            put(node, policy, "unanswered", RunResult::unanswered);
            put(node, policy, "batteriesEmpty", RunResult::batteriesEmpty);
            put(node, policy, "drops", RunResult::drops);
            node.put("missedPerDropMax", worst(policy, RunResult::missedPerDropMax))
                    .put("missedBehindMax", worst(policy, RunResult::missedBehindMax))
                    .put(
                            "replanMedianMs",
                            comparison
                                    .spread(policy, RunResult::replanMillisMedian)
                                    .mean())
                    .put("replanMaxMs", slowestReplan(policy));
            ArrayNode streams = node.putArray("streams");
            for (int s = 0; s < runs.getFirst().streams().size(); s++) {
                add(streams.addObject(), runs, s);
            }
        });
        ArrayNode ratios = root.putArray("ratios");
        for (String baseline : baselines()) {
            ratios.addObject()
                    .put("policy", FramePolicies.SHARED)
                    .put("over", baseline)
                    .put("missRate", ratio(baseline, RunResult::missRate))
                    .put("activeMjPerResult", ratio(baseline, RunResult::activeMillijoulesPerResult))
                    .put("mjPerResult", ratio(baseline, RunResult::millijoulesPerResult))
                    .put("seedsMissRate", within(baseline, RunResult::missRate))
                    .put("seedsActiveMj", within(baseline, RunResult::activeMillijoulesPerResult));
        }
        return root;
    }

    private static void add(ObjectNode node, List<RunResult> runs, int stream) {
        List<StreamResult> results =
                runs.stream().map(run -> run.streams().get(stream)).toList();
        double taken = results.stream().mapToLong(StreamResult::taken).sum();
        double onTime = results.stream().mapToLong(StreamResult::onTime).sum();
        double shared = results.stream().mapToLong(StreamResult::shared).sum();
        node.put("name", results.getFirst().name())
                .put("missRate", (taken - onTime) / taken)
                .put("shared", shared / onTime)
                .put(
                        "latencyMs",
                        results.stream()
                                .mapToDouble(StreamResult::latencyMillis)
                                .average()
                                .orElse(0));
    }

    private void put(ObjectNode node, String policy, String name, ToDoubleFunction<RunResult> figure) {
        Spread spread = comparison.spread(policy, figure);
        node.put(name, spread.mean()).put(name + "Sd", spread.deviation());
    }

    /** A dot for each seed of a policy: right of it more energy, above it more misses, both as in the table. */
    String plot() {
        double dearest = 0;
        for (List<RunResult> runs : comparison.results().values()) {
            for (RunResult run : runs) {
                dearest = Math.max(dearest, run.activeMillijoulesPerResult());
            }
        }
        Plot plot = new Plot(
                "wildfire: ten minutes, %d seeds".formatted(seeds),
                Axis.linear("active energy, mJ for each result in time", dearest),
                Axis.logarithmic("missed %", MISSED_MIN, 100));
        plot.note("a dot for each seed; what is below %s %% stands there".formatted(MISSED_MIN));
        comparison.results().forEach((policy, runs) -> {
            Plot.Dot dot = policy.equals(FramePolicies.SHARED) ? Plot.Dot.ON : Plot.Dot.OFF;
            List<RunResult> sorted = runs.stream()
                    .sorted(Comparator.comparingDouble(RunResult::activeMillijoulesPerResult))
                    .toList();
            for (int i = 0; i < sorted.size(); i++) {
                RunResult run = sorted.get(i);
                plot.point(
                        dot,
                        new Plot.At(run.activeMillijoulesPerResult(), 100 * run.missRate()),
                        i == sorted.size() - 1 ? policy : "");
            }
        });
        return plot.draw();
    }

    void print(PrintWriter out) {
        var table = new Table(
                "policy",
                " missed %",
                " +-",
                " fire",
                " person",
                " sound",
                " active mJ/result",
                " +-",
                " with idle",
                " unanswered",
                " empty",
                " by a drop",
                " cut off",
                " shared %",
                " replan ms",
                " max");
        comparison.results().forEach((policy, runs) -> {
            Spread missed = comparison.spread(policy, RunResult::missRate);
            Spread active = comparison.spread(policy, RunResult::activeMillijoulesPerResult);
            table.row(
                    policy,
                    number("%.3f", 100 * missed.mean()),
                    number("%.3f", 100 * missed.deviation()),
                    stream(policy, 0),
                    stream(policy, 1),
                    stream(policy, 2),
                    number("%.2f", active.mean()),
                    number("%.2f", active.deviation()),
                    number(
                            "%.1f",
                            comparison
                                    .spread(policy, RunResult::millijoulesPerResult)
                                    .mean()),
                    number(
                            "%.0f",
                            comparison.spread(policy, RunResult::unanswered).mean()),
                    number(
                            "%.2f",
                            comparison.spread(policy, RunResult::batteriesEmpty).mean()),
                    String.valueOf(worst(policy, RunResult::missedPerDropMax)),
                    String.valueOf(worst(policy, RunResult::missedBehindMax)),
                    number(
                            "%.2f",
                            100
                                    * comparison
                                            .spread(policy, WildfireReport::shared)
                                            .mean()),
                    number(
                            "%.3f",
                            comparison
                                    .spread(policy, RunResult::replanMillisMedian)
                                    .mean()),
                    number("%.1f", slowestReplan(policy)));
        });
        table.print(out);
        double frames = comparison
                .spread(comparison.results().keySet().iterator().next(), RunResult::taken)
                .mean();
        out.println("%d seeds from %d, %.0f frames each in the mean; +- is the standard deviation over seeds"
                .formatted(seeds, seed, frames));
        for (String baseline : baselines()) {
            out.println(
                    "%s over %s: missed %s (a fifth better in %d of %d seeds), active energy for a result %s (%d of %d), with idle %s"
                            .formatted(
                                    FramePolicies.SHARED,
                                    baseline,
                                    number("%.3f", ratio(baseline, RunResult::missRate)),
                                    within(baseline, RunResult::missRate),
                                    seeds,
                                    number("%.3f", ratio(baseline, RunResult::activeMillijoulesPerResult)),
                                    within(baseline, RunResult::activeMillijoulesPerResult),
                                    seeds,
                                    number("%.3f", ratio(baseline, RunResult::millijoulesPerResult))));
        }
    }

    private static double shared(RunResult run) {
        return (double) run.streams().stream().mapToLong(StreamResult::shared).sum() / run.onTime();
    }

    private String stream(String policy, int stream) {
        return number(
                "%.3f",
                100
                        * comparison
                                .spread(policy, run -> {
                                    StreamResult one = run.streams().get(stream);
                                    return (double) (one.taken() - one.onTime()) / one.taken();
                                })
                                .mean());
    }

    private int worst(String policy, ToIntFunction<RunResult> figure) {
        return comparison.of(policy).stream().mapToInt(figure).max().orElse(0);
    }

    private double slowestReplan(String policy) {
        return comparison.of(policy).stream()
                .mapToDouble(RunResult::replanMillisMax)
                .max()
                .orElse(0);
    }

    /** Those that ran, when the product's policy did. */
    private List<String> baselines() {
        return comparison.results().containsKey(FramePolicies.SHARED)
                ? BASELINES.stream().filter(comparison.results()::containsKey).toList()
                : List.of();
    }

    private double ratio(String baseline, ToDoubleFunction<RunResult> figure) {
        return comparison.ratio(FramePolicies.SHARED, baseline, figure);
    }

    private long within(String baseline, ToDoubleFunction<RunResult> figure) {
        return comparison.seedsWithin(FramePolicies.SHARED, baseline, figure, TARGET);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
