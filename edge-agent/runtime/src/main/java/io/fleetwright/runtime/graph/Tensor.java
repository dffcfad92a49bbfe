package io.fleetwright.runtime.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A typed, shaped value of a {@link Graph}: a constant with its data, or something computed at run time. */
public final class Tensor {
    private final String name;
    private final int[] shape;
    private final TensorType type;
    private final float[] scales;
    private final int[] zeroPoints;
    private final int channelDimension;
    private final int elements;
    private final @Nullable ByteBuffer constant;

    /**
     * @param scales empty when not quantized; one, or one per step along {@code channelDimension}
     * @param zeroPoints as many as scales
     * @param constant little-endian data, or null for a value computed at run time; the bytes must not change later
     * @throws IllegalArgumentException when shape, quantization and data disagree
     */
    public Tensor(
            String name,
            int[] shape,
            TensorType type,
            float[] scales,
            int[] zeroPoints,
            int channelDimension,
            @Nullable ByteBuffer constant) {
        this.name = name;
        this.shape = shape.clone();
        this.type = type;
        this.scales = scales.clone();
        this.zeroPoints = zeroPoints.clone();
        this.channelDimension = channelDimension;
        this.constant = constant == null ? null : constant.slice().asReadOnlyBuffer();
        this.elements = elements(shape);
        if (scales.length != zeroPoints.length) {
            throw new IllegalArgumentException(
                    "tensor %s has %d scales and %d zero points".formatted(name, scales.length, zeroPoints.length));
        }
        if (scales.length > 1
                && (channelDimension < 0
                        || channelDimension >= shape.length
                        || shape[channelDimension] != scales.length)) {
            throw new IllegalArgumentException("tensor %s has %d scales along dimension %d of %s"
                    .formatted(name, scales.length, channelDimension, Arrays.toString(shape)));
        }
        if (this.constant != null && this.constant.remaining() != bytes()) {
            throw new IllegalArgumentException(
                    "tensor %s has %d bytes of data, needs %d".formatted(name, this.constant.remaining(), bytes()));
        }
    }

    private static int elements(int[] shape) {
        int product = 1;
        for (int dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        "shape %s has a dimension below 0".formatted(Arrays.toString(shape)));
            }
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }

    /** The same tensor with a copy of its data, or without data. */
    Tensor alone(boolean keepsData) {
        if (constant == null) {
            return this;
        }
        ByteBuffer own = keepsData
                ? ByteBuffer.allocate(constant.remaining())
                        .put(constant.duplicate())
                        .flip()
                : null;
        return new Tensor(name, shape, type, scales, zeroPoints, channelDimension, own);
    }

    public String name() {
        return name;
    }

    public TensorType type() {
        return type;
    }

    public int rank() {
        return shape.length;
    }

    /** Extent along one dimension, outermost first. */
    public int dimension(int index) {
        return shape[index];
    }

    public List<Integer> shape() {
        return IntStream.of(shape).boxed().toList();
    }

    public int elements() {
        return elements;
    }

    public int bytes() {
        return Math.toIntExact(type.bytes(elements));
    }

    /** 0 when not quantized, else 1 or one per channel. */
    public int scaleCount() {
        return scales.length;
    }

    /** The scale of a channel; a tensor with one scale answers it for every channel. */
    public float scale(int channel) {
        return scales[scales.length == 1 ? 0 : channel];
    }

    /** The zero point of a channel; a tensor with one answers it for every channel. */
    public int zeroPoint(int channel) {
        return zeroPoints[zeroPoints.length == 1 ? 0 : channel];
    }

    /** The dimension that per-channel scales belong to. */
    public int channelDimension() {
        return channelDimension;
    }

    public boolean isConstant() {
        return constant != null;
    }

    /**
     * Read-only little-endian view of a constant's data.
     *
     * @throws IllegalStateException when this tensor is computed at run time
     */
    public ByteBuffer constant() {
        if (constant == null) {
            throw new IllegalStateException("tensor %s is not a constant".formatted(name));
        }
        return constant.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The constant's data as int8; int4 values are widened. */
    public byte[] constantBytes() {
        ByteBuffer view = constant();
        if (type == TensorType.INT4) {
            byte[] widened = new byte[elements];
            for (int i = 0; i < elements; i++) {
                // The half's sign bit comes to the top, and down again with the sign.
                int pair = view.get(i / 2);
                widened[i] = (byte) (i % 2 == 0 ? pair << 28 >> 28 : pair >> 4);
            }
            return widened;
        }
        byte[] bytes = new byte[view.remaining()];
        view.get(bytes);
        return bytes;
    }

    /** The constant's data as int32. */
    public int[] constantInts() {
        ByteBuffer view = constant();
        int[] ints = new int[view.remaining() / Integer.BYTES];
        view.asIntBuffer().get(ints);
        return ints;
    }

    /** The constant's data, int32 or int64, as int64. */
    public long[] constantLongs() {
        if (type == TensorType.INT32) {
            return IntStream.of(constantInts()).asLongStream().toArray();
        }
        ByteBuffer view = constant();
        long[] longs = new long[view.remaining() / Long.BYTES];
        view.asLongBuffer().get(longs);
        return longs;
    }

    public boolean sameShape(Tensor other) {
        return Arrays.equals(shape, other.shape);
    }

    public boolean sameQuantization(Tensor other) {
        return Arrays.equals(scales, other.scales) && Arrays.equals(zeroPoints, other.zeroPoints);
    }

    /** What callers of a graph see of this tensor. */
    public TensorInfo info() {
        List<Float> allScales =
                IntStream.range(0, scales.length).mapToObj(i -> scales[i]).toList();
        return new TensorInfo(name, shape(), type, allScales, zeroPoints.length == 0 ? 0 : zeroPoints[0], bytes());
    }

    @Override
    public String toString() {
        return "%s %s%s".formatted(name, type, Arrays.toString(shape));
    }
}
