package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.SystemState;
import java.util.Arrays;

/**
 * What a microsecond of latency is worth in microjoules, so that jobs take no longer than {@code 1 + slack} times what
 * {@link FastReference} says on average: it rises while those that left have taken longer, and falls while they have not.
 */
final class LatencyPrice {
    /** How strongly a deviation moves the price. */
    private static final double GAIN = 0.5;
    /** Weight that a job keeps when the next one leaves. */
    private static final double MEMORY = 0.97;
    /** The price stays within this factor of where it began. */
    private static final double RANGE = 1e4;

    private final FastReference reference;
    private final double slack;
    private final double beginning;
    private double price;
    private double promisedSum;
    private double takenSum;
    private int[] jobOfSlot = {};
    private double[] promised = {};
    private double[] expected = {};

    LatencyPrice(FastReference reference, double slack, double beginning) {
        this.reference = reference;
        this.slack = slack;
        this.beginning = beginning;
        price = beginning;
    }

    double microjoulesPerMicro() {
        return price;
    }

    /** Takes leave of the jobs that are gone, and asks how long the new ones should take. */
    void account(SystemState state) {
        for (int slot = 0; slot < jobOfSlot.length; slot++) {
            if (jobOfSlot[slot] != SystemState.NONE && jobOfSlot[slot] != state.jobNumber(slot)) {
                jobOfSlot[slot] = SystemState.NONE;
                left(promised[slot], expected[slot]);
            }
        }
        for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
            makeRoom(slot);
            if (jobOfSlot[slot] == SystemState.NONE) {
                jobOfSlot[slot] = state.jobNumber(slot);
                promised[slot] = reference.take(state, state.application(slot));
                expected[slot] = promised[slot];
            }
        }
    }

    /** The latency that a job in the system is now expected to have. */
    void expect(int slot, double micros) {
        expected[slot] = micros;
    }

    private void makeRoom(int slot) {
        if (slot >= jobOfSlot.length) {
            int known = jobOfSlot.length;
            jobOfSlot = Arrays.copyOf(jobOfSlot, 2 * slot + 16);
            Arrays.fill(jobOfSlot, known, jobOfSlot.length, SystemState.NONE);
            promised = Arrays.copyOf(promised, jobOfSlot.length);
            expected = Arrays.copyOf(expected, jobOfSlot.length);
        }
    }

    private void left(double micros, double taken) {
        if (micros > 0 && micros < Double.POSITIVE_INFINITY && taken < Double.POSITIVE_INFINITY) {
            promisedSum = MEMORY * promisedSum + micros;
            takenSum = MEMORY * takenSum + taken;
            double next = price * Math.exp(GAIN * (takenSum / promisedSum - 1 - slack));
            price = Math.clamp(next, beginning / RANGE, beginning * RANGE);
        }
    }
}
