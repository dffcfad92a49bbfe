package io.fleetwright.zoo.wildfire;

import static io.fleetwright.zoo.wildfire.Picture.mix;
import static io.fleetwright.zoo.wildfire.Picture.step;

import io.fleetwright.zoo.data.NoiseField;
import io.fleetwright.zoo.train.MixingRandom;

/** Turbulent tongues over a base: red at the edges and tips, yellow and white inside. */
final class Flame {
    private static final double[] RED = {0.75, 0.12, 0.03};
    private static final double[] ORANGE = {1.0, 0.50, 0.08};
    private static final double[] YELLOW = {1.0, 0.92, 0.60};

    private final double x0;
    private final double y0;
    private final double tall;
    private final double wide;
    private final double lean;
    private final double strength;
    private final NoiseField turbulence;

    Flame(MixingRandom random, double x0, double y0) {
        this.x0 = x0;
        this.y0 = y0;
        tall = random.between(0.15, 0.55);
        wide = random.between(0.06, 0.25);
        lean = random.between(-0.4, 0.4);
        strength = random.between(0.6, 1.1);
        turbulence = new NoiseField(random, 4, 3, 0.6);
    }

    void paint(Picture picture) {
        picture.lay(this::cover);
    }

    private double cover(double x, double y, double[] colour) {
        double height = (y0 - y) / tall;
        if (height < -0.2 || height > 1.3) {
            return 0;
        }
        double swirl = turbulence.at(x, y) - 0.5;
        double across = (x - x0 - lean * tall * height + 0.15 * swirl) / (wide * Math.max(1 - 0.6 * height, 0.2));
        double heat = strength * (1.1 - across * across - 0.9 * Math.max(height, 0) + 1.6 * swirl);
        if (heat > 0.6) {
            mix(ORANGE, YELLOW, Math.min((heat - 0.6) / 0.4, 1), colour);
        } else {
            mix(RED, ORANGE, Math.clamp(heat / 0.6, 0, 1), colour);
        }
        return step(0, 0.35, heat) * step(-0.2, 0, height);
    }
}
