package io.fleetwright.zoo.wildfire;

import static io.fleetwright.zoo.wildfire.Picture.mix;
import static io.fleetwright.zoo.wildfire.Picture.step;

import io.fleetwright.zoo.data.NoiseField;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/** Ground, often a sky above it, and what may be taken for smoke or flame and is neither. */
final class Landscape {
    /** Dark and light colour of forest, dry grass, rock, autumn wood and red soil. */
    private static final List<double[][]> GROUNDS = List.of(
            new double[][] {{0.05, 0.12, 0.04}, {0.28, 0.42, 0.18}},
            new double[][] {{0.35, 0.29, 0.13}, {0.75, 0.66, 0.38}},
            new double[][] {{0.25, 0.24, 0.23}, {0.66, 0.64, 0.60}},
            new double[][] {{0.18, 0.09, 0.03}, {0.78, 0.42, 0.12}},
            new double[][] {{0.30, 0.13, 0.07}, {0.68, 0.36, 0.22}});
    /** Upper and lower colour of a blue, an overcast and two evening skies. */
    private static final List<double[][]> SKIES = List.of(
            new double[][] {{0.25, 0.45, 0.80}, {0.62, 0.76, 0.90}},
            new double[][] {{0.55, 0.57, 0.60}, {0.78, 0.78, 0.79}},
            new double[][] {{0.30, 0.28, 0.45}, {0.98, 0.55, 0.20}},
            new double[][] {{0.55, 0.30, 0.30}, {1.00, 0.75, 0.35}});

    private static final double[] CLOUD = {0.92, 0.92, 0.93};
    private static final double[] HAZE = {0.72, 0.73, 0.75};

    private final MixingRandom random;

    Landscape(MixingRandom random) {
        this.random = random;
    }

    void paint(Picture picture) {
        paintGround(picture);
        boolean open = random.nextInt(5) < 3;
        double horizon = open ? random.between(0.15, 0.6) : 0;
        if (open) {
            paintSky(picture, horizon);
        }
        if (random.nextInt(3) == 0) {
            double strength = random.between(0.1, 0.45);
            picture.lay((_, _, colour) -> {
                System.arraycopy(HAZE, 0, colour, 0, colour.length);
                return strength;
            });
        }
        for (int lamps = random.nextInt(8) - 4; lamps > 0; lamps--) {
            paintLamp(picture, horizon);
        }
    }

    private void paintGround(Picture picture) {
        double[][] ground = GROUNDS.get(random.nextInt(GROUNDS.size()));
        var texture = new NoiseField(random, 2 + random.nextInt(3), 3, random.between(0.5, 0.9));
        double contrast = random.between(0.8, 2);
        double light = random.between(-0.15, 0.15);
        picture.lay((x, y, colour) -> {
            double share = Math.clamp(0.5 + light + contrast * (texture.at(x, y) - 0.5), 0, 1);
            mix(ground[0], ground[1], share, colour);
            return 1;
        });
    }

    private void paintSky(Picture picture, double horizon) {
        double[][] sky = SKIES.get(random.nextInt(SKIES.size()));
        double tilt = random.between(-0.15, 0.15);
        var hills = new NoiseField(random, 3, 2, 0.5);
        var clouds = new NoiseField(random, 2, 3, 0.55);
        double cloudiness = random.nextInt(2) == 0 ? 0 : random.between(0.3, 0.9);
        double threshold = random.between(0.4, 0.6);
        picture.lay((x, y, colour) -> {
            double edge = horizon + tilt * (x - 0.5) + 0.1 * (hills.at(x, 0) - 0.5);
            mix(sky[0], sky[1], Math.clamp(y / edge, 0, 1), colour);
            double cloud = cloudiness * step(threshold, threshold + 0.2, clouds.at(x, 2 * y));
            mix(colour, CLOUD, cloud, colour);
            return step(edge + 0.02, edge - 0.02, y);
        });
    }

    /** A small, round, steady light; white, yellow or orange. */
    private void paintLamp(Picture picture, double horizon) {
        double centerX = random.between(0, 1);
        double centerY = random.between(horizon, 1);
        double radius = random.between(0.03, 0.09);
        double[] light = {1, random.between(0.5, 1), random.between(0.1, 0.9)};
        picture.lay((x, y, colour) -> {
            System.arraycopy(light, 0, colour, 0, colour.length);
            double distance = Math.sqrt((x - centerX) * (x - centerX) + (y - centerY) * (y - centerY)) / radius;
            return Math.max(step(1.2, 0.6, distance), 0.4 * step(3, 0, distance));
        });
    }
}
