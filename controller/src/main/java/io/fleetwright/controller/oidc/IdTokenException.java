package io.fleetwright.controller.oidc;

/** An ID token does not count here; the text says why, and nothing of the token. */
public final class IdTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    IdTokenException(String message) {
        super(message);
    }

    IdTokenException(String message, Throwable cause) {
        super(message, cause);
    }
}
