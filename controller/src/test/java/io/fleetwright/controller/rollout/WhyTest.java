package io.fleetwright.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.rollout.RolloutDecision.Action;
import io.fleetwright.controller.rollout.RolloutState.Cause;
import io.fleetwright.controller.rollout.Snapshot.Pending;
import io.fleetwright.testkit.SeededCases;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WhyTest {
    /** What each rule of a pending target looks like, and the target without it. */
    private static void impose(Snaps snap, Rule.Kind kind) {
        switch (kind) {
            case PAUSED -> snap.state = new RolloutState.Paused(new Cause(Reason.BY_OPERATOR));
            case APPROVAL -> snap.state = new RolloutState.NeedsApproval(0);
            case START_TIME -> {
                snap.state = new RolloutState.Scheduled();
                snap.startAt = Snaps.NOW + 1;
            }
            case WAVE -> snap.pending.replaceAll(target -> at(target, 1));
            case GATE -> {
                snap.pending.replaceAll(target -> at(target, 1));
                snap.inWave.clear();
                snap.with(TargetState.SUCCEEDED, 1);
                snap.gate = new GateVerdict.Waiting("latency", "10 of 600 samples");
            }
            case WINDOW -> snap.windows = List.of(closed());
            case OFFLINE ->
                snap.pending.replaceAll(target -> new Pending(
                        target.id(),
                        target.wave(),
                        target.node(),
                        "cpu",
                        "",
                        1000,
                        false,
                        target.nodeBytesToday(),
                        0,
                        false));
            case DATA_BUDGET -> {
                snap.bytesPerNodeDay = 1500;
                snap.pending.replaceAll(target -> new Pending(
                        target.id(), target.wave(), target.node(), "cpu", "", 1000, target.reachable(), 501, 0, false));
            }
            case CHANGING_MAX -> {
                snap.changingMax = 1;
                snap.with(TargetState.RUNNING, snap.inWave.getOrDefault(TargetState.RUNNING, 0L) + 1);
            }
            case CHANGING_PER_CLASS_MAX -> {
                snap.changingPerClassMax = 1;
                snap.changing = Map.of("cpu", 1L);
            }
            case CHANGING_PER_LABEL_MAX -> {
                snap.changingLabel = "site";
                snap.changingPerLabelMax = 1;
                snap.changingByLabelValue = Map.of("", 1L);
            }
            case RATE -> {
                snap.startsPerMinute = 1;
                snap.starts = 1;
            }
            default -> throw new AssertionError(kind + " holds no pending target");
        }
    }

    private static final List<Rule.Kind> HOLDING = List.of(
            Rule.Kind.START_TIME,
            Rule.Kind.APPROVAL,
            Rule.Kind.PAUSED,
            Rule.Kind.WAVE,
            Rule.Kind.GATE,
            Rule.Kind.WINDOW,
            Rule.Kind.OFFLINE,
            Rule.Kind.DATA_BUDGET,
            Rule.Kind.CHANGING_MAX,
            Rule.Kind.CHANGING_PER_CLASS_MAX,
            Rule.Kind.CHANGING_PER_LABEL_MAX,
            Rule.Kind.RATE);

    /** Rules that speak of the same fact, of which a rollout can break one only. */
    private static final List<Set<Rule.Kind>> EXCLUSIVE = List.of(
            EnumSet.of(Rule.Kind.START_TIME, Rule.Kind.APPROVAL, Rule.Kind.PAUSED),
            EnumSet.of(Rule.Kind.WAVE, Rule.Kind.GATE));

    private static Pending at(Pending target, int wave) {
        return new Pending(
                target.id(),
                wave,
                target.node(),
                target.deviceClass(),
                target.labelValue(),
                target.bytes(),
                target.reachable(),
                target.nodeBytesToday(),
                target.blockedSince(),
                target.isNamed());
    }

    private static Window closed() {
        DayOfWeek tomorrow = Instant.ofEpochMilli(Snaps.NOW)
                .atZone(ZoneOffset.UTC)
                .getDayOfWeek()
                .plus(2);
        return new Window(Set.of(tomorrow), LocalTime.of(1, 0), LocalTime.of(2, 0), ZoneId.of("UTC"));
    }

    private static Snaps of(Set<Rule.Kind> rules) {
        Snaps snap = new Snaps();
        snap.with(TargetState.PENDING, 1);
        snap.pending.add(Snaps.pending("a"));
        HOLDING.stream().filter(rules::contains).forEach(rule -> impose(snap, rule));
        return snap;
    }

    /** Either the target starts in this step, or a rule is named; and without that rule the answer is another. */
    @Test
    void namesARuleExactlyWhenTheTargetDoesNotStart() {
        SeededCases.forEach(1, 2000, (random, _) -> {
            Set<Rule.Kind> rules = draw(random);
            Snapshot snapshot = of(rules).build();
            Rule why = Why.of(snapshot, null);
            boolean starts = RolloutDecision.decide(snapshot).contains(new Action.Start("a"));
            assertThat(why.kind() == Rule.Kind.TURN).as("%s", rules).isEqualTo(starts);
            assertThat(starts).as("%s", rules).isEqualTo(rules.isEmpty());
            if (!starts) {
                assertThat(rules).contains(why.kind());
                Set<Rule.Kind> without = EnumSet.copyOf(rules);
                without.remove(why.kind());
                assertThat(Why.of(of(without).build(), null).kind())
                        .as("%s without %s", rules, why)
                        .isNotEqualTo(why.kind());
            }
        });
    }

    private static Set<Rule.Kind> draw(SplittableRandom random) {
        Set<Rule.Kind> rules = EnumSet.noneOf(Rule.Kind.class);
        for (Rule.Kind rule : HOLDING) {
            boolean possible = EXCLUSIVE.stream()
                    .filter(set -> set.contains(rule))
                    .noneMatch(set -> set.stream().anyMatch(rules::contains));
            if (possible && random.nextInt(4) == 0) {
                rules.add(rule);
            }
        }
        if (rules.contains(Rule.Kind.GATE)) {
            rules.remove(Rule.Kind.CHANGING_MAX); // Its running target would keep the wave from settling.
        }
        return rules;
    }

    @Test
    void everyOtherStateHasItsWord() {
        Snaps snap = new Snaps();
        for (TargetState state : EnumSet.complementOf(EnumSet.of(TargetState.PENDING))) {
            snap.watched = List.of(Snaps.watched("a", state, Snapshot.Says.NOTHING, null));
            Rule why = Why.of(snap.build(), "offline");
            assertThat(why.kind().label()).isEqualTo(state == TargetState.RUNNING ? "dispatched" : state.label());
        }
        snap.watched =
                List.of(Snaps.watched("a", TargetState.RUNNING, Snapshot.Says.REFUSED, "list-refused-not-stored"));
        assertThat(Why.of(snap.build(), null).kind()).isEqualTo(Rule.Kind.LIST_REFUSED);
        snap.watched = List.of(Snaps.watched("a", TargetState.SKIPPED, Snapshot.Says.NOTHING, null));
        assertThat(Why.of(snap.build(), "int8: needs SOFTMAX").kind()).isEqualTo(Rule.Kind.NO_VARIANT);
    }
}
