package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.WireFormat;
import java.util.Optional;

/** Sums over stretches of layers: what each board takes and draws for them, and how large the tensor before each layer is. */
final class NetworkCosts {
    /** A boundary at which no single tensor crosses. */
    static final long NO_CUT = -1;

    private final int layers;
    private final long[] bytes;
    private final long weightBytes;
    private final double[][] millis;
    private final double[][] millijoules;

    NetworkCosts(LayerGraph graph, int network, Setting setting) {
        layers = graph.size();
        bytes = new long[layers];
        long weights = 0;
        for (int boundary = 0; boundary < layers; boundary++) {
            Optional<Integer> carried = graph.carried(boundary);
            bytes[boundary] =
                    carried.isEmpty() ? NO_CUT : WireFormat.STANDARD.bytes(graph.feature(carried.get()), Byte.SIZE);
            weights += graph.layers().get(boundary).weightBytes();
        }
        weightBytes = weights;
        int boards = setting.boards().size();
        millis = new double[boards][];
        millijoules = new double[boards][];
        for (int board = 0; board < boards; board++) {
            Tier tier = setting.boards().get(board).tiers().get(network);
            millis[board] = sums(tier.millis());
            millijoules[board] = sums(tier.millijoules());
        }
    }

    private static double[] sums(double[] values) {
        var sums = new double[values.length + 1];
        for (int v = 0; v < values.length; v++) {
            sums[v + 1] = sums[v] + values[v];
        }
        return sums;
    }

    int layers() {
        return layers;
    }

    long weightBytes() {
        return weightBytes;
    }

    /** Of the tensor that crosses when {@code boundary} layers have run; {@link #NO_CUT} where there are several. */
    long bytes(int boundary) {
        return bytes[boundary];
    }

    /** Profile's time of the layers {@code from} to {@code to - 1}. */
    double millis(int board, int from, int to) {
        return millis[board][to] - millis[board][from];
    }

    double millijoules(int board, int from, int to) {
        return millijoules[board][to] - millijoules[board][from];
    }
}
