package io.fleetwright.runtime.bench;

/** An engine does not run a model; the message says why, in one line. */
final class EngineRefusedException extends Exception {
    private static final long serialVersionUID = 1;

    EngineRefusedException(String reason) {
        super(reason);
    }

    EngineRefusedException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
