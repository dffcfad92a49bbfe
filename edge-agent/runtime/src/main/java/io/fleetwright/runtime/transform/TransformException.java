package io.fleetwright.runtime.transform;

/** A transform does not take what it is given; the message names the transform and the shape. */
public final class TransformException extends Exception {
    private static final long serialVersionUID = 1L;

    TransformException(String message) {
        super(message);
    }
}
