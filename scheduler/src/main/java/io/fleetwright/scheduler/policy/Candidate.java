package io.fleetwright.scheduler.policy;

import java.util.OptionalDouble;

/**
 * One device's part in a placement, with what the chosen one had over it.
 *
 * <p>{@code finish = releaseTime + transfer + waiting + execution}, up to rounding.
 */
public sealed interface Candidate {
    String device();

    /**
     * A device that could do the task.
     *
     * @param transfer time for the inputs to get there
     * @param waiting time from then until the device is free
     * @param execution p90 of the run itself
     * @param energy of the run; empty where it is not known
     * @param laterBy how much later than the chosen one it would finish; 0 for the chosen one, negative for what is left to others
     */
    record Possible(
            String device,
            double start,
            double finish,
            double transfer,
            double waiting,
            double execution,
            OptionalDouble energy,
            double laterBy,
            Standing standing)
            implements Candidate {}

    /** A device that was out of the question. */
    record Impossible(String device, Exclusion reason, String detail) implements Candidate {}

    /** Why it was chosen or lost; of several causes, the one that costs most against the chosen device. */
    enum Standing {
        /** Chosen: it finishes first. */
        EARLIEST_FINISH,
        /** Chosen: no other device could do it. */
        ONLY_POSSIBLE,
        /** Chosen: others would finish it first, but the plan of all that waits is better with it here. */
        PLANNED,
        /** Lost: it would finish it first, or as soon, but the plan has it for others. */
        LEFT_TO_OTHERS,
        /** Lost: its inputs take longer to get there. */
        LONGER_TRANSFER,
        /** Lost: it is busy for longer. */
        LONGER_WAIT,
        /** Lost: it runs the task slower. */
        LONGER_EXECUTION,
        /** Lost: it finishes at the same time and its id comes later. */
        SAME_FINISH_HIGHER_ID
    }
}
