package io.fleetwright.controller.job;

import io.fleetwright.controller.model.VariantRow;
import org.jspecify.annotations.Nullable;

/**
 * What a job of several tasks wants of the inference that one of them is.
 *
 * @param graphId the job of several tasks
 * @param version the only one that may run, absent for any
 * @param variant the only one that may run, absent for any
 * @param accuracyFloor share of right answers that the variant must have been measured to give, absent for any
 * @param attempts until it has failed, absent for what every job has
 * @param turnMicros place among what waits, lower first; a single inference has the time when it came, less its priority
 * @param stretch of the network, absent for all of it
 */
public record Part(
        String graphId,
        @Nullable String version,
        @Nullable String variant,
        @Nullable Double accuracyFloor,
        @Nullable Integer attempts,
        long turnMicros,
        @Nullable Stretch stretch) {
    /**
     * Operators of a network.
     *
     * @param to operator after the last
     * @param share of the network's work, above 0 and at most 1
     */
    public record Stretch(int from, int to, double share) {}

    /** All of whichever variant. */
    public Part(String graphId, @Nullable String version, @Nullable Double accuracyFloor, long turnMicros) {
        this(graphId, version, null, accuracyFloor, null, turnMicros, null);
    }

    /** Share of right answers; absent when nobody has measured it. */
    public static @Nullable Double accuracy(VariantRow variant) {
        return variant.accuracyCount == 0
                ? null
                : Double.valueOf((double) variant.accuracyCorrect / variant.accuracyCount);
    }

    /** Why a job may not run on a variant; absent when it may. */
    static @Nullable String exclusion(@Nullable String version, @Nullable Double floor, VariantRow variant) {
        if (version != null && !version.equals(variant.version)) {
            return "has version %s, and %s is wanted".formatted(variant.version, version);
        }
        Double accuracy = accuracy(variant);
        if (floor != null && (accuracy == null || accuracy < floor)) {
            return accuracy == null
                    ? "accuracy was not measured, and the floor is %s".formatted(floor)
                    : "accuracy %.4f is below the floor %s".formatted(accuracy, floor);
        }
        return null;
    }
}
