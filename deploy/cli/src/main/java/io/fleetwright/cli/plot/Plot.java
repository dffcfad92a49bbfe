package io.fleetwright.cli.plot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Points and curves over two axes, as an SVG 1.1 document that needs nothing else. */
public final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 130;
    private static final int TOP = 50;
    private static final int BOTTOM = 56;

    private static final int LABEL_HEIGHT = 15;
    private static final int KEY_WIDTH = 18;
    /** Labels of points nearer than this could cover each other. */
    private static final int LABEL_WIDTH = 190;

    private static final String STYLE = """
            svg { background: #fff; color-scheme: light dark; font: 13px system-ui, sans-serif; }
            text { fill: #1c2128; }
            .quiet { fill: #5c6570; }
            .grid { stroke: #d5dae0; }
            polyline { fill: none; } polyline, .key { stroke-width: 2; }
            .first { stroke: #1f6feb; } .second { stroke: #bf5b04; } .third { stroke: #1a7f37; }
            .fourth { stroke: #8250df; } .fifth { stroke: #7a828c; stroke-dasharray: 5 4; }
            .whisker { stroke: #5c6570; stroke-width: 1.5; }
            .on { fill: #1f6feb; }
            .off { fill: #9aa5b1; }
            .hollow { fill: none; stroke: #5c6570; stroke-width: 1.5; }
            @media (prefers-color-scheme: dark) {
            svg { background: #14181d; } text { fill: #e6eaef; } .quiet { fill: #9aa5b1; } .grid { stroke: #343c46; }
            .first { stroke: #6ea8ff; } .second { stroke: #f0a35c; } .third { stroke: #57c274; } .fourth { stroke: #b795f7; }
            }
            """;

    /** How a curve is drawn. */
    public enum Stroke {
        FIRST,
        SECOND,
        THIRD,
        FOURTH,
        FIFTH;

        private String style() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How a point is drawn. */
    public enum Dot {
        ON,
        OFF,
        HOLLOW;

        private String style() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A place by the values of both axes. */
    public record At(double x, double y) {}

    /** @param stroke of the curve that it names, empty for a point */
    private record Label(double x, double y, String text, String stroke) {}

    private final StringBuilder out = new StringBuilder();
    private final Axis x;
    private final Axis y;
    private final List<Label> pointLabels = new ArrayList<>();
    private final List<Label> curveLabels = new ArrayList<>();

    public Plot(String title, Axis x, Axis y) {
        this.x = x;
        this.y = y;
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\">%n"
                .formatted(String.valueOf(WIDTH), String.valueOf(HEIGHT)));
        out.append("<title>%s</title>%n<style>%n%s</style>%n".formatted(escape(title), STYLE));
        text(LEFT, TOP - 24, "start", "", title);
        for (Axis.Tick tick : x.ticks()) {
            line("grid", across(tick.value()), TOP, across(tick.value()), HEIGHT - BOTTOM);
            text(across(tick.value()), HEIGHT - BOTTOM + 18, "middle", "quiet", tick.label());
        }
        for (Axis.Tick tick : y.ticks()) {
            line("grid", LEFT, up(tick.value()), WIDTH - RIGHT, up(tick.value()));
            text(LEFT - 8, up(tick.value()) + 4, "end", "quiet", tick.label());
        }
        text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14, "middle", "quiet", x.title());
        text(LEFT - 8, TOP - 8, "end", "quiet", y.title());
    }

    /**
     * A line through places, named at its right end unless the name is empty.
     *
     * @param places at least one
     */
    public void curve(Stroke stroke, String name, List<At> places) {
        out.append("<polyline class=\"%s\" points=\"".formatted(stroke.style()));
        places.forEach(at -> out.append("%s,%s ".formatted(number(across(at.x())), number(up(at.y())))));
        out.append("\"/>\n");
        if (!name.isEmpty()) {
            At last = places.getLast();
            curveLabels.add(new Label(across(last.x()) + 9, up(last.y()) + 4, name, stroke.style()));
        }
    }

    /** A line up and down through a place. */
    public void whisker(double at, double low, double high) {
        line("whisker", across(at), up(low), across(at), up(high));
    }

    /** A line to the left and right through a place. */
    public void bar(double low, double high, double at) {
        line("whisker", across(low), up(at), across(high), up(at));
    }

    /** A dot, named beside it unless the name is empty. */
    public void point(Dot dot, At at, String name) {
        out.append("<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"4\"/>%n"
                .formatted(dot.style(), number(across(at.x())), number(up(at.y()))));
        if (!name.isEmpty()) {
            pointLabels.add(new Label(across(at.x()) + 9, up(at.y()) + 4, name, ""));
        }
    }

    /** What kinds of dots mean, below the title. */
    public void note(String text) {
        text(LEFT, TOP - 8, "start", "quiet", text);
    }

    /** The document; labels come last, from the top down, each below those beside it. */
    public String draw() {
        int drawn = out.length();
        below(pointLabels);
        below(curveLabels);
        String document = out.append("</svg>\n").toString();
        out.setLength(drawn);
        return document;
    }

    private void below(List<Label> labels) {
        List<Label> drawn = new ArrayList<>();
        for (Label label :
                labels.stream().sorted(Comparator.comparingDouble(Label::y)).toList()) {
            double at = label.y();
            for (Label other : drawn) {
                if (Math.abs(other.x() - label.x()) < LABEL_WIDTH && at < other.y() + LABEL_HEIGHT) {
                    at = other.y() + LABEL_HEIGHT;
                }
            }
            drawn.add(new Label(label.x(), at, label.text(), label.stroke()));
            if (label.stroke().isEmpty()) {
                text(label.x(), at, "start", "", label.text());
            } else {
                line("key " + label.stroke(), label.x(), at - 4, label.x() + KEY_WIDTH, at - 4);
                text(label.x() + KEY_WIDTH + 6, at, "start", "", label.text());
            }
        }
    }

    private double across(double value) {
        return LEFT + x.position(value) * (WIDTH - LEFT - RIGHT);
    }

    private double up(double value) {
        return HEIGHT - BOTTOM - y.position(value) * (HEIGHT - TOP - BOTTOM);
    }

    private void line(String style, double x1, double y1, double x2, double y2) {
        out.append("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>%n"
                .formatted(style, number(x1), number(y1), number(x2), number(y2)));
    }

    private void text(double atX, double atY, String anchor, String style, String text) {
        out.append("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\"%s>%s</text>%n"
                .formatted(
                        number(atX),
                        number(atY),
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
