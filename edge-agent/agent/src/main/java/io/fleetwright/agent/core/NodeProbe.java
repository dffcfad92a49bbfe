package io.fleetwright.agent.core;

import org.jspecify.annotations.Nullable;

/** Looks at the process and its board; a node that is only emulated has none, because the process is not the board. */
@FunctionalInterface
public interface NodeProbe {
    /**
     * Both now.
     *
     * @param memoryUsedMegabytes heap in use
     * @param cpuPercent share of one processor since the last look, absent when not known
     * @param celsius of the board's hottest place, absent when nothing measures it
     * @param batteryPercent charge of the board's emptiest battery, 0 to 100, absent when it has none
     */
    record Load(
            double memoryUsedMegabytes,
            @Nullable Double cpuPercent,
            @Nullable Double celsius,
            @Nullable Double batteryPercent) {}

    Load look();
}
