package io.fleetwright.zoo.wildfire;

import io.fleetwright.zoo.train.MixingRandom;

/** A square colour picture being painted. Places run from 0 to 1 to the right and down, colours from 0 to 1. */
final class Picture {
    static final int COLOURS = 3;

    private final int side;
    private final double[] values;

    Picture(int side) {
        this.side = side;
        values = new double[side * side * COLOURS];
    }

    /** What a painter lays over a place: a colour and how much of it, 0 to 1. */
    interface Layer {
        double cover(double x, double y, double[] colour);
    }

    /** Mixes a layer over all that was painted before. */
    void lay(Layer layer) {
        var colour = new double[COLOURS];
        for (int row = 0; row < side; row++) {
            for (int column = 0; column < side; column++) {
                double cover = layer.cover((column + 0.5) / side, (row + 0.5) / side, colour);
                if (cover > 0) {
                    int at = (row * side + column) * COLOURS;
                    for (int c = 0; c < COLOURS; c++) {
                        values[at + c] += Math.min(cover, 1) * (colour[c] - values[at + c]);
                    }
                }
            }
        }
    }

    /** What a camera makes of it: white balance and exposure off by up to an eighth, then noise. */
    void expose(MixingRandom random, byte[] out, int offset) {
        double exposure = random.between(0.87, 1.13);
        var gain = new double[COLOURS];
        for (int c = 0; c < COLOURS; c++) {
            gain[c] = exposure * random.between(0.9, 1.1);
        }
        double noise = random.between(0.01, 0.05);
        for (int i = 0; i < values.length; i++) {
            double value = Math.clamp(values[i] * gain[i % COLOURS] + noise * random.bell(), 0, 1);
            out[offset + i] = (byte) (int) (value * 255 + 0.5);
        }
    }

    /** Fills {@code colour} with a mixture of two colours. */
    static void mix(double[] from, double[] to, double share, double[] colour) {
        for (int c = 0; c < COLOURS; c++) {
            colour[c] = from[c] + (to[c] - from[c]) * share;
        }
    }

    /** 0 below {@code low}, 1 above {@code high}, smooth between. */
    static double step(double low, double high, double value) {
        double t = Math.clamp((value - low) / (high - low), 0, 1);
        return t * t * (3 - 2 * t);
    }
}
