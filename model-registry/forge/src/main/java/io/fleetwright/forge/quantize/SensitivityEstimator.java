package io.fleetwright.forge.quantize;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What says how much a layer loses with fewer bits. */
public enum SensitivityEstimator {
    /** How far the answers move, {@link Sensitivity}. */
    KL,
    /** Mean trace of the loss's Hessian times the squared distance of the rounded weights (HAWQ-V2). */
    HESSIAN;

    /** As it is written on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The estimator of a word. */
    public static Optional<SensitivityEstimator> of(String word) {
        return Arrays.stream(values())
                .filter(estimator -> estimator.word().equals(word))
                .findFirst();
    }
}
