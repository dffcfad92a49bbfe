package io.fleetwright.scheduler.partition;

/** What sending a tensor in few bits costs in accuracy, measured once per variant. */
@FunctionalInterface
public interface Penalty {
    /** Nothing, whatever is sent. */
    Penalty NONE = (_, _) -> 0;

    /**
     * Part of right answers that are lost, 0 to 1, or infinite where the tensor must not be sent in so few bits; no planner does it then.
     *
     * @param producer the layer whose output is sent, {@link LayerGraph#INPUT} for the input
     */
    double loss(int producer, int bits);

    /**
     * The same, where no single tensor may lose more.
     *
     * @param lossMax at least 0
     */
    default Penalty upTo(double lossMax) {
        return (producer, bits) -> {
            double loss = loss(producer, bits);
            return loss <= lossMax ? loss : Double.POSITIVE_INFINITY;
        };
    }
}
