package io.fleetwright.forge.select;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Candidates and devices in few words. */
final class Candidates {
    static final DeviceFacts ANY_DEVICE =
            new DeviceFacts("any", Optional.empty(), Optional.empty(), new Memory.Unknown());

    private Candidates() {}

    /** A candidate of which only these figures are known; NaN stands for one that is not. */
    static Candidate candidate(String variant, double accuracy, double latencyMillis, double energyMillijoules) {
        return new Candidate(
                variant,
                Set.of("CONV_2D"),
                8,
                1000,
                1000,
                known(accuracy),
                known(latencyMillis),
                known(energyMillijoules));
    }

    /** Limits, NaN for none, that never give way. */
    static Constraints strict(double latencyMillisMax, double energyMillijoulesMax, double accuracyMin) {
        return new Constraints(known(latencyMillisMax), known(energyMillijoulesMax), known(accuracyMin), List.of());
    }

    static Constraints relaxable(double latencyMillisMax, double energyMillijoulesMax, double accuracyMin) {
        return new Constraints(
                known(latencyMillisMax), known(energyMillijoulesMax), known(accuracyMin), Constraints.RELAXATIONS);
    }

    static OptionalDouble known(double value) {
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
