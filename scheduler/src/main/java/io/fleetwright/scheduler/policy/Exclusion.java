package io.fleetwright.scheduler.policy;

/** Why a device is no candidate for a task at all. */
public enum Exclusion {
    OFFLINE,
    NOT_LOADED,
    UNSUPPORTED_OPERATOR,
    UNSUPPORTED_PRECISION,
    OUT_OF_MEMORY,
    OTHER_LOCATION,
    OTHER_TENANT,
    CONSTRAINT,
    NO_LINK,
    /** It has as much work waiting as it may. */
    QUEUE_FULL,
    /** The request says nothing about this device. */
    NO_ESTIMATE,
    /** It would finish after the deadline. */
    MISSES_DEADLINE
}
