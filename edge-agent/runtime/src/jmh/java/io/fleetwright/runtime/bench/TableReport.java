package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.bench.EngineResult.Difference;
import io.fleetwright.runtime.bench.EngineResult.Measured;
import io.fleetwright.runtime.bench.EngineResult.Refused;
import java.io.PrintStream;

/** The report for people, a model at a time as they are done. */
final class TableReport {
    private static final String ROW = "%-24s %-11s %10s %10s %10s   %-24s %s%n";
    private static final double NANOS_PER_MICRO = 1e3;

    private final PrintStream out;

    TableReport(PrintStream out) {
        this.out = out;
    }

    void head(Machine machine, double seconds, int threads) {
        out.println(machine.system());
        out.println(machine.processor());
        out.printf("%s %s%n", machine.jdk(), String.join(" ", machine.flags()));
        out.printf(
                "%s kernels on one thread, native engines on %d; %.1f s a model, in turns; ours over theirs by p50,"
                        + " 95 %% interval over rounds%n%n",
                FleetwrightEngine.KERNELS, threads, seconds);
        out.printf(ROW, "model", "engine", "min us", "p50 us", "p90 us", "ours / theirs", "outputs; how it ran");
    }

    void model(ModelResult result) {
        String model = result.model();
        for (var engine : result.engines()) {
            switch (engine) {
                case Measured measured -> {
                    var times = measured.times();
                    out.printf(
                            ROW,
                            model,
                            measured.engine(),
                            micros(times.min()),
                            micros(times.percentile(0.5)),
                            micros(times.percentile(0.9)),
                            ratio(result, measured.engine()),
                            "%s; %s"
                                    .formatted(
                                            outputs(measured.difference(), measured.flavour()), measured.remark()));
                }
                case Refused refused ->
                    out.printf(ROW, model, refused.engine(), "-", "-", "-", "-", "refused: " + refused.reason());
            }
            model = "";
        }
        out.flush();
    }

    private static String micros(long nanos) {
        return "%.1f".formatted(nanos / NANOS_PER_MICRO);
    }

    private static String ratio(ModelResult result, String engine) {
        if (engine.equals(FleetwrightEngine.NAME)) {
            return "";
        }
        return result.ratioTo(engine)
                .map(ratio -> "%.2f (%.2f to %.2f)".formatted(ratio.value(), ratio.low(), ratio.high()))
                .orElse("-");
    }

    private static String outputs(Difference difference, String flavour) {
        return difference.none()
                ? "all %d bytes equal %s rounding".formatted(difference.of(), flavour)
                : "%d of %d bytes differ from %s rounding, by %d at most"
                        .formatted(difference.bytes(), difference.of(), flavour, difference.worst());
    }
}
