package io.fleetwright.scheduler.partition;

/** What sending a tensor in few bits costs in accuracy, measured once per variant. */
@FunctionalInterface
public interface Penalty {
    /** Nothing, whatever is sent. */
    Penalty NONE = (_, _) -> 0;

    /**
     * Part of right answers that are lost, 0 to 1.
     *
     * @param producer the layer whose output is sent, {@link LayerGraph#INPUT} for the input
     */
    double loss(int producer, int bits);
}
