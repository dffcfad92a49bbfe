package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Small tensors for graphs made in tests. */
final class TestTensors {
    private TestTensors() {}

    static Tensor activation(float scale, int zeroPoint, int... shape) {
        return new Tensor("value", shape, TensorType.INT8, new float[] {scale}, new int[] {zeroPoint}, 0, null);
    }

    static Tensor activation(SplittableRandom random, int... shape) {
        return activation((float) random.nextDouble(0.01, 0.2), random.nextInt(-128, 128), shape);
    }

    /** Weights with one scale per step along {@code channelDimension}, or one in all. */
    static Tensor weights(SplittableRandom random, boolean perChannel, int channelDimension, int... shape) {
        byte[] data = new byte[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        random.nextBytes(data);
        float[] scales = new float[perChannel ? shape[channelDimension] : 1];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (float) random.nextDouble(0.001, 0.02);
        }
        return new Tensor(
                "weights",
                shape,
                TensorType.INT8,
                scales,
                new int[scales.length],
                channelDimension,
                ByteBuffer.wrap(data));
    }

    static Tensor bias(SplittableRandom random, int channels) {
        var data = ByteBuffer.allocate(channels * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < channels; i++) {
            data.putInt(i * Integer.BYTES, random.nextInt(-5000, 5000));
        }
        return new Tensor("bias", new int[] {channels}, TensorType.INT32, new float[0], new int[0], 0, data);
    }
}
