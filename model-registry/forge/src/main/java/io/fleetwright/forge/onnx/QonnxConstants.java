package io.fleetwright.forge.onnx;

import io.fleetwright.forge.weights.LevelRange;

/** Integers told from the reals that stand for them; what {@link QonnxNumbers} wrote. */
record QonnxConstants(OnnxFile file) implements IntegerConstants {
    @Override
    public int zeroPoint(String name) throws OnnxRefusedException {
        return (int) file.initializer(name).single();
    }

    @Override
    public byte[] levels(String name, float[] scales) throws OnnxRefusedException {
        float[] real = file.initializer(name).floats();
        var levels = new byte[real.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) Math.round(real[i] / scales[i / (levels.length / scales.length)]);
        }
        return levels;
    }

    @Override
    public int[] bias(String name, double[] scales) throws OnnxRefusedException {
        float[] real = file.initializer(name).floats();
        if (real.length != scales.length) {
            throw new OnnxRefusedException(
                    "initializer '%s' of %d elements must have %d".formatted(name, real.length, scales.length));
        }
        var steps = new int[real.length];
        for (int c = 0; c < steps.length; c++) {
            steps[c] = (int) Math.clamp(Math.rint(real[c] / scales[c]), Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        return steps;
    }

    @Override
    public LevelRange range(OnnxFile.Node reader) throws OnnxRefusedException {
        int bits = (int) file.initializer(reader.input(QonnxNumbers.BITS_INPUT)).single();
        return new LevelRange(bits, reader.integer(QonnxNumbers.NARROW, 0) == 1);
    }
}
