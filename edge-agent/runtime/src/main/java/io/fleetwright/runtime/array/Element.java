package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Access to the elements of an array in memory, by type; little-endian, sub-byte types packed low bits first. */
abstract class Element {
    private static final VarHandle SHORTS = view(short[].class);
    private static final VarHandle INTS = view(int[].class);
    private static final VarHandle LONGS = view(long[].class);
    private static final VarHandle FLOATS = view(float[].class);
    private static final VarHandle DOUBLES = view(double[].class);

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }

    private Element() {}

    /** The element as an integer; floats are truncated. UINT64 shows as the long with the same bits. */
    abstract long getLong(byte[] data, int at, int index);

    /** Stores the low bits of {@code value}; floats store its value. */
    abstract void setLong(byte[] data, int at, int index, long value);

    /** The element as a real number. */
    abstract double getDouble(byte[] data, int at, int index);

    /** Stores a real number: floats round to nearest, integers truncate and keep the low bits, BOOL is value != 0. */
    abstract void setDouble(byte[] data, int at, int index, double value);

    static float getFloat32(byte[] data, int at) {
        return (float) FLOATS.get(data, at);
    }

    static void setFloat32(byte[] data, int at, float value) {
        FLOATS.set(data, at, value);
    }

    static int getInt32(byte[] data, int at) {
        return (int) INTS.get(data, at);
    }

    static void setInt32(byte[] data, int at, int value) {
        INTS.set(data, at, value);
    }

    /** Copies {@code count} float32 elements out. */
    static void readFloats(byte[] data, int at, float[] to, int toAt, int count) {
        for (int i = 0; i < count; i++) {
            to[toAt + i] = (float) FLOATS.get(data, at + 4 * i);
        }
    }

    /** Copies {@code count} float32 elements in. */
    static void writeFloats(float[] from, int fromAt, byte[] data, int at, int count) {
        for (int i = 0; i < count; i++) {
            FLOATS.set(data, at + 4 * i, from[fromAt + i]);
        }
    }

    static boolean isFloat(TensorType type) {
        return type == TensorType.FLOAT16 || type == TensorType.FLOAT32 || type == TensorType.FLOAT64;
    }

    /** Smallest value of an integer type; 0 for UINT64, whose values are unsigned longs. */
    static long min(TensorType type) {
        return switch (type) {
            case INT2, INT4, INT8, INT16, INT32, INT64 -> -1L << (type.bits() - 1);
            case UINT2, UINT4, UINT8, UINT16, UINT32, UINT64, BOOL -> 0;
            case FLOAT16, FLOAT32, FLOAT64 -> throw new IllegalArgumentException("not an integer type: " + type);
        };
    }

    /** Largest value of an integer type; -1 for UINT64, whose values are unsigned longs. */
    static long max(TensorType type) {
        return type == TensorType.BOOL
                ? 1
                : type == TensorType.UINT64 ? -1 : min(type) == 0 ? (1L << type.bits()) - 1 : -1 - min(type);
    }

    static Element of(TensorType type) {
        return switch (type) {
            case INT2 -> INT2;
            case INT4 -> INT4;
            case UINT2 -> UINT2;
            case UINT4 -> UINT4;
            case INT8 -> INT8;
            case UINT8 -> UINT8;
            case BOOL -> BOOL;
            case INT16 -> INT16;
            case UINT16 -> UINT16;
            case INT32 -> INT32;
            case UINT32 -> UINT32;
            case INT64 -> INT64;
            case UINT64 -> UINT64;
            case FLOAT16 -> FLOAT16;
            case FLOAT32 -> FLOAT32;
            case FLOAT64 -> FLOAT64;
        };
    }

    private abstract static class Whole extends Element {
        @Override
        double getDouble(byte[] data, int at, int index) {
            return (double) getLong(data, at, index);
        }

        @Override
        void setDouble(byte[] data, int at, int index, double value) {
            setLong(data, at, index, (long) value);
        }
    }

    private abstract static class Real extends Element {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (long) getDouble(data, at, index);
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            setDouble(data, at, index, (double) value);
        }
    }

    private static final class Packed extends Whole {
        private final int bits;
        private final int spare;
        private final boolean signed;
        private final int mask;

        Packed(int bits, int spare, boolean signed) {
            this.bits = bits;
            this.spare = spare;
            this.signed = signed;
            this.mask = (1 << bits) - 1;
        }

        @Override
        long getLong(byte[] data, int at, int index) {
            int bit = index * bits % Byte.SIZE;
            int raw = data[at + (int) ((long) index * bits / Byte.SIZE)] >> bit & mask;
            return signed ? raw << spare >> spare : raw;
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            int bit = index * bits % Byte.SIZE;
            int where = at + (int) ((long) index * bits / Byte.SIZE);
            data[where] = (byte) (data[where] & ~(mask << bit) | ((int) value & mask) << bit);
        }
    }

    private static final Element INT2 = new Packed(2, 32 - 2, true);
    private static final Element INT4 = new Packed(4, 32 - 4, true);
    private static final Element UINT2 = new Packed(2, 32 - 2, false);
    private static final Element UINT4 = new Packed(4, 32 - 4, false);

    private static final Element INT8 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return data[at + index];
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            data[at + index] = (byte) value;
        }
    };

    private static final Element UINT8 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return data[at + index] & 0xff;
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            data[at + index] = (byte) value;
        }
    };

    private static final Element BOOL = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return data[at + index] == 0 ? 0 : 1;
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            data[at + index] = (byte) (value == 0 ? 0 : 1);
        }

        @Override
        void setDouble(byte[] data, int at, int index, double value) {
            data[at + index] = (byte) (value == 0 ? 0 : 1);
        }
    };

    private static final Element INT16 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (short) SHORTS.get(data, at + 2 * index);
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            SHORTS.set(data, at + 2 * index, (short) value);
        }
    };

    private static final Element UINT16 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (short) SHORTS.get(data, at + 2 * index) & 0xffff;
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            SHORTS.set(data, at + 2 * index, (short) value);
        }
    };

    private static final Element INT32 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (int) INTS.get(data, at + 4 * index);
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            INTS.set(data, at + 4 * index, (int) value);
        }
    };

    private static final Element UINT32 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (int) INTS.get(data, at + 4 * index) & 0xffff_ffffL;
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            INTS.set(data, at + 4 * index, (int) value);
        }
    };

    private static final Element INT64 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (long) LONGS.get(data, at + 8 * index);
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            LONGS.set(data, at + 8 * index, value);
        }
    };

    private static final Element UINT64 = new Whole() {
        @Override
        long getLong(byte[] data, int at, int index) {
            return (long) LONGS.get(data, at + 8 * index);
        }

        @Override
        void setLong(byte[] data, int at, int index, long value) {
            LONGS.set(data, at + 8 * index, value);
        }

        @Override
        double getDouble(byte[] data, int at, int index) {
            long bits = getLong(data, at, index);
            return bits >= 0 ? (double) bits : (double) (bits >>> 1 | bits & 1) * 2;
        }

        @Override
        void setDouble(byte[] data, int at, int index, double value) {
            setLong(data, at, index, value < 0x1p63 ? (long) value : (long) (value - 0x1p63) ^ Long.MIN_VALUE);
        }
    };

    private static final Element FLOAT16 = new Real() {
        @Override
        double getDouble(byte[] data, int at, int index) {
            return Float.float16ToFloat((short) SHORTS.get(data, at + 2 * index));
        }

        @Override
        void setDouble(byte[] data, int at, int index, double value) {
            SHORTS.set(data, at + 2 * index, Float.floatToFloat16((float) value));
        }
    };

    private static final Element FLOAT32 = new Real() {
        @Override
        double getDouble(byte[] data, int at, int index) {
            return (float) FLOATS.get(data, at + 4 * index);
        }

        @Override
        void setDouble(byte[] data, int at, int index, double value) {
            FLOATS.set(data, at + 4 * index, (float) value);
        }
    };

    private static final Element FLOAT64 = new Real() {
        @Override
        double getDouble(byte[] data, int at, int index) {
            return (double) DOUBLES.get(data, at + 8 * index);
        }

        @Override
        void setDouble(byte[] data, int at, int index, double value) {
            DOUBLES.set(data, at + 8 * index, value);
        }
    };
}
