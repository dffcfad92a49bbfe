package io.fleetwright.forge.evaluate;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The binary form of an {@link EvaluationSet}, big-endian:
 *
 * <pre>
 * int32 magic "FWES"   uint8 version 1   uint8 rank   int32 dimension x rank
 * int32 classes   int32 count   float32 scale   float32 offset
 * uint16 label x count   uint8 input x (count * product of dimensions)
 * int32 CRC-32C of everything before it
 * </pre>
 */
public final class EvaluationSetCodec {
    private static final int MAGIC = 0x46574553;
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = Integer.BYTES + 2;
    private static final int AFTER_SHAPE_BYTES = 4 * Integer.BYTES;
    private static final int CHECK_BYTES = Integer.BYTES;

    private EvaluationSetCodec() {}

    /** True when the bytes begin like an evaluation set. */
    public static boolean isEvaluationSet(byte[] bytes) {
        return bytes.length >= Integer.BYTES && ByteBuffer.wrap(bytes).getInt() == MAGIC;
    }

    public static byte[] encode(EvaluationSet set) {
        int size = Math.toIntExact((long) HEAD_BYTES
                + (long) set.inputShape().size() * Integer.BYTES
                + AFTER_SHAPE_BYTES
                + (long) set.count() * Short.BYTES
                + set.inputs().length
                + CHECK_BYTES);
        var out = ByteBuffer.allocate(size);
        out.putInt(MAGIC).put((byte) VERSION).put((byte) set.inputShape().size());
        set.inputShape().forEach(out::putInt);
        out.putInt(set.classes()).putInt(set.count()).putFloat(set.scale()).putFloat(set.offset());
        for (int label : set.labels()) {
            out.putShort((short) label);
        }
        out.put(set.inputs());
        out.putInt(checksum(out.array(), out.position()));
        return out.array();
    }

    /**
     * Reads {@link #encode}'s form; every length is checked against the bytes there before memory is taken.
     *
     * @throws MalformedEvaluationSetException if the bytes are anything else
     */
    public static EvaluationSet decode(byte[] bytes) throws MalformedEvaluationSetException {
        var in = ByteBuffer.wrap(bytes);
        require(in, HEAD_BYTES);
        int magic = in.getInt();
        if (magic != MAGIC) {
            throw malformed(in, "magic 0x%08x, expected 0x%08x".formatted(magic, MAGIC));
        }
        int version = in.get() & 0xFF;
        if (version != VERSION) {
            throw malformed(in, "version %d, expected %d".formatted(version, VERSION));
        }
        int rank = in.get() & 0xFF;
        if (rank < 1 || rank > EvaluationSet.RANK_MAX) {
            throw malformed(in, "rank %d, allowed 1..%d".formatted(rank, EvaluationSet.RANK_MAX));
        }
        require(in, rank * Integer.BYTES + AFTER_SHAPE_BYTES);
        List<Integer> shape = new ArrayList<>();
        long elements = 1;
        for (int i = 0; i < rank; i++) {
            int dimension = inRange(in, "dimension", EvaluationSet.DIMENSION_MAX);
            shape.add(dimension);
            elements *= dimension;
        }
        int classes = inRange(in, "classes", EvaluationSet.CLASSES_MAX);
        int count = inRange(in, "count", EvaluationSet.COUNT_MAX);
        float scale = in.getFloat();
        float offset = in.getFloat();
        // Four dimensions of at most 2^12 and at most 2^20 inputs: at most 2^68, so compare by division.
        long body = (long) in.remaining() - CHECK_BYTES;
        if (body < 0 || elements + Short.BYTES > body / count || (elements + Short.BYTES) * count != body) {
            throw malformed(
                    in, "%d inputs of %d elements do not fill the %d bytes left".formatted(count, elements, body));
        }
        int checksumAt = bytes.length - CHECK_BYTES;
        int expected = checksum(bytes, checksumAt);
        if (in.getInt(checksumAt) != expected) {
            throw new MalformedEvaluationSetException(
                    checksumAt, "checksum 0x%08x, expected 0x%08x".formatted(in.getInt(checksumAt), expected));
        }
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = in.getShort() & 0xFFFF;
        }
        var inputs = new byte[(int) elements * count];
        in.get(inputs);
        try {
            return new EvaluationSet(shape, classes, inputs, scale, offset, labels);
        } catch (IllegalArgumentException refused) {
            throw malformed(in, String.valueOf(refused.getMessage()));
        }
    }

    private static int inRange(ByteBuffer in, String name, int max) throws MalformedEvaluationSetException {
        int value = in.getInt();
        if (value < 1 || value > max) {
            throw malformed(in, "%s %d, allowed 1..%d".formatted(name, value, max));
        }
        return value;
    }

    private static void require(ByteBuffer in, int length) throws MalformedEvaluationSetException {
        if (in.remaining() < length) {
            throw malformed(in, "%d bytes left, %d needed".formatted(in.remaining(), length));
        }
    }

    private static MalformedEvaluationSetException malformed(ByteBuffer in, String detail) {
        return new MalformedEvaluationSetException(in.position(), detail);
    }

    private static int checksum(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
