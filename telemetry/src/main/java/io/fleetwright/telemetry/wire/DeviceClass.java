package io.fleetwright.telemetry.wire;

/** Kinds of compute unit. */
public enum DeviceClass {
    CPU,
    GPU,
    DSP,
    FPGA,
    NPU,
    MCU,
    NANO_DRONE;

    /** As it stands on the wire and in the API, such as {@code nano-drone}. */
    public String wireName() {
        return Json.wireName(this);
    }
}
