package io.fleetwright.zoo.data;

import io.fleetwright.zoo.train.MixingRandom;

/**
 * A smooth random field over the plane that repeats with period 1 in both directions: octaves of value noise, each of
 * twice the frequency and a fixed part of the height of the one before (Perlin, "An image synthesizer", 1985).
 */
public final class NoiseField {
    private static final int CELLS_MAX = 64;

    private final int cells;
    private final double[][] lattices;
    private final double[] heights;

    /**
     * A field.
     *
     * @param cells of the first octave along each side, 1 to 64
     * @param octaves 1 to 6
     * @param persistence height of an octave over the height of the one before, above 0 and at most 1
     */
    public NoiseField(MixingRandom random, int cells, int octaves, double persistence) {
        if (cells < 1 || cells > CELLS_MAX || octaves < 1 || octaves > 6 || !(persistence > 0 && persistence <= 1)) {
            throw new IllegalArgumentException(
                    "cells (%d) must be in 1..%d, octaves (%d) in 1..6, persistence (%s) in (0, 1]"
                            .formatted(cells, CELLS_MAX, octaves, persistence));
        }
        this.cells = cells;
        lattices = new double[octaves][];
        heights = new double[octaves];
        double height = 1;
        double total = 0;
        for (int o = 0; o < octaves; o++, height *= persistence) {
            int side = cells << o;
            lattices[o] = new double[side * side];
            for (int i = 0; i < lattices[o].length; i++) {
                lattices[o][i] = random.between(0, 1);
            }
            heights[o] = height;
            total += height;
        }
        for (int o = 0; o < octaves; o++) {
            heights[o] /= total;
        }
    }

    /** The value at a place, 0 to 1. */
    public double at(double x, double y) {
        double sum = 0;
        for (int o = 0; o < lattices.length; o++) {
            sum += heights[o] * octave(lattices[o], cells << o, x, y);
        }
        return sum;
    }

    private static double octave(double[] lattice, int side, double x, double y) {
        double scaledX = (x - StrictMath.floor(x)) * side;
        double scaledY = (y - StrictMath.floor(y)) * side;
        int column = Math.min((int) scaledX, side - 1);
        int row = Math.min((int) scaledY, side - 1);
        double right = smooth(scaledX - column);
        double below = smooth(scaledY - row);
        int nextColumn = (column + 1) % side;
        int from = row * side;
        int nextFrom = (row + 1) % side * side;
        double top = mix(lattice[from + column], lattice[from + nextColumn], right);
        double bottom = mix(lattice[nextFrom + column], lattice[nextFrom + nextColumn], right);
        return mix(top, bottom, below);
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }

    private static double mix(double a, double b, double share) {
        return a + (b - a) * share;
    }
}
