package io.fleetwright.forge.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Lays out flatbuffer objects front to back: the root first, each object after everything that refers to it, so
 * that all references point forward as the format demands. Works through a queue; depth of nesting costs no stack.
 */
final class FlatBuffer {
    private static final int FILE_IDENTIFIER_BYTES = 4;
    private static final int TABLE_ALIGNMENT = 4;
    private static final int SIZE_MAX = 1 << 30;

    /** Anything that a table or a vector can refer to. */
    sealed interface Node {}

    /** A vector of fixed-size elements, already little-endian; {@code alignment} holds for the first element. */
    @SuppressWarnings("ArrayRecordComponent")
    record Scalars(byte[] data, int count, int alignment) implements Node {
        static Scalars bytes(byte[] data, int alignment) {
            return new Scalars(data, data.length, alignment);
        }

        static Scalars ints(int... values) {
            var data = new byte[values.length * Integer.BYTES];
            ByteBuffer out = little(data);
            for (int value : values) {
                out.putInt(value);
            }
            return new Scalars(data, values.length, Integer.BYTES);
        }

        static Scalars longs(long... values) {
            var data = new byte[values.length * Long.BYTES];
            ByteBuffer out = little(data);
            for (long value : values) {
                out.putLong(value);
            }
            return new Scalars(data, values.length, Long.BYTES);
        }

        static Scalars floats(float... values) {
            var data = new byte[values.length * Float.BYTES];
            ByteBuffer out = little(data);
            for (float value : values) {
                out.putFloat(value);
            }
            return new Scalars(data, values.length, Float.BYTES);
        }
    }

    /** A vector of references. */
    record References(List<? extends Node> targets) implements Node {}

    /** A zero-terminated UTF-8 string. */
    record Text(String value) implements Node {}

    /** A table under construction: fields by slot number as the schema counts them; unset fields keep defaults. */
    static final class Table implements Node {
        private sealed interface Field {
            int bytes();
        }

        @SuppressWarnings("ArrayRecordComponent")
        private record Inline(byte[] data) implements Field {
            @Override
            public int bytes() {
                return data.length;
            }
        }

        private record Reference(Node target) implements Field {
            @Override
            public int bytes() {
                return Integer.BYTES;
            }
        }

        private final TreeMap<Integer, Field> fields = new TreeMap<>();

        Table int8(int slot, int value) {
            fields.put(slot, new Inline(new byte[] {(byte) value}));
            return this;
        }

        Table int32(int slot, int value) {
            fields.put(slot, new Inline(littleInt(value)));
            return this;
        }

        Table float32(int slot, float value) {
            fields.put(slot, new Inline(littleInt(Float.floatToIntBits(value))));
            return this;
        }

        Table refer(int slot, Node target) {
            fields.put(slot, new Reference(target));
            return this;
        }
    }

    /** A reference written as a placeholder, to be filled in when its target is laid out. */
    private record Pending(int at, Node target) {}

    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private byte[] bytes = new byte[1024];
    private int size;

    private FlatBuffer() {}

    /** The finished file: root reference, four-letter identifier, then the objects. */
    static byte[] write(Table root, String identifier) {
        var buffer = new FlatBuffer();
        buffer.refer(root);
        byte[] letters = identifier.getBytes(StandardCharsets.US_ASCII);
        if (letters.length != FILE_IDENTIFIER_BYTES) {
            throw new IllegalArgumentException("identifier (%s) must have 4 letters".formatted(identifier));
        }
        buffer.append(letters);
        while (!buffer.pending.isEmpty()) {
            Pending next = buffer.pending.remove();
            int start = buffer.layOut(next.target);
            buffer.patch(next.at, start - next.at);
        }
        return Arrays.copyOf(buffer.bytes, buffer.size);
    }

    private int layOut(Node node) {
        return switch (node) {
            case Scalars vector -> {
                int start = alignVector(vector.alignment);
                appendInt(vector.count);
                append(vector.data);
                yield start;
            }
            case References vector -> {
                int start = alignVector(Integer.BYTES);
                appendInt(vector.targets.size());
                vector.targets.forEach(this::refer);
                yield start;
            }
            case Text text -> {
                byte[] letters = text.value.getBytes(StandardCharsets.UTF_8);
                int start = alignVector(Integer.BYTES);
                appendInt(letters.length);
                append(letters);
                append(new byte[1]);
                yield start;
            }
            case Table table -> layOut(table);
        };
    }

    /** The table's directory of field offsets, then the table: a back reference to the directory and its fields. */
    private int layOut(Table table) {
        int slots = table.fields.isEmpty() ? 0 : table.fields.lastKey() + 1;
        var offsets = new int[slots];
        int length = Integer.BYTES;
        for (var entry : table.fields.entrySet()) {
            int width = entry.getValue().bytes();
            length = roundUp(length, width);
            offsets[entry.getKey()] = length;
            length += width;
        }
        align(0, Short.BYTES);
        int directory = size;
        appendShort(2 * Short.BYTES + slots * Short.BYTES);
        appendShort(length);
        for (int offset : offsets) {
            appendShort(offset);
        }
        align(0, TABLE_ALIGNMENT);
        int start = size;
        appendInt(start - directory);
        for (Table.Field field : table.fields.values()) {
            align(start, field.bytes());
            switch (field) {
                case Table.Inline inline -> append(inline.data);
                case Table.Reference reference -> refer(reference.target);
            }
        }
        return start;
    }

    private void refer(Node target) {
        pending.add(new Pending(size, target));
        appendInt(0);
    }

    /** Pads so that what follows the four length bytes is aligned; returns where the length goes. */
    private int alignVector(int alignment) {
        int target = roundUp(size + Integer.BYTES, Math.max(alignment, Integer.BYTES)) - Integer.BYTES;
        append(new byte[target - size]);
        return size;
    }

    private void align(int origin, int alignment) {
        append(new byte[roundUp(size - origin, alignment) - (size - origin)]);
    }

    private static int roundUp(int value, int alignment) {
        return (value + alignment - 1) / alignment * alignment;
    }

    private void appendShort(int value) {
        append(new byte[] {(byte) value, (byte) (value >> 8)});
    }

    private void appendInt(int value) {
        append(littleInt(value));
    }

    private void patch(int at, int value) {
        little(bytes).putInt(at, value);
    }

    private void append(byte[] data) {
        long needed = (long) size + data.length;
        if (needed > SIZE_MAX) {
            throw new IllegalArgumentException("flatbuffer of %d bytes exceeds %d".formatted(needed, SIZE_MAX));
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, SIZE_MAX)));
        }
        System.arraycopy(data, 0, bytes, size, data.length);
        size += data.length;
    }

    private static byte[] littleInt(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
    }

    private static ByteBuffer little(byte[] data) {
        return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    }
}
