package io.fleetwright.forge.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.testkit.SeededCases;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

final class LayerKernelTest {
    @Test
    void sumsFollowTheFormulaAndTheGradientIsTheirTranspose() {
        SeededCases.forEach(1, 30, (random, _) -> {
            for (LayerKernel kernel : new FloatInference(RandomNetworks.classifier(random)).kernels()) {
                float[] x = values(random, kernel.in().elements());
                float[] sums = kernel.sums(x);
                double[] expected = slowSums(kernel, x);
                for (int i = 0; i < sums.length; i++) {
                    assertThat((double) sums[i]).isCloseTo(expected[i], within(1e-4));
                }
                // <g, S(x) - S(0)> = <S' g, x>
                float[] g = values(random, sums.length);
                float[] zero = kernel.sums(new float[x.length]);
                float[] back = kernel.inputGradient(g);
                double left = 0;
                double right = 0;
                for (int i = 0; i < g.length; i++) {
                    left += (double) g[i] * (sums[i] - zero[i]);
                }
                for (int i = 0; i < x.length; i++) {
                    right += (double) back[i] * x[i];
                }
                assertThat(right).isCloseTo(left, within(1e-3));
            }
        });
    }

    private static double[] slowSums(LayerKernel kernel, float[] x) {
        ImageShape in = kernel.in();
        ImageShape out = kernel.out();
        var sums = new double[out.elements()];
        for (int y = 0; y < out.height(); y++) {
            for (int column = 0; column < out.width(); column++) {
                for (int channel = 0; channel < out.channels(); channel++) {
                    int o = channel;
                    sums[(y * out.width() + column) * out.channels() + o] = switch (kernel.layer()) {
                        case FloatLayer.Convolution conv -> {
                            double sum = conv.bias()[o];
                            for (int c = 0; c < in.channels(); c++) {
                                int row = o * conv.kernel() * conv.kernel();
                                int from = c;
                                sum += window(
                                        in,
                                        x,
                                        conv.kernel(),
                                        conv.stride(),
                                        y,
                                        column,
                                        c,
                                        tap -> conv.weights()[(row + tap) * in.channels() + from]);
                            }
                            yield sum;
                        }
                        case FloatLayer.Depthwise conv ->
                            conv.bias()[o]
                                    + window(
                                            in,
                                            x,
                                            conv.kernel(),
                                            conv.stride(),
                                            y,
                                            column,
                                            o,
                                            tap -> conv.weights()[tap * conv.channels() + o]);
                        case FloatLayer.GlobalAveragePool _ -> {
                            double sum = 0;
                            for (int p = 0; p < in.height() * in.width(); p++) {
                                sum += x[p * in.channels() + o];
                            }
                            yield sum / (in.height() * in.width());
                        }
                        case FloatLayer.FullyConnected connected -> {
                            double sum = connected.bias()[o];
                            for (int i = 0; i < x.length; i++) {
                                sum += (double) connected.weights()[o * x.length + i] * x[i];
                            }
                            yield sum;
                        }
                    };
                }
            }
        }
        return sums;
    }

    private static double window(
            ImageShape in,
            float[] x,
            int kernel,
            int stride,
            int y,
            int column,
            int channel,
            IntFunction<Float> weights) {
        int top = ImageShape.padBefore(in.height(), kernel, stride);
        int left = ImageShape.padBefore(in.width(), kernel, stride);
        double sum = 0;
        for (int tap = 0; tap < kernel * kernel; tap++) {
            int row = y * stride + tap / kernel - top;
            int across = column * stride + tap % kernel - left;
            if (row >= 0 && row < in.height() && across >= 0 && across < in.width()) {
                sum += (double) weights.apply(tap) * x[(row * in.width() + across) * in.channels() + channel];
            }
        }
        return sum;
    }

    private static float[] values(SplittableRandom random, int length) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
