package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.rollout.RolloutDecision.Action;
import io.fleetwright.controller.rollout.RolloutDecision.Target;
import io.fleetwright.controller.rollout.RolloutDecision.TargetState;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RolloutDecisionTest {
    private static final long LIMIT = 1000;

    private static Target target(String id, int wave, TargetState state) {
        return new Target(id, wave, state, "new", 0, "old", "active", null, false);
    }

    private static Target reporting(String digest, String state, boolean answered) {
        return new Target("a", 0, TargetState.RUNNING, "new", 0, digest, state, "no-memory", answered);
    }

    @Test
    void startsTheFirstWaveOnly() {
        List<Target> targets = List.of(target("a", 0, TargetState.PENDING), target("b", 1, TargetState.PENDING));
        assertThat(RolloutDecision.decide(0, 1, targets, LIMIT, 0)).containsExactly(new Action.Start("a"));
    }

    @Test
    void onlyAnAnsweredActiveReportOfTheRightDigestIsSuccess() {
        record Case(String digest, String state, boolean answered, List<Action> expected) {}
        for (Case one : List.of(
                new Case("new", "active", true, List.of(new Action.Succeed("a"), new Action.Finish(true, null))),
                new Case("new", "active", false, List.of()),
                new Case("old", "active", true, List.of()),
                new Case("new", "changing", true, List.of()),
                new Case("new", "empty", true, List.of()),
                new Case(
                        "old",
                        "failed",
                        true,
                        List.of(new Action.Fail("a", "no-memory"), new Action.Finish(false, "target-failed"))),
                new Case("old", "failed", false, List.of()))) {
            assertThat(RolloutDecision.decide(
                            0, 0, List.of(reporting(one.digest, one.state, one.answered)), LIMIT, LIMIT))
                    .as("%s", one)
                    .isEqualTo(one.expected);
        }
    }

    @Test
    void aTargetFailsOnceItsTimeIsOverAndNotBefore() {
        List<Target> targets = List.of(reporting("old", "changing", true));
        assertThat(RolloutDecision.decide(0, 0, targets, LIMIT, LIMIT)).isEmpty();
        assertThat(RolloutDecision.decide(0, 0, targets, LIMIT, LIMIT + 1))
                .containsExactly(new Action.Fail("a", "deadline"), new Action.Finish(false, "target-failed"));
    }

    @Test
    void aFailureSkipsWhatHasNotStartedAndWaitsForWhatRuns() {
        List<Target> targets = List.of(
                target("a", 0, TargetState.FAILED),
                target("b", 0, TargetState.RUNNING),
                target("c", 0, TargetState.PENDING),
                target("d", 1, TargetState.PENDING));
        assertThat(RolloutDecision.decide(0, 1, targets, LIMIT, 0))
                .containsExactly(new Action.Skip("c", "rollout-halted"), new Action.Skip("d", "rollout-halted"));
    }

    @Test
    void keepsItsPromisesWhateverDevicesSayAndWhen() {
        SeededCases.forEach(10, 400, (random, _) -> history(random));
    }

    /** One rollout from start to end against devices that report at random. */
    private static void history(SplittableRandom random) {
        int lastWave = random.nextInt(0, 4);
        List<Target> targets = new ArrayList<>();
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            TargetState state = random.nextInt(8) == 0 ? TargetState.SKIPPED : TargetState.PENDING;
            targets.add(target("t" + i, random.nextInt(0, lastWave + 1), state));
        }
        int wave = 0;
        long now = 0;
        boolean failedBefore = false;
        for (int step = 0; step < 200; step++) {
            now += random.nextLong(0, 200);
            for (int i = 0; i < targets.size(); i++) {
                targets.set(i, randomReport(random, targets.get(i)));
            }
            List<Action> actions = RolloutDecision.decide(wave, lastWave, targets, LIMIT, now);
            assertThat(RolloutDecision.decide(wave, lastWave, targets, LIMIT, now))
                    .isEqualTo(actions);
            for (Action action : actions) {
                switch (action) {
                    case Action.Start(String id) -> {
                        Target before = find(targets, id);
                        assertThat(before.state()).isEqualTo(TargetState.PENDING);
                        assertThat(failedBefore).isFalse();
                        assertThat(targets)
                                .filteredOn(other -> other.wave() < before.wave())
                                .allMatch(other ->
                                        other.state() == TargetState.SUCCEEDED || other.state() == TargetState.SKIPPED);
                        replace(targets, with(before, TargetState.RUNNING, now));
                    }
                    case Action.Succeed(String id) -> {
                        Target before = find(targets, id);
                        assertThat(before.state()).isEqualTo(TargetState.RUNNING);
                        assertThat(before.answered()).isTrue();
                        assertThat(before.reportedDigest()).isEqualTo(before.digest());
                        assertThat(before.reportedState()).isEqualTo("active");
                        replace(targets, with(before, TargetState.SUCCEEDED, before.startedAt()));
                    }
                    case Action.Fail(String id, String _) -> {
                        assertThat(find(targets, id).state()).isEqualTo(TargetState.RUNNING);
                        failedBefore = true;
                        replace(targets, with(find(targets, id), TargetState.FAILED, 0));
                    }
                    case Action.Skip(String id, String _) -> {
                        assertThat(failedBefore).isTrue();
                        assertThat(find(targets, id).state()).isEqualTo(TargetState.PENDING);
                        replace(targets, with(find(targets, id), TargetState.SKIPPED, 0));
                    }
                    case Action.NextWave(int next) -> {
                        assertThat(next).isEqualTo(wave + 1);
                        assertThat(failedBefore).isFalse();
                        wave = next;
                    }
                    case Action.Finish(boolean succeeded, var _) -> {
                        assertThat(succeeded).isEqualTo(!failedBefore);
                        assertThat(targets).allMatch(one -> one.state().isOver());
                        return;
                    }
                }
            }
        }
        throw new AssertionError("the rollout did not end: " + targets);
    }

    private static Target randomReport(SplittableRandom random, Target target) {
        String[] states = {"active", "active", "active", "active", "changing", "failed"};
        return new Target(
                target.id(),
                target.wave(),
                target.state(),
                target.digest(),
                target.startedAt(),
                random.nextInt(4) == 0 ? "old" : "new",
                states[random.nextInt(states.length)],
                null,
                random.nextInt(3) > 0);
    }

    private static Target with(Target target, TargetState state, long startedAt) {
        return new Target(
                target.id(),
                target.wave(),
                state,
                target.digest(),
                startedAt,
                target.reportedDigest(),
                target.reportedState(),
                target.reportedReason(),
                target.answered());
    }

    private static Target find(List<Target> targets, String id) {
        return targets.stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    }

    private static void replace(List<Target> targets, Target changed) {
        targets.replaceAll(one -> one.id().equals(changed.id()) ? changed : one);
    }
}
