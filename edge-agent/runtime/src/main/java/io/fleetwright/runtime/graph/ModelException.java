package io.fleetwright.runtime.graph;

/** A model file that will not be run; the message names the file, the place in it, and what was allowed. */
public abstract sealed class ModelException extends Exception
        permits MalformedModelException, UnsupportedModelException {
    private static final long serialVersionUID = 1L;

    ModelException(String file, String where, String problem) {
        super("%s: %s: %s".formatted(file, where, problem));
    }
}
