package io.fleetwright.zoo.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/**
 * Each layer against a plain double version of its formula: outputs directly, gradients by central differences of
 * the double version, so that float rounding and the ReLU's corner do not blur the comparison.
 */
final class LayerGradientTest {
    private static final int IMAGES = 2;
    private static final double STEP = 1e-6;

    /** Output of a layer from its input and parameters. */
    private interface Reference extends BiFunction<double[], List<double[]>, double[]> {}

    @Test
    void patchConvolution() {
        SeededCases.forEach(1, 6, (random, _) -> {
            int stride = random.nextInt(1, 3);
            var in = new ImageShape(random.nextInt(3, 7), random.nextInt(3, 7), random.nextInt(1, 3));
            var weights = parameter(random, 9 * in.channels() * 8);
            var layer = new PatchConvolution(IMAGES, in, 3, stride, 8, weights);
            check(random, layer, in, (x, p) -> convolution(in, stride, 8, false, x, p.getFirst()));
        });
    }

    @Test
    void depthwiseConvolution() {
        SeededCases.forEach(1, 6, (random, _) -> {
            int stride = random.nextInt(1, 3);
            var in = new ImageShape(random.nextInt(3, 7), random.nextInt(3, 7), 16);
            var weights = parameter(random, 9 * 16);
            var layer = new DepthwiseConvolution(IMAGES, in, 3, stride, weights);
            check(random, layer, in, (x, p) -> convolution(in, stride, 16, true, x, p.getFirst()));
        });
    }

    @Test
    void pointwiseConvolution() {
        SeededCases.forEach(1, 4, (random, _) -> {
            var in = new ImageShape(3, 2, 8);
            var layer = new PointwiseConvolution(IMAGES, in, 24, parameter(random, 8 * 24));
            check(random, layer, in, (x, p) -> {
                var y = new double[x.length / 8 * 24];
                for (int i = 0; i < y.length; i++) {
                    for (int k = 0; k < 8; k++) {
                        y[i] += x[i / 24 * 8 + k] * p.getFirst()[k * 24 + i % 24];
                    }
                }
                return y;
            });
        });
    }

    @Test
    void normalizedRelu() {
        SeededCases.forEach(1, 4, (random, _) -> {
            var in = new ImageShape(3, 3, 8);
            var statistics = new BatchStatistics(8);
            fill(random, statistics.scale.value);
            fill(random, statistics.shift.value);
            check(random, new NormalizedRelu(IMAGES, in, statistics), in, LayerGradientTest::normalized);
        });
    }

    @Test
    void pooledDense() {
        SeededCases.forEach(1, 4, (random, _) -> {
            var in = new ImageShape(2, 3, 8);
            var layer = new PooledDense(IMAGES, in, 5, parameter(random, 40), parameter(random, 5));
            check(random, layer, in, (x, p) -> {
                var y = new double[IMAGES * 5];
                for (int i = 0; i < y.length; i++) {
                    y[i] = p.get(1)[i % 5];
                    for (int k = 0; k < 48; k++) {
                        y[i] += x[i / 5 * 48 + k] / 6 * p.getFirst()[i % 5 * 8 + k % 8];
                    }
                }
                return y;
            });
        });
    }

    private static double[] convolution(
            ImageShape in, int stride, int outs, boolean depthwise, double[] x, double[] weights) {
        ImageShape out = in.strided(stride, outs);
        int top = ImageShape.padBefore(in.height(), 3, stride);
        int left = ImageShape.padBefore(in.width(), 3, stride);
        int depth = in.channels();
        var y = new double[IMAGES * out.elements()];
        for (int i = 0; i < y.length; i++) {
            int o = i % outs;
            int column = i / outs % out.width();
            int row = i / outs / out.width() % out.height();
            int image = i / out.elements();
            for (int tap = 0; tap < 9; tap++) {
                int fromRow = row * stride + tap / 3 - top;
                int fromColumn = column * stride + tap % 3 - left;
                if (fromRow < 0 || fromRow >= in.height() || fromColumn < 0 || fromColumn >= in.width()) {
                    continue;
                }
                int pixel = ((image * in.height() + fromRow) * in.width() + fromColumn) * depth;
                if (depthwise) {
                    y[i] += x[pixel + o] * weights[tap * outs + o];
                    continue;
                }
                for (int c = 0; c < depth; c++) {
                    y[i] += x[pixel + c] * weights[(tap * depth + c) * outs + o];
                }
            }
        }
        return y;
    }

    private static double[] normalized(double[] x, List<double[]> p) {
        var y = new double[x.length];
        int rows = x.length / 8;
        for (int c = 0; c < 8; c++) {
            double mean = 0;
            double variance = 0;
            for (int row = 0; row < rows; row++) {
                mean += x[row * 8 + c] / rows;
            }
            for (int row = 0; row < rows; row++) {
                variance += (x[row * 8 + c] - mean) * (x[row * 8 + c] - mean) / rows;
            }
            double deviation = Math.sqrt(variance + BatchStatistics.EPSILON);
            for (int row = 0; row < rows; row++) {
                double normal = (x[row * 8 + c] - mean) / deviation;
                y[row * 8 + c] = Math.max(normal * p.getFirst()[c] + p.get(1)[c], 0);
            }
        }
        return y;
    }

    private static void check(SplittableRandom random, Layer layer, ImageShape in, Reference reference) {
        var input = new float[IMAGES * in.elements()];
        fill(random, input);
        double[] x = doubles(input);
        List<double[]> parameters = new ArrayList<>();
        layer.parameters().forEach(parameter -> parameters.add(doubles(parameter.value)));

        float[] output = layer.forward(input);
        assertClose("output", output, reference.apply(x, parameters));

        var weighting = new float[output.length];
        fill(random, weighting);
        double[] towards = doubles(weighting);
        float[] inputGradient = layer.backward(weighting.clone());
        assertClose("input gradient", inputGradient, differences(x, x, parameters, towards, reference));
        for (int i = 0; i < parameters.size(); i++) {
            assertClose(
                    "gradient of parameter %d".formatted(i),
                    layer.gradients().get(i),
                    differences(parameters.get(i), x, parameters, towards, reference));
        }
    }

    /** Gradient of {@code sum(output * towards)} by {@code varied}, which is the input or one of the parameters. */
    private static double[] differences(
            double[] varied, double[] x, List<double[]> parameters, double[] towards, Reference reference) {
        var gradient = new double[varied.length];
        for (int i = 0; i < varied.length; i++) {
            double kept = varied[i];
            varied[i] = kept + STEP;
            double above = dot(reference.apply(x, parameters), towards);
            varied[i] = kept - STEP;
            double below = dot(reference.apply(x, parameters), towards);
            varied[i] = kept;
            gradient[i] = (above - below) / (2 * STEP);
        }
        return gradient;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void assertClose(String what, float[] actual, double[] expected) {
        assertThat(actual).as(what).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            double allowed = 2e-5 * (1 + Math.abs(expected[i]));
            assertThat((double) actual[i]).as("%s %d", what, i).isCloseTo(expected[i], within(allowed));
        }
    }

    private static Parameter parameter(SplittableRandom random, int length) {
        var parameter = new Parameter(length);
        fill(random, parameter.value);
        return parameter;
    }

    private static void fill(SplittableRandom random, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
    }

    private static double[] doubles(float[] values) {
        var result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }
}
