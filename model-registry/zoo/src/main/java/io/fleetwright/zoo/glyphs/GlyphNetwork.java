package io.fleetwright.zoo.glyphs;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.train.NetworkPlan;
import io.fleetwright.zoo.train.NetworkPlan.Block;
import java.util.List;
import java.util.Locale;

/** The two glyph classifiers: one shape at full and at half width, each trained by itself. */
public enum GlyphNetwork {
    W1_0(2),
    W0_5(1);

    private static final int CHANNELS_UNIT = 8;

    private final int halves;

    GlyphNetwork(int halves) {
        this.halves = halves;
    }

    /** {@code w1.0} or {@code w0.5}. */
    public String width() {
        return String.format(Locale.ROOT, "w%.1f", halves / 2.0);
    }

    /** Convolution, then four depthwise-pointwise pairs; 16x16 after the first layer, 8x8 from the second pair on. */
    public NetworkPlan plan() {
        int unit = CHANNELS_UNIT * halves;
        return new NetworkPlan(
                new ImageShape(GlyphDataSet.SIDE, GlyphDataSet.SIDE, 1),
                List.of(
                        new Block.Square(3, 2, unit),
                        new Block.Depthwise(3, 1),
                        new Block.Pointwise(2 * unit),
                        new Block.Depthwise(3, 2),
                        new Block.Pointwise(3 * unit),
                        new Block.Depthwise(3, 1),
                        new Block.Pointwise(4 * unit),
                        new Block.Depthwise(3, 1),
                        new Block.Pointwise(6 * unit)),
                GlyphDataSet.CLASSES);
    }
}
