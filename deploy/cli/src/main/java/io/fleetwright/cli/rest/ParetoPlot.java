package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.plot.Axis;
import io.fleetwright.cli.plot.Plot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Accuracy over size of a version's measured variants as an SVG 1.1 document that needs nothing else: a whisker is the
 * 95 % interval, and the line joins the variants that no smaller one is as accurate as. Upwards is the logarithm of wrong
 * answers, falling, so that 98 and 99 % lie as far apart as 80 and 90.
 */
final class ParetoPlot {
    private static final int TICKS = 5;
    /** Room beside the largest, as a part of its size. */
    private static final double ROOM = 0.08;

    /** Part of wrong answers that is drawn as none. */
    private static final double WRONG_MIN = 1e-4;

    private static final double KILO = 1000;
    private static final double HUNDRED = 100;

    /**
     * A variant on the plot.
     *
     * @param bytes of its package, or of its file when it came ready-made
     * @param accuracy right answers, a fraction
     */
    record Point(String variant, long bytes, double accuracy, double low95, double high95) {}

    private ParetoPlot() {}

    /** Measured variants of a version as the API shows it. */
    static List<Point> points(JsonNode version) {
        List<Point> points = new ArrayList<>();
        for (JsonNode variant : version.path("variants")) {
            JsonNode accuracy = variant.path("accuracy");
            if (accuracy.path("n").asInt() > 0) {
                points.add(new Point(
                        variant.path("variant").asText(),
                        variant.path("packageBytes")
                                .asLong(variant.path("bytes").asLong()),
                        accuracy.path("fraction").asDouble(),
                        accuracy.path("low95").asDouble(),
                        accuracy.path("high95").asDouble()));
            }
        }
        return points;
    }

    /** Points that no smaller or equally small one is at least as accurate as, by size. */
    static List<Point> front(List<Point> points) {
        List<Point> front = new ArrayList<>();
        double best = Double.NEGATIVE_INFINITY;
        for (Point point : points.stream()
                .sorted(Comparator.comparingLong(Point::bytes)
                        .thenComparing(
                                Comparator.comparingDouble(Point::accuracy).reversed()))
                .toList()) {
            if (point.accuracy() > best) {
                front.add(point);
                best = point.accuracy();
            }
        }
        return front;
    }

    /**
     * Draws.
     *
     * @param points at least one
     */
    static String draw(String title, List<Point> points) {
        Plot plot = new Plot(title, sizes(points), shares(points));
        List<Point> front = front(points);
        plot.curve(Plot.Stroke.FIRST, "", front.stream().map(ParetoPlot::at).toList());
        for (Point point : points) {
            plot.whisker((double) point.bytes(), point.low95(), point.high95());
            plot.point(front.contains(point) ? Plot.Dot.ON : Plot.Dot.OFF, at(point), point.variant());
        }
        return plot.draw();
    }

    private static Plot.At at(Point point) {
        return new Plot.At((double) point.bytes(), point.accuracy());
    }

    private static Axis sizes(List<Point> points) {
        double to = points.stream().mapToLong(Point::bytes).max().orElseThrow() * (1 + ROOM);
        List<Axis.Tick> ticks = new ArrayList<>();
        for (int tick = 0; tick <= TICKS; tick++) {
            double bytes = to * tick / TICKS;
            ticks.add(new Axis.Tick(bytes, "%.1f".formatted(bytes / KILO)));
        }
        return new Axis("size, kB", 0, to, bytes -> bytes, ticks);
    }

    private static Axis shares(List<Point> points) {
        double from = points.stream().mapToDouble(Point::low95).min().orElseThrow();
        double to = points.stream().mapToDouble(Point::high95).max().orElseThrow();
        double low = height(from);
        double high = height(to);
        List<Axis.Tick> ticks = new ArrayList<>();
        for (int tick = 0; tick <= TICKS; tick++) {
            double share = 1 - Math.pow(10, -(low + (high - low) * tick / TICKS));
            ticks.add(new Axis.Tick(share, "%.2f".formatted(share * HUNDRED)));
        }
        return new Axis("right, %", from, to, ParetoPlot::height, ticks);
    }

    /** Rises by 1 when a tenth as many answers are wrong. */
    private static double height(double share) {
        return -Math.log10(Math.max(WRONG_MIN, 1 - share));
    }
}
