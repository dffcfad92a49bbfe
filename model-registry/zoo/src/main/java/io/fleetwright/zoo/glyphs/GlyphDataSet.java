package io.fleetwright.zoo.glyphs;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.zoo.train.ImageSource;
import io.fleetwright.zoo.train.MixingRandom;
import java.util.List;

/**
 * An endless, seeded sequence of labelled 32x32 grey images of the ten {@link GlyphShapes}.
 *
 * <p>Image {@code index} of seed {@code seed} is the same bytes on every machine and every run. Every ten images
 * in a row, counted from index 0, hold each class once. Training and test sequences are drawn from different
 * mixed seeds, whatever the two seeds are.
 * Real input value of a network = byte (unsigned) / 255.
 */
public final class GlyphDataSet implements ImageSource {
    public static final int SIDE = 32;
    public static final int CLASSES = 10;
    public static final int BYTES_PER_IMAGE = SIDE * SIDE;

    private static final long TRAIN_SALT = 0x7472_6169_6E00_0001L;
    private static final long TEST_SALT = 0x7465_7374_0000_0002L;
    private static final int EVALUATION_IMAGES_MAX = 100_000;

    private final long seed;

    private GlyphDataSet(long seed) {
        this.seed = seed;
    }

    /** The images a network may learn from. */
    public static GlyphDataSet train(long seed) {
        return new GlyphDataSet(MixingRandom.mix(seed ^ TRAIN_SALT));
    }

    /** The images a network is judged by. */
    public static GlyphDataSet test(long seed) {
        return new GlyphDataSet(MixingRandom.mix(seed ^ TEST_SALT));
    }

    /** The class of an image, 0..9. */
    @Override
    public int label(long index) {
        checkIndex(index);
        long tenSalt = MixingRandom.mix(seed ^ (index / CLASSES)) >>> 1;
        return (int) ((index % CLASSES + tenSalt % CLASSES) % CLASSES);
    }

    /** Draws an image into {@code out}, row by row, from {@code offset} on. */
    @Override
    public void draw(long index, byte[] out, int offset) {
        checkIndex(index);
        new Canvas(new MixingRandom(seed, index)).draw(label(index), out, offset);
    }

    /** The first {@code count} images with their labels. */
    public EvaluationSet evaluationSet(int count) {
        if (count < 1 || count > EVALUATION_IMAGES_MAX) {
            throw new IllegalArgumentException("count (%d) must be in 1..%d".formatted(count, EVALUATION_IMAGES_MAX));
        }
        var inputs = new byte[count * BYTES_PER_IMAGE];
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            draw(i, inputs, i * BYTES_PER_IMAGE);
            labels[i] = label(i);
        }
        return new EvaluationSet(List.of(SIDE, SIDE, 1), CLASSES, inputs, 1f / 255, 0f, labels);
    }

    private static void checkIndex(long index) {
        if (index < 0) {
            throw new IllegalArgumentException("index (%d) must not be negative".formatted(index));
        }
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
