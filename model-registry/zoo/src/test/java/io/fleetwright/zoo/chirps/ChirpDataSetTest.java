package io.fleetwright.zoo.chirps;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import org.junit.jupiter.api.Test;

final class ChirpDataSetTest {
    private static final int INPUTS = 1600;

    private final ChirpDataSet set = new ChirpDataSet();
    private final Samples samples = set.samples(Split.TEST, 6);

    @Test
    void namesItsClassesByTheirSounds() {
        assertThat(set.classes())
                .containsExactly("noise", "up", "down", "up-down", "down-up", "steady", "two-tone", "burst");
    }

    @Test
    void pitchRisesAndFallsAsTheClassSays() {
        double up = slope(Sound.UP);
        double down = slope(Sound.DOWN);
        assertThat(up).isGreaterThan(0.05);
        assertThat(down).isLessThan(-0.05);
        assertThat(slope(Sound.TWO_TONE)).isGreaterThan(0.05);
        for (Sound flat : new Sound[] {Sound.NOISE, Sound.UP_DOWN, Sound.DOWN_UP, Sound.STEADY, Sound.BURST}) {
            assertThat(slope(flat)).as(flat.name()).isBetween(down / 3, up / 3);
        }
    }

    @Test
    void soundsAreLouderThanNoise() {
        double noise = loudest(Sound.NOISE);
        for (Sound sound : ChirpDataSet.SOUNDS) {
            if (sound != Sound.NOISE) {
                assertThat(loudest(sound)).as(sound.name()).isGreaterThan(noise);
            }
        }
    }

    /** Bands per frame of a line through all values, the loud ones weighing much more; mean over the class. */
    private double slope(Sound sound) {
        double slopes = 0;
        int count = 0;
        for (int i = 0; i < INPUTS; i++) {
            if (ChirpDataSet.SOUNDS.get(samples.label(i)) == sound) {
                slopes += slope(draw(i));
                count++;
            }
        }
        return slopes / count;
    }

    private static double slope(byte[] input) {
        double total = 0;
        double frames = 0;
        double bands = 0;
        double squares = 0;
        double products = 0;
        for (int i = 0; i < input.length; i++) {
            double weight = Math.pow((input[i] & 0xFF) / 255.0, 12);
            int frame = i / ChirpDataSet.BANDS;
            int band = i % ChirpDataSet.BANDS;
            total += weight;
            frames += weight * frame;
            bands += weight * band;
            squares += weight * frame * frame;
            products += weight * frame * band;
        }
        return (products * total - frames * bands) / (squares * total - frames * frames);
    }

    private double loudest(Sound sound) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < INPUTS; i++) {
            if (ChirpDataSet.SOUNDS.get(samples.label(i)) == sound) {
                int max = 0;
                for (byte value : draw(i)) {
                    max = Math.max(max, value & 0xFF);
                }
                sum += max;
                count++;
            }
        }
        return sum / count;
    }

    private byte[] draw(int index) {
        var input = new byte[set.shape().elements()];
        samples.draw(index, input, 0);
        return input;
    }
}
