package io.fleetwright.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Accuracy over size of a version's measured variants as an SVG 1.1 document that needs nothing else: a whisker is the
 * 95 % interval, and the line joins the variants that no smaller one is as accurate as. Upwards is the logarithm of wrong
 * answers, falling, so that 98 and 99 % lie as far apart as 80 and 90.
 */
final class ParetoPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 130;
    private static final int TOP = 50;
    private static final int BOTTOM = 56;
    private static final int TICKS = 5;
    /** Room beside the largest, as a part of its size. */
    private static final double ROOM = 0.08;

    private static final int LABEL_HEIGHT = 15;
    /** Labels of points nearer than this could cover each other. */
    private static final int LABEL_WIDTH = 190;

    /** Part of wrong answers that is drawn as none. */
    private static final double WRONG_MIN = 1e-4;

    private static final double KILO = 1000;
    private static final double HUNDRED = 100;

    private static final String STYLE = """
            svg { background: #fff; color-scheme: light dark; font: 13px system-ui, sans-serif; }
            text { fill: #1c2128; }
            .quiet { fill: #5c6570; }
            .grid { stroke: #d5dae0; }
            .front { stroke: #1f6feb; stroke-width: 2; fill: none; }
            .whisker { stroke: #5c6570; stroke-width: 1.5; }
            .on { fill: #1f6feb; }
            .off { fill: #9aa5b1; }
            @media (prefers-color-scheme: dark) {
            svg { background: #14181d; } text { fill: #e6eaef; } .quiet { fill: #9aa5b1; } .grid { stroke: #343c46; }
            }
            """;

    /**
     * A variant on the plot.
     *
     * @param bytes of its package, or of its file when it came ready-made
     * @param accuracy right answers, a fraction
     */
    record Point(String variant, long bytes, double accuracy, double low95, double high95) {}

    private final StringBuilder out = new StringBuilder();
    private final List<Point> points;
    private final double bytesMax;
    private final double low;
    private final double high;

    private ParetoPlot(List<Point> points) {
        this.points = points;
        bytesMax = points.stream().mapToLong(Point::bytes).max().orElseThrow() * (1 + ROOM);
        low = height(points.stream().mapToDouble(Point::low95).min().orElseThrow());
        high = height(points.stream().mapToDouble(Point::high95).max().orElseThrow());
    }

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
        return new ParetoPlot(points).draw(title);
    }

    private String draw(String title) {
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">%n"
                .formatted(WIDTH, HEIGHT));
        out.append("<title>%s</title>%n<style>%n%s</style>%n".formatted(escape(title), STYLE));
        text(LEFT, TOP - 24, "start", "", title);
        axes();
        List<Point> front = front(points);
        out.append("<polyline class=\"front\" points=\"");
        front.forEach(point -> out.append(number(x(point)))
                .append(',')
                .append(number(y(point.accuracy())))
                .append(' '));
        out.append("\"/>\n");
        for (Point point : points) {
            line("whisker", x(point), y(point.low95()), x(point), y(point.high95()));
            out.append("<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"5\"/>%n"
                    .formatted(front.contains(point) ? "on" : "off", number(x(point)), number(y(point.accuracy()))));
        }
        labels();
        return out.append("</svg>\n").toString();
    }

    /** From the top down, each below those beside it that are drawn already. */
    private void labels() {
        List<double[]> drawn = new ArrayList<>();
        for (Point point : points.stream()
                .sorted(Comparator.comparingDouble(Point::accuracy).reversed())
                .toList()) {
            double at = y(point.accuracy()) + 4;
            for (double[] other : drawn) {
                if (Math.abs(other[0] - x(point)) < LABEL_WIDTH && at < other[1] + LABEL_HEIGHT) {
                    at = Math.max(at, other[1] + LABEL_HEIGHT);
                }
            }
            drawn.add(new double[] {x(point), at});
            text(x(point) + 9, at, "start", "", point.variant());
        }
    }

    private void axes() {
        for (int tick = 0; tick <= TICKS; tick++) {
            double bytes = bytesMax * tick / TICKS;
            double share = 1 - Math.pow(10, -(low + (high - low) * tick / TICKS));
            line("grid", x(bytes), TOP, x(bytes), HEIGHT - BOTTOM);
            line("grid", LEFT, y(share), WIDTH - RIGHT, y(share));
            text(x(bytes), HEIGHT - BOTTOM + 18, "middle", "quiet", "%.1f".formatted(bytes / KILO));
            text(LEFT - 8, y(share) + 4, "end", "quiet", "%.2f".formatted(share * HUNDRED));
        }
        text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14, "middle", "quiet", "size, kB");
        text(LEFT - 8, TOP - 8, "end", "quiet", "right, %");
    }

    private double x(Point point) {
        return x((double) point.bytes());
    }

    private double x(double bytes) {
        return LEFT + bytes / bytesMax * (WIDTH - LEFT - RIGHT);
    }

    private double y(double share) {
        return HEIGHT - BOTTOM - (height(share) - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    }

    /** Rises by 1 when a tenth as many answers are wrong. */
    private static double height(double share) {
        return -Math.log10(Math.max(WRONG_MIN, 1 - share));
    }

    private void line(String style, double x1, double y1, double x2, double y2) {
        out.append("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>%n"
                .formatted(style, number(x1), number(y1), number(x2), number(y2)));
    }

    private void text(double x, double y, String anchor, String style, String text) {
        out.append("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\"%s>%s</text>%n"
                .formatted(
                        number(x),
                        number(y),
                        anchor,
                        style.isEmpty() ? "" : " class=\"%s\"".formatted(style),
                        escape(text)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
