package io.fleetwright.runtime.transform;

/** Reads and writes the elements of a value. */
final class Elements {
    private Elements() {}

    static int get(Form.Type type, byte[] bytes, int index) {
        if (type == Form.Type.INT8) {
            return bytes[index];
        }
        int at = index * 4;
        return (bytes[at] & 0xff)
                | (bytes[at + 1] & 0xff) << 8
                | (bytes[at + 2] & 0xff) << 16
                | (bytes[at + 3] & 0xff) << 24;
    }

    static void put(Form.Type type, byte[] bytes, int index, int value) {
        if (type == Form.Type.INT8) {
            bytes[index] = (byte) value;
            return;
        }
        int at = index * 4;
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
        bytes[at + 2] = (byte) (value >> 16);
        bytes[at + 3] = (byte) (value >> 24);
    }

    static int clampToInt8(long value) {
        return (int) Math.clamp(value, (long) Byte.MIN_VALUE, (long) Byte.MAX_VALUE);
    }
}
