package io.fleetwright.forge.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class WeightCodesTest {
    private static final int HEAD = 2;

    @Test
    void everyFormatComesBackAsItWent() {
        SeededCases.forEach(1, 200, (random, _) -> {
            WeightFormat format = WeightFormat.of(random.nextInt(WeightFormat.values().length))
                    .orElseThrow();
            int channels = random.nextInt(1, 40);
            int depth = random.nextInt(1, 80);
            var values = new float[channels * depth];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            ScaleSpan span = random.nextBoolean() ? ScaleSpan.CHANNEL : ScaleSpan.NEIGHBOURS;
            WeightGrid grid = WeightGrid.fit(new WeightRows(channels, depth, values), format, span);
            var levels = new int[values.length];
            for (int i = 0; i < levels.length; i++) {
                int[] all = IntStream.rangeClosed(-128, 127)
                        .filter(Levels.of(format)::contains)
                        .toArray();
                levels[i] = all[random.nextInt(all.length)];
            }
            IntegerWeights weights = grid.at(levels);

            byte[] bytes = WeightCodes.encode(weights);
            assertThat(bytes).hasSize(WeightCodes.bytes(format, span, channels, depth));
            IntegerWeights back = WeightCodes.decode(format, span, channels, depth, ByteBuffer.wrap(bytes));
            assertThat(back.levels()).isEqualTo(weights.levels());
            assertThat(back.real().values()).isEqualTo(weights.real().values());
            assertThat(WeightCodes.encode(back)).isEqualTo(bytes);
        });
    }

    @Test
    void neighboursUnderOneScaleKeepTheirWidestWeight() {
        var values = new float[25 * 9];
        Arrays.fill(values, 0.25f);
        values[12 * 9] = 4;
        IntegerWeights weights = WeightGrid.fit(new WeightRows(25, 9, values), WeightFormat.INT8, ScaleSpan.NEIGHBOURS)
                .at(new int[values.length]);
        assertThat(weights.scaleCodes()).hasSize(3);
        assertThat(weights.scale(0))
                .isBetween(0.25f / 127, 0.25f / 127 * 1.045f)
                .isEqualTo(weights.scale(10));
        assertThat(weights.scale(11)).isBetween(4f / 127, 4f / 127 * 1.045f).isEqualTo(weights.scale(21));
        assertThat(weights.scale(24)).isEqualTo(weights.scale(0));
    }

    @Test
    void codesLieAsDocumented() {
        assertThat(codes(WeightFormat.INT4, -8, 7, -1)).containsExactly(0x78, 0x0F);
        assertThat(codes(WeightFormat.TERNARY, -1, 0, 1, 1, 0, 1)).containsExactly(0 + 3 + 2 * 9 + 2 * 27 + 81, 2);
        assertThat(codes(WeightFormat.POW2, 0, 1, -64, 4)).containsExactly(0x10, 0x3F);
        assertThat(codes(WeightFormat.POW2X2, 64, -7, 5)).containsExactly(0x07, 0x1C, 0x13);
        assertThat(codes(WeightFormat.INT8, -127, 3)).containsExactly(-127 & 0xFF, 3);
    }

    @Test
    void groupScalesAreFourBitsBetweenScalesAndCodes() {
        var groups = new byte[] {15, 2, 3};
        var levels = new byte[70];
        Arrays.fill(levels, 0, 32, (byte) 15);
        Arrays.fill(levels, 32, 64, (byte) 14);
        var weights = new IntegerWeights(
                WeightFormat.INT4_G32, 1, 70, levels, new ScaleCode(0), ScaleSpan.CHANNEL, new byte[1], groups);
        byte[] bytes = WeightCodes.encode(weights);
        assertThat(bytes).hasSize(1 + 1 + 2 + 35);
        assertThat(Arrays.copyOfRange(bytes, 1, 6)).containsExactly(0, 0x2F, 0x03, 0x11, 0x11);
        assertThat(bytes[4 + 16]).isEqualTo((byte) 0x77);
        assertThat(WeightCodes.decode(WeightFormat.INT4_G32, ScaleSpan.CHANNEL, 1, 70, ByteBuffer.wrap(bytes))
                        .levels())
                .isEqualTo(levels);
    }

    @Test
    void codesThatMeanNothingAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decode(WeightFormat.TERNARY, 243))
                .withMessageContaining("ternary byte 243");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decode(WeightFormat.POW2, 0x08))
                .withMessageContaining("code 8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decode(WeightFormat.INT8, 0x80))
                .withMessageContaining("level (-128)");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> WeightCodes.decode(WeightFormat.INT8, ScaleSpan.CHANNEL, 4, 9, ByteBuffer.allocate(40)))
                .withMessageContaining("40 bytes left");
    }

    /** A mobile network has far more weights per channel than the glyph networks; figures hold by layout alone. */
    @Test
    void sizesOfAQuarterWidthMobileNet() {
        assertThat(ratio(WeightFormat.INT8)).isGreaterThan(3.9);
        assertThat(ratio(WeightFormat.INT4_G32)).isGreaterThan(7.0);
        assertThat(ratio(WeightFormat.TERNARY)).isGreaterThan(12.0);
    }

    private static double ratio(WeightFormat format) {
        int[] channels = {8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256};
        long weights = 8 * 27;
        long bytes = WeightCodes.bytes(format, ScaleSpan.CHANNEL, 8, 27);
        for (int i = 1; i < channels.length; i++) {
            weights += channels[i - 1] * 9L + (long) channels[i - 1] * channels[i];
            bytes += WeightCodes.bytes(format, ScaleSpan.CHANNEL, channels[i - 1], 9)
                    + WeightCodes.bytes(format, ScaleSpan.CHANNEL, channels[i], channels[i - 1]);
        }
        return (double) weights * Float.BYTES / bytes;
    }

    private static IntegerWeights decode(WeightFormat format, int code) {
        byte[] bytes = ByteBuffer.allocate(HEAD + 1)
                .put((byte) 0)
                .put((byte) 0)
                .put((byte) code)
                .array();
        return WeightCodes.decode(format, ScaleSpan.CHANNEL, 1, 1, ByteBuffer.wrap(bytes));
    }

    private static int[] codes(WeightFormat format, int... levels) {
        var values = new byte[levels.length];
        for (int i = 0; i < levels.length; i++) {
            values[i] = (byte) levels[i];
        }
        byte[] bytes = WeightCodes.encode(new IntegerWeights(
                format, 1, levels.length, values, new ScaleCode(0), ScaleSpan.CHANNEL, new byte[1], new byte[0]));
        var codes = new int[bytes.length - HEAD];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = bytes[HEAD + i] & 0xFF;
        }
        return codes;
    }
}
