package io.fleetwright.scheduler.sim;

import java.util.Arrays;

/**
 * Events by time, then by phase, then by when they were known, then in the order in which they were added: a binary
 * heap over plain arrays.
 */
final class EventQueue {
    /** Before the scheduler of that instant runs. */
    static final int EARLY = 0;
    /** After it. */
    static final int LATE = 1;

    private static final int PHASE_SHIFT = 62;

    private double[] time = new double[64];
    private double[] known = new double[64];
    private long[] order = new long[64];
    private long[] payload = new long[64];
    private int size;
    private long added;

    boolean isEmpty() {
        return size == 0;
    }

    double time() {
        return time[0];
    }

    long peek() {
        return payload[0];
    }

    boolean isLate() {
        return order[0] >>> PHASE_SHIFT == LATE;
    }

    void add(double at, int phase, long what) {
        add(at, phase, 0, what);
    }

    void add(double at, int phase, double since, long what) {
        if (size == time.length) {
            time = Arrays.copyOf(time, 2 * size);
            known = Arrays.copyOf(known, 2 * size);
            order = Arrays.copyOf(order, 2 * size);
            payload = Arrays.copyOf(payload, 2 * size);
        }
        long key = (long) phase << PHASE_SHIFT | added++;
        int hole = size++;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (before(parent, at, since, key)) {
                break;
            }
            move(parent, hole);
            hole = parent;
        }
        set(hole, at, since, key, what);
    }

    /** Takes the first event out and answers its payload. */
    long remove() {
        long first = payload[0];
        size--;
        if (size > 0) {
            sink(time[size], known[size], order[size], payload[size]);
        }
        return first;
    }

    private void sink(double at, double since, long key, long what) {
        int hole = 0;
        while (true) {
            int child = 2 * hole + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && before(child + 1, time[child], known[child], order[child])) {
                child++;
            }
            if (!before(child, at, since, key)) {
                break;
            }
            move(child, hole);
            hole = child;
        }
        set(hole, at, since, key, what);
    }

    private boolean before(int position, double at, double since, long key) {
        if (time[position] != at) {
            return time[position] < at;
        }
        boolean late = order[position] >>> PHASE_SHIFT == LATE;
        if (late != (key >>> PHASE_SHIFT == LATE)) {
            return !late;
        }
        return known[position] < since || (known[position] == since && order[position] < key);
    }

    private void move(int from, int to) {
        time[to] = time[from];
        known[to] = known[from];
        order[to] = order[from];
        payload[to] = payload[from];
    }

    private void set(int at, double when, double since, long key, long what) {
        time[at] = when;
        known[at] = since;
        order[at] = key;
        payload[at] = what;
    }
}
