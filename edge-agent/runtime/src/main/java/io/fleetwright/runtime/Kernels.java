package io.fleetwright.runtime;

import io.fleetwright.runtime.kernel.KernelSet;
import io.fleetwright.runtime.kernel.ScalarKernels;

/** The kernel sets of this machine. */
public final class Kernels {
    private static final KernelSet SCALAR = new ScalarKernels();

    private Kernels() {}

    /** Plain Java. */
    public static KernelSet scalar() {
        return SCALAR;
    }

    /** The fastest set that runs here; chosen once. */
    public static KernelSet best() {
        return SCALAR;
    }
}
