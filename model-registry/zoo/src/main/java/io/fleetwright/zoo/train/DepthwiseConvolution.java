package io.fleetwright.zoo.train;

import static io.fleetwright.zoo.train.Matrices.LANES;
import static io.fleetwright.zoo.train.Matrices.LANE_COUNT;

import io.fleetwright.forge.network.ImageShape;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/** Depthwise convolution without bias, eight channels at a time; weights {@code [ky][kx][channel]}. */
final class DepthwiseConvolution implements Layer {
    private final int images;
    private final ImageShape in;
    private final ImageShape out;
    private final int kernel;
    private final int stride;
    private final Parameter weights;
    private final float[] output;
    private final float[] inputGradient;
    private final float[] weightGradient;
    private float[] input = {};

    DepthwiseConvolution(int images, ImageShape in, int kernel, int stride, Parameter weights) {
        if (in.channels() % LANE_COUNT != 0) {
            throw new IllegalArgumentException(
                    "channels (%d) must be a multiple of %d".formatted(in.channels(), LANE_COUNT));
        }
        this.images = images;
        this.in = in;
        this.out = in.strided(stride, in.channels());
        this.kernel = kernel;
        this.stride = stride;
        this.weights = weights;
        output = new float[images * out.elements()];
        inputGradient = new float[images * in.elements()];
        weightGradient = new float[weights.value.length];
    }

    @Override
    public float[] forward(float[] values) {
        input = values;
        float[] filter = weights.value;
        int channels = in.channels();
        int top = ImageShape.padBefore(in.height(), kernel, stride);
        int left = ImageShape.padBefore(in.width(), kernel, stride);
        for (int n = 0; n < images; n++) {
            for (int y = 0; y < out.height(); y++) {
                int ky0 = Math.max(top - y * stride, 0);
                int ky1 = Math.min(in.height() + top - y * stride, kernel);
                for (int x = 0; x < out.width(); x++) {
                    int kx0 = Math.max(left - x * stride, 0);
                    int kx1 = Math.min(in.width() + left - x * stride, kernel);
                    int to = ((n * out.height() + y) * out.width() + x) * channels;
                    int corner = ((n * in.height() + y * stride - top) * in.width() + x * stride - left) * channels;
                    for (int c = 0; c < channels; c += LANE_COUNT) {
                        FloatVector sum = FloatVector.zero(LANES);
                        for (int ky = ky0; ky < ky1; ky++) {
                            for (int kx = kx0; kx < kx1; kx++) {
                                int from = corner + (ky * in.width() + kx) * channels + c;
                                int weight = (ky * kernel + kx) * channels + c;
                                sum = FloatVector.fromArray(LANES, values, from)
                                        .fma(FloatVector.fromArray(LANES, filter, weight), sum);
                            }
                        }
                        sum.intoArray(output, to + c);
                    }
                }
            }
        }
        return output;
    }

    @Override
    public float[] backward(float[] outputGradient) {
        float[] filter = weights.value;
        int channels = in.channels();
        int top = ImageShape.padBefore(in.height(), kernel, stride);
        int left = ImageShape.padBefore(in.width(), kernel, stride);
        Arrays.fill(inputGradient, 0);
        Arrays.fill(weightGradient, 0);
        for (int n = 0; n < images; n++) {
            for (int y = 0; y < out.height(); y++) {
                int ky0 = Math.max(top - y * stride, 0);
                int ky1 = Math.min(in.height() + top - y * stride, kernel);
                for (int x = 0; x < out.width(); x++) {
                    int kx0 = Math.max(left - x * stride, 0);
                    int kx1 = Math.min(in.width() + left - x * stride, kernel);
                    int at = ((n * out.height() + y) * out.width() + x) * channels;
                    int corner = ((n * in.height() + y * stride - top) * in.width() + x * stride - left) * channels;
                    for (int c = 0; c < channels; c += LANE_COUNT) {
                        FloatVector gradient = FloatVector.fromArray(LANES, outputGradient, at + c);
                        for (int ky = ky0; ky < ky1; ky++) {
                            for (int kx = kx0; kx < kx1; kx++) {
                                int from = corner + (ky * in.width() + kx) * channels + c;
                                int weight = (ky * kernel + kx) * channels + c;
                                gradient.fma(
                                                FloatVector.fromArray(LANES, filter, weight),
                                                FloatVector.fromArray(LANES, inputGradient, from))
                                        .intoArray(inputGradient, from);
                                gradient.fma(
                                                FloatVector.fromArray(LANES, input, from),
                                                FloatVector.fromArray(LANES, weightGradient, weight))
                                        .intoArray(weightGradient, weight);
                            }
                        }
                    }
                }
            }
        }
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
