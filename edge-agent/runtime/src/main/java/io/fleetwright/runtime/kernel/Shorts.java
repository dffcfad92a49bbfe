package io.fleetwright.runtime.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Access to int16 elements in memory, little-endian. */
final class Shorts {
    private static final VarHandle VIEW = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private Shorts() {}

    /** @param at first byte of element 0 */
    static int get(byte[] data, int at, int index) {
        return (short) VIEW.get(data, at + Short.BYTES * index);
    }

    /** @param at first byte of element 0 */
    static void set(byte[] data, int at, int index, int value) {
        VIEW.set(data, at + Short.BYTES * index, (short) value);
    }

    /** Copies {@code count} elements out, from the one whose first byte is {@code at}. */
    static void read(byte[] data, int at, int[] to, int toAt, int count) {
        for (int i = 0; i < count; i++) {
            to[toAt + i] = get(data, at, i);
        }
    }
}
