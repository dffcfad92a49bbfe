package io.fleetwright.zoo.chirps;

import static io.fleetwright.zoo.chirps.ChirpDataSet.BANDS;
import static io.fleetwright.zoo.chirps.ChirpDataSet.FRAMES;

import io.fleetwright.zoo.train.MixingRandom;

/** Energies per frame and band while sounds are added up; 1 is the loudest that a byte can hold. */
final class Spectrogram {
    /** Energy that becomes byte 0; 42 dB below the loudest. */
    private static final double FLOOR = 6e-5;

    private final MixingRandom random;
    private final double[] energies = new double[FRAMES * BANDS];

    Spectrogram(MixingRandom random) {
        this.random = random;
    }

    /** Background noise whose energy falls or rises with the pitch and whose every value varies by itself. */
    void addNoise() {
        double level = decibels(random.between(-32, -19));
        double tilt = random.between(-8, 8);
        for (int band = 0; band < BANDS; band++) {
            double energy = level * decibels(tilt * ((double) band / BANDS - 0.5));
            for (int frame = 0; frame < FRAMES; frame++) {
                energies[frame * BANDS + band] += energy * decibels(4 * random.bell());
            }
        }
    }

    /** In two of five, a weak tone all along, such as a motor makes. */
    void addHum() {
        if (random.nextInt(5) < 2) {
            double pitch = random.between(0, BANDS - 1);
            double energy = decibels(random.between(-26, -15));
            for (int frame = 0; frame < FRAMES; frame++) {
                addTone(frame, pitch, energy);
            }
        }
    }

    /** Up to two single frames in which all bands are loud. */
    void addClicks() {
        for (int clicks = random.nextInt(3); clicks > 0; clicks--) {
            addWide(random.nextInt(FRAMES), decibels(random.between(-24, -12)));
        }
    }

    void add(Sound sound) {
        int duration = 7 + random.nextInt(18);
        int onset = random.nextInt(FRAMES - duration + 1);
        double span = random.between(3, 10);
        double lowest = random.between(0, BANDS - 1 - span);
        double energy = decibels(random.between(-15, -3));
        double overtone = decibels(random.between(-20, -6));
        double wobble = random.between(0, 0.5);
        for (int i = 0; i < duration; i++) {
            double time = (i + 0.5) / duration;
            double envelope = energy * Math.min(1, 6 * Math.min(time, 1 - time)) * decibels(1.5 * random.bell());
            double pitch = lowest + span * sound.pitch(time) + wobble * random.bell();
            switch (sound) {
                case NOISE -> {}
                case BURST -> addWide(onset + i, envelope * decibels(-6));
                case UP, DOWN, UP_DOWN, DOWN_UP, STEADY, TWO_TONE -> {
                    addTone(onset + i, pitch, envelope);
                    addTone(onset + i, pitch + 7, envelope * overtone);
                }
            }
        }
    }

    /** A tone fades by 13 dB over the first band beside it. */
    private void addTone(int frame, double pitch, double energy) {
        for (int band = 0; band < BANDS; band++) {
            double off = band - pitch;
            energies[frame * BANDS + band] += energy * StrictMath.exp(-3 * off * off);
        }
    }

    private void addWide(int frame, double energy) {
        for (int band = 0; band < BANDS; band++) {
            energies[frame * BANDS + band] += energy * decibels(3 * random.bell());
        }
    }

    /** Logarithms, {@link #FLOOR} to 1 on bytes 0 to 255. */
    void write(byte[] out, int offset) {
        for (int i = 0; i < energies.length; i++) {
            double part = 1 - StrictMath.log(Math.max(energies[i], FLOOR)) / StrictMath.log(FLOOR);
            out[offset + i] = (byte) (int) (255 * Math.min(part, 1) + 0.5);
        }
    }

    private static double decibels(double decibels) {
        return StrictMath.exp(decibels * 0.23025850929940458);
    }
}
