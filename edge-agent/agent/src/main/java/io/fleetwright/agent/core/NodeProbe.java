package io.fleetwright.agent.core;

import org.jspecify.annotations.Nullable;

/** Looks at the process; a node that is only emulated has none, because the process is not the board. */
@FunctionalInterface
public interface NodeProbe {
    /**
     * The process now.
     *
     * @param memoryUsedMegabytes heap in use
     * @param cpuPercent share of one processor since the last look, absent when not known
     */
    record Load(double memoryUsedMegabytes, @Nullable Double cpuPercent) {}

    Load look();
}
