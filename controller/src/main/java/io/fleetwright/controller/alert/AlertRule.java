package io.fleetwright.controller.alert;

import io.fleetwright.telemetry.wire.Json;

/** Why something needs eyes; within a severity, in the order in which alerts are listed. */
public enum AlertRule {
    /** A node was cut off and has not come back. */
    NODE_LOST(Severity.CRITICAL),
    /** A node's certificate is over: it cannot connect and must enrol again. */
    CERTIFICATE_ENDED(Severity.CRITICAL),
    /** A node does not take what it shall run, as it says itself. */
    LIST_REFUSED(Severity.CRITICAL),
    /** No document that nodes would accept can be signed any more. */
    TRUST_ROOT_ENDED(Severity.CRITICAL),
    /** The controller's own certificate is over: nobody can connect to it. */
    CONTROLLER_CERTIFICATE_ENDED(Severity.CRITICAL),
    /** A gate found a version worse, and its rollout waits, goes back or has ended so. */
    GATE_BREACH(Severity.CRITICAL),
    ROLLOUT_FAILED(Severity.CRITICAL),
    STREAM_FAILED(Severity.CRITICAL),
    /** A node has said goodbye and has not come back. */
    NODE_OFFLINE(Severity.WARNING),
    /** A node is online and has not answered its newest list for a while. */
    NODE_BEHIND(Severity.WARNING),
    NODE_HOT(Severity.WARNING),
    BATTERY_LOW(Severity.WARNING),
    /** A node should have renewed its certificate by now. */
    CERTIFICATE_ENDING(Severity.WARNING),
    TRUST_ROOT_ENDING(Severity.WARNING),
    /** The controller has run for so long that its own certificate ends. */
    CONTROLLER_CERTIFICATE_ENDING(Severity.WARNING),
    /** Attempts fail one after the other on a device. */
    DEVICE_FAILING(Severity.WARNING),
    /** A device says that it cannot run what it shall. */
    SLOT_FAILED(Severity.WARNING),
    /** A device no longer takes the time for a variant that it took. */
    DEVICE_DRIFTED(Severity.WARNING),
    ROLLOUT_NEEDS_APPROVAL(Severity.WARNING),
    ROLLOUT_PAUSED(Severity.WARNING),
    ROLLOUT_ROLLING_BACK(Severity.WARNING),
    ROLLOUT_ROLLED_BACK(Severity.WARNING),
    STREAM_DEGRADED(Severity.WARNING),
    STREAM_WAITING(Severity.WARNING),
    /** Events for a webhook were given up. */
    WEBHOOK_GIVEN_UP(Severity.WARNING);

    private final Severity severity;

    AlertRule(Severity severity) {
        this.severity = severity;
    }

    /** How much it matters. */
    public enum Severity {
        /** Something does not do its work. */
        CRITICAL,
        /** Something is not as it should be, or waits for a person. */
        WARNING;

        /** As the API writes it. */
        public String label() {
            return Json.wireName(this);
        }
    }

    public Severity severity() {
        return severity;
    }

    /** As the API writes it. */
    public String label() {
        return Json.wireName(this);
    }
}
