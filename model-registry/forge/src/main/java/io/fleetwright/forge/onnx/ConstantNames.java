package io.fleetwright.forge.onnx;

import io.fleetwright.forge.weights.LevelRange;

/** What our files call their constants. */
final class ConstantNames {
    static final String CONVOLUTION = "conv";
    static final String CONNECTED = "fc";

    private ConstantNames() {}

    /** What a layer gives; the network's input for -1. */
    static String activation(int layer) {
        return layer < 0 ? OnnxGraph.INPUT : "layer%d".formatted(layer);
    }

    static String weight(String kind, int layer) {
        return "%s%d.weight".formatted(kind, layer);
    }

    static String bias(String kind, int layer) {
        return "%s%d.bias".formatted(kind, layer);
    }

    static String scale(String of) {
        return of + ".scale";
    }

    static String zero(String of) {
        return of + ".zero";
    }

    /** Integers of a range; its {@link #lowest} and {@link #highest} are what a Clip takes. */
    static String integer(LevelRange range) {
        return "int%d%s".formatted(range.bits(), range.narrow() ? ".narrow" : "");
    }

    static String lowest(String of) {
        return of + ".lowest";
    }

    static String highest(String of) {
        return of + ".highest";
    }
}
