package io.fleetwright.telemetry.wire;

/** A payload is not the message that its topic promises; the text names the field and what was allowed. */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String message) {
        super(message);
    }
}
