package io.fleetwright.runtime.graph;

/** A function of one int8 value: with the scales of input and output, a table of 256 values. */
public sealed interface Int8Function {
    /** Name in the TFLite schema. */
    String builtin();

    /** The input on the output's scale, within the bounds of {@code activation}, which is not NONE. */
    record Clamp(Activation activation) implements Int8Function {
        @Override
        public String builtin() {
            return activation.name();
        }
    }

    /** The input on the output's scale. */
    record Rescale() implements Int8Function {
        @Override
        public String builtin() {
            return "QUANTIZE";
        }
    }

    /** {@code 1 / (1 + exp(-x))}; output scale 1/256, zero point -128, of int16 1/32768 and 0. */
    record Logistic() implements Int8Function {
        @Override
        public String builtin() {
            return "LOGISTIC";
        }
    }

    /** Output scale 1/128, of int16 1/32768; zero point 0. */
    record Tanh() implements Int8Function {
        @Override
        public String builtin() {
            return "TANH";
        }
    }

    /** {@code x * min(6, max(0, x + 3)) / 6}. */
    record HardSwish() implements Int8Function {
        @Override
        public String builtin() {
            return "HARD_SWISH";
        }
    }

    /**
     * {@code x}, or {@code alpha * x} when that is negative.
     *
     * @param alpha finite, 0 or more
     */
    record LeakyRelu(float alpha) implements Int8Function {
        @Override
        public String builtin() {
            return "LEAKY_RELU";
        }
    }
}
