package io.fleetwright.tests.simulation;

import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A sound network that answers otherwise: the scale of its first operator's outputs is another. */
final class Misscaled {
    private Misscaled() {}

    static byte[] of(byte[] model, int divisor) {
        try {
            Graph graph = ModelReader.read(model, "misscaled");
            float scale =
                    graph.tensors().get(graph.operators().getFirst().output()).scale(0);
            byte[] bytes = model.clone();
            ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            boolean found = false;
            for (int at = 0; at + Float.BYTES <= bytes.length; at += Float.BYTES) {
                if (floats.getFloat(at) == scale) {
                    floats.putFloat(at, scale / divisor);
                    found = true;
                }
            }
            if (!found) {
                throw new AssertionError("the scale %s is not in the file".formatted(scale));
            }
            return bytes;
        } catch (ModelException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
