package io.fleetwright.scheduler.plan;

import java.util.Arrays;

/**
 * Devices that are alike in all but what they have to do already, under a binary tree that knows per node when the first
 * of its devices is free, the longest gap, and how late the last gap ends.
 *
 * <p>Finds the lowest device among those that finish a task first without looking at most of them. It gives the same
 * answer as looking at each: sums are formed as there, and what is skipped could not have been better.
 */
final class DeviceGroup {
    final int kind;
    final int zone;
    private final int[] devices;
    private final Timeline[] timelines;
    private final int leaves;
    private final double[] firstFree;
    private final double[] longestGap;
    private final double[] lastStart;
    private int bestDevice;
    private double bestFinish;

    /** @param devices ascending */
    DeviceGroup(int kind, int zone, int[] devices, Timeline[] timelines) {
        this.kind = kind;
        this.zone = zone;
        this.devices = devices;
        this.timelines = timelines;
        leaves = Math.max(1, Integer.highestOneBit(2 * devices.length - 1));
        firstFree = new double[2 * leaves];
        longestGap = new double[2 * leaves];
        lastStart = new double[2 * leaves];
        Arrays.fill(firstFree, Double.POSITIVE_INFINITY);
        Arrays.fill(longestGap, Double.NEGATIVE_INFINITY);
        Arrays.fill(lastStart, Double.NEGATIVE_INFINITY);
        for (int place = 0; place < devices.length; place++) {
            changed(place);
        }
    }

    /** Takes note of what the timeline of the device at {@code place} has become. */
    void changed(int place) {
        Timeline timeline = timelines[devices[place]];
        int node = leaves + place;
        firstFree[node] = timeline.end();
        longestGap[node] = timeline.longestGap();
        lastStart[node] = timeline.lastStart();
        for (node /= 2; node > 0; node /= 2) {
            firstFree[node] = Math.min(firstFree[2 * node], firstFree[2 * node + 1]);
            longestGap[node] = Math.max(longestGap[2 * node], longestGap[2 * node + 1]);
            lastStart[node] = Math.max(lastStart[2 * node], lastStart[2 * node + 1]);
        }
    }

    /**
     * Looks for a finish not after {@code limit} of a task whose inputs are there at {@code arrival}; {@link #bestFinish}
     * and {@link #bestDevice} have the answer.
     *
     * @return whether there is one
     */
    boolean search(double arrival, double duration, Insertion insertion, double limit) {
        bestDevice = Integer.MAX_VALUE;
        bestFinish = limit;
        double appended = Math.max(arrival, firstFree[1]) + duration;
        if (appended <= bestFinish) {
            bestFinish = appended;
            bestDevice = lowestFinishingBy(arrival, duration, appended);
        }
        if (insertion == Insertion.FILL_GAPS) {
            searchGaps(1, 0, leaves, arrival, duration);
        }
        return bestDevice != Integer.MAX_VALUE;
    }

    int bestDevice() {
        return bestDevice;
    }

    double bestFinish() {
        return bestFinish;
    }

    private int lowestFinishingBy(double arrival, double duration, double finish) {
        int node = 1;
        while (node < leaves) {
            node *= 2;
            if (Math.max(arrival, firstFree[node]) + duration > finish) {
                node++;
            }
        }
        return devices[node - leaves];
    }

    /** Under {@code node} are {@code width} leaves from {@code place} on. */
    private void searchGaps(int node, int place, int width, double arrival, double duration) {
        double soonest = arrival + duration;
        if (longestGap[node] < duration
                || lastStart[node] < soonest
                || soonest > bestFinish
                || (soonest == bestFinish && devices[place] > bestDevice)) {
            return;
        }
        if (width > 1) {
            int half = width / 2;
            searchGaps(2 * node, place, half, arrival, duration);
            searchGaps(2 * node + 1, place + half, half, arrival, duration);
            return;
        }
        double finish = timelines[devices[place]].firstGap(arrival, duration) + duration;
        if (finish < bestFinish || (finish == bestFinish && devices[place] < bestDevice)) {
            bestFinish = finish;
            bestDevice = devices[place];
        }
    }
}
