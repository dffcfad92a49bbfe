package io.fleetwright.agent.energy;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/** The emptiest of this machine's batteries; those of devices that are plugged into it do not count. */
public final class SysfsBattery {
    private static final int SUPPLIES_MAX = 16;
    private static final long PERCENT_MAX = 100;

    private final List<Path> batteries;

    /**
     * Finds the batteries.
     *
     * @param sys the folder that is {@code /sys} on a real machine
     */
    public SysfsBattery(Path sys) {
        this.batteries = Sysfs.children(sys.resolve("class/power_supply"), "*").stream()
                .limit(SUPPLIES_MAX)
                .filter(supply -> Sysfs.text(supply.resolve("type")).equals("Battery")
                        && !Sysfs.text(supply.resolve("scope")).equals("Device"))
                .map(supply -> supply.resolve("capacity"))
                .toList();
    }

    /** Charge now in percent of a full battery, absent when no battery says any. */
    public OptionalDouble percent() {
        return batteries.stream()
                .flatMapToLong(battery -> Sysfs.number(battery).stream())
                .filter(value -> value >= 0 && value <= PERCENT_MAX)
                .mapToDouble(value -> value)
                .min();
    }
}
