package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.ImageShape;
import java.util.Arrays;
import java.util.List;

/** Convolution without bias as a matrix product over copied patches; weights {@code [ky][kx][in][out]}. */
final class PatchConvolution implements Layer {
    private final int images;
    private final ImageShape in;
    private final ImageShape out;
    private final int kernel;
    private final int stride;
    private final Parameter weights;
    private final float[] patches;
    private final float[] patchGradient;
    private final float[] output;
    private final float[] inputGradient;
    private final float[] weightGradient;

    PatchConvolution(int images, ImageShape in, int kernel, int stride, int outChannels, Parameter weights) {
        this.images = images;
        this.in = in;
        this.out = in.strided(stride, outChannels);
        this.kernel = kernel;
        this.stride = stride;
        this.weights = weights;
        patches = new float[rows() * depth()];
        patchGradient = new float[patches.length];
        output = new float[images * out.elements()];
        inputGradient = new float[images * in.elements()];
        weightGradient = new float[weights.value.length];
    }

    private int rows() {
        return images * out.height() * out.width();
    }

    private int depth() {
        return kernel * kernel * in.channels();
    }

    @Override
    public float[] forward(float[] input) {
        movePatches(input, true);
        Matrices.multiply(rows(), out.channels(), depth(), Matrices.View.rows(patches, depth()), weights.value, output);
        return output;
    }

    @Override
    public void backwardFirst(float[] outputGradient) {
        Matrices.multiply(
                depth(),
                out.channels(),
                rows(),
                Matrices.View.transposed(patches, depth()),
                outputGradient,
                weightGradient);
    }

    @Override
    public float[] backward(float[] outputGradient) {
        backwardFirst(outputGradient);
        for (int row = 0; row < rows(); row++) {
            for (int p = 0; p < depth(); p++) {
                float sum = 0;
                for (int c = 0; c < out.channels(); c++) {
                    sum += outputGradient[row * out.channels() + c] * weights.value[p * out.channels() + c];
                }
                patchGradient[row * depth() + p] = sum;
            }
        }
        Arrays.fill(inputGradient, 0);
        movePatches(inputGradient, false);
        return inputGradient;
    }

    /** Copies windows of {@code image} into the patches, or adds the patch gradients back onto their windows. */
    private void movePatches(float[] image, boolean gather) {
        int top = ImageShape.padBefore(in.height(), kernel, stride);
        int left = ImageShape.padBefore(in.width(), kernel, stride);
        int channels = in.channels();
        int at = 0;
        for (int n = 0; n < images; n++) {
            for (int y = 0; y < out.height(); y++) {
                for (int x = 0; x < out.width(); x++) {
                    for (int ky = 0; ky < kernel; ky++) {
                        for (int kx = 0; kx < kernel; kx++, at += channels) {
                            int row = y * stride + ky - top;
                            int column = x * stride + kx - left;
                            boolean inside = row >= 0 && row < in.height() && column >= 0 && column < in.width();
                            int pixel = ((n * in.height() + row) * in.width() + column) * channels;
                            for (int c = 0; c < channels; c++) {
                                if (gather) {
                                    patches[at + c] = inside ? image[pixel + c] : 0;
                                } else if (inside) {
                                    image[pixel + c] += patchGradient[at + c];
                                }
                            }
                        }
                    }
                }
            }
        }
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
