package io.fleetwright.scheduler.plan;

/** Where on a device's timeline a task may go. */
public enum Insertion {
    /** Into the first idle gap that is long enough. */
    FILL_GAPS,
    /** After everything placed there so far. */
    APPEND
}
