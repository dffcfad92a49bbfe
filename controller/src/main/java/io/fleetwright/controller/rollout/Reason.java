package io.fleetwright.controller.rollout;

import io.fleetwright.telemetry.wire.Json;

/** Why a rollout or a target ended, or is held; a stable word in rows, API and command line. */
public enum Reason {
    /** More targets of a wave failed than its policy tolerates. */
    FAILURE_THRESHOLD,
    /** Fewer targets of a wave succeeded than its policy asks for. */
    SUCCESS_THRESHOLD,
    /** A gate found the new version worse; the detail names which. */
    GATE_BREACH,
    /** The gates did not decide within their time. */
    GATE_UNDECIDED,
    /** The rollout took longer than its policy allows. */
    ROLLOUT_DEADLINE,
    BY_OPERATOR,
    /** The rollout stopped before this target's turn. */
    ROLLOUT_HALTED,
    /** The device did not answer to what it was told in time. */
    DISPATCH_DEADLINE,
    /** The device answered, but did not run the version in time. */
    APPLY_DEADLINE,
    /** The node was not there for as long as a dispatch may take. */
    OFFLINE,
    /** The node may not fetch that many bytes a day. */
    DATA_BUDGET,
    /** The device ran the version and then something else. */
    FELL_BACK,
    DEVICE_GONE,
    DESIRED_LIST_FULL,
    /** Another rollout of the slot has taken the device since, so that it got no other turn. */
    IN_ANOTHER_ROLLOUT,
    /** The device says that it runs what it ran before. */
    CONFIRMED,
    /** Taken back, and the device has not said so; it gets its list when it returns. */
    UNCONFIRMED,
    /** What the slot shall run was decided by others since; that is left as it is. */
    SUPERSEDED,
    /** Of rows from before there were policies. */
    BEFORE_POLICIES;

    /** As rows and the API write it. */
    public String label() {
        return Json.wireName(this);
    }
}
