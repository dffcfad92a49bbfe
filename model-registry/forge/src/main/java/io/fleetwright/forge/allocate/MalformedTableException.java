package io.fleetwright.forge.allocate;

/** The bytes are no layer table; the message names the line and, where there is one, the column. */
public final class MalformedTableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int line;

    MalformedTableException(int line, String detail) {
        super("line %d: %s".formatted(line, detail));
        this.line = line;
    }

    /** Number of the line, from 1. */
    public int line() {
        return line;
    }
}
