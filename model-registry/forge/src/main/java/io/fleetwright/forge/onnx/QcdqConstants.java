package io.fleetwright.forge.onnx;

import io.fleetwright.forge.weights.LevelRange;

/** Integers that stand there; what {@link QcdqNumbers} wrote. */
record QcdqConstants(OnnxFile file) implements IntegerConstants {
    @Override
    public int zeroPoint(String name) throws OnnxRefusedException {
        return single(name);
    }

    @Override
    public byte[] levels(String name, float[] scales) throws OnnxRefusedException {
        return file.initializer(name).bytes();
    }

    @Override
    public int[] bias(String name, double[] scales) throws OnnxRefusedException {
        return file.initializer(name).integers();
    }

    @Override
    public LevelRange range(OnnxFile.Node reader) throws OnnxRefusedException {
        return reader.operator().equals("Clip")
                ? LevelRange.holding(single(reader.input(1)), single(reader.input(2)))
                : LevelRange.INT8;
    }

    private int single(String name) throws OnnxRefusedException {
        byte[] values = file.initializer(name).bytes();
        if (values.length != 1) {
            throw new OnnxRefusedException(
                    "initializer '%s' of %d elements must be one".formatted(name, values.length));
        }
        return values[0];
    }
}
