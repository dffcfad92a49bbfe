package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport.Event;
import io.fleetwright.telemetry.wire.Topic;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Streams of a slow board with a sensor, and two fast ones beside it. */
final class StreamsTest extends StreamFleet {
    @Test
    void itIsPlannedWithTheFastestHelperAndBothAreTold() {
        LiveStreamRow row = create();
        assertThat(row.state).isEqualTo(Streams.RUNNING);
        StreamPlanRow plan = plan(row);
        assertThat(plan.peerNodeId).isEqualTo("acme/quick");
        assertThat(plan.plannedMicros).isLessThan(plan.localMicros);
        assertThat(plan.localMicros).isEqualTo(100_000);
        assertThat(plan.why).contains("quick/cpu0", "fast/cpu0", "alone", "keeps");
        StreamOrder helper = orders(quick).getLast();
        assertThat(helper.part()).isInstanceOf(StreamOrder.Helper.class);
        StreamOrder source = orders(slow).getLast();
        assertThat(source.epoch()).isEqualTo(1);
        assertThat(source.part()).isInstanceOfSatisfying(StreamOrder.Source.class, order -> {
            assertThat(order.help()).isNotNull();
            assertThat(order.sensor()).isEqualTo("cam");
            assertThat(order.leaseMillis()).isEqualTo(StreamOrders.LEASE.toMillis());
        });
        assertThat(fleet.transport.all().getFirst().to())
                .as("the helper is told first")
                .isEqualTo(quick.address);
        assertThat(orders(fast)).isEmpty();
    }

    @Test
    void whatCannotBeDoneIsRefusedByName() {
        assertThatThrownBy(() -> create(new Streams.Request(
                        "nothing",
                        "slow/cpu0",
                        "cam",
                        Duration.ofMillis(200),
                        Duration.ofMillis(150),
                        8,
                        null,
                        null,
                        0,
                        null)))
                .hasMessageContaining("model nothing");
        assertThatThrownBy(() -> create(new Streams.Request(
                        "glyphs",
                        "slow/gpu0",
                        "cam",
                        Duration.ofMillis(200),
                        Duration.ofMillis(150),
                        8,
                        null,
                        null,
                        0,
                        null)))
                .hasMessageContaining("device slow/gpu0");
        assertThatThrownBy(() -> create(new Streams.Request(
                        "glyphs",
                        "slow/cpu0",
                        "radar",
                        Duration.ofMillis(200),
                        Duration.ofMillis(150),
                        8,
                        null,
                        null,
                        0,
                        null)))
                .hasMessageContaining("radar")
                .hasMessageContaining("cam");
        assertThatThrownBy(() -> request(9, 5)).hasMessageContaining("periodMs");
        assertThatThrownBy(() -> request(100, 301)).hasMessageContaining("deadlineMs");
        assertThatThrownBy(() -> create(request(200, 2)))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.DEADLINE_UNREACHABLE))
                .hasMessageContaining("soonest answer");
        for (int i = 0; i < Streams.OPEN_PER_NODE_MAX; i++) {
            create(request(60_000, 1_000));
        }
        assertThatThrownBy(() -> create(request(60_000, 1_000)))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.TOO_MANY));
    }

    @Test
    void aHelperThatGoesIsReplacedInTheSameTransaction() {
        LiveStreamRow row = create();
        fleet.transport.clear();
        quick.status(Status.State.LOST);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        assertThat(plan(row).cause).isEqualTo("node-lost");
        assertThat(orders(slow).getLast().epoch()).isEqualTo(2);
        assertThat(orders(fast).getLast().part()).isInstanceOf(StreamOrder.Helper.class);
        assertThat(orders(quick).getLast().part()).isEqualTo(new StreamOrder.Stop());
        fast.status(Status.State.LOST);
        assertThat(plan(row).peerNodeId).isNull();
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        birth(quick, null);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
        assertThat(plan(row).cause).isEqualTo("node-born");
        assertThat(now(row).epoch).isEqualTo(4);
        fleet.core().step();
        assertThat(plan(row).handedOverMicros)
                .as("from the event to the orders")
                .isNotNull();
    }

    @Test
    void aHelperThatTheSourceLostIsNotAskedForAWhile() {
        LiveStreamRow row = create();
        report(row, 1, 3, Event.HELPER_LOST, "no-answer");
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        assertThat(plan(row).cause).isEqualTo("helper-lost");
        report(row, 1, 0, Event.HELPER_LOST, "no-answer");
        assertThat(now(row).epoch).as("of an older plan").isEqualTo(2);
        report(row, 2, 3, Event.HELPER_LOST, "no-answer");
        assertThat(plan(row).peerNodeId).as("both are cold").isNull();
        fleet.step(Duration.ofSeconds(1));
        assertThat(plan(row).peerNodeId).isNull();
        for (int i = 0; i < 4; i++) {
            fleet.clock.advance(StreamFacts.COLD.dividedBy(4));
            List.of(slow, fast, quick).forEach(board -> board.status(Status.State.ONLINE));
        }
        fleet.step(Duration.ofSeconds(3));
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
    }

    @Test
    void anotherVariantOfTheHelperOrTheSourceIsPlannedAnew() {
        LiveStreamRow row = create();
        String other = fleet.publish("glyphs", "2.0.0");
        quick.report(TestBoard.active("glyphs", other));
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        slow.report(TestBoard.active("glyphs", other));
        assertThat(plan(row).digest).isEqualTo(other);
        slow.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "broken"));
        assertThat(now(row).state).isEqualTo(Streams.WAITING);
        assertThat(now(row).reason).isEqualTo("source-runs-no-variant");
        slow.report(TestBoard.active("glyphs", digest));
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
    }

    @Test
    void anotherLinkIsPlannedAnew() {
        LiveStreamRow row = create();
        long planned = plan(row).plannedMicros;
        birth(slow, new Birth.Link(10, 400, 0));
        assertThat(plan(row).peerNodeId).isNull();
        assertThat(plan(row).plannedMicros).isGreaterThan(planned);
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
    }

    @Test
    void aSourceThatGoesIsWaitedForAndIsToldAgainWhenItComesBack() {
        LiveStreamRow row = create();
        slow.status(Status.State.LOST);
        assertThat(now(row).state).isEqualTo(Streams.WAITING);
        assertThat(now(row).reason).isEqualTo("source-offline");
        fleet.transport.clear();
        slow.boot = "00000000000000bb";
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        assertThat(orders(slow)).isNotEmpty();
        assertThat(orders(slow).getLast().part()).isInstanceOf(StreamOrder.Source.class);
    }

    @Test
    void aSourceThatBeganAnewIsGivenAnotherEpochForItsHelperRemembersTheFrames() {
        LiveStreamRow row = create();
        fleet.transport.clear();
        slow.boot = "00000000000000bb";
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(now(row).epoch).isEqualTo(2);
        assertThat(orders(slow)).extracting(StreamOrder::epoch).containsExactly(2L);
        assertThat(orders(quick)).extracting(StreamOrder::epoch).containsExactly(2L);
    }

    @Test
    void theHelperOfASourceThatComesBackAfterItsLeaseIsToldToo() {
        LiveStreamRow row = create();
        slow.status(Status.State.LOST);
        long beats = StreamOrders.LEASE.plusMinutes(5).dividedBy(Duration.ofSeconds(10));
        for (long i = 0; i < beats; i++) {
            List.of(fast, quick).forEach(board -> board.status(Status.State.ONLINE));
            fleet.step(Duration.ofSeconds(10));
        }
        fleet.transport.clear();
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(now(row).epoch).isEqualTo(1);
        assertThat(orders(slow).getLast().part()).isInstanceOf(StreamOrder.Source.class);
        assertThat(orders(quick).getLast().part()).isInstanceOf(StreamOrder.Helper.class);
    }

    @Test
    void aHelperThatWasLostIsAskedAgainAfterItsBirth() {
        LiveStreamRow row = create();
        report(row, 1, 3, Event.HELPER_LOST, "no-answer");
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
        quick.boot = "00000000000000cc";
        birth(quick, null);
        assertThat(now(row).cold).isEmpty();
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
    }

    @Test
    void aNodeIsToldWhatEndedBeforeItIsToldWhatItShallDo() {
        LiveStreamRow old = create();
        LiveStreamRow row = create();
        stop(old);
        fleet.transport.clear();
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(orders(slow).getFirst()).isEqualTo(new StreamOrder(old.id, 1, new StreamOrder.Stop()));
        assertThat(orders(slow).getLast().stream()).isEqualTo(row.id);
    }

    @Test
    void aPlanThatIsLateIsDegradedAndTheNextOneThatKeepsItIsNot() {
        LiveStreamRow row = create(request(200, 60));
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        quick.status(Status.State.LOST);
        fast.status(Status.State.LOST);
        assertThat(now(row).state).isEqualTo(Streams.DEGRADED);
        assertThat(now(row).reason).isEqualTo("late");
        birth(fast, null);
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        assertThat(now(row).reason).isNull();
    }

    @Test
    void anEnergyThatNobodyKnowsDoesNotFitABudget() {
        LiveStreamRow row = create(new Streams.Request(
                "glyphs", "slow/cpu0", "cam", Duration.ofMillis(200), Duration.ofMillis(150), 8, null, null, 0, null));
        assertThat(plan(row).plannedMicrojoules).isNull();
        assertThatThrownBy(() -> create(new Streams.Request(
                        "glyphs",
                        "slow/cpu0",
                        "cam",
                        Duration.ofMillis(200),
                        Duration.ofMillis(150),
                        8,
                        5.0,
                        null,
                        0,
                        null)))
                .hasMessageContaining("dear");
    }

    @Test
    void windowsAreStoredOnceAndAddedUpForTheirPlan() {
        LiveStreamRow row = create();
        byte[] first = reportOf(row, 1, 1, 10, null, "").encode();
        slow.sendOk(Topic.Kind.UP_RESULT, first);
        slow.sendOk(Topic.Kind.UP_RESULT, first);
        quick.status(Status.State.LOST);
        slow.sendOk(Topic.Kind.UP_RESULT, reportOf(row, 1, 11, 5, null, "").encode());
        slow.sendOk(Topic.Kind.UP_RESULT, reportOf(row, 2, 16, 5, null, "").encode());
        assertThat(fleet.all(StreamWindowRow.class)).hasSize(3);
        assertThat(now(row).met).isEqualTo(20);
        StreamPlanRow one = fleet.get(StreamPlanRow.class, StreamPlanRow.id(row.id, 1));
        assertThat(one.met).isEqualTo(15);
        assertThat(LatencyHistogram.parse(one.modelled).count()).isEqualTo(15);
        assertThat(one.measured).isEmpty();
        assertThat(plan(row).met).isEqualTo(5);
        assertThat(fleet.transport
                        .acks(slow.address)
                        .getLast()
                        .ranges()
                        .getLast()
                        .last())
                .isEqualTo(3);
    }

    @Test
    void whatAnotherNodeTellsCountsNowhereAndIsNoted() {
        LiveStreamRow row = create();
        fast.sendOk(
                Topic.Kind.UP_RESULT,
                reportOf(row, 1, 1, 10, Event.ENDED, "lease").encode());
        assertThat(fleet.all(StreamWindowRow.class)).isEmpty();
        assertThat(now(row).met).isZero();
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.all(AuditRow.class)).anyMatch(audit -> audit.what.contains("is not the source"));
    }

    @Test
    void aStopIsToldAndToldAgainToWhoeverGoesOn() {
        LiveStreamRow row = create();
        fleet.transport.clear();
        LiveStreamRow stopped = stop(row);
        assertThat(stopped.state).isEqualTo(Streams.STOPPED);
        for (TestBoard board : List.of(slow, quick)) {
            assertThat(orders(board).getLast().part()).isEqualTo(new StreamOrder.Stop());
        }
        assertThat(stop(row).state).isEqualTo(Streams.STOPPED);
        fleet.transport.clear();
        report(row, 1, 5, null, "");
        assertThat(orders(slow)).containsExactly(new StreamOrder(row.id, 1, new StreamOrder.Stop()));
        fleet.transport.clear();
        birth(slow, null);
        birth(quick, null);
        assertThat(orders(slow)).containsExactly(new StreamOrder(row.id, 1, new StreamOrder.Stop()));
        assertThat(orders(quick)).containsExactly(new StreamOrder(row.id, 1, new StreamOrder.Stop()));
        fleet.step(StreamOrders.LEASE.plusMinutes(1));
        fleet.transport.clear();
        birth(slow, null);
        assertThat(orders(slow)).isEmpty();
    }

    private LiveStreamRow stop(LiveStreamRow row) {
        return fleet.core()
                .run(scope -> fleet.core()
                        .streams()
                        .stop(scope.tx(), scope.effects(), TestFleet.TENANT, row.id, scope.nowMillis()));
    }

    @Test
    void leasesAreRenewedAndALostOneIsGivenAgain() {
        LiveStreamRow row = create();
        fleet.transport.clear();
        fleet.step(Duration.ofSeconds(3));
        assertThat(orders(slow)).isEmpty();
        for (int i = 0; i < 12; i++) {
            List.of(slow, fast, quick).forEach(board -> board.status(Status.State.ONLINE));
            fleet.step(Duration.ofSeconds(5));
        }
        assertThat(orders(slow)).hasSize(1);
        assertThat(orders(slow).getFirst().epoch()).isEqualTo(1);
        report(row, 1, 0, Event.ENDED, "lease");
        assertThat(orders(slow)).hasSize(2);
        report(row, 1, 0, Event.ENDED, "no-such-sensor");
        assertThat(now(row).state).isEqualTo(Streams.FAILED);
        assertThat(now(row).reason).isEqualTo("source-no-such-sensor");
    }

    @Test
    void aSourceThatIsRemovedEndsIt() {
        LiveStreamRow row = create();
        fleet.core().run(scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, "slow"));
        fleet.step(Duration.ofSeconds(3));
        assertThat(now(row).state).isEqualTo(Streams.FAILED);
        assertThat(now(row).reason).isEqualTo("source-removed");
    }

    @Test
    void anotherControllerGoesOnWithWhatIsStored() {
        LiveStreamRow row = create();
        fleet.restart();
        fleet.transport.clear();
        fleet.core().step();
        assertThat(now(row).state).as("nobody knows who is there").isEqualTo(Streams.RUNNING);
        assertThat(now(row).epoch).isEqualTo(1);
        birth(slow, new Birth.Link(10_000, 2, 0));
        assertThat(orders(slow)).isNotEmpty();
        birth(quick, null);
        birth(fast, null);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/quick");
        assertThat(now(row).epoch).as("it went on meanwhile").isEqualTo(1);
    }

    @Test
    void aFailedCommitSendsNothingAndTheNextLookDoesIt() {
        LiveStreamRow row = create();
        fleet.transport.clear();
        fleet.failCommits(true);
        assertThatThrownBy(() -> quick.status(Status.State.LOST)).hasMessageContaining("commit failed");
        assertThat(fleet.transport.all()).isEmpty();
        fleet.failCommits(false);
        assertThat(now(row).epoch).isEqualTo(1);
        quick.status(Status.State.LOST);
        assertThat(plan(row).peerNodeId).isEqualTo("acme/fast");
    }

    @Test
    void whatIsOldIsDeleted() {
        LiveStreamRow row = create();
        report(row, 1, 5, null, "");
        stop(row);
        fleet.step(Duration.ofHours(7));
        assertThat(fleet.all(StreamWindowRow.class)).isEmpty();
        assertThat(fleet.all(LiveStreamRow.class)).hasSize(1);
        fleet.step(Duration.ofDays(8));
        assertThat(fleet.all(LiveStreamRow.class)).isEmpty();
        assertThat(fleet.all(StreamPlanRow.class)).isEmpty();
    }
}
