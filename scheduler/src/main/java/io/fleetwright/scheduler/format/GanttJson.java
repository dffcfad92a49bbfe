package io.fleetwright.scheduler.format;

import static io.fleetwright.scheduler.format.JsonText.number;
import static io.fleetwright.scheduler.format.JsonText.quoted;

import io.fleetwright.scheduler.gantt.Bar;
import io.fleetwright.scheduler.gantt.Gantt;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A chart as JSON: {@code {"title", "unit", "rows": [name, ...], "bars": [{"row", "label", "job", "group", "start",
 * "finish", "completed"}, ...]}}, one row and one bar a line.
 */
public final class GanttJson {
    private GanttJson() {}

    /** The document, in UTF-8; times are exact. */
    public static byte[] of(Gantt chart) {
        String rows = lines(chart.rows().stream().map(JsonText::quoted).toList());
        String bars = lines(chart.bars().stream().map(GanttJson::bar).toList());
        return """
                {"title": %s, "unit": %s, "rows": [%s], "bars": [%s]}
                """.formatted(quoted(chart.title()), quoted(chart.unit().symbol()), rows, bars)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String lines(List<String> items) {
        return items.isEmpty() ? "" : "\n" + String.join(",\n", items) + "\n";
    }

    private static String bar(Bar bar) {
        return "{\"row\": %d, \"label\": %s, \"job\": %d, \"group\": %d, \"start\": %s, \"finish\": %s, \"completed\": %s}"
                .formatted(
                        bar.row(),
                        quoted(bar.label()),
                        bar.job(),
                        bar.group(),
                        number(bar.start()),
                        number(bar.finish()),
                        bar.completed());
    }
}
