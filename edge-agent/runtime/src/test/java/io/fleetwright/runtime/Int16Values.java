package io.fleetwright.runtime;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Tensors of int16 for tests. */
final class Int16Values {
    private Int16Values() {}

    /** Any values, or those at the ends of the range, or around 0, or the smallest only. */
    static short[] shorts(SplittableRandom random, int count) {
        short[] values = new short[count];
        int kind = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            values[i] = (short)
                    switch (kind) {
                        case 0 -> random.nextBoolean() ? Short.MIN_VALUE : Short.MAX_VALUE;
                        case 1 -> random.nextInt(-3, 4);
                        case 2 -> Short.MIN_VALUE;
                        default -> random.nextInt(Short.MIN_VALUE, Short.MAX_VALUE + 1);
                    };
        }
        return values;
    }

    static byte[] littleEndian(short[] values) {
        var bytes = ByteBuffer.allocate(Short.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(values);
        return bytes.array();
    }

    static short[] run(byte[] file, Rounding rounding, short[]... inputs) throws ModelException {
        byte[][] bytes = Arrays.stream(inputs).map(Int16Values::littleEndian).toArray(byte[][]::new);
        return fromLittleEndian(TfliteOperator.run(file, rounding, bytes));
    }

    static short[] fromLittleEndian(byte[] bytes) {
        short[] values = new short[bytes.length / Short.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(values);
        return values;
    }
}
