package io.fleetwright.zoo.wildfire;

import static io.fleetwright.zoo.wildfire.Picture.step;

import io.fleetwright.zoo.data.NoiseField;
import io.fleetwright.zoo.train.MixingRandom;

/** Smoke that rises from a place, leans with the wind, widens and thins out; soft and of little contrast. */
final class Plume {
    private final double x0;
    private final double y0;
    private final double density;
    private final double lean;
    private final double widthBegin;
    private final double widening;
    private final double reach;
    private final double[] grey;
    private final NoiseField billows;

    Plume(MixingRandom random, double x0, double y0, double density) {
        this.x0 = x0;
        this.y0 = y0;
        this.density = density;
        lean = random.between(-0.8, 0.8);
        widthBegin = random.between(0.04, 0.10);
        widening = random.between(0.15, 0.4);
        reach = random.between(0.5, 1.1);
        double level = random.between(0.35, 0.88);
        grey = new double[] {
            level + random.between(-0.02, 0.04), level, level + random.between(-0.03, 0.05),
        };
        billows = new NoiseField(random, 3, 3, 0.65);
    }

    /** A plume of its own, from thin to thick. */
    static Plume smoke(MixingRandom random) {
        return new Plume(random, random.between(0.2, 0.8), random.between(0.6, 1.05), random.between(0.45, 0.95));
    }

    void paint(Picture picture) {
        picture.lay(this::cover);
    }

    private double cover(double x, double y, double[] colour) {
        double height = y0 - y;
        if (height <= 0) {
            return 0;
        }
        double billow = billows.at(x - lean * height, y);
        double across = (x - x0 - lean * height * (0.5 + height) + 0.2 * height * (billow - 0.5))
                / (widthBegin + widening * height);
        double shade = 0.85 + 0.3 * billow;
        for (int c = 0; c < colour.length; c++) {
            colour[c] = grey[c] * shade;
        }
        double fading = 1 - step(0.3 * reach, reach, height);
        return density * fading * StrictMath.exp(-across * across) * step(0.1, 0.5, billow) * step(0, 0.05, height);
    }
}
