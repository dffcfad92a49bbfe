package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.WindowCosts;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Plans follow temperature, battery and pace of boards; who asked for it hears of the answers. */
final class StreamsFollowBoardsTest extends StreamFleet {
    private void sample(TestBoard board, int alias, double value) {
        board.sendOk(
                Topic.Kind.UP_TELEMETRY,
                new TelemetryFrame(
                                new Stamp(board.boot, ++samples),
                                fleet.clock.millis(),
                                List.of(new TelemetryFrame.Sample(alias, 0, value, null)),
                                0)
                        .encode());
    }

    @Test
    void aHelperWhoseBatteryIsLowIsReplacedUntilItIsFullAgain() {
        LiveStreamRow row = create();
        sample(quick, BATTERY, 25);
        assertThat(now(row).epoch).isEqualTo(1);
        sample(quick, BATTERY, 19);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        assertThat(plan(row).cause).isEqualTo("battery-low");
        assertThat(plan(row).why).contains("\"device\":\"quick/cpu0\"", "\"batteryPercent\":19", "spared");
        sample(quick, BATTERY, 22);
        sample(quick, BATTERY, 19);
        assertThat(now(row).epoch).as("between the limits nothing happens").isEqualTo(2);
        sample(quick, BATTERY, 31);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(row).cause).isEqualTo("battery-recovered");
    }

    @Test
    void aHotHelperIsNotAskedWhileTheSourceIsInTimeAlone() {
        LiveStreamRow row = create();
        sample(quick, TEMPERATURE, 81);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        assertThat(plan(row).cause).isEqualTo("temperature-high");
        sample(fast, TEMPERATURE, 90);
        assertThat(plan(row).peerNodeId).isNull();
        assertThat(plan(row).why).contains("\"celsius\":90", "\"hot\":true");
        sample(fast, TEMPERATURE, 70);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        fleet.clock.advance(Strain.FRESH);
        List.of(slow, fast, quick).forEach(board -> board.status(Status.State.ONLINE));
        fleet.step(Duration.ofSeconds(3));
        assertThat(plan(row).peerNodeId).as("it was hot long ago").isEqualTo("acme/quick");
    }

    @Test
    void aHelperThatWindowsShowToBeSlowIsReplaced() {
        LiveStreamRow row = create();
        for (int i = 0; i < 12 && now(row).epoch == 1; i++) {
            window(row, StreamReport.Part.BACK, 60_000);
        }
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        assertThat(fleet.get(StreamPlanRow.class, StreamPlanRow.id(row.id, 2)).cause)
                .isEqualTo("helper-pace");
        assertThat(plan(row).why).contains("\"device\":\"quick/cpu0\"", "slowedBy");
        assertThat(fleet.get(CostRow.class, CostRow.key("acme/quick/cpu0", digest)).meanMicros)
                .as("a rest is no run of the network")
                .isEqualTo(500);
    }

    @Test
    void wholeRunsTeachWhatTheNetworkCostsAndADriftIsPlannedAnew() {
        LiveStreamRow row = create();
        quick.status(Status.State.LOST);
        fast.status(Status.State.LOST);
        assertThat(plan(row).peerNodeId).isNull();
        for (int i = 0; i < 30; i++) {
            window(row, StreamReport.Part.WHOLE, 140_000);
        }
        CostRow cost = fleet.get(CostRow.class, CostRow.key("acme/slow/cpu0", digest));
        assertThat(cost.meanMicros).isBetween(130_000.0, 155_000.0);
        assertThat(cost.count).isEqualTo(130);
        assertThat(plan(row).cause).isEqualTo("source-pace");
        assertThat(plan(row).plannedMicros).as("what was seen, counted once").isBetween(125_000L, 190_000L);
        assertThat(now(row).epoch).as("it settles").isLessThanOrEqualTo(8);
    }

    @Test
    void theNewestAnswerOfAWindowIsToldToANodeOnce() {
        assertThatThrownBy(() -> create(notifying("nobody"))).hasMessageContaining("node nobody");
        LiveStreamRow row = create(notifying("fast"));
        byte[] answers = answered(reportOf(row, 1, 1, 10, null, "")).encode();
        slow.sendOk(Topic.Kind.UP_RESULT, answers);
        slow.sendOk(Topic.Kind.UP_RESULT, answers);
        assertThat(outcomes(fast)).singleElement().satisfies(told -> {
            assertThat(told.job()).isEqualTo(row.id + "." + slow.boot + ".10");
            assertThat(told.name()).isEqualTo("glyphs");
            assertThat(told.device()).isEqualTo("slow/cpu0");
            assertThat(told.outputs())
                    .singleElement()
                    .satisfies(value -> assertThat(value.data()).containsExactly(10, -10));
        });
        report(row, 1, 5, null, "");
        assertThat(outcomes(fast)).as("a window without an answer").hasSize(1);
    }

    private static Streams.Request notifying(String node) {
        return new Streams.Request(
                "glyphs", "slow/cpu0", "cam", Duration.ofMillis(200), Duration.ofMillis(150), 8, null, null, 0, node);
    }

    /** With the answers of its last two frames. */
    private static StreamReport answered(StreamReport plain) {
        List<StreamReport.Outcome> outcomes = new ArrayList<>();
        for (byte frame = 9; frame <= 10; frame++) {
            outcomes.add(new StreamReport.Outcome(
                    frame,
                    frame,
                    "sha256:" + "ab".repeat(32),
                    new byte[] {frame, (byte) -frame},
                    60_000,
                    true,
                    StreamReport.RanOn.SOURCE));
        }
        return new StreamReport(
                plain.stamp(),
                plain.stream(),
                plain.epoch(),
                plain.from(),
                plain.to(),
                plain.met(),
                0,
                0,
                0,
                0,
                0,
                true,
                plain.latency(),
                plain.latencyMaxMicros(),
                plain.energy(),
                List.of(),
                plain.atMillis(),
                plain.windowMillis(),
                null,
                null,
                outcomes);
    }

    @Test
    void whatBoardsWereLikeIsForgotten() {
        LiveStreamRow row = create();
        window(row, StreamReport.Part.BACK, 60_000);
        sample(quick, BATTERY, 50);
        fleet.step(Duration.ofDays(1));
        assertThat(fleet.all(StreamPaceRow.class)).hasSize(1);
        assertThat(fleet.all(NodeStrainRow.class)).hasSize(1);
        fleet.step(Duration.ofDays(7));
        assertThat(fleet.all(StreamPaceRow.class)).isEmpty();
        assertThat(fleet.all(NodeStrainRow.class)).isEmpty();
    }

    @Test
    void modelledRunsTellNothingOfADeviceThatIsMeasured() {
        create();
        fleet.core().run(scope -> {
            assertThat(WindowCosts.learn(
                            scope.tx(),
                            TestFleet.TENANT,
                            "acme/slow/cpu0",
                            digest,
                            new WindowCosts.Seen(
                                    new LatencyHistogram(new TreeMap<>(Map.of(LatencyHistogram.bucket(5.0), 10L))),
                                    true,
                                    null,
                                    EnergyMethod.UNKNOWN),
                            scope.nowMillis()))
                    .isFalse();
            return true;
        });
        assertThat(fleet.get(CostRow.class, CostRow.key("acme/slow/cpu0", digest)).meanMicros)
                .isEqualTo(SLOW_MICROS);
    }

    private List<Outcome> outcomes(TestBoard board) {
        return fleet.transport.all().stream()
                .filter(sent ->
                        sent.kind() == Topic.Kind.DOWN_OUTCOME && sent.to().equals(board.address))
                .map(sent -> {
                    try {
                        return Outcome.decode(sent.payload());
                    } catch (MalformedMessageException broken) {
                        throw new AssertionError(broken);
                    }
                })
                .toList();
    }
}
