package io.fleetwright.forge.weights;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How weights are put on a grid. All but {@link #NEAREST} look at what the weights will be multiplied by, and where it
 * is known also at what the float layer adds up, so that they make up for the layers before (asymmetric reconstruction,
 * Nagel et al., 2020, equation 25).
 */
public enum Rounding {
    /** The nearest level; for powers of two in value or in ratio, whichever errs less on the inputs. */
    NEAREST {
        @Override
        void round(WeightGrid grid, int channel, double[] weights, SecondMoments inputs, int[] levels) {
            double[] steps = grid.steps(channel);
            for (int i = 0; i < weights.length; i++) {
                levels[i] = grid.nearest(channel, weights[i], steps[i]);
            }
            if (grid.format() != WeightFormat.POW2 && grid.format() != WeightFormat.POW2X2) {
                return;
            }
            var other = new int[levels.length];
            for (int i = 0; i < weights.length; i++) {
                other[i] = grid.format().levels().nearestByRatio(weights[i] / steps[i]);
            }
            if (inputs.error(weights, steps, other) < inputs.error(weights, steps, levels)) {
                System.arraycopy(other, 0, levels, 0, levels.length);
            }
        }
    },
    /** Starts at the nearest levels and flips between the two around each weight while that helps the sums. */
    ADAPTIVE {
        @Override
        void round(WeightGrid grid, int channel, double[] weights, SecondMoments inputs, int[] levels) {
            NEAREST.round(grid, channel, weights, inputs, levels);
            AdaptiveRounding.improve(grid.format().levels(), grid.steps(channel), weights, inputs.products(), levels);
        }
    },
    /** Column by column, each error spread over the columns still to come. */
    OPTQ {
        @Override
        void round(WeightGrid grid, int channel, double[] weights, SecondMoments inputs, int[] levels) {
            ColumnRounding.round(grid, channel, weights, inputs, levels);
        }
    };

    /** Chooses the levels of one channel, before group scales. */
    abstract void round(WeightGrid grid, int channel, double[] weights, SecondMoments inputs, int[] levels);

    /** Rounds all channels. */
    public IntegerWeights round(WeightGrid grid, InputMoments moments) {
        WeightRows rows = grid.rows();
        var all = new int[rows.values().length];
        var levels = new int[rows.depth()];
        for (int c = 0; c < rows.channels(); c++) {
            var weights = new double[rows.depth()];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = rows.values()[c * weights.length + i];
            }
            double[] aim = this == NEAREST ? weights : moments.closest(c, weights);
            round(grid, c, aim, moments.second(c), levels);
            System.arraycopy(levels, 0, all, c * levels.length, levels.length);
        }
        return grid.at(all);
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The rounding of a label. */
    public static Optional<Rounding> of(String label) {
        return Arrays.stream(values()).filter(one -> one.label().equals(label)).findFirst();
    }
}
