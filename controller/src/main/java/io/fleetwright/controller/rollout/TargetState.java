package io.fleetwright.controller.rollout;

import io.fleetwright.telemetry.wire.Json;
import java.util.List;
import java.util.stream.Stream;

/** States of one target. Each target of a rollout is in exactly one. */
public enum TargetState {
    /** Its turn has not come, or something holds it. */
    PENDING,
    /** Told to its device. */
    RUNNING,
    /** The device runs it, and said so. */
    SUCCEEDED,
    FAILED,
    /** The rollout stopped before its turn. */
    CANCELLED,
    /** No variant fits, or the device was not there. */
    SKIPPED,
    /** The device is told to go back. */
    WITHDRAWING,
    /** Its list names the version no more. */
    WITHDRAWN;

    static final List<String> LABELS =
            Stream.of(values()).map(TargetState::label).toList();

    /** As rows and the API write it. */
    public String label() {
        return Json.wireName(this);
    }

    static TargetState of(String label) {
        return values()[LABELS.indexOf(label)];
    }
}
