package io.fleetwright.forge.weights;

import java.util.Arrays;
import java.util.Optional;

/** How many channels of a layer have one scale. */
public enum ScaleSpan {
    /** Each channel has its own. */
    CHANNEL("channel"),
    /**
     * As many neighbours as bring a format's least number of weights under one scale: in small networks, whose channels
     * are 9 weights or so, scales are a tenth of all bytes otherwise.
     */
    NEIGHBOURS("neighbours");

    private final String label;

    ScaleSpan(String label) {
        this.label = label;
    }

    /** As a recipe names it. */
    public String label() {
        return label;
    }

    /** The span of a label. */
    public static Optional<ScaleSpan> of(String label) {
        return Arrays.stream(values()).filter(span -> span.label.equals(label)).findFirst();
    }

    /** Channels under one scale, the last ones of a layer may be fewer; at least 1. */
    int channels(WeightFormat format, int depth) {
        return this == CHANNEL ? 1 : Math.max(1, Math.ceilDiv(format.weightsPerScale(), depth));
    }

    /** Group scales of a channel; 0 when they would say nothing. */
    int groups(WeightFormat format, int depth) {
        boolean tell = this == NEIGHBOURS || depth > WeightFormat.GROUP;
        return format == WeightFormat.INT4_G32 && tell ? Math.ceilDiv(depth, WeightFormat.GROUP) : 0;
    }

    /** Scales of a layer. */
    int scales(WeightFormat format, int channels, int depth) {
        return Math.ceilDiv(channels, channels(format, depth));
    }
}
