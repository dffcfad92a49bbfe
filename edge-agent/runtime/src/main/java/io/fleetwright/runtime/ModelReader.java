package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.tflite.TfliteReader;

/** Reads a model file of any supported format. */
public final class ModelReader {
    private ModelReader() {}

    /**
     * Parses and checks a model; the format is told by its bytes.
     *
     * @param bytes the whole file; copied
     * @param name what error texts and {@link Graph#name()} call it, usually the file name
     * @throws ModelException when the bytes are not a sound model, or need what this runtime does not compute
     */
    public static Graph read(byte[] bytes, String name) throws ModelException {
        return TfliteReader.read(bytes, name);
    }
}
