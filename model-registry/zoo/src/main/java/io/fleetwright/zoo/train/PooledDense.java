package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.ImageShape;
import java.util.Arrays;
import java.util.List;

/** Global average over positions, then a fully connected layer; weights {@code [out][in]}. */
final class PooledDense implements Layer {
    private final int images;
    private final ImageShape in;
    private final int outputs;
    private final Parameter weights;
    private final Parameter bias;
    private final float[] pooled;
    private final float[] output;
    private final float[] inputGradient;
    private final float[] weightGradient;
    private final float[] biasGradient;

    PooledDense(int images, ImageShape in, int outputs, Parameter weights, Parameter bias) {
        this.images = images;
        this.in = in;
        this.outputs = outputs;
        this.weights = weights;
        this.bias = bias;
        pooled = new float[images * in.channels()];
        output = new float[images * outputs];
        inputGradient = new float[images * in.elements()];
        weightGradient = new float[weights.value.length];
        biasGradient = new float[outputs];
    }

    @Override
    public float[] forward(float[] values) {
        int channels = in.channels();
        int positions = in.height() * in.width();
        Arrays.fill(pooled, 0);
        for (int n = 0; n < images; n++) {
            for (int p = 0; p < positions; p++) {
                for (int c = 0; c < channels; c++) {
                    pooled[n * channels + c] += values[(n * positions + p) * channels + c];
                }
            }
            for (int c = 0; c < channels; c++) {
                pooled[n * channels + c] /= positions;
            }
            for (int o = 0; o < outputs; o++) {
                float sum = bias.value[o];
                for (int c = 0; c < channels; c++) {
                    sum += pooled[n * channels + c] * weights.value[o * channels + c];
                }
                output[n * outputs + o] = sum;
            }
        }
        return output;
    }

    @Override
    public float[] backward(float[] outputGradient) {
        int channels = in.channels();
        int positions = in.height() * in.width();
        Arrays.fill(weightGradient, 0);
        Arrays.fill(biasGradient, 0);
        var pooledGradient = new float[channels];
        for (int n = 0; n < images; n++) {
            Arrays.fill(pooledGradient, 0);
            for (int o = 0; o < outputs; o++) {
                float gradient = outputGradient[n * outputs + o];
                biasGradient[o] += gradient;
                for (int c = 0; c < channels; c++) {
                    weightGradient[o * channels + c] += gradient * pooled[n * channels + c];
                    pooledGradient[c] += gradient * weights.value[o * channels + c];
                }
            }
            for (int c = 0; c < channels; c++) {
                pooledGradient[c] /= positions;
            }
            for (int p = 0; p < positions; p++) {
                System.arraycopy(pooledGradient, 0, inputGradient, (n * positions + p) * channels, channels);
            }
        }
        return inputGradient;
    }

    @Override
    public ImageShape outputShape() {
        return new ImageShape(1, 1, outputs);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weights, bias);
    }

    @Override
    public List<float[]> gradients() {
        return List.of(weightGradient, biasGradient);
    }
}
