package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.kernel.KernelSet;
import java.util.Locale;

/**
 * How to measure.
 *
 * @param seconds of measuring each model, all engines together; warm-up comes on top
 * @param threads of the native engines; ours has one
 * @param rounding of our interpreter
 * @param kernels of our interpreter
 */
record Settings(double seconds, int threads, Rounding rounding, KernelSet kernels) {
    static String name(Rounding rounding) {
        return rounding.name().toLowerCase(Locale.ROOT);
    }
}
