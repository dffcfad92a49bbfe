package io.fleetwright.zoo.chirps;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.data.ProceduralDataSet;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;
import java.util.Locale;

/**
 * Spectrograms of 32 frames by 20 bands of logarithmic energy, low bands first; one sound in each, or none. Onset,
 * duration, pitch, loudness, harmonics and the noise around it vary.
 */
public final class ChirpDataSet implements ProceduralDataSet {
    public static final int FRAMES = 32;
    public static final int BANDS = 20;

    /** By label. */
    static final List<Sound> SOUNDS = List.of(Sound.values());

    private static final List<String> CLASSES = SOUNDS.stream()
            .map(sound -> sound.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();

    @Override
    public String name() {
        return "chirps";
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(FRAMES, BANDS, 1);
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public void draw(int label, MixingRandom random, byte[] out, int offset) {
        var spectrogram = new Spectrogram(random);
        spectrogram.addNoise();
        spectrogram.addHum();
        spectrogram.addClicks();
        spectrogram.add(SOUNDS.get(label));
        spectrogram.write(out, offset);
    }
}
