package io.fleetwright.zoo.wildfire;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import org.junit.jupiter.api.Test;

final class WildfireDataSetTest {
    private static final int IMAGES = 600;

    private final WildfireDataSet set = new WildfireDataSet();
    private final Samples samples = set.samples(Split.TEST, 6);

    /** How a class looks on average, each from 0 to 1. */
    private record Look(double warmestPixel, double saturation) {}

    @Test
    void flamesAreWarmAndSmokeIsGreyOnAverage() {
        Look background = look(0);
        Look smoke = look(1);
        Look flame = look(2);
        assertThat(flame.warmestPixel).isGreaterThan(background.warmestPixel + 0.1);
        assertThat(smoke.saturation).isLessThan(background.saturation - 0.01);
    }

    /** Else the warmest pixel would tell flames, and there would be nothing to learn. */
    @Test
    void theWarmestPixelAloneDoesNotTellFlames() {
        double threshold = (look(0).warmestPixel + look(2).warmestPixel) / 2;
        int warmBackgrounds = 0;
        int backgrounds = 0;
        for (int i = 0; i < IMAGES; i++) {
            if (samples.label(i) == 0) {
                backgrounds++;
                warmBackgrounds += warmestPixel(draw(i)) > threshold ? 1 : 0;
            }
        }
        assertThat((double) warmBackgrounds / backgrounds).isBetween(0.15, 0.6);
    }

    private Look look(int label) {
        double warmest = 0;
        double saturation = 0;
        int count = 0;
        for (int i = 0; i < IMAGES; i++) {
            if (samples.label(i) == label) {
                byte[] image = draw(i);
                warmest += warmestPixel(image);
                saturation += saturation(image);
                count++;
            }
        }
        return new Look(warmest / count, saturation / count);
    }

    private byte[] draw(int index) {
        var image = new byte[set.shape().elements()];
        samples.draw(index, image, 0);
        return image;
    }

    /** The largest red less blue. */
    private static double warmestPixel(byte[] image) {
        double warmest = 0;
        for (int at = 0; at < image.length; at += 3) {
            warmest = Math.max(warmest, (image[at] & 0xFF) / 255.0 - (image[at + 2] & 0xFF) / 255.0);
        }
        return warmest;
    }

    /** The mean of largest less smallest colour. */
    private static double saturation(byte[] image) {
        double sum = 0;
        for (int at = 0; at < image.length; at += 3) {
            int red = image[at] & 0xFF;
            int green = image[at + 1] & 0xFF;
            int blue = image[at + 2] & 0xFF;
            sum += Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
        }
        return sum / 255 / (image.length / 3.0);
    }
}
