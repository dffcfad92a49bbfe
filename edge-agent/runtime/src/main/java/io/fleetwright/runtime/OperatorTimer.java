package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Graph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Times the operators of a network a few at a time, for a board that has something else to do now and then. It runs them on what lies
 * in the memory of an interpreter that others run between, so it takes no memory of its own and changes no answer. One thread at a
 * time may use it, the one that may use the interpreter.
 */
public final class OperatorTimer {
    private static final int ROUNDS_MAX = 200;

    private final ModelReport report;
    private final Interpreter interpreter;
    private final Budget budget;
    private final LongSupplier clock;
    private final int operators;
    private final List<long[]> rounds = new ArrayList<>();
    private long[] round;
    /** Next operator of the present round. */
    private int next;

    private int warmRounds;
    private long warmNanos;
    private long timedNanos;

    /**
     * How long to measure. What it says of time is time of computing, without what others do between.
     *
     * @param warmUpNanos what the first rounds take at least, which do not count
     * @param nanos what the rounds that count take at most, unless these are fewer than {@code roundsMin}
     * @param roundsMin at least 1
     */
    public record Budget(long warmUpNanos, long nanos, int roundsMin) {
        public Budget {
            if (warmUpNanos < 0 || nanos < 0 || roundsMin < 1 || roundsMin > ROUNDS_MAX) {
                throw new IllegalArgumentException("warm-up of %d ns, %d ns, %d rounds or more: out of range"
                        .formatted(warmUpNanos, nanos, roundsMin));
            }
        }
    }

    /**
     * Begins.
     *
     * @param graph with at least one operator
     * @param interpreter made for it
     * @param clock never goes back, nanoseconds
     */
    public OperatorTimer(Graph graph, Interpreter interpreter, Budget budget, LongSupplier clock) {
        this.report = ModelReport.of(graph);
        this.interpreter = interpreter;
        this.budget = budget;
        this.clock = clock;
        this.operators = report.operators().size();
        this.round = new long[operators];
    }

    /** Whether there is nothing more to measure. */
    public boolean isDone() {
        boolean enough = rounds.size() >= budget.roundsMin;
        return enough && (timedNanos >= budget.nanos || rounds.size() >= ROUNDS_MAX);
    }

    /**
     * Goes on.
     *
     * @param sliceNanos after so long it stops behind an operator
     * @param stop asked often; what is not done then of an operator is done anew
     */
    public void run(long sliceNanos, BooleanSupplier stop) {
        long began = clock.getAsLong();
        long before = began;
        while (!isDone() && before - began < sliceNanos) {
            if (!interpreter.runOperator(next, stop)) {
                return;
            }
            long after = clock.getAsLong();
            round[next] = after - before;
            before = after;
            next++;
            if (next == operators) {
                next = 0;
                finishRound();
            }
        }
    }

    private void finishRound() {
        long took = Arrays.stream(round).sum();
        if (warmRounds == 0 || warmNanos < budget.warmUpNanos && warmRounds < ROUNDS_MAX) {
            warmRounds++;
            warmNanos += took;
            return;
        }
        timedNanos += took;
        rounds.add(round);
        round = new long[operators];
    }

    /** Rounds that count. */
    public int rounds() {
        return rounds.size();
    }

    /**
     * Each operator with the median of its times, in execution order.
     *
     * @throws IllegalStateException before any round that counts
     */
    public List<LayerProfile> times() {
        if (rounds.isEmpty()) {
            throw new IllegalStateException("nothing has been measured yet");
        }
        List<LayerProfile> times = new ArrayList<>();
        for (int operator = 0; operator < operators; operator++) {
            int its = operator;
            long[] sorted = rounds.stream().mapToLong(one -> one[its]).sorted().toArray();
            ModelReport.OperatorReport work = report.operators().get(operator);
            times.add(new LayerProfile(
                    operator,
                    work.name(),
                    interpreter.kernelName(operator),
                    work.macs(),
                    work.bytes(),
                    sorted[sorted.length / 2]));
        }
        return List.copyOf(times);
    }
}
