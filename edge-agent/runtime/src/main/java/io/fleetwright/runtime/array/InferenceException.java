package io.fleetwright.runtime.array;

/** The inputs of a function contradict its rules, or ask for something it does not compute. */
public final class InferenceException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Whose fault it is. */
    public enum Kind {
        /** No implementation could compute it. */
        CONTRADICTION,
        /** This one does not. */
        UNSUPPORTED
    }

    private final Kind kind;

    private InferenceException(Kind kind, String problem) {
        super(problem);
        this.kind = kind;
    }

    public static InferenceException contradiction(String problem) {
        return new InferenceException(Kind.CONTRADICTION, problem);
    }

    public static InferenceException unsupported(String problem) {
        return new InferenceException(Kind.UNSUPPORTED, problem);
    }

    public Kind kind() {
        return kind;
    }

    public String problem() {
        return String.valueOf(getMessage());
    }
}
