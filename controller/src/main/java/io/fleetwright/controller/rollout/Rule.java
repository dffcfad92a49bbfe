package io.fleetwright.controller.rollout;

import io.fleetwright.telemetry.wire.Json;

/** What a target waits for, or how it ended. */
public record Rule(Kind kind, String detail) {
    /** Stable words of the API; the table in docs/rollouts.md explains each. */
    public enum Kind {
        NOT_MATCHED,
        NO_VARIANT,
        START_TIME,
        APPROVAL,
        PAUSED,
        WAVE,
        GATE,
        WINDOW,
        OFFLINE,
        DATA_BUDGET,
        CHANGING_MAX,
        CHANGING_PER_CLASS_MAX,
        CHANGING_PER_LABEL_MAX,
        RATE,
        /** Nothing holds it: it starts with the next step. */
        TURN,
        /** The rollout stops; this target is about to be cancelled. */
        STOPPING,
        DISPATCHED,
        /** Its node does not take the list, for a reason that may pass. */
        LIST_REFUSED,
        APPLYING,
        SUCCEEDED,
        FAILED,
        SKIPPED,
        CANCELLED,
        WITHDRAWING,
        WITHDRAWN;

        /** As the API writes it. */
        public String label() {
            return Json.wireName(this);
        }
    }
}
