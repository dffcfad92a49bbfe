package io.fleetwright.scheduler.format;

import static io.fleetwright.scheduler.format.JsonStyle.members;
import static io.fleetwright.scheduler.format.JsonStyle.open;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.format.NaiveJson.Node;
import io.fleetwright.scheduler.gantt.Bar;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.gantt.TestCharts;
import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.scheduler.policy.DeviceState;
import io.fleetwright.scheduler.policy.EarliestFinish;
import io.fleetwright.scheduler.policy.NaiveDispatch;
import io.fleetwright.scheduler.policy.Snapshot;
import io.fleetwright.scheduler.policy.TaskRequest;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Snapshots and charts as JSON, against documents that are made and read without the classes under test. */
class GeneratedSnapshotTest {
    /** The document that is described for a snapshot, as members and lists. */
    private static Object document(Snapshot snapshot) {
        List<Object> devices = new ArrayList<>();
        for (DeviceState state : snapshot.devices()) {
            devices.add(open("device", state.device(), "readyTime", state.readyTime()));
        }
        List<Object> requests = new ArrayList<>();
        for (TaskRequest request : snapshot.requests()) {
            Map<String, Object> options = new LinkedHashMap<>();
            request.options().forEach((device, option) -> options.put(device, new JsonStyle.Open(option(option))));
            Map<String, Object> members =
                    members("task", request.task(), "releaseTime", request.releaseTime(), "options", options);
            if (request.deadline() < Double.POSITIVE_INFINITY) {
                members.put("deadline", request.deadline());
            }
            requests.add(new JsonStyle.Open(members));
        }
        return open("devices", devices, "requests", requests);
    }

    private static Map<String, Object> option(DeviceOption option) {
        if (option instanceof DeviceOption.Excluded excluded) {
            String reason = excluded.reason().name().toLowerCase(Locale.ROOT).replace('_', '-');
            return members("excluded", reason, "detail", excluded.detail());
        }
        DeviceOption.Runs runs = (DeviceOption.Runs) option;
        Map<String, Object> members =
                members("executionP90", runs.executionP90(), "inputTransfer", runs.inputTransfer());
        runs.energy().ifPresent(energy -> members.put("energy", energy));
        return members;
    }

    @Test
    void aSnapshotIsReadHoweverItIsWritten() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            Snapshot read = SnapshotJson.read(new JsonStyle(random).bytes(document(snapshot)));
            assertThat(read).isEqualTo(snapshot);
            assertThat(read.replay(new EarliestFinish())).isEqualTo(snapshot.replay(new EarliestFinish()));
        });
    }

    @Test
    void whatIsWrittenHasTheFiguresOfTheSnapshot() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Snapshot snapshot = NaiveDispatch.snapshot(random);
            Node root = parsed(SnapshotJson.write(snapshot));
            assertThat(root.names()).containsExactly("devices", "requests");
            assertThat(root.get("devices").items()).hasSameSizeAs(snapshot.devices());
            for (int i = 0; i < snapshot.devices().size(); i++) {
                Node device = root.get("devices").items().get(i);
                assertThat(device.get("device").text())
                        .isEqualTo(snapshot.devices().get(i).device());
                assertThat(device.get("readyTime").number())
                        .isEqualTo(snapshot.devices().get(i).readyTime());
            }
            for (int i = 0; i < snapshot.requests().size(); i++) {
                TaskRequest request = snapshot.requests().get(i);
                Node written = root.get("requests").items().get(i);
                assertThat(written.get("task").text()).isEqualTo(request.task());
                assertThat(written.get("releaseTime").number()).isEqualTo(request.releaseTime());
                assertThat(written.has("deadline")).isEqualTo(request.deadline() < Double.POSITIVE_INFINITY);
                assertThat(written.get("options").names())
                        .isSorted()
                        .hasSameSizeAs(request.options().keySet());
                request.options()
                        .forEach((device, option) ->
                                assertOption(written.get("options").get(device), option));
            }
        });
    }

    private static void assertOption(Node written, DeviceOption option) {
        switch (option) {
            case DeviceOption.Runs runs -> {
                assertThat(written.get("executionP90").number()).isEqualTo(runs.executionP90());
                assertThat(written.get("inputTransfer").number()).isEqualTo(runs.inputTransfer());
                assertThat(
                                written.has("energy")
                                        ? OptionalDouble.of(
                                                written.get("energy").number())
                                        : OptionalDouble.empty())
                        .isEqualTo(runs.energy());
            }
            case DeviceOption.Excluded excluded -> {
                assertThat(written.get("excluded").text())
                        .isEqualToIgnoringCase(excluded.reason().name().replace('_', '-'));
                assertThat(written.get("detail").text()).isEqualTo(excluded.detail());
            }
        }
    }

    /** Nothing but devices and requests: no request, no device, no option. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"devices": [], "requests": []}                                                    | 0 | 0
            {"devices": [{"device": "", "readyTime": 0}], "requests": []}                      | 1 | 0
            {"requests": [{"task": "", "releaseTime": 0, "options": {}}], "devices": []}       | 0 | 1
            {"devices": [{"device": "a", "readyTime": 1e18}], "requests": [], "more": {}}      | 1 | 0
            {"devices": [], "requests": [{"task": "t", "releaseTime": 0, "deadline": 0, "options": {}}]} | 0 | 1
            """)
    void theLeastDocumentsAreRead(String document, int devices, int requests) throws Exception {
        Snapshot snapshot = SnapshotJson.read(document.getBytes(StandardCharsets.UTF_8));
        assertThat(snapshot.devices()).hasSize(devices);
        assertThat(snapshot.requests()).hasSize(requests);
        assertThat(SnapshotJson.read(SnapshotJson.write(snapshot))).isEqualTo(snapshot);
        assertThat(snapshot.replay(new EarliestFinish())).hasSize(requests);
    }

    /** An option that is excluded is so whatever else it says. */
    @Test
    void anExcludedOptionNeedsNoFigures() throws Exception {
        Snapshot snapshot = SnapshotJson.read("""
                {"devices": [{"device": "a", "readyTime": 0}], "requests": [{"task": "t", "releaseTime": 0, "options":
                  {"a": {"executionP90": "soon", "excluded": "offline", "detail": "x"}}}]}""".getBytes(StandardCharsets.UTF_8));
        assertThat(snapshot.requests().getFirst().options().get("a")).isInstanceOf(DeviceOption.Excluded.class);
    }

    @Test
    void aChartIsWrittenAsItIs() {
        SeededCases.forEach(1, 60, (random, _) -> {
            Gantt chart = TestCharts.random(random);
            String document = new String(GanttJson.of(chart), StandardCharsets.UTF_8);
            Node root = NaiveJson.parse(document);
            assertThat(root.names()).containsExactly("title", "unit", "rows", "bars");
            assertThat(root.get("title").text()).isEqualTo(chart.title());
            assertThat(root.get("unit").text())
                    .isEqualTo(
                            switch (chart.unit()) {
                                case UNSTATED -> "";
                                case SECONDS -> "s";
                                case MICROSECONDS -> "us";
                            });
            assertThat(root.get("rows").texts()).isEqualTo(chart.rows());
            assertThat(root.get("bars").items()).hasSameSizeAs(chart.bars());
            for (int i = 0; i < chart.bars().size(); i++) {
                assertBar(root.get("bars").items().get(i), chart.bars().get(i));
            }
            int lines =
                    chart.rows().size() + chart.bars().size() + (chart.bars().isEmpty() ? 2 : 3);
            assertThat(document.lines()).as("one line a row and a bar").hasSize(lines);
        });
    }

    private static void assertBar(Node written, Bar bar) {
        assertThat(written.names()).containsExactly("row", "label", "job", "group", "start", "finish", "completed");
        assertThat(written.get("row").whole()).isEqualTo(bar.row());
        assertThat(written.get("label").text()).isEqualTo(bar.label());
        assertThat(written.get("job").whole()).isEqualTo(bar.job());
        assertThat(written.get("group").whole()).isEqualTo(bar.group());
        assertThat(written.get("start").number()).isEqualTo(bar.start());
        assertThat(written.get("finish").number()).isEqualTo(bar.finish());
        assertThat(written.get("completed").text()).isEqualTo(String.valueOf(bar.completed()));
    }

    private static Node parsed(byte[] bytes) {
        return NaiveJson.parse(new String(bytes, StandardCharsets.UTF_8));
    }
}
