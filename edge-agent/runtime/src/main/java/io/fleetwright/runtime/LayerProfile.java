package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Graph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one operator costs here: measured time beside the work and the bytes that it stands for. A scheduler's cost table is
 * made of these.
 *
 * @param index position in {@link Graph#operators()}
 * @param operator name, for example {@code CONV_2D}
 * @param kernel how it was computed
 * @param macs multiply-accumulates
 * @param bytes of inputs, constants and outputs, each counted once
 * @param p50Nanos median time
 */
public record LayerProfile(int index, String operator, String kernel, long macs, long bytes, long p50Nanos) {
    private static final int ROUNDS_MAX = 10_000;

    /**
     * Times every operator, round after round; the values in memory are those of the interpreter's last run.
     *
     * @param seconds how long, above 0; the first half is warm-up
     */
    public static List<LayerProfile> measure(Graph graph, Interpreter interpreter, double seconds) {
        var report = ModelReport.of(graph);
        int operators = graph.operators().size();
        long[][] rounds = new long[ROUNDS_MAX][];
        long[] warmUp = new long[operators];
        long start = System.nanoTime();
        long half = (long) (seconds * 0.5e9);
        do {
            interpreter.time(warmUp);
        } while (System.nanoTime() - start < half);
        int count = 0;
        do {
            rounds[count] = new long[operators];
            interpreter.time(rounds[count]);
            count++;
        } while (count < ROUNDS_MAX && System.nanoTime() - start < 2 * half);
        var layers = new ArrayList<LayerProfile>();
        for (int operator = 0; operator < operators; operator++) {
            long[] times = new long[count];
            for (int round = 0; round < count; round++) {
                times[round] = rounds[round][operator];
            }
            Arrays.sort(times);
            var work = report.operators().get(operator);
            layers.add(new LayerProfile(
                    operator,
                    work.name(),
                    interpreter.kernelName(operator),
                    work.macs(),
                    work.bytes(),
                    times[count / 2]));
        }
        return List.copyOf(layers);
    }
}
