package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.Snapshot.Pending;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What holds pending targets. One object follows one decision: what it starts counts against the next. */
final class Holds {
    private final Snapshot snapshot;
    private final Policy policy;
    private final Counts counts;
    private final Map<String, Long> startedByClass = new HashMap<>();
    private final Map<String, Long> startedByLabelValue = new HashMap<>();
    private final Map<String, Long> startedBytesByNode = new HashMap<>();
    private long started;

    Holds(Snapshot snapshot) {
        this.snapshot = snapshot;
        this.policy = snapshot.policy();
        this.counts = snapshot.counts();
    }

    /** The rule that holds a target, the first one in the order of {@link Rule.Kind}. */
    Optional<Rule> of(Pending target) {
        return ofRollout(target).or(() -> ofWindow()).or(() -> ofNode(target)).or(() -> ofBudgets(target));
    }

    /** Where the rollout stands. */
    Optional<Rule> ofRollout(Pending target) {
        return switch (snapshot.state()) {
            case RolloutState.Scheduled() ->
                held(Rule.Kind.START_TIME, "starts at %s".formatted(Instant.ofEpochMilli(policy.startAtMillis())));
            case RolloutState.NeedsApproval(int wave) ->
                held(Rule.Kind.APPROVAL, "wave %d needs approval".formatted(wave));
            case RolloutState.Paused(RolloutState.Cause cause) ->
                held(Rule.Kind.PAUSED, cause.reason().label());
            case RolloutState.RollingBack(var _, var _, RolloutState.Cause cause) ->
                held(Rule.Kind.STOPPING, cause.reason().label());
            case RolloutState.Ended(var _, var _) -> held(Rule.Kind.STOPPING, "the rollout has ended");
            case RolloutState.Running() -> target.wave() > snapshot.wave() ? ofWave(target) : Optional.empty();
        };
    }

    private Optional<Rule> ofWave(Pending target) {
        boolean settled = snapshot.inWave().get(TargetState.PENDING) == 0
                && snapshot.inWave().get(TargetState.RUNNING) == 0;
        if (settled && snapshot.gate() instanceof GateVerdict.Waiting(String rule, String detail)) {
            return held(Rule.Kind.GATE, rule + ": " + detail);
        }
        return held(
                Rule.Kind.WAVE,
                "of wave %d, and wave %d has %d to go"
                        .formatted(
                                target.wave(),
                                snapshot.wave(),
                                snapshot.inWave().get(TargetState.PENDING)
                                        + snapshot.inWave().get(TargetState.RUNNING)));
    }

    private Optional<Rule> ofWindow() {
        return policy.isWindowOpen(snapshot.now())
                ? Optional.empty()
                : held(
                        Rule.Kind.WINDOW,
                        policy.windows().stream()
                                .map(window -> window.opens(snapshot.now()))
                                .min(Comparator.naturalOrder())
                                .map(opens -> "outside the maintenance windows, the next opens at " + opens)
                                .orElseThrow());
    }

    /** What the target's own node is, whatever the others do. */
    Optional<Rule> ofNode(Pending target) {
        if (!target.reachable()) {
            return held(Rule.Kind.OFFLINE, "node %s is not there".formatted(target.node()));
        }
        long bytes = target.nodeBytesToday() + startedBytesByNode.getOrDefault(target.node(), 0L) + target.bytes();
        return policy.bytesPerNodeDay() > 0 && bytes > policy.bytesPerNodeDay()
                ? held(
                        Rule.Kind.DATA_BUDGET,
                        "%d bytes within a day, at most %d".formatted(bytes, policy.bytesPerNodeDay()))
                : Optional.empty();
    }

    private Optional<Rule> ofBudgets(Pending target) {
        long changing = counts.get(TargetState.RUNNING) + counts.get(TargetState.WITHDRAWING) + started;
        if (policy.changingMax() > 0 && changing >= policy.changingMax()) {
            return held(Rule.Kind.CHANGING_MAX, "%d in change, at most %d".formatted(changing, policy.changingMax()));
        }
        long ofClass = snapshot.changingByClass().getOrDefault(target.deviceClass(), 0L)
                + startedByClass.getOrDefault(target.deviceClass(), 0L);
        if (policy.changingPerClassMax() > 0 && ofClass >= policy.changingPerClassMax()) {
            return held(
                    Rule.Kind.CHANGING_PER_CLASS_MAX,
                    "%d %s in change, at most %d"
                            .formatted(ofClass, target.deviceClass(), policy.changingPerClassMax()));
        }
        long ofValue = snapshot.changingByLabelValue().getOrDefault(target.labelValue(), 0L)
                + startedByLabelValue.getOrDefault(target.labelValue(), 0L);
        if (policy.changingPerLabelMax() > 0 && ofValue >= policy.changingPerLabelMax()) {
            return held(
                    Rule.Kind.CHANGING_PER_LABEL_MAX,
                    "%d with %s=%s in change, at most %d"
                            .formatted(
                                    ofValue,
                                    policy.changingLabel(),
                                    target.labelValue(),
                                    policy.changingPerLabelMax()));
        }
        long starts = snapshot.startsLastMinute() + started;
        return policy.startsPerMinute() > 0 && starts >= policy.startsPerMinute()
                ? held(
                        Rule.Kind.RATE,
                        "%d started within a minute, at most %d".formatted(starts, policy.startsPerMinute()))
                : Optional.empty();
    }

    void started(Pending target) {
        started++;
        startedByClass.merge(target.deviceClass(), 1L, Long::sum);
        startedByLabelValue.merge(target.labelValue(), 1L, Long::sum);
        startedBytesByNode.merge(target.node(), target.bytes(), Long::sum);
    }

    private static Optional<Rule> held(Rule.Kind kind, String detail) {
        return Optional.of(new Rule(kind, detail));
    }
}
