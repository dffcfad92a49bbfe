package io.fleetwright.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class NodesTest {
    private static final Duration HEARTBEAT = TestFleet.SETTINGS.heartbeat();

    private final TestFleet fleet = new TestFleet();

    @Test
    void aBirthBringsTheNodeOnlineWithItsDevicesAndSlots() {
        TestBoard board = fleet.enrol(TestFleet.TENANT, "n1");
        assertThat(board.node().status).isEqualTo(Nodes.OFFLINE);
        String digest = TestFleet.digest("x");
        board.sendOk(
                Topic.Kind.UP_BIRTH,
                board.birthOf(List.of(TestBoard.active("glyphs", digest)), 0).encode());
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
        assertThat(board.node().operators).isEqualTo("CONV_2D,SOFTMAX");
        assertThat(board.slot("glyphs").reportedDigest).isEqualTo(digest);
        assertThat(fleet.all(DeviceRow.class)).singleElement().satisfies(device -> {
            assertThat(device.id).isEqualTo("acme/n1/cpu0");
            assertThat(device.deviceClass).isEqualTo("cpu");
            assertThat(device.memoryBytes).isEqualTo(1L << 30);
        });
    }

    /** What an earlier boot had loaded must not be given work when the next one has lost its table of slots. */
    @Test
    void aSlotThatTheNextBirthDoesNotNameIsEmpty() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        board.report(TestBoard.active("glyphs", digest));
        board.birth();
        assertThat(board.slot("glyphs").reportedDigest)
                .as("a birth of the same boot says nothing that its report has not")
                .isEqualTo(digest);
        board.reboot("00000000000000bb");
        assertThat(board.slot("glyphs").reportedDigest).isNull();
        assertThat(board.slot("glyphs").reportedState).isEqualTo("empty");
        board.report(TestBoard.active("glyphs", digest));
        assertThat(board.slot("glyphs").reportedDigest).isEqualTo(digest);
    }

    @Test
    void everNewBootsDoNotFillTheTableOfMetrics() {
        TestBoard board = fleet.board("n1");
        TestBoard other = fleet.board("n2");
        List<Birth.Metric> metrics = IntStream.rangeClosed(1, 256)
                .mapToObj(alias -> new Birth.Metric(alias, null, "m" + alias, "count", false, null))
                .toList();
        int boots = Nodes.METRIC_ROWS_PER_NODE_MAX / metrics.size() + 10;
        for (int i = 0; i < boots; i++) {
            fleet.clock.advance(Duration.ofSeconds(1));
            board.boot = "%016x".formatted(0x1000 + i);
            board.birth(board.birthOf(List.of(), 0).withMetrics(metrics));
        }
        List<MetricRow> rows = fleet.all(MetricRow.class);
        assertThat(rows)
                .filteredOn(row -> row.nodeId.equals(board.node().id))
                .hasSize(Nodes.METRIC_ROWS_PER_NODE_MAX)
                .anyMatch(row -> row.boot.equals(board.boot))
                .noneMatch(row -> row.boot.equals("%016x".formatted(0x1000)));
        assertThat(rows).anyMatch(row -> row.nodeId.equals(other.node().id));
    }

    @Test
    void aDeviceThatTheNextBirthDoesNotNameIsGone() {
        TestBoard board = fleet.board("n1");
        board.connection = 2;
        board.birth(board.birthOf(List.of(), 0).withDevices(List.of()).withMetrics(List.of()));
        assertThat(fleet.all(DeviceRow.class)).isEmpty();
    }

    @Test
    void aBirthOfAnEarlierConnectionOrAPastBootSaysNothingAboutThePresent() {
        TestBoard board = fleet.board("n1");
        Birth old = board.birthOf(List.of(TestBoard.active("glyphs", TestFleet.digest("old"))), 0);
        board.connection = 2;
        board.birth();
        board.sendOk(Topic.Kind.UP_BIRTH, old.encode());
        assertThat(board.node().connection).isEqualTo(2);
        assertThat(fleet.all(SlotRow.class)).isEmpty();

        Birth past =
                Birth.of("00000000000000bb", 9, 0, "0.1", "scalar").ofThePast().withMetrics(old.metrics());
        board.sendOk(Topic.Kind.UP_BIRTH, past.encode());
        assertThat(board.node().boot).isEqualTo(board.boot);
        assertThat(fleet.all(DeviceRow.class)).hasSize(1);
    }

    @Test
    void aStatusOfAnEarlierConnectionIsIgnored() {
        TestBoard board = fleet.board("n1");
        Status will = board.statusOf(Status.State.LOST);
        board.connection = 2;
        board.birth();
        board.sendOk(Topic.Kind.UP_STATUS, will.encode());
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
        board.status(Status.State.LOST);
        assertThat(board.node().status).isEqualTo(Nodes.LOST);
        board.status(Status.State.ONLINE);
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
        board.status(Status.State.STOPPED);
        assertThat(board.node().status).isEqualTo(Nodes.OFFLINE);
    }

    @Test
    void aHeartbeatOfAnUnknownBootIsAnsweredByAskingForABirth() {
        TestBoard board = fleet.board("n1");
        board.boot = "00000000000000bb";
        board.status(Status.State.ONLINE);
        assertThat(fleet.transport.commands(board.address))
                .singleElement()
                .satisfies(command -> assertThat(command.kind()).isEqualTo(Command.Kind.REBIRTH));
    }

    @Test
    void unansweredListsOfManyNodesAreSentAgainSomeAtATimeAndEachOnceInAHeartbeat() {
        fleet.publish("glyphs", "1.0.0");
        for (int i = 0; i < 600; i++) {
            fleet.board("n" + i);
        }
        fleet.rollOut("glyphs", "1.0.0");
        fleet.step(HEARTBEAT);
        fleet.step(Duration.ZERO);
        fleet.transport.clear();
        List<Integer> sent = new ArrayList<>();
        for (Duration passing : List.of(HEARTBEAT, Duration.ZERO, Duration.ZERO)) {
            fleet.step(passing);
            sent.add(fleet.transport.all().size());
        }
        assertThat(sent).containsExactly(500, 600, 600);
    }

    @Test
    void aNodeIsLostAfterThreeMissedHeartbeatsAndNotBefore() {
        TestBoard board = fleet.board("n1");
        fleet.step(HEARTBEAT.multipliedBy(3));
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
        fleet.step(Duration.ofMillis(1));
        assertThat(board.node().status).isEqualTo(Nodes.LOST);
        board.status(Status.State.ONLINE);
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
    }

    /** Of a large fleet's messages nearly all are heartbeats: they must not wait for transactions. */
    @Test
    void aHeartbeatThatSaysNothingNewIsTakenWithoutATransaction() {
        TestBoard board = fleet.board("n1");
        NodeRow before = board.node();
        fleet.failCommits(true);
        fleet.clock.advance(HEARTBEAT);
        board.status(Status.State.ONLINE);
        fleet.failCommits(false);
        assertThat(fleet.core().lastSeenAt(board.node())).isEqualTo(before.lastSeenAt + HEARTBEAT.toMillis());
        assertThat(board.node().lastSeenAt).isEqualTo(before.lastSeenAt);

        fleet.failCommits(true);
        board.connection = 2;
        assertThatThrownBy(() -> board.status(Status.State.ONLINE))
                .as("another connection")
                .hasMessageContaining("commit");
        board.connection = 1;
        assertThatThrownBy(() -> board.status(Status.State.LOST)).as("a will").hasMessageContaining("commit");
    }

    @Test
    void aNodeWhoseHeartbeatsComeIsNeverLostAndItsRowFollows() {
        TestBoard board = fleet.board("n1");
        for (int beat = 1; beat <= 20; beat++) {
            fleet.step(HEARTBEAT);
            board.status(Status.State.ONLINE);
            assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
            assertThat(fleet.clock.millis() - board.node().lastSeenAt)
                    .isLessThanOrEqualTo(HEARTBEAT.multipliedBy(3).toMillis());
        }
        long last = fleet.clock.millis();
        fleet.step(HEARTBEAT.multipliedBy(3));
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
        fleet.step(Duration.ofMillis(1));
        assertThat(board.node().status).isEqualTo(Nodes.LOST);
        assertThat(board.node().lastSeenAt).isEqualTo(last);
        board.status(Status.State.ONLINE);
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
    }

    /** Whether a failed commit has reached the database nobody knows. */
    @Test
    void aHeartbeatAfterAFailedTransactionSettlesWhatIsStored() {
        TestBoard board = fleet.board("n1");
        fleet.clock.advance(HEARTBEAT);
        fleet.failCommits(true);
        assertThatThrownBy(() -> board.status(Status.State.LOST)).hasMessageContaining("commit");
        assertThatThrownBy(() -> board.status(Status.State.ONLINE)).hasMessageContaining("commit");
        fleet.failCommits(false);
        board.status(Status.State.ONLINE);
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
        assertThat(board.node().lastSeenAt).isEqualTo(fleet.clock.millis());
    }

    /** A failed transaction takes nothing away from what was heard before. */
    @Test
    void aNodeIsNotLostBecauseATransactionFailed() {
        TestBoard board = fleet.board("n1");
        fleet.clock.advance(HEARTBEAT.multipliedBy(3));
        board.status(Status.State.ONLINE);
        fleet.failCommits(true);
        assertThatThrownBy(() -> board.status(Status.State.LOST)).hasMessageContaining("commit");
        fleet.failCommits(false);
        fleet.step(HEARTBEAT);
        assertThat(board.node().status).isEqualTo(Nodes.ONLINE);
    }

    /** A board without a clock of its own may start in the future. */
    @Test
    void aNodeIsStillFoundLostAfterTheClockWentBack() {
        TestBoard board = fleet.board("n1");
        fleet.clock.advance(Duration.ofHours(-1));
        board.status(Status.State.ONLINE);
        assertThat(board.node().lastSeenAt).isEqualTo(fleet.clock.millis());
        fleet.step(HEARTBEAT.multipliedBy(4));
        assertThat(board.node().status).isEqualTo(Nodes.LOST);
    }

    @Test
    void aRevokedNodesHeartbeatIsDropped() {
        TestBoard board = fleet.board("n1");
        NodeRow revoked = fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "node.revoked",
                        "n1",
                        scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, "n1"));
        assertThat(revoked.status).isEqualTo(Nodes.REVOKED);
        assertThat(board.send(
                        Topic.Kind.UP_STATUS,
                        board.statusOf(Status.State.ONLINE).encode()))
                .contains("revoked");
    }

    @Test
    void aStartingControllerKnowsNobodysPresenceUntilTheySpeakOrAreSilentForTooLong() {
        TestBoard speaks = fleet.board("n1");
        TestBoard silent = fleet.board("n2");
        fleet.restart();
        assertThat(speaks.node().status).isEqualTo(Nodes.UNKNOWN);
        fleet.transport.clear();
        for (int i = 0; i < 5; i++) {
            fleet.step(HEARTBEAT);
            speaks.status(Status.State.ONLINE);
        }
        assertThat(fleet.transport.commands(silent.address)).isNotEmpty();
        assertThat(speaks.node().status).isEqualTo(Nodes.ONLINE);
        assertThat(silent.node().status).isEqualTo(Nodes.LOST);
        fleet.transport.clear();
        fleet.step(HEARTBEAT);
        assertThat(fleet.transport.commands(silent.address)).isEmpty();
    }

    @Test
    void anUnansweredListIsSentAgainEverMoreRarely() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        List<Integer> beats = new ArrayList<>();
        for (int beat = 1; beat <= 24; beat++) {
            fleet.transport.clear();
            fleet.step(HEARTBEAT);
            board.status(Status.State.ONLINE);
            if (!fleet.transport.desired(board.address).isEmpty()) {
                beats.add(beat);
            }
        }
        assertThat(beats).containsExactly(1, 2, 4, 8, 12, 24);
        board.runsWhatIsDesired("glyphs");
        fleet.transport.clear();
        for (int i = 0; i < 40; i++) {
            fleet.step(Duration.ofMillis(500));
            board.status(Status.State.ONLINE);
        }
        assertThat(fleet.transport.desired(board.address)).isEmpty();
    }

    @Test
    void anOlderReportThatArrivesLaterDoesNotTakeASlotBack() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        var changing =
                board.reportOf(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.CHANGING, null));
        board.report(TestBoard.active("glyphs", digest));
        board.sendOk(Topic.Kind.UP_REPORTED, changing.encode());
        assertThat(board.slot("glyphs").reportedState).isEqualTo("active");
        assertThat(board.slot("glyphs").reportedDigest).isEqualTo(digest);
        assertThat(fleet.transport.acks(board.address).getLast().ranges())
                .singleElement()
                .satisfies(range -> assertThat(range.last()).isEqualTo(2));
    }

    @Test
    void aReportOfAnEarlierBootDoesNotTakeASlotBack() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        var late = board.reportOf(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.CHANGING, null));
        board.reboot("00000000000000bb");
        board.report(TestBoard.active("glyphs", digest));
        board.sendOk(Topic.Kind.UP_REPORTED, late.encode());
        assertThat(board.slot("glyphs").reportedDigest).isEqualTo(digest);
        assertThat(fleet.transport.acks(board.address).getLast().boot()).isEqualTo("00000000000000aa");
    }

    @Test
    void aBirthIsAnsweredWithTheSignedListOfThisNodeAlone() throws Exception {
        TestBoard board = fleet.board("n1");
        TestBoard other = fleet.board("n2");
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        fleet.transport.clear();
        board.connection = 2;
        board.birth();
        assertThat(fleet.transport.desired(board.address)).singleElement().satisfies(desired -> {
            assertThat(desired.version()).isEqualTo(board.node().desiredVersion);
            assertThat(new String(desired.list(), java.nio.charset.StandardCharsets.US_ASCII))
                    .contains("node n1\n", digest);
        });
        assertThat(fleet.transport.desired(other.address)).isEmpty();
    }

    @Test
    void operatorsThatTheRowCannotHoldMakeTheBirthMalformed() {
        TestBoard board = fleet.enrol(TestFleet.TENANT, "n1");
        Birth fine = board.birthOf(List.of(), 0);
        List<String> operators = java.util.stream.IntStream.range(0, 20)
                .mapToObj(i -> "X".repeat(500))
                .toList();
        String refused = board.send(
                Topic.Kind.UP_BIRTH,
                Birth.of(fine.boot(), 1, 0, "1.0", "scalar")
                        .withOperators(operators)
                        .encode());
        assertThat(refused).contains("operators");
        assertThat(board.node().status).isEqualTo(Nodes.OFFLINE);
    }

    @Test
    void aNodeCannotGrowItsSlotsWithoutBound() {
        TestBoard board = fleet.board("n1");
        for (int i = 0; i < 400; i++) {
            board.report(TestBoard.active("m" + i, TestFleet.digest("x")));
        }
        assertThat(fleet.all(SlotRow.class)).hasSizeLessThanOrEqualTo(256);
    }
}
