package io.fleetwright.scheduler.online;

/** A text is not a network; the message says what is wrong. */
public final class MalformedNetworkException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedNetworkException(String message) {
        super(message);
    }
}
