package io.fleetwright.scheduler.heft;

/**
 * What a ready task asks for: a device, and how urgent it is that it gets it.
 *
 * @param rival the device that matters if it becomes later too; {@link #NONE} for none
 * @param urgency the greatest goes first
 * @param tieBreak of equally urgent ones the greatest goes first, then the lowest task
 */
record Wish(int device, int rival, double urgency, double tieBreak) {
    static final int NONE = -1;

    /** Whether something placed on {@code taken} may have changed this wish. */
    boolean concerns(int taken) {
        return taken == device || taken == rival;
    }

    boolean isMoreUrgentThan(Wish other) {
        int order = Double.compare(urgency, other.urgency);
        return order > 0 || (order == 0 && tieBreak > other.tieBreak);
    }

    boolean isAsUrgentAs(Wish other) {
        return Double.compare(urgency, other.urgency) == 0 && Double.compare(tieBreak, other.tieBreak) == 0;
    }
}
