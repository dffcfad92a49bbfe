package io.fleetwright.zoo.wildfire;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.data.ProceduralDataSet;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/**
 * 24x24 colour images in three classes: {@code background}, {@code smoke} and {@code flame}, where half the flames
 * smoke too. Every class has the same landscapes and the same things that mislead: haze, clouds, sunsets and lamps.
 */
public final class WildfireDataSet implements ProceduralDataSet {
    public static final int SIDE = 24;

    private static final List<String> CLASSES = List.of("background", "smoke", "flame");
    private static final int SMOKE = 1;
    private static final int FLAME = 2;

    @Override
    public String name() {
        return "wildfire";
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(SIDE, SIDE, Picture.COLOURS);
    }

    @Override
    public List<String> classes() {
        return CLASSES;
    }

    @Override
    public void draw(int label, MixingRandom random, byte[] out, int offset) {
        var picture = new Picture(SIDE);
        new Landscape(random).paint(picture);
        if (label == SMOKE) {
            Plume.smoke(random).paint(picture);
        }
        if (label == FLAME) {
            double x = random.between(0.25, 0.75);
            double y = random.between(0.55, 0.95);
            if (random.nextInt(2) == 0) {
                new Plume(random, x, y, random.between(0.15, 0.5)).paint(picture);
            }
            new Flame(random, x, y).paint(picture);
        }
        picture.expose(random, out, offset);
    }
}
