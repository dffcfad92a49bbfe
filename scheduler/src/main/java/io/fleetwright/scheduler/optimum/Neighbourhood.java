package io.fleetwright.scheduler.optimum;

import java.util.Arrays;

/**
 * The tasks next to a task in the graph, and how soon it can be when they are either on its own device, one after the
 * other, or elsewhere, which takes a transfer each. The same holds forwards, for predecessors and the start, and backwards,
 * for successors and the time that is left.
 *
 * <p>In any schedule the neighbours of longest transfer, up to some number, are on the device and the next one is not. So
 * the least, over that number, of the larger of the two times is a bound.
 *
 * @see "Papadimitriou, Yannakakis, Towards an architecture-independent analysis of parallel algorithms, 1990, for the
 *     thought, there with copies of tasks"
 */
final class Neighbourhood {
    /** With more neighbours only their transfers are looked at, which is a bound too. */
    private static final int SORTED_MAX = 512;

    private int size;
    private double[] elsewhere = new double[16];
    private double[] before = new double[16];
    private double[] execution = new double[16];

    void clear() {
        size = 0;
    }

    /**
     * A neighbour.
     *
     * @param elsewhere time when it is on another device, transfer included
     * @param before earliest time at which it begins, or what is left after it, when it is on the device itself
     * @param execution time of it there; infinite if it does not run there
     */
    void add(double elsewhere, double before, double execution) {
        if (size == this.elsewhere.length) {
            this.elsewhere = Arrays.copyOf(this.elsewhere, 2 * size);
            this.before = Arrays.copyOf(this.before, 2 * size);
            this.execution = Arrays.copyOf(this.execution, 2 * size);
        }
        int at = size++;
        if (size <= SORTED_MAX) {
            while (at > 0 && this.elsewhere[at - 1] < elsewhere) {
                this.elsewhere[at] = this.elsewhere[at - 1];
                this.before[at] = this.before[at - 1];
                this.execution[at] = this.execution[at - 1];
                at--;
            }
        }
        this.elsewhere[at] = elsewhere;
        this.before[at] = before;
        this.execution[at] = execution;
    }

    /** No schedule is sooner than this. */
    double bound() {
        if (size > SORTED_MAX) {
            double bound = 0;
            for (int i = 0; i < size; i++) {
                bound = Math.max(bound, Math.min(elsewhere[i], before[i] + execution[i]));
            }
            return bound;
        }
        double bound = size == 0 ? 0 : elsewhere[0];
        double sum = 0;
        double first = Double.POSITIVE_INFINITY;
        double last = 0;
        for (int here = 0; here < size; here++) {
            sum += execution[here];
            first = Math.min(first, before[here]);
            last = Math.max(last, before[here] + execution[here]);
            double inTurn = Math.max(last, first + sum);
            bound = Math.min(bound, Math.max(inTurn, here + 1 < size ? elsewhere[here + 1] : 0));
        }
        return bound;
    }
}
