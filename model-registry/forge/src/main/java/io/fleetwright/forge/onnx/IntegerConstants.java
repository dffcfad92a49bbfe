package io.fleetwright.forge.onnx;

import io.fleetwright.forge.weights.LevelRange;

/** How a file that {@link QuantizedOnnxWriter} wrote spells its integers. */
interface IntegerConstants {
    int zeroPoint(String name) throws OnnxRefusedException;

    /**
     * The steps that weights are of.
     *
     * @param scales one per channel, which is the outermost dimension
     */
    byte[] levels(String name, float[] scales) throws OnnxRefusedException;

    /**
     * The steps that biases are of.
     *
     * @param scales one per channel
     */
    int[] bias(String name, double[] scales) throws OnnxRefusedException;

    /** What the weights that {@code reader} takes may be. */
    LevelRange range(OnnxFile.Node reader) throws OnnxRefusedException;
}
