package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
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
        assertThat(states(rollout)).containsExactly("succeeded", "failed", "skipped", "skipped");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("failed");
        assertThat(fleet.target(rollout.id, boards.get(1)).reason).isEqualTo("no-memory");
        assertThat(fleet.transport.desired(boards.get(2).address)).isEmpty();
    }

    @Test
    void aSilentDeviceFailsAfterItsTime() {
        TestBoard board = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0");
        fleet.step(TestFleet.SETTINGS.rolloutTargetLimit());
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("running");
        fleet.step(Duration.ofMillis(1));
        assertThat(fleet.target(rollout.id, board).reason).isEqualTo("deadline");
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("failed");
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
    void aVariantThatFailedIsTriedAgainByTheNextRollout() {
        TestBoard board = fleet.board("n1");
        String digest = fleet.publish("glyphs", "1.0.0");
        RolloutRow first = fleet.rollOut("glyphs", "1.0.0");
        board.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.FAILED, "download"));
        assertThat(fleet.rollout(first.id).state).isEqualTo("failed");
        fleet.transport.clear();
        RolloutRow second = fleet.rollOut("glyphs", "1.0.0");
        fleet.step(Duration.ofMillis(500));
        assertThat(fleet.target(second.id, board).state).isEqualTo("running");
        assertThat(fleet.transport.desired(board.address)).isNotEmpty();
        board.report(TestBoard.active("glyphs", digest));
        assertThat(fleet.rollout(second.id).state).isEqualTo("succeeded");
    }

    @Test
    void abortingEndsItOnceAndStartsNothingMore() {
        TestBoard first = fleet.board("n0");
        TestBoard second = fleet.board("n1");
        fleet.publish("glyphs", "1.0.0");
        RolloutRow rollout = fleet.rollOut("glyphs", "1.0.0", 50, 100);
        abort(TestFleet.TENANT, rollout.id);
        first.runsWhatIsDesired("glyphs");
        fleet.step(Duration.ofSeconds(1));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo("aborted");
        assertThat(fleet.transport.desired(second.address)).isEmpty();
        assertThatThrownBy(() -> abort(TestFleet.TENANT, rollout.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT));
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
        var request =
                new Rollouts.Request("glyphs", "1.0.0", List.of(), many, List.of(), List.of(100), null, null, null);
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
        Map<String, String> over = new HashMap<>();
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
            for (TargetRow target : fleet.all(TargetRow.class)) {
                String before = over.get(target.id);
                assertThat(before == null || before.equals(target.state))
                        .as("%s went from %s to %s", target.id, before, target.state)
                        .isTrue();
                if (!List.of("pending", "running").contains(target.state)) {
                    over.put(target.id, target.state);
                }
            }
        }
        for (int i = 0; i < 10; i++) {
            fleet.step(TestFleet.SETTINGS.rolloutTargetLimit().plusMillis(1));
        }
        List<TargetRow> targets = fleet.all(TargetRow.class);
        assertThat(targets).hasSize(boards.size());
        assertThat(targets)
                .allMatch(target -> List.of("succeeded", "failed", "skipped").contains(target.state));
        boolean clean = targets.stream().allMatch(target -> target.state.equals("succeeded"));
        assertThat(fleet.rollout(rollout.id).state).isEqualTo(clean ? "succeeded" : "failed");
    }

    private RolloutRow abort(String tenant, String id) {
        return fleet.core()
                .run(scope ->
                        fleet.core().rollouts().abort(scope.tx(), scope.effects(), tenant, id, scope.nowMillis()));
    }

    private List<String> states(RolloutRow rollout) {
        return fleet.all(TargetRow.class).stream()
                .filter(target -> target.rolloutId.equals(rollout.id))
                .sorted(java.util.Comparator.comparing(target -> target.id))
                .map(target -> target.state)
                .toList();
    }
}
