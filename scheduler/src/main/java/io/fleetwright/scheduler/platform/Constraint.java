package io.fleetwright.scheduler.platform;

/** What may keep a task off a device, whatever the device is doing. */
public enum Constraint {
    /** The device lacks an operator. */
    OPERATOR,
    /** The device does not compute in this precision. */
    PRECISION,
    /** The task needs more memory than the device has. */
    MEMORY,
    /** The task must stay elsewhere. */
    LOCATION,
    /** The device serves others. */
    TENANT
}
