package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.ImageShape;
import java.util.List;

/** 1x1 convolution without bias: a plain matrix product; weights {@code [in][out]}. */
final class PointwiseConvolution implements Layer {
    private final ImageShape out;
    private final int rows;
    private final int inChannels;
    private final Parameter weights;
    private final float[] turnedWeights;
    private final float[] output;
    private final float[] inputGradient;
    private final float[] weightGradient;
    private float[] input = {};

    PointwiseConvolution(int images, ImageShape in, int outChannels, Parameter weights) {
        this.out = in.strided(1, outChannels);
        this.rows = images * in.height() * in.width();
        this.inChannels = in.channels();
        this.weights = weights;
        turnedWeights = new float[weights.value.length];
        output = new float[rows * outChannels];
        inputGradient = new float[rows * inChannels];
        weightGradient = new float[weights.value.length];
    }

    @Override
    public float[] forward(float[] values) {
        input = values;
        Matrices.multiply(
                rows, out.channels(), inChannels, Matrices.View.rows(input, inChannels), weights.value, output);
        return output;
    }

    @Override
    public float[] backward(float[] outputGradient) {
        int outChannels = out.channels();
        Matrices.multiply(
                inChannels,
                outChannels,
                rows,
                Matrices.View.transposed(input, inChannels),
                outputGradient,
                weightGradient);
        for (int i = 0; i < inChannels; i++) {
            for (int o = 0; o < outChannels; o++) {
                turnedWeights[o * inChannels + i] = weights.value[i * outChannels + o];
            }
        }
        Matrices.multiply(
                rows,
                inChannels,
                outChannels,
                Matrices.View.rows(outputGradient, outChannels),
                turnedWeights,
                inputGradient);
        return inputGradient;
    }

    @Override
    public ImageShape outputShape() {
        return out;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weights);
    }

    @Override
    public List<float[]> gradients() {
        return List.of(weightGradient);
    }
}
