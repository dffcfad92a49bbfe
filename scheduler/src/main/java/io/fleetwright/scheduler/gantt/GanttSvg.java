package io.fleetwright.scheduler.gantt;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Draws a chart as an SVG 1.1 document that needs nothing else: devices as rows, time to the right, a colour for each
 * group, and for each bar a tooltip. It follows the reader's choice of light or dark.
 */
public final class GanttSvg {
    private static final int WIDTH = 1200;
    private static final int HEADER = 80;
    private static final int AXIS = 24;
    private static final int MARGIN = 16;
    /** Half of a long tick's text. */
    private static final int MARGIN_RIGHT = 32;

    private static final int ROWS_HEIGHT = 520;
    private static final int ROW_HEIGHT_MIN = 12;
    private static final int ROW_HEIGHT_MAX = 28;
    private static final int TEXT_HEIGHT_MAX = 12;
    /** Mean width of a letter, as a part of its height. */
    private static final double LETTER_WIDTH = 0.6;

    private static final int ROW_LETTERS_MAX = 28;
    private static final int TITLE_LETTERS_MAX = 120;
    /** A bar with room for fewer letters has none. */
    private static final int BAR_LETTERS_MIN = 4;
    /** Neighbours are far apart on the colour wheel. */
    private static final int[] HUES = {210, 30, 140, 330, 50, 265, 175, 0, 95, 295};

    private static final String LIGHT = """
            svg { background: #fff; color-scheme: light dark; font-family: system-ui, sans-serif; }
            text { fill: #1c2128; }
            .quiet { fill: #5c6570; }
            .stripe { fill: #f4f6f8; }
            .grid { stroke: #d5dae0; }
            .bars rect { stroke-width: .75; }
            .bars text { pointer-events: none; }
            .bars .cut { fill-opacity: .3; stroke: #c62828; stroke-width: 1.5; stroke-dasharray: 3 2; }
            """;
    private static final String DARK = """
            svg { background: #14181d; }
            text { fill: #e6eaef; }
            .quiet { fill: #9aa5b1; }
            .stripe { fill: #1b2026; }
            .grid { stroke: #343c46; }
            .bars .cut { stroke: #ff8a80; }
            """;

    private final StringBuilder out = new StringBuilder();
    private final Gantt chart;
    private final TimeAxis axis;
    private final double rowHeight;
    private final double textHeight;
    private final double left;
    private final double bottom;

    private GanttSvg(Gantt chart) {
        this.chart = chart;
        axis = TimeAxis.of(chart.bars());
        int rows = chart.rows().size();
        rowHeight = Math.clamp(ROWS_HEIGHT / rows, ROW_HEIGHT_MIN, ROW_HEIGHT_MAX);
        textHeight = Math.min(TEXT_HEIGHT_MAX, rowHeight - 2);
        int letters = chart.rows().stream().mapToInt(String::length).max().orElse(0);
        left = 2 * MARGIN + Math.min(letters, ROW_LETTERS_MAX) * LETTER_WIDTH * textHeight;
        bottom = HEADER + rows * rowHeight;
    }

    /** The document, in UTF-8. */
    public static byte[] of(Gantt chart) {
        GanttSvg svg = new GanttSvg(chart);
        svg.draw();
        return svg.out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void draw() {
        line("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %s\" width=\"%d\" height=\"%s\">"
                .formatted(WIDTH, number(bottom + AXIS), WIDTH, number(bottom + AXIS)));
        line("<title>%s</title>".formatted(Xml.escape(chart.title())));
        style();
        text("font-size=\"15\" font-weight=\"600\"", MARGIN, 20, shortened(chart.title(), TITLE_LETTERS_MAX));
        text("class=\"quiet\" font-size=\"12\"", MARGIN, 40, caption());
        rows();
        axis();
        line("<g class=\"bars\" font-size=\"%s\">".formatted(number(textHeight - 1)));
        chart.bars().forEach(this::bar);
        line("</g>");
        line("</svg>");
    }

    private String caption() {
        boolean cut = chart.bars().stream().anyMatch(bar -> !bar.completed());
        String unit = chart.unit().symbol();
        return "%d runs on %d devices%s%s"
                .formatted(
                        chart.bars().size(),
                        chart.rows().size(),
                        unit.isEmpty() ? "" : ", time in " + unit,
                        cut ? ", dashed red: cut off" : "");
    }

    private void style() {
        line("<style>");
        out.append(LIGHT);
        colours("60%%, 76%%", "45%%, 45%%");
        line("@media (prefers-color-scheme: dark) {");
        out.append(DARK);
        colours("40%%, 30%%", "50%%, 60%%");
        line("}");
        line("</style>");
    }

    private void colours(String fill, String stroke) {
        String rule = ".c%%d { fill: hsl(%%d, %s); stroke: hsl(%%d, %s); }".formatted(fill, stroke);
        for (int i = 0; i < HUES.length; i++) {
            line(rule.formatted(i, HUES[i], HUES[i]));
        }
    }

    private void rows() {
        line("<g class=\"rows\" font-size=\"%s\" text-anchor=\"end\">".formatted(number(textHeight)));
        for (int row = 0; row < chart.rows().size(); row++) {
            double top = HEADER + row * rowHeight;
            if (row % 2 == 0) {
                line("<rect class=\"stripe\" x=\"0\" y=\"%s\" width=\"%d\" height=\"%s\"/>"
                        .formatted(number(top), WIDTH, number(rowHeight)));
            }
            String name = chart.rows().get(row);
            line("<text x=\"%s\" y=\"%s\" dy=\"0.35em\">%s<title>%s</title></text>"
                    .formatted(
                            number(left - MARGIN / 2.0),
                            number(top + rowHeight / 2),
                            Xml.escape(shortened(name, ROW_LETTERS_MAX)),
                            Xml.escape(name)));
        }
        line("</g>");
    }

    private void axis() {
        line("<g class=\"axis\" font-size=\"11\" text-anchor=\"middle\">");
        for (BigDecimal tick : axis.ticks()) {
            double x = x(tick.doubleValue());
            line("<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%d\" y2=\"%s\"/>"
                    .formatted(number(x), number(x), HEADER - 4, number(bottom + 4)));
            text("class=\"quiet\"", x, HEADER - AXIS / 2.0, TimeAxis.number(tick));
            text("class=\"quiet\"", x, bottom + AXIS / 2.0, TimeAxis.number(tick));
        }
        line("</g>");
    }

    private void bar(Bar bar) {
        double gap = rowHeight / 8;
        double top = HEADER + bar.row() * rowHeight;
        double width = x(bar.finish()) - x(bar.start());
        line("<rect class=\"c%d%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"><title>%s</title></rect>"
                .formatted(
                        bar.group() % HUES.length,
                        bar.completed() ? "" : " cut",
                        number(x(bar.start())),
                        number(top + gap),
                        number(width),
                        number(rowHeight - 2 * gap),
                        Xml.escape(tooltip(bar))));
        int letters = (int) (width / (LETTER_WIDTH * textHeight)) - 1;
        if (letters >= Math.min(BAR_LETTERS_MIN, bar.label().length())) {
            text("", x(bar.start()) + gap, top + rowHeight / 2, shortened(bar.label(), letters));
        }
    }

    private String tooltip(Bar bar) {
        return "%s\njob %d on %s\n%s to %s, for %s%s"
                .formatted(
                        bar.label(),
                        bar.job(),
                        chart.rows().get(bar.row()),
                        TimeAxis.number(bar.start()),
                        time(bar.finish()),
                        time(bar.length()),
                        bar.completed() ? "" : " (cut off)");
    }

    private String time(double value) {
        return "%s %s".formatted(TimeAxis.number(value), chart.unit().symbol()).strip();
    }

    private double x(double time) {
        return left + axis.part(time) * (WIDTH - MARGIN_RIGHT - left);
    }

    private void text(String attributes, double x, double y, String text) {
        line("<text %s x=\"%s\" y=\"%s\" dy=\"0.35em\">%s</text>"
                .formatted(attributes, number(x), number(y), Xml.escape(text)));
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    private static String shortened(String text, int letters) {
        return text.codePointCount(0, text.length()) <= letters
                ? text
                : text.substring(0, text.offsetByCodePoints(0, letters - 1)) + "…";
    }

    private static String number(double value) {
        return String.valueOf(Math.round(value * 1000) / 1000.0);
    }
}
