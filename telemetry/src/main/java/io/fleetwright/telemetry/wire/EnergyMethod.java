package io.fleetwright.telemetry.wire;

/** How an energy figure came about; it always travels with the figure. */
public enum EnergyMethod {
    RAPL,
    HWMON,
    BATTERY,
    GPU,
    EXTERNAL,
    MODEL,
    /** No power figure exists; the energy is unknown, never 0. */
    UNKNOWN;

    public String wireName() {
        return Json.wireName(this);
    }
}
