package io.fleetwright.runtime.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times engines against each other: rounds in which each runs a short block, in turn, so that what else happens on the
 * machine hits all alike. The order turns with every round.
 */
final class InterleavedRun {
    /** Long against a timer tick and a cache refill, short against a neighbour's burst. */
    private static final long BLOCK_NANOS = 10_000_000;

    private static final int BLOCK_RUNS_MIN = 3;
    private static final int BLOCK_RUNS_MAX = 1_000;
    private static final int ROUNDS_MIN = 10;
    /** Share of the time that goes into warm-up, the same for every engine. */
    private static final double WARM_UP = 0.25;

    private final List<Engine> engines;
    private final byte[] inputs;
    private final int inputBytes;
    private final int vectors;

    /**
     * @param engines one or more, all with the same model
     * @param inputs one or more input vectors; every run takes the next one
     */
    InterleavedRun(List<Engine> engines, byte[] inputs) {
        this.engines = List.copyOf(engines);
        this.inputs = inputs;
        this.inputBytes = engines.getFirst().inputBytes();
        this.vectors = inputs.length / inputBytes;
    }

    /** Runs for about so long, warm-up included; one list of blocks per engine, a block per round. */
    List<List<long[]>> measure(double seconds) {
        int[] runs = new int[engines.size()];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = warmUp(engines.get(i), (long) (seconds * WARM_UP * 1e9 / runs.length));
        }
        var blocks = new ArrayList<List<long[]>>();
        engines.forEach(_ -> blocks.add(new ArrayList<>()));
        long until = System.nanoTime() + (long) (seconds * (1 - WARM_UP) * 1e9);
        for (int round = 0; round < ROUNDS_MIN || System.nanoTime() < until; round++) {
            for (int turn = 0; turn < runs.length; turn++) {
                int engine = (round + turn) % runs.length;
                blocks.get(engine).add(block(engines.get(engine), runs[engine]));
            }
        }
        return blocks;
    }

    /** Runs for so long, then says how many runs make a block. */
    private int warmUp(Engine engine, long nanos) {
        long until = System.nanoTime() + nanos;
        long[] last;
        do {
            last = block(engine, BLOCK_RUNS_MIN);
        } while (System.nanoTime() < until);
        long typical = Math.max(1, Arrays.stream(last).min().getAsLong());
        return Math.clamp(BLOCK_NANOS / typical, BLOCK_RUNS_MIN, BLOCK_RUNS_MAX);
    }

    private long[] block(Engine engine, int runs) {
        long[] nanos = new long[runs];
        for (int i = 0; i < runs; i++) {
            engine.load(inputs, i % vectors * inputBytes);
            long before = System.nanoTime();
            engine.run();
            nanos[i] = System.nanoTime() - before;
        }
        return nanos;
    }
}
