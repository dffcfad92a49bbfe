package io.fleetwright.zoo.glyphs;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.data.ProceduralDataSet;
import io.fleetwright.zoo.data.Samples;
import io.fleetwright.zoo.data.Split;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/** Labelled 32x32 grey images of the ten {@link GlyphShapes}. */
public final class GlyphDataSet implements ProceduralDataSet {
    public static final int SIDE = 32;
    public static final int CLASSES = 10;
    public static final int BYTES_PER_IMAGE = SIDE * SIDE;

    private static final List<String> NAMES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    /** The images a network may learn from. */
    public static Samples train(long seed) {
        return new GlyphDataSet().samples(Split.TRAIN, seed);
    }

    /** The images a network is judged by. */
    public static Samples test(long seed) {
        return new GlyphDataSet().samples(Split.TEST, seed);
    }

    @Override
    public String name() {
        return GlyphModels.MODEL;
    }

    @Override
    public ImageShape shape() {
        return new ImageShape(SIDE, SIDE, 1);
    }

    @Override
    public List<String> classes() {
        return NAMES;
    }

    @Override
    public void draw(int label, MixingRandom random, byte[] out, int offset) {
        new Canvas(random).draw(label, out, offset);
    }

    /** One image being drawn: an affine frame for the glyph, ink coverage per pixel, then light and noise. */
    private static final class Canvas {
        private final MixingRandom random;
        private final double[] ink = new double[BYTES_PER_IMAGE];
        private double xx;
        private double xy;
        private double yx;
        private double yy;
        private double shiftX;
        private double shiftY;

        Canvas(MixingRandom random) {
            this.random = random;
        }

        void draw(int label, byte[] out, int offset) {
            chooseFrame();
            double halfWidth = random.between(0.5, 1.6);
            for (double[] stroke : GlyphShapes.strokes(label)) {
                drawStroke(stroke, halfWidth);
            }
            int lines = random.nextInt(7);
            for (int i = 0; i < lines; i++) {
                drawClutter();
            }
            shade(out, offset);
        }

        /** Rotation, scale, shear and shift; StrictMath, so that every machine agrees on the last bit. */
        private void chooseFrame() {
            double angle = StrictMath.toRadians(random.between(-25, 25));
            double scale = random.between(6.5, 12);
            double stretch = random.between(0.85, 1.2);
            double shear = random.between(-0.3, 0.3);
            double cos = StrictMath.cos(angle) * scale;
            double sin = StrictMath.sin(angle) * scale;
            xx = cos * stretch;
            xy = cos * shear - sin / stretch;
            yx = sin * stretch;
            yy = sin * shear + cos / stretch;
            shiftX = (SIDE - 1) / 2.0 + random.between(-4, 4);
            shiftY = (SIDE - 1) / 2.0 + random.between(-4, 4);
        }

        private void drawStroke(double[] points, double halfWidth) {
            var placed = new double[points.length];
            for (int i = 0; i < points.length; i += 2) {
                double x = points[i] + 0.05 * random.bell();
                double y = points[i + 1] + 0.05 * random.bell();
                placed[i] = xx * x + xy * y + shiftX;
                placed[i + 1] = yx * x + yy * y + shiftY;
            }
            for (int i = 2; i < placed.length; i += 2) {
                drawSegment(placed[i - 2], placed[i - 1], placed[i], placed[i + 1], halfWidth, 1);
            }
        }

        private void drawClutter() {
            double x = random.between(0, SIDE);
            double y = random.between(0, SIDE);
            double angle = StrictMath.toRadians(random.between(0, 360));
            double length = random.between(3, 12);
            drawSegment(
                    x,
                    y,
                    x + length * StrictMath.cos(angle),
                    y + length * StrictMath.sin(angle),
                    random.between(0.3, 0.8),
                    random.between(0.3, 0.8));
        }

        /** Ink is full inside the half width and fades over one pixel; overlapping strokes keep the darker. */
        private void drawSegment(double x0, double y0, double x1, double y1, double halfWidth, double strength) {
            double reach = halfWidth + 0.5;
            double dx = x1 - x0;
            double dy = y1 - y0;
            double lengthSquared = Math.max(dx * dx + dy * dy, 1e-9);
            int left = Math.max((int) StrictMath.floor(Math.min(x0, x1) - reach), 0);
            int right = Math.min((int) StrictMath.ceil(Math.max(x0, x1) + reach), SIDE - 1);
            int top = Math.max((int) StrictMath.floor(Math.min(y0, y1) - reach), 0);
            int bottom = Math.min((int) StrictMath.ceil(Math.max(y0, y1) + reach), SIDE - 1);
            for (int y = top; y <= bottom; y++) {
                for (int x = left; x <= right; x++) {
                    double along = ((x - x0) * dx + (y - y0) * dy) / lengthSquared;
                    along = Math.min(Math.max(along, 0), 1);
                    double offX = x - (x0 + along * dx);
                    double offY = y - (y0 + along * dy);
                    double cover = reach - Math.sqrt(offX * offX + offY * offY);
                    if (cover > 0) {
                        int at = y * SIDE + x;
                        ink[at] = Math.max(ink[at], Math.min(cover, 1) * strength);
                    }
                }
            }
        }

        private void shade(byte[] out, int offset) {
            double paper = random.between(0, 0.4);
            double pen = paper + random.between(0.27, 0.6);
            double rampX = random.between(-0.3, 0.3) / SIDE;
            double rampY = random.between(-0.3, 0.3) / SIDE;
            double noise = random.between(0.02, 0.11);
            boolean inverted = random.nextInt(2) == 1;
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    double value = paper + (pen - paper) * ink[y * SIDE + x];
                    value += rampX * (x - SIDE / 2) + rampY * (y - SIDE / 2) + noise * random.bell();
                    value = Math.min(Math.max(inverted ? 1 - value : value, 0), 1);
                    out[offset + y * SIDE + x] = (byte) (int) (value * 255 + 0.5);
                }
            }
        }
    }
}
