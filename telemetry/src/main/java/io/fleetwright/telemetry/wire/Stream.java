package io.fleetwright.telemetry.wire;

/** The three streams that the controller acknowledges by ranges, each numbered from 1 in every boot. */
public enum Stream {
    TELEMETRY,
    RESULT,
    REPORTED;

    public String wireName() {
        return Json.wireName(this);
    }
}
