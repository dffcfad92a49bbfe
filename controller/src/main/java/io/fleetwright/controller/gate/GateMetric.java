package io.fleetwright.controller.gate;

import java.util.Locale;

/** What a gate may look at. */
public enum GateMetric {
    /** Share of inferences slower than a limit that one in twenty may exceed. */
    LATENCY_P95(true),
    /** Mean of the logarithm of the energy of an inference. */
    ENERGY_MEAN(true),
    /** Share of inputs on which the new version says what the running one says. */
    AGREEMENT(true),
    /** Share of labelled inputs that the new version gets right. */
    ACCURACY(true),
    /** Of the labelled inputs that exactly one of both versions gets right, the share that only the running one does; holds no wave. */
    ACCURACY_PAIRED(true),
    /** Outputs that no longer tell anything. */
    SATURATION(false),
    /** A node that starts again and again. */
    CRASH_LOOP(false),
    /** A node that gets too hot. */
    TEMPERATURE(false);

    private final boolean statistical;

    GateMetric(boolean statistical) {
        this.statistical = statistical;
    }

    /** True when a sequential test decides; the others stop at once. */
    public boolean isStatistical() {
        return statistical;
    }

    /** As the API writes it, such as {@code latency-p95}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
