package io.fleetwright.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes small TFLite files for tests, sound or not: it puts in what it is told.
 *
 * <p>Values of a table are its fields in schema order: null (absent), Byte, Integer, Long, Float, {@link Table}, a
 * primitive array, a String, or a list of tables.
 */
final class TfliteWriter {
    /** Fields in schema order. */
    record Table(List<@Nullable Object> fields) {}

    private static final class Bytes {
        private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

        /** Makes room at the end and says where it starts. */
        int reserve(int count) {
            int at = buffer.position();
            while (at + count > buffer.capacity()) {
                var larger = ByteBuffer.allocate(buffer.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN);
                larger.put(buffer.array(), 0, at);
                buffer = larger;
            }
            buffer.position(at + count);
            return at;
        }

        byte[] toArray() {
            return Arrays.copyOf(buffer.array(), buffer.position());
        }
    }

    private final List<Table> tensors = new ArrayList<>();
    private final List<Table> buffers = new ArrayList<>(List.of(table()));
    private final List<Table> codes = new ArrayList<>();
    private final List<Table> operators = new ArrayList<>();
    private int[] inputs = {0};
    private int[] outputs = {};

    static Table table(@Nullable Object... fields) {
        return new Table(Arrays.asList(fields));
    }

    /** A quantized int8 value of run time; answers its position. */
    int activation(float scale, long zeroPoint, int... shape) {
        return tensor(shape, 9, 0, new float[] {scale}, new long[] {zeroPoint});
    }

    /** A quantized int16 value of run time. */
    int activation16(float scale, int... shape) {
        return tensor(shape, 7, 0, new float[] {scale}, new long[] {0});
    }

    int longs(long... values) {
        var data = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return tensor(new int[] {values.length}, 4, buffer(data.array()), new float[0], new long[0]);
    }

    /** Int8 weights with one scale. */
    int weights(float scale, byte[] data, int... shape) {
        return tensor(shape, 9, buffer(data), new float[] {scale}, new long[] {0});
    }

    int ints(int... values) {
        var data = ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asIntBuffer().put(values);
        return tensor(new int[] {values.length}, 2, buffer(data.array()), new float[0], new long[0]);
    }

    int tensor(int[] shape, int type, int buffer, float[] scales, long[] zeroPoints) {
        return tensor("t" + tensors.size(), shape, type, buffer, scales, zeroPoints);
    }

    int tensor(String name, int[] shape, int type, int buffer, float[] scales, long[] zeroPoints) {
        return tensor(name, shape, type, buffer, scales, zeroPoints, 0);
    }

    /** With scales along any dimension. */
    int tensor(
            String name, int[] shape, int type, int buffer, float[] scales, long[] zeroPoints, int channelDimension) {
        var quantization = channelDimension == 0
                ? table(null, null, scales, zeroPoints)
                : table(null, null, scales, zeroPoints, null, null, channelDimension);
        tensors.add(table(shape, (byte) type, buffer, name, quantization));
        return tensors.size() - 1;
    }

    /** Int8 state that an operator keeps while it goes through a sequence. */
    int variable(int... shape) {
        return variable(9, 0.5f, 3, shape);
    }

    /** The same of any type. */
    int variable(int type, float scale, long zeroPoint, int... shape) {
        int tensor = tensor(shape, type, 0, new float[] {scale}, new long[] {zeroPoint});
        var fields = new ArrayList<>(tensors.get(tensor).fields);
        fields.add((byte) 1);
        tensors.set(tensor, new Table(fields));
        return tensor;
    }

    /** Gives a tensor that was written another scale. */
    void rescale(int tensor, float scale) {
        var fields = new ArrayList<>(tensors.get(tensor).fields);
        fields.set(4, table(null, null, new float[] {scale}, new long[] {3}));
        tensors.set(tensor, new Table(fields));
    }

    /** Gives a tensor that was written another element type. */
    void retype(int tensor, int type) {
        var fields = new ArrayList<>(tensors.get(tensor).fields);
        fields.set(1, (byte) type);
        fields.set(4, null);
        tensors.set(tensor, new Table(fields));
    }

    /** The same, with this scale and zero point 0. */
    void retype(int tensor, int type, float scale) {
        retype(tensor, type);
        var fields = new ArrayList<>(tensors.get(tensor).fields);
        fields.set(4, table(null, null, new float[] {scale}, new long[1]));
        tensors.set(tensor, new Table(fields));
    }

    int buffer(byte[] data) {
        buffers.add(table(data));
        return buffers.size() - 1;
    }

    TfliteWriter operator(int builtin, int version, int optionsType, Table options, int[] ins, int... outs) {
        codes.add(table((byte) builtin, null, version, builtin));
        operators.add(table(codes.size() - 1, ins, outs, (byte) optionsType, options));
        outputs = outs;
        return this;
    }

    TfliteWriter ports(int[] ins, int[] outs) {
        inputs = ins.clone();
        outputs = outs.clone();
        return this;
    }

    byte[] toBytes() {
        var subgraph = table(tensors, inputs, outputs, operators, "main");
        return file("TFL3", table(3, codes, List.of(subgraph), "test", buffers));
    }

    static byte[] file(String identifier, Table root) {
        var out = new Bytes();
        out.reserve(8);
        int at = write(out, root);
        out.buffer.putInt(0, at);
        out.buffer.put(4, identifier.getBytes(StandardCharsets.ISO_8859_1));
        return out.toArray();
    }

    private static int write(Bytes out, Table table) {
        int count = table.fields.size();
        int vtable = out.reserve(4 + 2 * count);
        int tableBytes = 4;
        for (int i = 0; i < count; i++) {
            Object field = table.fields.get(i);
            if (field != null) {
                out.buffer.putShort(vtable + 4 + 2 * i, (short) tableBytes);
                tableBytes += width(field);
            }
        }
        out.buffer.putShort(vtable, (short) (4 + 2 * count));
        out.buffer.putShort(vtable + 2, (short) tableBytes);
        int start = out.reserve(tableBytes);
        out.buffer.putInt(start, start - vtable);
        int at = start + 4;
        for (Object field : table.fields) {
            if (field != null) {
                put(out, at, field);
                at += width(field);
            }
        }
        return start;
    }

    private static int width(Object field) {
        return switch (field) {
            case Byte _ -> 1;
            case Long _ -> 8;
            default -> 4;
        };
    }

    private static void put(Bytes out, int at, Object field) {
        switch (field) {
            case Byte value -> out.buffer.put(at, value);
            case Integer value -> out.buffer.putInt(at, value);
            case Long value -> out.buffer.putLong(at, value);
            case Float value -> out.buffer.putFloat(at, value);
            default -> {
                int target = switch (field) {
                    case Table table -> write(out, table);
                    case int[] values -> vector(out, values.length, i -> values[i]);
                    case float[] values -> vector(out, values.length, i -> values[i]);
                    case long[] values -> vector(out, values.length, i -> values[i]);
                    case byte[] values -> vector(out, values.length, i -> values[i]);
                    case String text -> {
                        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                        yield vector(out, bytes.length, i -> bytes[i]);
                    }
                    case List<?> tables -> vector(out, tables.size(), tables::get);
                    default -> throw new IllegalArgumentException("cannot write " + field.getClass());
                };
                out.buffer.putInt(at, target - at);
            }
        }
    }

    private static int vector(Bytes out, int length, IntFunction<Object> element) {
        int start = out.reserve(4);
        out.buffer.putInt(start, length);
        if (length == 0) {
            return start;
        }
        int width = width(element.apply(0));
        int at = out.reserve(length * width);
        for (int i = 0; i < length; i++) {
            put(out, at + i * width, element.apply(i));
        }
        return start;
    }
}
