package io.fleetwright.scheduler.sim;

/** Says of each job that comes whether it may enter. One instance serves one simulation. */
public interface Admission {
    /** Lets every job in. */
    Admission EVERY_JOB = (_, _) -> Answer.ADMITTED;

    /** What a job is told, and why. */
    enum Answer {
        ADMITTED,
        /** It would end after its own deadline. */
        OWN_DEADLINE,
        /** A job admitted before would end after its deadline. */
        GIVEN_PROMISE,
        /** There is too much in the system to say. */
        TOO_MUCH_WORK
    }

    /**
     * Called once per job, when it enters the system.
     *
     * @param slot the job; nothing of it is placed yet, and it is taken out again unless it is admitted
     */
    Answer ask(SystemState state, int slot);
}
