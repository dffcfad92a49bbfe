package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.format.JsonValue.JsonBoolean;
import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.gantt.Bar;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.gantt.TestCharts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GanttJsonTest {
    @Test
    void aChartComesBackAsItWas() throws MalformedWorkloadException {
        for (int seed = 0; seed < 200; seed++) {
            Gantt chart = TestCharts.random(new SplittableRandom(seed));
            assertThat(read(GanttJson.of(chart))).as("seed %d", seed).isEqualTo(chart);
        }
    }

    @Test
    void controlCharactersAndExtremeTimesComeBack() throws MalformedWorkloadException {
        Bar bar = new Bar(0, "\u0000\u001f\u007f\u2028", 7, 3, Double.MIN_VALUE, Double.MAX_VALUE, false);
        Gantt chart = new Gantt("\"\\/\b\f\r", Gantt.Unit.UNSTATED, List.of("a"), List.of(bar));
        assertThat(read(GanttJson.of(chart))).isEqualTo(chart);
    }

    @Test
    void theFormatIsTheDocumentedOne() {
        Gantt chart = new Gantt(
                "t", Gantt.Unit.MICROSECONDS, List.of("A7-0"), List.of(new Bar(0, "fir", 2, 2, 1.5, 4, true)));
        assertThat(new String(GanttJson.of(chart), StandardCharsets.UTF_8)).isEqualTo("""
                {"title": "t", "unit": "us", "rows": [
                "A7-0"
                ], "bars": [
                {"row": 0, "label": "fir", "job": 2, "group": 2, "start": 1.5, "finish": 4, "completed": true}
                ]}
                """);
    }

    private static Gantt read(byte[] bytes) throws MalformedWorkloadException {
        JsonObject root = JsonReader.read(bytes).asObject("chart");
        List<String> rows = new ArrayList<>();
        for (JsonValue row : root.require("rows").asArray("rows")) {
            rows.add(row.asString("row"));
        }
        List<Bar> bars = new ArrayList<>();
        for (JsonValue item : root.require("bars").asArray("bars")) {
            JsonObject bar = item.asObject("bar");
            bars.add(new Bar(
                    bar.require("row").asInt("row", 0, rows.size() - 1),
                    bar.require("label").asString("label"),
                    bar.require("job").asInt("job", 0, Integer.MAX_VALUE),
                    bar.require("group").asInt("group", 0, Integer.MAX_VALUE),
                    bar.require("start").asNumber("start"),
                    bar.require("finish").asNumber("finish"),
                    ((JsonBoolean) bar.require("completed")).value()));
        }
        return new Gantt(root.require("title").asString("title"), unit(root), rows, bars);
    }

    private static Gantt.Unit unit(JsonObject root) throws MalformedWorkloadException {
        String symbol = root.require("unit").asString("unit");
        return List.of(Gantt.Unit.values()).stream()
                .filter(unit -> unit.symbol().equals(symbol))
                .findFirst()
                .orElseThrow();
    }
}
