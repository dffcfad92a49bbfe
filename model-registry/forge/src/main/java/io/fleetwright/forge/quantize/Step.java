package io.fleetwright.forge.quantize;

import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.ScaleSpan;
import java.util.List;

/** One recorded step from a float network to integers; its parameters and the step before decide what it does. */
public sealed interface Step {
    /** Normalization was folded into the convolutions when the file was read; {@code layers} know their statistics. */
    record FoldNormalization(int layers) implements Step {
        public FoldNormalization {
            check("layers", layers, 0, 10_000);
        }
    }

    /** Cross-layer equalisation (Nagel et al., 2019, section 4.1). */
    record Equalize(int sweepsMax, double tolerance) implements Step {
        public Equalize {
            check("sweepsMax", sweepsMax, 1, 1000);
            check("tolerance", tolerance, 0, 1);
        }
    }

    /** Scale migration from activations to weights (Xiao et al., 2023, equation 4), taken over by the layer before. */
    record Migrate(double alpha) implements Step {
        public Migrate {
            check("alpha", alpha, 0, 1);
        }
    }

    /** The output of each layer gets its range; averages keep the one before them, and their entry is not read. */
    record SetRanges(List<RangeMethod> methods) implements Step {
        public SetRanges {
            methods = List.copyOf(methods);
        }
    }

    /** Weights become integers, layer by layer, over the inputs that the integer layers before make. */
    record RoundWeights(Scheme scheme, Rounding rounding, ScaleSpan scales) implements Step {}

    /** Biases take over what rounding did to the mean of each channel. */
    record CorrectBias(BiasSource source) implements Step {}

    private static void check(String name, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException("%s (%s) must be in %s..%s".formatted(name, value, min, max));
        }
    }
}
