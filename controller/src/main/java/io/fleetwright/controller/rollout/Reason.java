package io.fleetwright.controller.rollout;

import java.util.Locale;

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
    /** A target's rollout stopped before its turn. */
    ROLLOUT_HALTED,
    /** The device did not answer to what it was told in time. */
    DISPATCH_DEADLINE,
    /** The device answered, but did not run the version in time. */
    APPLY_DEADLINE,
    /** The node was not there for as long as a dispatch may take. */
    OFFLINE,
    /** The node may not fetch that many bytes a day. */
    DATA_BUDGET,
    DEVICE_GONE,
    DESIRED_LIST_FULL,
    /** The device says that it runs what it ran before. */
    CONFIRMED,
    /** Taken back, and the device has not said so; it gets its list when it returns. */
    UNCONFIRMED,
    /** Taken back by a later rollout, which now says what the slot runs. */
    SUPERSEDED;

    /** As rows and the API write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
