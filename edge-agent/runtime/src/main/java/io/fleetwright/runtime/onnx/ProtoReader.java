package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Protocol buffer fields over bytes from outside; every length is checked against the message around it.
 *
 * <p>Nothing recurses: the caller walks the messages it knows, and {@link #enter} and {@link #leave} keep the bounds.
 *
 * @see "Protocol Buffers encoding: tags, varints, length-delimited fields"
 */
final class ProtoReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;
    private static final int VARINT_BYTES_MAX = 10;
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

    private final String file;
    private final ByteBuffer bytes;
    private int limit;
    private int position;
    private int tagAt;
    private int field;
    private int wire;

    ProtoReader(String file, byte[] bytes) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.limit = bytes.length;
    }

    /** Goes to the next field of the message; false at its end. */
    boolean next() throws MalformedModelException {
        if (position == limit) {
            return false;
        }
        tagAt = position;
        long tag = varint();
        field = (int) (tag >>> 3);
        wire = (int) (tag & 7);
        if (tag >>> 3 == 0 || tag >>> 32 != 0) {
            throw malformed("tag %d".formatted(tag));
        }
        return true;
    }

    int field() {
        return field;
    }

    boolean isLengthDelimited() {
        return wire == LENGTH_DELIMITED;
    }

    /** Where the current field's tag starts. */
    int tagAt() {
        return tagAt;
    }

    long int64() throws MalformedModelException {
        require(VARINT);
        return varint();
    }

    int int32() throws MalformedModelException {
        return (int) int64();
    }

    float float32() throws MalformedModelException {
        require(FIXED32);
        return bytes.getFloat(advance(Float.BYTES));
    }

    private double float64() throws MalformedModelException {
        require(FIXED64);
        return bytes.getDouble(advance(Double.BYTES));
    }

    /** Goes into the current field as a message; the answer is for {@link #leave}. */
    int enter() throws MalformedModelException {
        require(LENGTH_DELIMITED);
        int length = length();
        int outer = limit;
        limit = position + length;
        return outer;
    }

    /** Goes behind the message that was entered. */
    void leave(int outer) {
        position = limit;
        limit = outer;
    }

    /** View of the current field's bytes, not a copy. */
    ByteBuffer slice() throws MalformedModelException {
        require(LENGTH_DELIMITED);
        int length = length();
        return bytes.slice(advance(length), length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The current field as text, at most {@code bytesMax} bytes. */
    String text(int bytesMax) throws MalformedModelException {
        int at = position;
        var view = slice();
        if (view.remaining() > bytesMax) {
            throw malformedAt(at, "text of %d bytes, at most %d allowed".formatted(view.remaining(), bytesMax));
        }
        return StandardCharsets.UTF_8.decode(view).toString();
    }

    /** Text for error messages: controls replaced. */
    static String shown(String text) {
        return CONTROLS.matcher(text).replaceAll("?");
    }

    /** Appends the current field, one number or a packed run of them. */
    void longs(LongList to) throws MalformedModelException {
        if (!isLengthDelimited()) {
            to.add(int64());
            return;
        }
        int outer = enter();
        while (position < limit) {
            to.add(varint());
        }
        leave(outer);
    }

    /** Appends the current field, one number or a packed run of them, as bits of float32. */
    void floats(LongList to) throws MalformedModelException {
        if (!isLengthDelimited()) {
            to.add(Float.floatToRawIntBits(float32()));
            return;
        }
        int outer = enter();
        while (position < limit) {
            to.add(bytes.getInt(advance(Float.BYTES)));
        }
        leave(outer);
    }

    /** Appends the current field, one number or a packed run of them, as bits of float64. */
    void doubles(LongList to) throws MalformedModelException {
        if (!isLengthDelimited()) {
            to.add(Double.doubleToRawLongBits(float64()));
            return;
        }
        int outer = enter();
        while (position < limit) {
            to.add(bytes.getLong(advance(Double.BYTES)));
        }
        leave(outer);
    }

    void skip() throws MalformedModelException {
        switch (wire) {
            case VARINT -> varint();
            case FIXED64 -> advance(Long.BYTES);
            case FIXED32 -> advance(Integer.BYTES);
            case LENGTH_DELIMITED -> advance(length());
            default -> throw malformed("wire type %d, 0, 1, 2 and 5 allowed".formatted(wire));
        }
    }

    private int length() throws MalformedModelException {
        long length = varint();
        if (length < 0 || length > limit - position) {
            throw malformed("length %s, %d bytes are left".formatted(Long.toUnsignedString(length), limit - position));
        }
        return (int) length;
    }

    private long varint() throws MalformedModelException {
        long value = 0;
        for (int i = 0; i < VARINT_BYTES_MAX; i++) {
            byte next = bytes.get(advance(1));
            value |= (long) (next & 0x7F) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw malformed("varint of over %d bytes".formatted(VARINT_BYTES_MAX));
    }

    private int advance(int count) throws MalformedModelException {
        if (count > limit - position) {
            throw malformed("%d bytes needed at %d, the message ends at %d".formatted(count, position, limit));
        }
        int at = position;
        position += count;
        return at;
    }

    private void require(int expected) throws MalformedModelException {
        if (wire != expected) {
            throw malformed("field %d has wire type %d, %d allowed".formatted(field, wire, expected));
        }
    }

    MalformedModelException malformed(String problem) {
        return malformedAt(tagAt, problem);
    }

    private MalformedModelException malformedAt(int at, String problem) {
        return new MalformedModelException(file, "byte " + at, problem);
    }

    UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(file, "byte " + tagAt, problem);
    }
}
