package io.fleetwright.runtime.graph;

/** The file contradicts its format or itself: no version of this runtime could run it. */
public final class MalformedModelException extends ModelException {
    private static final long serialVersionUID = 1L;

    /**
     * @param file name of the model, as the caller knows it
     * @param where byte offset, tensor or operator
     * @param problem what was found and what was allowed
     */
    public MalformedModelException(String file, String where, String problem) {
        super(file, where, problem);
    }
}
