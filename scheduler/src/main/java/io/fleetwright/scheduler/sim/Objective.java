package io.fleetwright.scheduler.sim;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** What a simulation is judged by. */
public enum Objective {
    /** Microseconds from the start to the last event. */
    MAKESPAN("us", false),
    /** Microseconds from a job's arrival to its end, over completed jobs. */
    MEAN_LATENCY("us", false),
    /** Part of all decided jobs that was late or given up, 0 to 1. */
    DEADLINE_MISS("of jobs", false),
    /** Energy of the platform. */
    ENERGY("J", false),
    /**
     * Energy of the platform times mean latency.
     *
     * @see "Horowitz, Indermaur, Gonzalez, Low-power digital design, 1994"
     */
    ENERGY_DELAY("J s", false),
    /** Completed jobs in each second of simulated time. */
    THROUGHPUT("jobs/s", true);

    private static final double MICROS_PER_SECOND = 1e6;

    private final String unit;
    private final boolean moreIsBetter;

    Objective(String unit, boolean moreIsBetter) {
        this.unit = unit;
        this.moreIsBetter = moreIsBetter;
    }

    /** As command lines spell it, for example {@code energy-delay}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public String unit() {
        return unit;
    }

    /** The result's figure in {@link #unit}; not a number where nothing tells, as energy without power figures. */
    public double of(SimulationResult result) {
        return switch (this) {
            case MAKESPAN -> result.endMicros();
            case MEAN_LATENCY -> result.meanMicros();
            case DEADLINE_MISS -> result.missRate();
            case ENERGY -> result.joules();
            case ENERGY_DELAY -> result.joules() * result.meanMicros() / MICROS_PER_SECOND;
            case THROUGHPUT -> result.completed() / (result.endMicros() / MICROS_PER_SECOND);
        };
    }

    /** Better results first; those without a figure last. */
    public Comparator<SimulationResult> order() {
        return Comparator.comparingDouble(result -> {
            double figure = of(result);
            return Double.isNaN(figure) ? Double.POSITIVE_INFINITY : moreIsBetter ? -figure : figure;
        });
    }

    /**
     * The name of the best result, the first of equals in the map's order.
     *
     * @throws IllegalArgumentException if there is none
     */
    public String best(Map<String, SimulationResult> results) {
        return results.entrySet().stream()
                .min(Map.Entry.comparingByValue(order()))
                .map(Map.Entry::getKey)
                .orElseThrow(() -> new IllegalArgumentException("results must not be empty"));
    }
}
