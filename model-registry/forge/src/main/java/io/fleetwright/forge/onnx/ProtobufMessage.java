package io.fleetwright.forge.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One protobuf message split into its fields; nested messages stay bytes until asked for. Nothing is copied. */
final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;
    private static final int FIELD_MAX = (1 << 29) - 1;

    private final Map<Integer, List<Long>> numbers = new HashMap<>();
    private final Map<Integer, List<ByteBuffer>> blocks = new HashMap<>();

    private ProtobufMessage() {}

    static ProtobufMessage parse(ByteBuffer bytes) throws OnnxRefusedException {
        var message = new ProtobufMessage();
        ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int at = in.position();
            long tag = varint(in);
            long field = tag >>> 3;
            if (field < 1 || field > FIELD_MAX) {
                throw new OnnxRefusedException("field number %d at offset %d".formatted(field, at));
            }
            switch ((int) tag & 7) {
                case VARINT -> message.addNumber((int) field, varint(in));
                case FIXED32 -> {
                    require(in, Integer.BYTES);
                    message.addNumber((int) field, in.getInt());
                }
                case FIXED64 -> {
                    require(in, Long.BYTES);
                    message.addNumber((int) field, in.getLong());
                }
                case LENGTH -> {
                    long length = varint(in);
                    require(in, length);
                    message.blocks
                            .computeIfAbsent((int) field, _ -> new ArrayList<>())
                            .add(in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN));
                    in.position(in.position() + (int) length);
                }
                default -> throw new OnnxRefusedException("wire type %d at offset %d".formatted(tag & 7, at));
            }
        }
        return message;
    }

    private void addNumber(int field, long value) {
        numbers.computeIfAbsent(field, _ -> new ArrayList<>()).add(value);
    }

    private static void require(ByteBuffer in, long length) throws OnnxRefusedException {
        if (length < 0 || length > in.remaining()) {
            throw new OnnxRefusedException(
                    "%d bytes needed at offset %d, %d left".formatted(length, in.position(), in.remaining()));
        }
    }

    private static long varint(ByteBuffer in) throws OnnxRefusedException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            require(in, 1);
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new OnnxRefusedException("number of more than 10 bytes at offset %d".formatted(in.position()));
    }

    /** The last value of a number field, as protobuf asks, or {@code otherwise}. */
    long number(int field, long otherwise) {
        List<Long> values = numbers.getOrDefault(field, List.of());
        return values.isEmpty() ? otherwise : values.getLast();
    }

    /** A repeated number field, packed or not. */
    List<Long> numberList(int field) throws OnnxRefusedException {
        var values = new ArrayList<Long>(numbers.getOrDefault(field, List.of()));
        for (ByteBuffer packed : blocks.getOrDefault(field, List.of())) {
            ByteBuffer in = packed.duplicate();
            while (in.hasRemaining()) {
                values.add(varint(in));
            }
        }
        return values;
    }

    /** The last block of a field, or an empty one. */
    ByteBuffer block(int field) {
        List<ByteBuffer> values = blocks.getOrDefault(field, List.of());
        return (values.isEmpty() ? ByteBuffer.allocate(0) : values.getLast().duplicate())
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    List<ByteBuffer> blockList(int field) {
        return blocks.getOrDefault(field, List.of());
    }

    String text(int field) {
        return StandardCharsets.UTF_8.decode(block(field)).toString();
    }

    List<String> textList(int field) {
        return blockList(field).stream()
                .map(bytes -> StandardCharsets.UTF_8.decode(bytes.duplicate()).toString())
                .toList();
    }
}
