package io.fleetwright.forge.onnx;

/** The file is not ONNX, or holds something this importer does not take; the message names it. */
public final class OnnxRefusedException extends Exception {
    private static final long serialVersionUID = 1;

    OnnxRefusedException(String detail) {
        super(detail);
    }
}
