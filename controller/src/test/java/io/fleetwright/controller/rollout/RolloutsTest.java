package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.set.SetVerdict;
import io.fleetwright.trust.set.SetVerifier;
import io.fleetwright.trust.set.TrustedStore;
import io.fleetwright.trust.set.Wanted;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class RolloutsTest {
    private final TestFleet fleet = new TestFleet();

    @Test
    void succeedsOnlyOnceTheDeviceSaysThatItRunsTheVariant() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
        assertThat(fleet.transport.desired(board.address)).hasSize(1);

        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.CHANGING, null));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
        board.report(TestBoard.active("glyphs", digest));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("succeeded");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
        assertThat(fleet.rollout(rollout.id).finishedAt).isEqualTo(fleet.clock.millis());
    }

    @Test
    void duplicatesOfAReportChangeNothing() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        byte[] report = board.reportOf(TestBoard.active("glyphs", digest)).encode();
        board.sendOk(Topic.Kind.UP_REPORTED, report);
        Long finished = fleet.rollout(rollout.id).finishedAt;
        fleet.step(Duration.ofSeconds(1));
        board.sendOk(Topic.Kind.UP_REPORTED, report);
        assertThat(fleet.rollout(rollout.id).finishedAt).isEqualTo(finished);
        assertThat(fleet.transport.acks(board.address)).hasSize(2);
    }

    @Test
    void theSameBytesAsANewVersionReachBoardsThatRunThemAndBoardsThatDoNot() throws Exception {
        TestBoard runs = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        runs.runsWhatIsDesired("glyphs");
        TestBoard later = fleet.board("n2");
        fleet.publishAgain("glyphs", "2.0.0", digest);
        long listsBefore = runs.node().desiredVersion;

        RolloutRow rollout = fleet.rollOut("glyphs", "2.0.0");
        assertThat(runs.node().desiredVersion).isEqualTo(listsBefore);
        assertThat(takes(later)).isInstanceOf(SetVerdict.Ordered.class);
        later.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
        for (TestBoard board : List.of(runs, later)) {
            assertThat(board.slot("glyphs").desiredVersion).isEqualTo("2.0.0");
        }
        assertThat(takes(runs)).isInstanceOf(SetVerdict.Ordered.class);
    }

    @Test
    void theSameBytesAreTakenBackToTheVersionThatTheyWere() {
        TestBoard runs = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        runs.runsWhatIsDesired("glyphs");
        TestBoard away = fleet.board("n2");
        fleet.publishAgain("glyphs", "2.0.0", digest);
        RolloutRow rollout = fleet.rollOut("glyphs", "2.0.0");
        fleet.step(Duration.ofSeconds(1));
        assertThat(runs.slot("glyphs").desiredVersion).isEqualTo("2.0.0");

        away.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "no-memory"));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolling-back");
        assertThat(runs.slot("glyphs").desiredVersion).isEqualTo("1.0.0");
        assertThat(runs.slot("glyphs").desiredDigest).isEqualTo(digest);
    }

    /** What the board's own verifier says of the newest list, with the documents that the controller has for it. */
    private SetVerdict takes(TestBoard board) throws IOException {
        Map<String, byte[]> disk = new HashMap<>();
        SetVerifier verifier = new SetVerifier(
                new TrustedStore() {
                    @Override
                    public Optional<byte[]> read(String name) {
                        return Optional.ofNullable(disk.get(name));
                    }

                    @Override
                    public void write(String name, byte[] bytes) {
                        disk.put(name, bytes);
                    }
                },
                fleet.clock,
                board.address.tenant(),
                board.address.node());
        assertThat(verifier.enrol(TestFleet.KEYS.root(1).orElseThrow())).isEqualTo(new SetVerdict.Accepted());
        Desired desired = fleet.transport.desired(board.address).getLast();
        assertThat(verifier.timestamp(Objects.requireNonNull(desired.release()).timestamp()))
                .isEqualTo(new SetVerdict.Accepted());
        SignedList list = new SignedList(desired.list(), desired.keyId(), desired.signature());
        for (Optional<Wanted> wanted = verifier.wanted(list); wanted.isPresent(); wanted = verifier.wanted(list)) {
            String digest = wanted.get().reference().digest().value();
            byte[] bytes = fleet.core()
                    .run(scope -> fleet.core().releases().document(scope.tx(), TestFleet.TENANT, digest))
                    .orElseThrow();
            assertThat(verifier.offer(wanted.get(), bytes)).isEqualTo(new SetVerdict.Accepted());
        }
        return verifier.order(list);
    }

    @Test
    void wavesFollowEachOther() {
        List<TestBoard> boards = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            boards.add(fleet.board("n" + i));
        }
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", 25, 50, 100);
        assertThat(states(rollout)).containsExactly("running", "pending", "pending", "pending");
        boards.get(0).runsWhatIsDesired("glyphs");
        assertThat(states(rollout)).containsExactly("succeeded", "pending", "pending", "pending");
        fleet.step(Duration.ofMillis(500));
        assertThat(states(rollout)).containsExactly("succeeded", "running", "pending", "pending");
        boards.get(1).report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "no-memory"));
        assertThat(states(rollout)).containsExactly("succeeded", "failed", "pending", "pending");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolling-back");
        fleet.step(Duration.ofMillis(500));
        assertThat(states(rollout)).containsExactly("withdrawing", "withdrawing", "cancelled", "cancelled");
        assertThat(fleet.target(rollout.id, boards.get(1)).failure).isEqualTo("no-memory");
        assertThat(fleet.transport.desired(boards.get(2).address)).isEmpty();
    }

    @Test
    void aDeviceThatFitsLaterJoinsAndTheRolloutEndsWhenNoneHasForLongEnough() {
        TestBoard first = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"joinSeconds\":60}"));
        first.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("running");
        fleet.step(Duration.ofSeconds(40));
        TestBoard late = fleet.board("n2");
        fleet.step(Duration.ofSeconds(10));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.target(rollout.id, late).state).isEqualTo("running");
        late.runsWhatIsDesired("glyphs");
        assertThat(states(rollout)).containsExactly("succeeded", "succeeded");
        fleet.step(Duration.ofSeconds(40));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("running");
        fleet.step(Duration.ofSeconds(30));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
        fleet.board("n3");
        fleet.step(Duration.ofSeconds(30));
        assertThat(states(rollout)).hasSize(2);
    }

    @Test
    void aSilentDeviceFailsAfterItsTime() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit());
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("running");
        fleet.step(Duration.ofMillis(1));
        assertThat(fleet.target(rollout.id, board).reason).isEqualTo("dispatch-deadline");
        assertThat(fleet.rollout(rollout.id).reason).isEqualTo("failure-threshold");
    }

    @Test
    void goesOnAfterTheControllerWasKilled() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        fleet.restart();
        board.runsWhatIsDesired("glyphs");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
    }

    @Test
    void aVariantThatFailedIsTriedAgain() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"onBreach\":\"pause\"}"));
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "download"));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("paused");
        fleet.transport.clear();
        command(rollouts ->
                scope -> rollouts.retry(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        command(rollouts ->
                scope -> rollouts.resume(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
        assertThat(fleet.transport.desired(board.address)).isNotEmpty();
        board.report(TestBoard.active("glyphs", digest));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
        assertThat(fleet.target(rollout.id, board).failure).isEqualTo("download");
    }

    @Test
    void whatWaitsForAnotherTurnIsTakenBackToo() {
        TestBoard board = fleet.board("n1");
        String first = fleet.publish("glyphs", "1.0.0");
        fleet.rollOut("glyphs", "1.0.0");
        board.report(TestBoard.active("glyphs", first));
        fleet.publish("glyphs", "1.1.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.1.0", policy("{\"onBreach\":\"pause\"}"));
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        assertThat(fleet.target(rollout.id, board).reason).isEqualTo("dispatch-deadline");
        command(rollouts ->
                scope -> rollouts.retry(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        command(rollouts -> scope -> rollouts.abort(
                scope.tx(),
                scope.effects(),
                TestFleet.TENANT,
                rollout.id,
                RolloutState.Reach.UNFINISHED,
                scope.nowMillis()));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("withdrawing");
        assertThat(board.slot("glyphs").desiredDigest).isEqualTo(first);
    }

    private RolloutRow retry(RolloutRow rollout) {
        return command(rollouts ->
                scope -> rollouts.retry(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
    }

    @Test
    void whatAnotherRolloutHasTakenGetsNoOtherTurn() {
        TestBoard there = fleet.board("n1");
        TestBoard away = fleet.board("n2");
        fleet.publish("glyphs", "2.0.0");
        fleet.publish("glyphs", "3.0.0");
        away.status(Status.State.LOST);
        RolloutRow first = fleet.rollOut("glyphs", "2.0.0", policy("{\"applySeconds\":3600,\"onBreach\":\"pause\"}"));
        there.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.CHANGING, null));
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        assertThat(states(first)).containsExactly("running", "skipped");
        away.status(Status.State.ONLINE);
        RolloutRow second = create("3.0.0", List.of("n2/cpu0"), Set.of(Rollouts.Allowance.UNAPPROVED));
        assertThat(fleet.target(second.id, away).state).isEqualTo("running");
        assertThatThrownBy(() -> retry(first))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT))
                .hasMessageContaining(second.id);
        assertThat(fleet.target(first.id, away).reason).isEqualTo("offline");

        there.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "no-memory"));
        retry(first);
        assertThat(states(first)).containsExactly("pending", "skipped");
        assertThat(why(first, "n2/cpu0")).isEqualTo(new Rule(Rule.Kind.SKIPPED, "in-another-rollout"));
        assertThat(fleet.target(second.id, away).state).isEqualTo("running");
        away.runsWhatIsDesired("glyphs");
        assertThat(fleet.rollout(second.id).state).isEqualTo("succeeded");
        retry(first);
        assertThat(states(first)).containsExactly("pending", "pending");
    }

    @Test
    void aDeviceThatIsGoneInItsSecondTurnIsTakenBackAsWell() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"onBreach\":\"pause\"}"));
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "download"));
        retry(rollout);
        board.birth(board.birthOf(List.of(), 0).withDevices(List.of(TestBoard.device("cpu1", DeviceClass.CPU))));
        command(rollouts ->
                scope -> rollouts.resume(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("failed");
        assertThat(fleet.target(rollout.id, board).failure).isEqualTo("device-gone");
        assertThat(board.slot("glyphs").desiredVersion).isEqualTo("1.0.0");
        abort(TestFleet.TENANT, rollout.id);
        fleet.step(Duration.ofSeconds(1));
        assertThat(board.slot("glyphs").desiredVersion).isNull();
    }

    @Test
    void aBreachTakesEveryTouchedDeviceBackToWhatItRanBefore() {
        List<TestBoard> boards = List.of(fleet.board("n0"), fleet.board("n1"), fleet.board("n2"));
        String before = fleet.publish("glyphs", "1.0.0");
        RolloutRow first = fleet.rollOut("glyphs", "1.0.0");
        boards.subList(0, 2).forEach(board -> board.runsWhatIsDesired("glyphs"));
        boards.get(2).runsWhatIsDesired("glyphs");
        assertThat(fleet.rollout(first.id).state).isEqualTo("succeeded");

        String worse = fleet.publish("glyphs", "2.0.0");
        RolloutRow second = fleet.rollOut("glyphs", "2.0.0", 34, 67, 100);
        boards.get(0).report(TestBoard.active("glyphs", worse));
        boards.get(0).status(Status.State.LOST);
        boards.get(1).status(Status.State.ONLINE);
        fleet.step(Duration.ofMillis(500));
        fleet.transport.clear();
        boards.get(1).report(new SlotReport(TestBoard.DEVICE, "glyphs", before, SlotReport.State.FAILED, "self-test"));
        fleet.step(Duration.ofMillis(500));
        assertThat(states(second)).contains("withdrawing", "cancelled");
        assertThat(boards.get(1).slot("glyphs").desiredDigest).isEqualTo(before);
        assertThat(fleet.transport.desired(boards.get(1).address)).isNotEmpty();
        boards.get(1).runsWhatIsDesired("glyphs");
        assertThat(fleet.target(second.id, boards.get(1)).reason).isEqualTo("confirmed");
        assertThat(fleet.rollout(second.id).state).isEqualTo("rolling-back");

        // The first device was away meanwhile: its list names the version no more.
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().multipliedBy(2).plusMillis(1));
        assertThat(fleet.rollout(second.id).state).isEqualTo("rolled-back");
        assertThat(fleet.target(second.id, boards.get(0)).reason).isEqualTo("unconfirmed");
        assertThat(boards.get(0).slot("glyphs").desiredDigest).isEqualTo(before);
        fleet.transport.clear();
        boards.get(0).reboot("00000000000000bb");
        assertThat(fleet.transport.desired(boards.get(0).address)).isNotEmpty();
    }

    @Test
    void aSlotThatWasEmptyIsEmptiedAgain() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "no-memory"));
        fleet.step(Duration.ofMillis(500));
        assertThat(board.slot("glyphs").desiredDigest).isNull();
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.EMPTY, null));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("withdrawn");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolled-back");
    }

    @Test
    void abortingEndsItOnceAndStartsNothingMore() {
        TestBoard first = fleet.board("n0");
        TestBoard second = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", 50, 100);
        first.runsWhatIsDesired("glyphs");
        abort(TestFleet.TENANT, rollout.id);
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("aborted");
        assertThat(states(rollout)).containsExactly("succeeded", "cancelled");
        assertThat(fleet.transport.desired(second.address)).isEmpty();
        assertThatThrownBy(() -> abort(TestFleet.TENANT, rollout.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT));
    }

    @Test
    void aDeviceOfAnOpenRolloutIsInNoOtherOfTheSlot() {
        fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        fleet.publish("other", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        assertThatThrownBy(() -> fleet.rollOut("glyphs", "1.0.0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT))
                .hasMessageContaining(rollout.id);
        assertThat(fleet.rollOut("other", "1.0.0").state).isEqualTo("running");
    }

    @Test
    void anUnapprovedVersionOrAnEmptyFleetMustBeAllowed() {
        fleet.publish("glyphs", "1.0.0");
        assertThatThrownBy(() -> create(Set.of()))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT))
                .hasMessageContaining("not approved");
        assertThatThrownBy(() -> create(Set.of(Rollouts.Allowance.UNAPPROVED)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("no device matches");
        RolloutRow empty = create(Set.of(Rollouts.Allowance.UNAPPROVED, Rollouts.Allowance.EMPTY));
        assertThat(fleet.rollout(empty.id).state).isEqualTo("succeeded");
    }

    private RolloutRow create(Set<Rollouts.Allowance> allowed) {
        return create("1.0.0", List.of(), allowed);
    }

    private RolloutRow create(String version, List<String> devices, Set<Rollouts.Allowance> allowed) {
        Rollouts.Request request = new Rollouts.Request(
                "glyphs", version, List.of(), devices, null, List.of(), policy("{}"), null, null, null, allowed, null);
        return command(rollouts ->
                scope -> rollouts.create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis()));
    }

    @Test
    void aPlanForARolloutThatHasChangedIsNotCarriedOut() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"approvals\":[0]}"));
        fleet.core()
                .run(scope -> fleet.core()
                        .rollouts()
                        .approve(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        Rollouts.Plan stale =
                fleet.core().run(scope -> fleet.core().rollouts().plan(scope.tx(), rollout.id, scope.nowMillis()));
        assertThat(stale.actions()).containsExactly(new RolloutDecision.Action.Start(rollout.id + "/n1/cpu0"));
        fleet.core()
                .run(scope -> fleet.core()
                        .rollouts()
                        .pause(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        Rollouts.Applied applied = fleet.core()
                .run(scope -> fleet.core().rollouts().apply(scope.tx(), scope.effects(), stale, scope.nowMillis()));
        assertThat(applied).isEqualTo(Rollouts.Applied.STALE);
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("pending");
        assertThat(why(rollout, "n1/cpu0").kind()).isEqualTo(Rule.Kind.PAUSED);
        assertThat(why(rollout, "n2/cpu0").kind()).isEqualTo(Rule.Kind.NOT_MATCHED);
    }

    @Test
    void aPlanMadeBeforeAGateHasDecidedIsNotCarriedOut() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"approvals\":[0]}"));
        fleet.core().run(scope -> {
            fleet.core().gates().admit(scope.tx(), scope.effects(), rollout, "{\"metrics\":[]}", scope.nowMillis());
            return fleet.core()
                    .rollouts()
                    .approve(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis());
        });
        Rollouts.Plan stale =
                fleet.core().run(scope -> fleet.core().rollouts().plan(scope.tx(), rollout.id, scope.nowMillis()));
        assertThat(stale.actions()).containsExactly(new RolloutDecision.Action.Start(rollout.id + "/n1/cpu0"));
        Observation saturated = new Observation(
                TestBoard.DEVICE,
                "glyphs",
                digest,
                5000,
                10,
                false,
                LatencyHistogram.EMPTY,
                Observation.Energy.NONE,
                new Observation.Labels(0, 0),
                Observation.Comparison.NONE,
                10,
                0,
                false);
        TelemetryFrame frame =
                new TelemetryFrame(new Stamp(board.boot, 1), fleet.clock.millis(), List.of(), 0, List.of(saturated));
        fleet.core().run(scope -> fleet.core().gates().observe(scope.tx(), board.node(), frame, scope.nowMillis()));
        Rollouts.Applied applied = fleet.core()
                .run(scope -> fleet.core().rollouts().apply(scope.tx(), scope.effects(), stale, scope.nowMillis()));
        assertThat(applied).isEqualTo(Rollouts.Applied.STALE);
        fleet.step(Duration.ZERO);
        assertThat(fleet.target(rollout.id, board).startedAt).isZero();
        assertThat(fleet.rollout(rollout.id).reason).isEqualTo("gate-breach");
    }

    private TestBoard boardAt(String node, String site) {
        TestBoard board = fleet.board(node);
        fleet.core().run(scope -> {
            NodeRow row = board.node();
            row.labels = Labels.of(Map.of("site", site)).json();
            scope.tx().update(row);
            return true;
        });
        return board;
    }

    /** Targets in change by the value of their label, which the stored counts must agree with. */
    private Map<String, Long> changing(RolloutRow rollout) {
        Map<String, Long> counted = fleet.all(TargetRow.class).stream()
                .filter(target -> target.rolloutId.equals(rollout.id))
                .filter(target -> target.state.equals("running") || target.state.equals("withdrawing"))
                .collect(Collectors.groupingBy(target -> target.labelValue, Collectors.counting()));
        Map<String, Long> stored = fleet.all(LabelValueRow.class).stream()
                .filter(row -> row.rolloutId.equals(rollout.id) && row.changing != 0)
                .collect(Collectors.toMap(row -> row.labelValue, row -> row.changing));
        assertThat(stored).isEqualTo(counted);
        return counted;
    }

    @Test
    void noSiteHasMoreInChangeThanItsBudget() {
        Map<String, TestBoard> boards = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            boards.put("n" + i, boardAt("n" + i, "north"));
            boardAt("s" + i, "south");
            fleet.board("x" + i);
        }
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout =
                fleet.rollOut("glyphs", "1.0.0", policy("{\"changingLabel\":\"site\",\"changingPerLabelMax\":2}"));
        assertThat(changing(rollout)).isEqualTo(Map.of("north", 2L, "south", 2L, "", 2L));
        TargetRow held = fleet.all(TargetRow.class).stream()
                .filter(target -> target.state.equals("pending") && target.labelValue.equals("north"))
                .findFirst()
                .orElseThrow();
        assertThat(why(rollout, held.node + "/cpu0"))
                .isEqualTo(new Rule(Rule.Kind.CHANGING_PER_LABEL_MAX, "2 with site=north in change, at most 2"));
        String ready = fleet.all(TargetRow.class).stream()
                .filter(target -> target.state.equals("running") && target.labelValue.equals("north"))
                .findFirst()
                .orElseThrow()
                .node;
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.get(TargetRow.class, held.id).state).isEqualTo("pending");
        Objects.requireNonNull(boards.get(ready)).runsWhatIsDesired("glyphs");
        assertThat(changing(rollout)).isEqualTo(Map.of("north", 1L, "south", 2L, "", 2L));
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.get(TargetRow.class, held.id).state).isEqualTo("running");
        assertThat(changing(rollout)).isEqualTo(Map.of("north", 2L, "south", 2L, "", 2L));
        Objects.requireNonNull(boards.get(held.node))
                .report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "no-memory"));
        assertThat(changing(rollout)).isEqualTo(Map.of("north", 1L, "south", 2L, "", 2L));
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolling-back");
        assertThat(changing(rollout)).isEqualTo(Map.of("north", 3L, "south", 2L, "", 2L));
        fleet.step(Duration.ofMinutes(5));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("rolled-back");
        assertThat(changing(rollout)).isEmpty();
    }

    @Test
    void anOfflineDeviceIsNamedAndSkippedInTheEnd() {
        TestBoard there = fleet.board("n1");
        TestBoard away = fleet.board("n2");
        fleet.publish("glyphs", "1.0.0");
        away.status(Status.State.LOST);
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        there.runsWhatIsDesired("glyphs");
        assertThat(why(rollout, "n2/cpu0").kind()).isEqualTo(Rule.Kind.OFFLINE);
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        assertThat(fleet.target(rollout.id, away).reason).isEqualTo("offline");
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("succeeded");
        assertThat(fleet.transport.desired(away.address)).isEmpty();
    }

    private void resume(RolloutRow rollout) {
        command(rollouts ->
                scope -> rollouts.resume(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
    }

    @Test
    void aPauseIsNoTimeInWhichANodeWasAway() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        board.status(Status.State.LOST);
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        fleet.step(Duration.ofSeconds(1));
        command(rollouts ->
                scope -> rollouts.pause(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().multipliedBy(2));
        resume(rollout);
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit());
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("pending");
        fleet.step(Duration.ofMillis(1));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("skipped");
    }

    @Test
    void acceptingThatAWholeFleetWasAwayIsNoSuccess() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        board.status(Status.State.LOST);
        RolloutRow rollout = fleet.rollOut(
                "glyphs", "1.0.0", policy("{\"waves\":[{\"count\":10},{\"percent\":100}],\"onBreach\":\"pause\"}"));
        fleet.step(Duration.ofSeconds(1));
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).reason).isEqualTo("success-threshold");
        resume(rollout);
        fleet.step(Duration.ofSeconds(1));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("failed");
    }

    private Rule why(RolloutRow rollout, String device) {
        return fleet.core()
                .run(scope -> fleet.core()
                        .rollouts()
                        .why(scope.tx(), TestFleet.TENANT, rollout.id, device, scope.nowMillis()));
    }

    @Test
    void aListThatANodeWillNeverTakeFailsItsTargetAtOnceWithTheReason() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"onBreach\":\"pause\"}"));
        board.refuses(board.node().desiredVersion, "mislabelled");
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("failed");
        assertThat(fleet.target(rollout.id, board).reason).isEqualTo("list-refused-mislabelled");
        assertThat(why(rollout, "n1/cpu0")).isEqualTo(new Rule(Rule.Kind.FAILED, "list-refused-mislabelled"));
        assertThat(board.node().refusal()).isEqualTo("mislabelled");

        fleet.step(Duration.ofSeconds(1));
        long refused = board.node().desiredVersion;
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "ann",
                        "rollout.retried",
                        rollout.id,
                        scope -> fleet.core()
                                .rollouts()
                                .retry(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "ann",
                        "rollout.resumed",
                        rollout.id,
                        scope -> fleet.core()
                                .rollouts()
                                .resume(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        fleet.step(Duration.ofSeconds(1));
        assertThat(board.node().desiredVersion).isGreaterThan(refused);
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
        board.runsWhatIsDesired("glyphs");
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("succeeded");
        assertThat(board.node().refusal()).isNull();
    }

    @Test
    void aRefusalThatMayPassIsSaidAtOnceAndFailsOnlyWhenTheTimeIsOver() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", policy("{\"onBreach\":\"pause\"}"));
        board.refuses(board.node().desiredVersion, "timestamp-expired");
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
        assertThat(why(rollout, "n1/cpu0").kind()).isEqualTo(Rule.Kind.LIST_REFUSED);
        assertThat(why(rollout, "n1/cpu0").detail()).startsWith("list-refused-timestamp-expired, until ");
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("failed");
        assertThat(fleet.target(rollout.id, board).failure).isEqualTo("list-refused-timestamp-expired");
    }

    @Test
    void whoeverForgesOtherListsHoldsNoTarget() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        board.refuses(board.node().desiredVersion + 1, "bad-signature");
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
        assertThat(why(rollout, "n1/cpu0").kind()).isEqualTo(Rule.Kind.DISPATCHED);
        board.runsWhatIsDesired("glyphs");
        board.refuses(0, "unreadable");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.target(rollout.id, board).state).isEqualTo("succeeded");
        assertThat(board.node().refusal()).isNull();
    }

    @Test
    void whatANodeSaysOfAnUnreadableListOrAnotherTimestampFailsNoNewerOne() {
        TestBoard board = fleet.board("n1");
        for (String reason : List.of("unreadable", "too-large", "timestamp-equivocation")) {
            fleet.publish(reason, "1.0.0");
            RolloutRow rollout = fleet.rollOut(reason, "1.0.0");
            // Of a list before, told when its node was back; or by the timestamp of a controller that was replaced.
            board.refuses(reason.startsWith("timestamp") ? board.node().desiredVersion : 0, reason);
            fleet.step(Duration.ofSeconds(1));
            assertThat(fleet.target(rollout.id, board).state).isEqualTo("running");
            assertThat(why(rollout, "n1/cpu0").kind()).isEqualTo(Rule.Kind.LIST_REFUSED);
            board.runsWhatIsDesired(reason);
            assertThat(fleet.target(rollout.id, board).state).isEqualTo("succeeded");
        }
    }

    @Test
    void aWaveOfAClassThatThereIsNotIsRefusedByName() {
        fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        Policy policy = policy("{\"waves\":[{\"class\":\"npu\"},{\"class\":\"tpu\"},{\"percent\":100}]}");
        assertThatThrownBy(() -> fleet.rollOut("glyphs", "1.0.0", policy))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("class (tpu)")
                .hasMessageContaining("nano-drone");
        assertThat(fleet.all(RolloutRow.class)).isEmpty();
        fleet.rollOut("glyphs", "1.0.0", policy("{\"waves\":[{\"class\":\"npu\"},{\"percent\":100}]}"));
    }

    @Test
    void aStartThatNobodyWillSeeIsRefusedByName() {
        fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        assertThatThrownBy(() -> fleet.rollOut("glyphs", "1.0.0", policy("{\"startAt\":\"+10000-01-01T00:00:00Z\"}")))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID))
                .hasMessageContaining("startAt (+10000-01-01T00:00:00Z) must be before");
        fleet.rollOut("glyphs", "1.0.0", policy("{\"startAt\":\"9999-12-31T23:59:59Z\"}"));
    }

    @Test
    void whoeverResumesApprovesNothing() {
        List<TestBoard> boards = List.of(fleet.board("n0"), fleet.board("n1"));
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut(
                "glyphs",
                "1.0.0",
                policy("{\"waves\":[{\"percent\":50},{\"percent\":100}],\"approvals\":[1],\"onBreach\":\"pause\"}"));
        boards.get(0).runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("needs-approval");
        boards.get(0).report(new SlotReport(TestBoard.DEVICE, "glyphs", digest, SlotReport.State.FAILED, "self-test"));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("paused");
        assertThat(fleet.rollout(rollout.id).reason).isEqualTo("failure-threshold");

        command(rollouts ->
                scope -> rollouts.resume(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("needs-approval");
        assertThat(states(rollout)).containsExactly("failed", "pending");

        command(rollouts -> scope ->
                rollouts.approve(scope.tx(), scope.effects(), TestFleet.TENANT, rollout.id, scope.nowMillis()));
        fleet.step(Duration.ofSeconds(1));
        assertThat(states(rollout)).containsExactly("failed", "running");
        boards.get(1).report(new SlotReport(TestBoard.DEVICE, "glyphs", digest, SlotReport.State.FAILED, "self-test"));
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("paused"); // Of this wave nobody has accepted anything.
    }

    private Policy policy(String json) {
        return PolicyJson.read(json, fleet.core().rollouts().percents(List.of()));
    }

    private RolloutRow command(Function<Rollouts, Function<Models.Scope, RolloutRow>> command) {
        return fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "rollout",
                        "",
                        scope -> command.apply(fleet.core().rollouts()).apply(scope));
    }

    @Test
    void nothingOfAnotherTenantIsThere() {
        TestBoard foreign = fleet.enrol("other", "n1");
        foreign.birth();
        TestBoard own = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        assertThat(fleet.transport.desired(foreign.address)).isEmpty();
        assertThat(fleet.all(TargetRow.class))
                .singleElement()
                .satisfies(target -> assertThat(target.nodeId).isEqualTo("acme/n1"));
        foreign.report(TestBoard.active("glyphs", digest));
        assertThat(fleet.target(rollout.id, own).state).isEqualTo("running");
        assertThatThrownBy(() -> abort("other", rollout.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
        fleet.publish("other", "theirs", "1.0.0", "int8");
        assertThatThrownBy(() -> fleet.rollOut("theirs", "1.0.0"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
    }

    @Test
    void refusesWavesThatMakeNoSense() {
        fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        for (Integer[] waves : new Integer[][] {{50}, {0, 100}, {50, 50, 100}, {100, 50}, {101}, {100, 200}}) {
            assertThatThrownBy(() -> fleet.rollOut("glyphs", "1.0.0", waves))
                    .isInstanceOfSatisfying(
                            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID));
        }
        assertThat(fleet.all(RolloutRow.class)).isEmpty();
    }

    @Test
    void aSelectorThatTheRowCannotHoldIsRefused() {
        fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        List<String> many = new ArrayList<>(List.of("n1/cpu0"));
        for (int i = 0; i < 1000; i++) {
            many.add("no-such-node-" + i + "/cpu0");
        }
        var request = new Rollouts.Request(
                "glyphs",
                "1.0.0",
                List.of(),
                many,
                null,
                List.of(),
                policy("{}"),
                null,
                null,
                null,
                Set.of(Rollouts.Allowance.UNAPPROVED),
                null);
        assertThatThrownBy(() -> fleet.core()
                        .run(scope -> fleet.core()
                                .rollouts()
                                .create(scope.tx(), scope.effects(), TestFleet.TENANT, request, scope.nowMillis())))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID));
    }

    @Test
    void everyRolloutEndsAndEveryTargetIsCountedOnceWhateverHappens() {
        SeededCases.forEach(20, 60, (random, _) -> history(random));
    }

    private static void history(SplittableRandom random) {
        TestFleet fleet = new TestFleet(random.split());
        List<TestBoard> boards = new ArrayList<>();
        for (int i = random.nextInt(1, 7); i > 0; i--) {
            boards.add(fleet.board("n" + i));
        }
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = random.nextBoolean()
                ? fleet.rollOut("glyphs", "1.0.0", 30, 100)
                : fleet.rollOut("glyphs", "1.0.0", 10, 40, 70, 100);
        for (int turn = 0; turn < 60; turn++) {
            TestBoard board = boards.get(random.nextInt(boards.size()));
            switch (random.nextInt(6)) {
                case 0 -> fleet.step(Duration.ofMillis(random.nextLong(1, 20_000)));
                case 1 -> fleet.restart();
                case 2 -> board.status(random.nextBoolean() ? Status.State.ONLINE : Status.State.LOST);
                case 3 -> {
                    board.connection++;
                    board.birth();
                }
                default -> {
                    if (board.node().desiredVersion > 0) {
                        SlotReport.State state = random.nextInt(8) == 0
                                ? SlotReport.State.FAILED
                                : random.nextBoolean() ? SlotReport.State.CHANGING : SlotReport.State.ACTIVE;
                        String digest = state == SlotReport.State.ACTIVE ? board.slot("glyphs").desiredDigest : null;
                        byte[] report = board.reportOf(new SlotReport(TestBoard.DEVICE, "glyphs", digest, state, null))
                                .encode();
                        board.sendOk(Topic.Kind.UP_REPORTED, report);
                        board.sendOk(Topic.Kind.UP_REPORTED, report); // Every report comes twice.
                    }
                }
            }
            checkCounts(fleet, rollout);
        }
        for (int i = 0; i < 12; i++) {
            fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        }
        checkCounts(fleet, rollout);
        List<TargetRow> targets = fleet.all(TargetRow.class);
        assertThat(targets).hasSize(boards.size());
        boolean succeeded = fleet.rollout(rollout.id).state.equals("succeeded");
        assertThat(fleet.rollout(rollout.id).isOpen()).isFalse();
        assertThat(targets)
                .allMatch(target -> succeeded
                        ? List.of("succeeded", "skipped").contains(target.state)
                        : List.of("withdrawn", "cancelled", "skipped").contains(target.state));
    }

    /** The counts of the waves are those of the rows. */
    private static void checkCounts(TestFleet fleet, RolloutRow rollout) {
        Map<String, Long> rows = fleet.all(TargetRow.class).stream()
                .collect(Collectors.groupingBy(target -> target.state, Collectors.counting()));
        Counts counts = fleet.core().run(scope -> Rollouts.counts(scope.tx(), rollout));
        for (TargetState state : TargetState.values()) {
            assertThat(counts.get(state)).as(state.label()).isEqualTo(rows.getOrDefault(state.label(), 0L));
        }
    }

    private RolloutRow abort(String tenant, String id) {
        return fleet.core()
                .run(scope -> fleet.core()
                        .rollouts()
                        .abort(
                                scope.tx(),
                                scope.effects(),
                                tenant,
                                id,
                                RolloutState.Reach.UNFINISHED,
                                scope.nowMillis()));
    }

    private List<String> states(RolloutRow rollout) {
        return fleet.all(TargetRow.class).stream()
                .filter(target -> target.rolloutId.equals(rollout.id))
                .sorted(java.util.Comparator.comparing(target -> target.id))
                .map(target -> target.state)
                .toList();
    }
}
