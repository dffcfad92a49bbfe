package io.fleetwright.runtime.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.Image;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Requantizer;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Convolutions by Winograd's way against their formula, byte for byte, and where the way is no longer open. */
class VectorWinogradTest {
    private static final int CASES = 400;
    private static final int[] CHANNELS = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 48, 65};
    private static final int AROUND = 64;
    private static final byte CANARY = 0x5A;
    private static final Image NOTHING = new Image(0, 1, 1, 1, 1);

    /** A convolution with all that belongs to it; its input and output lie in one arena with canaries around the output. */
    private record Layer(
            Image in, Image out, Window window, byte[] filter, int[] bias, int zero, Requantizer rescaling) {
        static Layer of(
                Image in, Window window, byte[] filter, int[] bias, int zero, Arithmetic arithmetic, double factor) {
            int units = bias.length;
            int height = in.height() + window.padTop() + window.padBottom() - 2;
            int width = in.width() + window.padLeft() + window.padRight() - 2;
            int at = in.at() + in.batch() * in.height() * in.width() * in.channels() + AROUND;
            var tensor =
                    new Tensor("out", new int[] {units}, TensorType.INT8, new float[] {0.1f}, new int[] {-3}, 0, null);
            double[] factors = new double[units];
            Arrays.setAll(factors, unit -> factor * (1 + unit / 100.0));
            return new Layer(
                    in,
                    new Image(at, in.batch(), height, width, units),
                    window,
                    filter,
                    bias,
                    zero,
                    new Requantizer(arithmetic, factors, units, tensor, Activation.NONE));
        }

        Weights weights() {
            return new Weights(out.channels(), 9 * in.channels(), filter);
        }

        int outputBytes() {
            return out.batch() * out.height() * out.width() * out.channels();
        }

        /** An arena with this input and nothing else in it. */
        byte[] arena(byte[] input) {
            byte[] arena = new byte[out.at() + outputBytes() + AROUND];
            Arrays.fill(arena, CANARY);
            System.arraycopy(input, 0, arena, in.at(), input.length);
            return arena;
        }

        int inputBytes() {
            return in.batch() * in.height() * in.width() * in.channels();
        }

        /** The arena after the convolution, by its formula. */
        byte[] expected(byte[] input) {
            byte[] arena = arena(input);
            for (int n = 0; n < out.batch(); n++) {
                for (int y = 0; y < out.height(); y++) {
                    for (int x = 0; x < out.width(); x++) {
                        for (int unit = 0; unit < out.channels(); unit++) {
                            arena[out.at(n, y, x) + unit] = rescaling.apply(sum(arena, n, y, x, unit), unit);
                        }
                    }
                }
            }
            return arena;
        }

        private int sum(byte[] arena, int n, int y, int x, int unit) {
            int sum = bias[unit];
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    int inY = y - window.padTop() + i;
                    int inX = x - window.padLeft() + j;
                    if (inY < 0 || inY >= in.height() || inX < 0 || inX >= in.width()) {
                        continue;
                    }
                    for (int c = 0; c < in.channels(); c++) {
                        int weight = filter[((unit * 3 + i) * 3 + j) * in.channels() + c];
                        sum += weight * (arena[in.at(n, inY, inX) + c] - zero);
                    }
                }
            }
            return sum;
        }

        Kernel kernel(int threads) {
            int[] starts = bias.clone();
            for (int i = 0; i < filter.length; i++) {
                starts[i / weights().depth()] -= zero * filter[i];
            }
            int outputs = out.batch() * out.height() * out.width();
            var requantizer = new VectorRequantizer(rescaling, starts, weights().sumMax(), outputs);
            return new WinogradConv2d(in, out, window, weights(), zero, requantizer, threads);
        }

        /** The arena after the convolution; its parts in any order, in working memory that holds anything before. */
        byte[] found(byte[] input, int threads, SplittableRandom random) {
            byte[] arena = arena(input);
            var kernel = kernel(threads);
            var workspace = new Workspace(kernel.workspace());
            Arrays.setAll(workspace.ints, _ -> random.nextInt());
            random.nextBytes(workspace.bytes);
            int first = random.nextInt(kernel.parts());
            for (int i = 0; i < kernel.parts(); i++) {
                int part = (first + i) % kernel.parts();
                kernel.run(arena, workspace, part, part + 1);
            }
            return arena;
        }

        /** Whether the way is taken when the other takes any time. */
        boolean isOpen() {
            return WinogradConv2d.pays(in, out, window, weights(), Double.MAX_VALUE);
        }
    }

    private static Window window(SplittableRandom random) {
        return new Window(3, 3, 1, 1, 1, 1, random.nextInt(3), random.nextInt(3), random.nextInt(3), random.nextInt(3));
    }

    private static byte[] filter(SplittableRandom random, int count) {
        byte[] filter = new byte[count];
        int kind = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            filter[i] = (byte)
                    switch (kind) {
                        case 0 -> 127;
                        case 1 -> -128;
                        case 2 -> (i & 1) == 0 ? 127 : -128;
                        case 3 -> random.nextBoolean() ? 127 : -128;
                        case 4 -> Math.clamp(Math.round(random.nextGaussian() * 30), -127, 127);
                        default -> random.nextInt(-128, 128);
                    };
        }
        return filter;
    }

    private static byte[] input(SplittableRandom random, int count) {
        byte[] input = new byte[count];
        random.nextBytes(input);
        int kind = random.nextInt(4);
        for (int i = 0; i < count && kind < 3; i++) {
            input[i] = switch (kind) {
                case 0 -> Byte.MIN_VALUE;
                case 1 -> (i & 1) == 0 ? Byte.MAX_VALUE : Byte.MIN_VALUE;
                default -> random.nextBoolean() ? Byte.MAX_VALUE : Byte.MIN_VALUE;
            };
        }
        return input;
    }

    private static <T> T any(SplittableRandom random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    @Test
    void everyShapeGivesTheBytesOfTheFormula() {
        SeededCases.forEach(1, CASES, (random, _) -> {
            int channels = CHANNELS[random.nextInt(CHANNELS.length)];
            int units = CHANNELS[random.nextInt(CHANNELS.length)];
            int height = random.nextInt(3, 14);
            int width = random.nextInt(20) == 0 ? random.nextInt(130, 150) : random.nextInt(3, 14);
            var in = new Image(random.nextInt(AROUND), random.nextInt(1, 3), height, width, channels);
            int[] bias = new int[units];
            Arrays.setAll(bias, _ -> random.nextInt(-20_000, 20_000));
            var layer = Layer.of(
                    in,
                    window(random),
                    filter(random, units * 9 * channels),
                    bias,
                    random.nextInt(-128, 128),
                    any(random, Arithmetic.values()),
                    Math.scalb(random.nextDouble(0.5, 1), -random.nextInt(4, 18)));
            assertThat(layer.isOpen()).isTrue();
            byte[] input = input(random, layer.inputBytes());
            int threads = random.nextInt(1, 5);
            assertThat(layer.found(input, threads, random))
                    .as("%s, %d threads", layer, threads)
                    .isEqualTo(layer.expected(input));
        });
    }

    /** A layer of one sum, whose magnitude is 9 x 128 x 128 for each channel. */
    private static Layer deep(int channels) {
        byte[] filter = new byte[9 * channels];
        Arrays.fill(filter, Byte.MIN_VALUE);
        int sum = 9 * channels * 128 * 128;
        var window = new Window(3, 3, 1, 1, 1, 1, 0, 0, 0, 0);
        return Layer.of(
                new Image(0, 1, 3, 3, channels),
                window,
                filter,
                new int[] {20 - sum},
                0,
                Arithmetic.TFLITE_DOUBLE_ROUNDING,
                1);
    }

    /** 227 channels reach 33,472,512 of the 33,554,432 that can be told apart; 228 reach 33,619,968. */
    @Test
    void theProofEndsWhereTheBytesDo() {
        var random = new SplittableRandom(1);
        var last = deep(227);
        byte[] input = new byte[last.inputBytes()];
        Arrays.fill(input, Byte.MIN_VALUE);
        assertThat(last.isOpen()).isTrue();
        assertThat(last.found(input, 1, random)).isEqualTo(last.expected(input));
        assertThat(last.expected(input)[last.out().at()]).isEqualTo((byte) 17);

        var beyond = deep(228);
        input = new byte[beyond.inputBytes()];
        Arrays.fill(input, Byte.MIN_VALUE);
        assertThat(beyond.isOpen()).isFalse();
        assertThat(beyond.expected(input)[beyond.out().at()]).isEqualTo((byte) 17);
        assertThat(beyond.found(input, 1, random)).isNotEqualTo(beyond.expected(input));
    }

    @Test
    void aSumMayComeWithinOneOfTheBound() {
        assertThat(WinogradWeights.isExact(new long[] {0, (1 << 25) - 1})).isTrue();
        assertThat(WinogradWeights.isExact(new long[] {1 << 25, 0})).isFalse();
    }

    @Test
    void otherWindowsGoTheOtherWay() {
        var weights = new Weights(1, 9, new byte[9]);
        for (var window : new Window[] {
            new Window(3, 3, 2, 1, 1, 1, 0, 0, 0, 0),
            new Window(3, 3, 1, 2, 1, 1, 0, 0, 0, 0),
            new Window(3, 3, 1, 1, 2, 1, 0, 0, 0, 0),
            new Window(3, 3, 1, 1, 1, 2, 0, 0, 0, 0),
            new Window(5, 3, 1, 1, 1, 1, 0, 0, 0, 0),
            new Window(3, 1, 1, 1, 1, 1, 0, 0, 0, 0)
        }) {
            assertThat(WinogradConv2d.pays(NOTHING, NOTHING, window, weights, Double.MAX_VALUE))
                    .as("%s", window)
                    .isFalse();
        }
    }

    @Test
    void layersWhoseMemoryWouldBeTooMuchGoTheOtherWay() {
        var window = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1, 1);
        var weights = new Weights(256, 9 * 256, new byte[256 * 9 * 256]);
        var image = new Image(0, 1, 8, 8, 256);
        assertThat(WinogradConv2d.pays(image, image, window, weights, Double.MAX_VALUE))
                .isFalse();
        var few = new Weights(16, 9 * 16, new byte[16 * 9 * 16]);
        var wide = new Image(0, 1, 4, 4 << 10, 16);
        assertThat(WinogradConv2d.pays(wide, wide, window, few, Double.MAX_VALUE))
                .isFalse();
    }

    /** Transforming costs more than it saves where few channels share it. */
    @Test
    void theCheaperWayIsTaken() {
        var window = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1, 1);
        for (int channels : new int[] {1, 64}) {
            var image = new Image(0, 1, 32, 32, channels);
            var weights = new Weights(channels, 9 * channels, new byte[channels * 9 * channels]);
            double direct = 32 * 32 * 9.0 * channels * Lanes.roundUp(channels, Lanes.FLOAT_COUNT);
            assertThat(WinogradConv2d.pays(image, image, window, weights, direct))
                    .as("%d channels", channels)
                    .isEqualTo(channels == 64);
        }
    }
}
