package io.fleetwright.forge.network;

import java.util.ArrayList;
import java.util.List;

/** Runs a float network one image at a time; for calibration and comparison. */
public final class FloatInference {
    private final FloatNetwork network;
    private final List<LayerKernel> kernels = new ArrayList<>();

    public FloatInference(FloatNetwork network) {
        this.network = network;
        ImageShape shape = network.input();
        for (FloatLayer layer : network.layers()) {
            kernels.add(new LayerKernel(layer, shape));
            shape = layer.outputShape(shape);
        }
    }

    /** The layers at their shapes, in order. */
    public List<LayerKernel> kernels() {
        return List.copyOf(kernels);
    }

    /** The last layer's output. */
    public float[] run(float[] input) {
        return activations(input).getLast();
    }

    /** The output of each layer, in order. */
    public List<float[]> activations(float[] input) {
        if (input.length != network.input().elements()) {
            throw new IllegalArgumentException("input length (%d) must be %d"
                    .formatted(input.length, network.input().elements()));
        }
        var outputs = new ArrayList<float[]>();
        float[] values = input;
        for (LayerKernel kernel : kernels) {
            values = kernel.outputs(values);
            outputs.add(values);
        }
        return outputs;
    }

    /** What the network answers when the output of layer {@code index} is {@code values}. */
    public float[] continueAfter(int index, float[] values) {
        float[] current = values;
        for (LayerKernel kernel : kernels.subList(index + 1, kernels.size())) {
            current = kernel.outputs(current);
        }
        return current;
    }

    /** The position of the largest value; of equal ones the first. */
    public static int largest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
