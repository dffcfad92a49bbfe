package io.fleetwright.zoo.pose;

import static io.fleetwright.zoo.pose.PoseDataSet.HEIGHT;
import static io.fleetwright.zoo.pose.PoseDataSet.WIDTH;

import io.fleetwright.zoo.data.NoiseField;
import io.fleetwright.zoo.train.MixingRandom;

/** One room, one light and one person; frames of it differ by pose and noise. Greys run from 0 to 1. */
final class Scene {
    /** Half width of a head at one metre, in pixels. */
    private static final double HEAD_AT_A_METRE = 5;

    private static final double TALLNESS = 1.25;

    private final NoiseField room;
    private final double roomLight;
    private final double roomContrast;
    private final double skin;
    private final double hair;
    private final double shirt;
    private final double hairLine;
    private final double hairSide;
    private final double lightX;
    private final double lightStrength;
    private final double noise;

    Scene(MixingRandom random) {
        room = new NoiseField(random, 2 + random.nextInt(3), 3, random.between(0.5, 0.9));
        roomLight = random.between(0.3, 0.7);
        roomContrast = random.between(0.2, 0.8);
        skin = random.between(0.45, 0.85);
        hair = random.between(0.05, 0.35);
        shirt = random.between(0.1, 0.9);
        hairLine = random.between(-0.7, -0.45);
        hairSide = random.between(55, 75);
        lightX = random.between(-1, 1);
        lightStrength = random.between(0.1, 0.5);
        noise = random.between(0.01, 0.05);
    }

    /** Draws one frame, row by row. */
    void paint(Pose pose, MixingRandom random, byte[] out, int offset) {
        double radius = HEAD_AT_A_METRE / pose.distanceMetres();
        double centerX = (WIDTH - 1) / 2.0 * (1 + pose.across());
        double centerY = (HEIGHT - 1) / 2.0 * (1 + pose.down());
        for (int row = 0; row < HEIGHT; row++) {
            for (int column = 0; column < WIDTH; column++) {
                double across = (column - centerX) / radius;
                double down = (row - centerY) / (radius * TALLNESS);
                double value =
                        roomLight + roomContrast * (room.at((double) column / WIDTH, (double) row / WIDTH) - 0.5);
                value = mix(value, shirt, shoulders(across, down, radius));
                double edge = Math.sqrt(across * across + down * down);
                if (edge < 1 + 0.5 / radius) {
                    double shown = face(Math.min(edge, 0.999), across, down, pose.headingDegrees());
                    value = mix(value, shown, Math.clamp((1 - edge) * radius + 0.5, 0, 1));
                }
                value = Math.clamp(value + noise * random.bell(), 0, 1);
                out[offset + row * WIDTH + column] = (byte) (int) (value * 255 + 0.5);
            }
        }
    }

    /** Cover of neck and shoulders below the head. */
    private static double shoulders(double across, double down, double radius) {
        double half = down < 1.25 ? 0.45 : Math.min(0.45 + 4 * (down - 1.25), 2.2);
        return down < 0.7 ? 0 : Math.clamp((half - Math.abs(across)) * radius + 0.5, 0, 1);
    }

    /** Grey of a place on a ball that is turned: hair behind and above, two eyes, nose and mouth in front. */
    private double face(double edge, double across, double down, double heading) {
        double depth = Math.sqrt(1 - edge * edge);
        double turned = StrictMath.toDegrees(StrictMath.atan2(across, depth)) - heading;
        double grey = down < hairLine || Math.abs(turned) > hairSide ? hair : skin;
        double eyes = spot((Math.abs(turned) - 24) / 13, (down + 0.15) / 0.16);
        double nose = spot(turned / 9, (down - 0.12) / 0.2);
        double mouth = spot(turned / 24, (down - 0.5) / 0.11);
        grey = mix(grey, 0.08, 0.9 * eyes);
        grey = mix(grey, Math.min(skin + 0.2, 1), 0.7 * nose);
        grey = mix(grey, 0.2, 0.7 * mouth);
        return grey * (1 + lightStrength * (lightX * across + (1 - Math.abs(lightX)) * depth - 0.5));
    }

    /** 1 in the middle, 0 beyond one and a half from it. */
    private static double spot(double x, double y) {
        return Math.clamp(1.5 - Math.sqrt(x * x + y * y), 0, 1);
    }

    private static double mix(double a, double b, double share) {
        return a + (b - a) * share;
    }
}
