package io.fleetwright.tests.simulation;

/** One deliberate fault that no part of the product can make good: it shows that a check can fail. */
enum Sabotage {
    NONE,
    /** The database does not tell a replaced controller that it was replaced. */
    UNFENCED,
    /** Disks turn a bit of each artifact. */
    ROTTEN_DISK,
    /** Disks carry out the first write of a timestamp again after a later one. */
    LATE_WRITE,
    /** Agents see the time of two days ago. */
    SLOW_CLOCK,
    /** Whenever a slot changes, the release on disk allows no way back. */
    NO_WAY_BACK,
    /** One node never gets a list, however often it is sent. */
    DEAF_NODE,
    /** Disks lose all artifacts in a power cut. */
    FORGETFUL_DISK,
    /** The database turns running targets into succeeded ones. */
    FLATTERING_STORE,
    /** The database counts a skipped target too many with each change of a wave. */
    MISCOUNTING_STORE,
    /** The database notes a start for targets that were cancelled. */
    LATE_STORE,
    /** The database keeps what fell back among what succeeded. */
    FORGIVING_STORE,
    /** Somebody else with the director's key signs lists with versions of the controller's. */
    TWO_DIRECTORS,
    /** The database moves the start of running targets. */
    RESTARTING_STORE,
    /** The database leaves slots the version that is taken back from them. */
    KEEPING_STORE
}
