package io.fleetwright.agent.energy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** The hottest of this machine's thermal zones. */
public final class SysfsThermometer {
    private static final int ZONES_MAX = 64;
    /** What is beyond is a sensor that is off or broken, and no temperature. */
    private static final long MILLIDEGREES_MIN = -40_000;

    private static final long MILLIDEGREES_MAX = 150_000;

    private final List<Path> zones;

    /**
     * Finds the zones.
     *
     * @param sys the folder that is {@code /sys} on a real machine
     */
    public SysfsThermometer(Path sys) {
        this.zones = Sysfs.children(sys.resolve("class/thermal"), "thermal_zone*").stream()
                .limit(ZONES_MAX)
                .map(zone -> zone.resolve("temp"))
                .toList();
    }

    /** Degrees Celsius now, absent when no zone says any. */
    public OptionalDouble celsius() {
        return zones.stream()
                .flatMapToLong(zone -> Sysfs.number(zone).stream())
                .filter(value -> value >= MILLIDEGREES_MIN && value <= MILLIDEGREES_MAX)
                .mapToDouble(value -> value / 1000.0)
                .max();
    }
}
