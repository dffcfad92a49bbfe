package io.fleetwright.scheduler.plan;

/** One device's part in the explanation of a planned task. */
public sealed interface Alternative {
    int device();

    /**
     * A device that could have had the task, with everything else of the plan staying where it is.
     *
     * @param start first gap there that is long enough, once the inputs have arrived
     * @param transfer from the end of the last predecessor until all inputs are there; 0 for an entry task
     * @param waiting from then, or from 0 for an entry task, until {@code start}
     * @param laterBy how much later than planned it would finish; negative if sooner
     * @param delays how much too late its results would reach the first successor that could not start as planned; 0 if
     *     all could
     */
    record Possible(
            int device,
            double start,
            double finish,
            double transfer,
            double waiting,
            double execution,
            double laterBy,
            double delays,
            Standing standing)
            implements Alternative {}

    /** A device that was out of the question. */
    record Impossible(int device, Obstacle obstacle) implements Alternative {}

    /** Why it was chosen or lost; of several causes of a later finish, the greatest. */
    enum Standing {
        CHOSEN,
        /** Its inputs take longer to get there. */
        LONGER_TRANSFER,
        /** It is busy for longer. */
        LONGER_WAIT,
        /** It runs the task slower. */
        LONGER_EXECUTION,
        /** It finishes no later, but its results would come too late where they are needed. */
        DELAYS_SUCCESSOR,
        /** Nothing speaks against it: the plan would be as good. */
        AS_GOOD
    }

    enum Obstacle {
        CANNOT_RUN,
        NO_LINK
    }
}
