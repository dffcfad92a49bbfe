package io.fleetwright.cli.rest;

import io.fleetwright.cli.CommandFailure;
import org.jspecify.annotations.Nullable;

/** The controller refused, or did not answer; the message is fit for the caller. */
public final class ApiException extends Exception {
    /** Status when nothing answered. */
    public static final int NO_ANSWER = 0;

    private static final long serialVersionUID = 1L;

    private final int status;

    ApiException(int status, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** HTTP status, or {@link #NO_ANSWER}. */
    public int status() {
        return status;
    }

    /** Whether the same question may be answered later: nothing answers just now, or somebody between says so, or there is too much to do. */
    public boolean isPassing() {
        return switch (status) {
            case NO_ANSWER, 429, 502, 503, 504 -> true;
            default -> false;
        };
    }

    public CommandFailure asFailure() {
        return new CommandFailure(String.valueOf(getMessage()), this);
    }
}
