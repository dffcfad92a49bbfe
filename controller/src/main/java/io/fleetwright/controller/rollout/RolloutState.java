package io.fleetwright.controller.rollout;

import io.fleetwright.telemetry.wire.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a rollout stands. */
public sealed interface RolloutState {
    /** Labels of the states that are no ends. */
    List<String> OPEN = List.of("scheduled", "needs-approval", "running", "paused", "rolling-back");

    /** Its start time has not come. */
    record Scheduled() implements RolloutState {}

    /** Somebody must approve before this wave begins. */
    record NeedsApproval(int wave) implements RolloutState {}

    record Running() implements RolloutState {}

    /** Nothing starts; what was started goes on. */
    record Paused(Cause cause) implements RolloutState {}

    /** Devices are told to go back; then the rollout ends so. */
    record RollingBack(End end, Reach reach, Cause cause) implements RolloutState {}

    record Ended(End end, @Nullable Cause cause) implements RolloutState {}

    /** Why, for machines and for people. */
    record Cause(Reason reason, @Nullable String detail) {
        Cause(Reason reason) {
            this(reason, null);
        }
    }

    /** How a rollout ends. */
    enum End {
        SUCCEEDED,
        /** Stopped without taking back what had succeeded. */
        FAILED,
        ROLLED_BACK,
        /** Stopped by an operator. */
        ABORTED
    }

    /** Which targets go back. */
    enum Reach {
        ALL,
        /** Those that have not succeeded. */
        UNFINISHED
    }

    /** As rows and the API write it. */
    default String label() {
        return switch (this) {
            case Scheduled() -> "scheduled";
            case NeedsApproval(var _) -> "needs-approval";
            case Running() -> "running";
            case Paused(var _) -> "paused";
            case RollingBack(var _, var _, var _) -> "rolling-back";
            case Ended(End end, var _) -> Json.wireName(end);
        };
    }

    default @Nullable Cause cause() {
        return switch (this) {
            case Scheduled(), NeedsApproval(var _), Running() -> null;
            case Paused(Cause cause) -> cause;
            case RollingBack(var _, var _, Cause cause) -> cause;
            case Ended(var _, Cause cause) -> cause;
        };
    }
}
