package io.fleetwright.forge.evaluate;

/** The bytes are not an evaluation set; the message names what is wrong, the offset says where. */
public final class MalformedEvaluationSetException extends Exception {
    private static final long serialVersionUID = 1;

    private final int offset;

    MalformedEvaluationSetException(int offset, String detail) {
        super("evaluation set, offset %d: %s".formatted(offset, detail));
        this.offset = offset;
    }

    public int offset() {
        return offset;
    }
}
