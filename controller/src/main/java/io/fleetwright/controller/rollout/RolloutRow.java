package io.fleetwright.controller.rollout;

import io.fleetwright.controller.rollout.RolloutState.Cause;
import io.fleetwright.controller.rollout.RolloutState.End;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.store.Row;
import io.fleetwright.telemetry.wire.Json;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A change of the desired variant for a set of devices. */
@Entity
@Table(name = "rollout")
public class RolloutRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String model = "";
    public String version = "";
    /** {@link SelectionJson}. */
    public String selector = "";
    /** Label of its {@link RolloutState}. */
    public String state = "";

    public @Nullable String reason;
    /** For people; what machines need is in {@link #reason}. */
    public @Nullable String detail;
    /** How it ends once devices are back, and which go back; of a rollout that is rolling back. */
    public @Nullable String ending;

    public @Nullable String reach;
    /** Percentages of all targets that each wave brings the rollout to, comma-separated. */
    public String waves = "";
    /** {@link PolicyJson}; empty in rows from before there were policies. */
    public String policy = "";
    /** Index of the wave in progress, from 0. */
    public int wave;
    /** When the targets of that wave had ended; 0 while some have not. */
    public long settledAt;
    /** Highest wave that may begin by approval; -1 when none was approved. */
    public int approvedWave = -1;
    /** Wave whose breach an operator has accepted; -1 for none. */
    public int acceptedWave = -1;
    /** Starts within the minute that began then. */
    public long minuteBeganAt;

    public long minuteStarts;
    /** When devices that fit by now were last looked for, and when one last joined; 0 for never. */
    public long lookedAt;

    public long joinedAt;
    /** When it last went on after a pause, before which no node held a target; 0 for never. */
    public long resumedAt;
    /** Grows with each change; a plan made for another one is not carried out. */
    public long revision;

    public long createdAt;
    public @Nullable Long finishedAt;

    @Override
    public Object key() {
        return id;
    }

    /** True until it has ended. */
    public boolean isOpen() {
        return RolloutState.OPEN.contains(state);
    }

    RolloutState state() {
        Cause cause = reason == null ? null : new Cause(reason(reason), detail);
        return switch (state) {
            case "scheduled" -> new RolloutState.Scheduled();
            case "needs-approval" -> new RolloutState.NeedsApproval(wave);
            case "running" -> new RolloutState.Running();
            case "paused" -> new RolloutState.Paused(required(cause));
            case "rolling-back" ->
                new RolloutState.RollingBack(
                        constant(End.class, ending), constant(Reach.class, reach), required(cause));
            default -> new RolloutState.Ended(constant(End.class, state), cause);
        };
    }

    void become(RolloutState next, long nowMillis) {
        Cause cause = next.cause();
        state = next.label();
        reason = cause == null ? null : cause.reason().label();
        detail = cause == null ? null : cause.detail();
        ending = null;
        reach = null;
        if (next instanceof RolloutState.RollingBack(End end, Reach whom, var _)) {
            ending = Json.wireName(end);
            reach = Json.wireName(whom);
        } else if (next instanceof RolloutState.Ended) {
            finishedAt = nowMillis;
        }
    }

    private Cause required(@Nullable Cause cause) {
        if (cause == null) {
            throw new IllegalStateException("rollout %s is %s without a reason".formatted(id, state));
        }
        return cause;
    }

    private static Reason reason(String label) {
        return Arrays.stream(Reason.values())
                .filter(reason -> reason.label().equals(label))
                .findFirst()
                .orElse(Reason.BEFORE_POLICIES);
    }

    private <E extends Enum<E>> E constant(Class<E> type, @Nullable String label) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> Json.wireName(constant).equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("rollout %s: %s".formatted(id, label)));
    }
}
