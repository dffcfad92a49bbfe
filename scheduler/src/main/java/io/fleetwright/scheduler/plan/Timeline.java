package io.fleetwright.scheduler.plan;

import java.util.Arrays;

/** Busy intervals of one device, disjoint and in order, in two growing arrays. */
public final class Timeline {
    private final double ready;
    private double[] starts = new double[4];
    private double[] ends = new double[4];
    private int size;

    /** A device that is free from {@code ready} on. */
    public Timeline(double ready) {
        this.ready = ready;
    }

    double end() {
        return size == 0 ? ready : ends[size - 1];
    }

    /** Start of the last interval: no gap reaches beyond it. */
    double lastStart() {
        return size == 0 ? Double.NEGATIVE_INFINITY : starts[size - 1];
    }

    /** At least as long as anything that a gap before the last interval can take, rounding included. */
    double longestGap() {
        double longest = Double.NEGATIVE_INFINITY;
        double from = ready;
        for (int i = 0; i < size; i++) {
            longest = Math.max(longest, starts[i] - from + 4 * Math.ulp(starts[i]));
            from = ends[i];
        }
        return longest;
    }

    /** First time from {@code earliest} on at which {@code duration} fits. */
    public double firstGap(double earliest, double duration) {
        double candidate = Math.max(earliest, ready);
        for (int i = firstEndingAfter(candidate); i < size; i++) {
            if (candidate + duration <= starts[i]) {
                return candidate;
            }
            candidate = Math.max(candidate, ends[i]);
        }
        return candidate;
    }

    /** Makes the device busy; the interval must not overlap what is there. */
    public void add(double from, double until) {
        int at = size;
        while (at > 0 && starts[at - 1] >= until) {
            at--;
        }
        if (at > 0 && ends[at - 1] > from) {
            throw new IllegalStateException("[%s, %s] overlaps what is there".formatted(from, until));
        }
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, 2 * size);
            ends = Arrays.copyOf(ends, 2 * size);
        }
        System.arraycopy(starts, at, starts, at + 1, size - at);
        System.arraycopy(ends, at, ends, at + 1, size - at);
        starts[at] = from;
        ends[at] = until;
        size++;
    }

    /** Drops the intervals that have ended by {@code time}; nothing may be asked or added before it any more. */
    public void forgetBefore(double time) {
        int gone = firstEndingAfter(time);
        size -= gone;
        System.arraycopy(starts, gone, starts, 0, size);
        System.arraycopy(ends, gone, ends, 0, size);
    }

    void remove(double from, double until) {
        int at = size - 1;
        while (at >= 0 && (starts[at] != from || ends[at] != until)) {
            at--;
        }
        if (at < 0) {
            throw new IllegalStateException("[%s, %s] is not there".formatted(from, until));
        }
        size--;
        System.arraycopy(starts, at + 1, starts, at, size - at);
        System.arraycopy(ends, at + 1, ends, at, size - at);
    }

    /** Both arrays ascend, because the intervals are disjoint. */
    private int firstEndingAfter(double time) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > time) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
