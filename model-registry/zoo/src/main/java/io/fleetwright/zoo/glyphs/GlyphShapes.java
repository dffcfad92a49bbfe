package io.fleetwright.zoo.glyphs;

import java.util.List;

/**
 * The ten digits as strokes. Coordinates: x to the right, y down, the glyph fills about -0.6..0.6 by -1..1.
 *
 * <p>A stroke is a list of points {@code x0, y0, x1, y1, ...}; arcs are cut into short chords once, here.
 */
final class GlyphShapes {
    private static final List<List<double[]>> STROKES = List.of(
            List.of(arc(0, 0, 0.6, 1, 0, 360)),
            List.of(line(-0.35, -0.55, 0.05, -1, 0.05, 1), line(-0.3, 1, 0.4, 1)),
            List.of(join(arc(0, -0.45, 0.55, 0.55, 180, 390), line(-0.6, 1, 0.6, 1))),
            List.of(join(arc(-0.05, -0.5, 0.55, 0.5, 200, 450), arc(-0.05, 0.5, 0.6, 0.5, 270, 520))),
            List.of(line(0.25, -1, -0.6, 0.4, 0.6, 0.4), line(0.25, -0.3, 0.25, 1)),
            List.of(join(line(0.55, -1, -0.45, -1, -0.5, -0.1), arc(-0.02, 0.4, 0.6, 0.6, 235, 510))),
            List.of(join(line(0.4, -1, -0.2, -0.4), arc(0, 0.42, 0.58, 0.58, 200, 560))),
            List.of(line(-0.6, -1, 0.6, -1, -0.15, 1), line(-0.3, 0.05, 0.4, 0.05)),
            List.of(arc(0, -0.5, 0.46, 0.5, 0, 360), arc(0, 0.5, 0.58, 0.5, 0, 360)),
            List.of(join(arc(0, -0.42, 0.58, 0.58, 20, 380), line(0.52, -0.2, 0.2, 1))));

    private GlyphShapes() {}

    static int classes() {
        return STROKES.size();
    }

    static List<double[]> strokes(int label) {
        return STROKES.get(label);
    }

    private static double[] line(double... points) {
        return points;
    }

    /** An elliptic arc, angles in degrees clockwise from the right, as chords of at most 30 degrees. */
    private static double[] arc(double x, double y, double radiusX, double radiusY, double from, double to) {
        int chords = (int) StrictMath.ceil(StrictMath.abs(to - from) / 30);
        var points = new double[2 * (chords + 1)];
        for (int i = 0; i <= chords; i++) {
            double angle = StrictMath.toRadians(from + (to - from) * i / chords);
            points[2 * i] = x + radiusX * StrictMath.cos(angle);
            points[2 * i + 1] = y + radiusY * StrictMath.sin(angle);
        }
        return points;
    }

    private static double[] join(double[] first, double[] second) {
        var points = new double[first.length + second.length];
        System.arraycopy(first, 0, points, 0, first.length);
        System.arraycopy(second, 0, points, first.length, second.length);
        return points;
    }
}
