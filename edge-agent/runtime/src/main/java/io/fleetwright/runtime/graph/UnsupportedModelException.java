package io.fleetwright.runtime.graph;

/** The file may be sound, but needs something outside what this runtime computes or beyond its limits. */
public final class UnsupportedModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    /**
     * @param file name of the model, as the caller knows it
     * @param where byte offset, tensor or operator
     * @param problem what was found and what is supported
     */
    public UnsupportedModelException(String file, String where, String problem) {
        super(file, where, problem);
    }
}
