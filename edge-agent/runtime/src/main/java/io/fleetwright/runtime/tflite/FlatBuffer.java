package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * FlatBuffers tables over bytes from outside; every offset and length is checked before it is followed.
 *
 * <p>Nothing is copied except what is asked for, and nothing recurses: the caller walks the tables it knows.
 *
 * @see "FlatBuffers internals: tables, vtables, vectors"
 */
final class FlatBuffer {
    private static final int VTABLE_HEADER_BYTES = 4;
    private static final int OFFSET_BYTES = 4;
    private static final Pattern CONTROLS = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

    private final String file;
    private final ByteBuffer bytes;

    FlatBuffer(String file, byte[] bytes) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The root table, once the four-letter identifier after the root offset is as expected. */
    Table root(String identifier) throws MalformedModelException {
        require(0, 2L * OFFSET_BYTES, "file header");
        byte[] found = new byte[OFFSET_BYTES];
        bytes.get(OFFSET_BYTES, found);
        String text = new String(found, StandardCharsets.ISO_8859_1);
        if (!text.equals(identifier)) {
            throw malformed(OFFSET_BYTES, "file identifier is not %s".formatted(identifier));
        }
        return tableAt(follow(0));
    }

    private Table tableAt(int position) throws MalformedModelException {
        require(position, OFFSET_BYTES, "table");
        long vtable = (long) position - bytes.getInt(position);
        require(vtable, VTABLE_HEADER_BYTES, "vtable");
        int vtableBytes = unsignedShort((int) vtable);
        if (vtableBytes < VTABLE_HEADER_BYTES || vtableBytes % 2 != 0) {
            throw malformed(vtable, "vtable of %d bytes, an even number of at least 4 allowed".formatted(vtableBytes));
        }
        require(vtable, vtableBytes, "vtable");
        int tableBytes = unsignedShort((int) vtable + 2);
        if (tableBytes < OFFSET_BYTES) {
            throw malformed(vtable, "table of %d bytes, at least 4 allowed".formatted(tableBytes));
        }
        require(position, tableBytes, "table");
        return new Table(position, tableBytes, (int) vtable, vtableBytes);
    }

    /** Follows the unsigned relative offset stored at {@code position}, which is known to be inside the file. */
    private int follow(int position) throws MalformedModelException {
        long target = position + Integer.toUnsignedLong(bytes.getInt(position));
        if (!isInside(target, OFFSET_BYTES)) {
            throw outside(target, OFFSET_BYTES, "target of the offset at byte %d".formatted(position));
        }
        return (int) target;
    }

    private int unsignedShort(int position) {
        return Short.toUnsignedInt(bytes.getShort(position));
    }

    private void require(long position, long length, String what) throws MalformedModelException {
        if (!isInside(position, length)) {
            throw outside(position, length, what);
        }
    }

    private boolean isInside(long position, long length) {
        return position >= 0 && length >= 0 && position <= bytes.capacity() - length;
    }

    private MalformedModelException outside(long position, long length, String what) {
        return malformed(
                position, "%s needs %d bytes here, the file has %d in all".formatted(what, length, bytes.capacity()));
    }

    MalformedModelException malformed(long position, String problem) {
        return new MalformedModelException(file, "byte " + position, problem);
    }

    UnsupportedModelException unsupported(long position, String problem) {
        return new UnsupportedModelException(file, "byte " + position, problem);
    }

    /** A table whose own extent and vtable lie inside the file; fields are numbered as in the schema. */
    final class Table {
        private final int position;
        private final int tableBytes;
        private final int vtable;
        private final int vtableBytes;

        private Table(int position, int tableBytes, int vtable, int vtableBytes) {
            this.position = position;
            this.tableBytes = tableBytes;
            this.vtable = vtable;
            this.vtableBytes = vtableBytes;
        }

        int position() {
            return position;
        }

        /** Where a field is stored, or -1 when it is absent and its default counts. */
        private int field(int index, int width) throws MalformedModelException {
            int entry = VTABLE_HEADER_BYTES + 2 * index;
            if (entry + 2 > vtableBytes) {
                return -1;
            }
            int offset = unsignedShort(vtable + entry);
            if (offset == 0) {
                return -1;
            }
            if (offset < OFFSET_BYTES || offset + width > tableBytes) {
                throw malformed(
                        vtable + entry,
                        "field %d at %d, width %d, in a table of %d bytes".formatted(index, offset, width, tableBytes));
            }
            return position + offset;
        }

        int int8(int index) throws MalformedModelException {
            int at = field(index, Byte.BYTES);
            return at < 0 ? 0 : bytes.get(at);
        }

        int int32(int index, int absent) throws MalformedModelException {
            int at = field(index, Integer.BYTES);
            return at < 0 ? absent : bytes.getInt(at);
        }

        long int64(int index) throws MalformedModelException {
            int at = field(index, Long.BYTES);
            return at < 0 ? 0 : bytes.getLong(at);
        }

        float float32(int index) throws MalformedModelException {
            int at = field(index, Float.BYTES);
            return at < 0 ? 0 : bytes.getFloat(at);
        }

        boolean isPresent(int index) throws MalformedModelException {
            return field(index, 1) >= 0;
        }

        Optional<Table> table(int index) throws MalformedModelException {
            int at = field(index, OFFSET_BYTES);
            return at < 0 ? Optional.empty() : Optional.of(tableAt(follow(at)));
        }

        /** A vector of {@code elementBytes} each; absent reads as empty. */
        Vector vector(int index, int elementBytes, int lengthMax) throws ModelException {
            int at = field(index, OFFSET_BYTES);
            if (at < 0) {
                return new Vector(position, 0, elementBytes);
            }
            int start = follow(at);
            long length = Integer.toUnsignedLong(bytes.getInt(start));
            if (!isInside(start + (long) OFFSET_BYTES, length * elementBytes)) {
                throw outside(
                        start + (long) OFFSET_BYTES, length * elementBytes, "vector of %d elements".formatted(length));
            }
            if (length > lengthMax) {
                throw unsupported(start, "vector of %d elements, at most %d allowed".formatted(length, lengthMax));
            }
            return new Vector(start + OFFSET_BYTES, (int) length, elementBytes);
        }

        /** A string for error texts and reports, cut after {@code bytesMax} bytes, controls replaced; absent is empty. */
        String text(int index, int bytesMax) throws ModelException {
            Vector text = vector(index, Byte.BYTES, Limits.FILE_BYTES_MAX);
            byte[] kept = new byte[Math.min(text.length(), bytesMax)];
            bytes.get(text.position(), kept);
            return CONTROLS.matcher(new String(kept, StandardCharsets.UTF_8)).replaceAll("?");
        }
    }

    /** A vector that lies inside the file as a whole. */
    final class Vector {
        private final int position;
        private final int length;
        private final int elementBytes;

        private Vector(int position, int length, int elementBytes) {
            this.position = position;
            this.length = length;
            this.elementBytes = elementBytes;
        }

        int position() {
            return position;
        }

        int length() {
            return length;
        }

        int int32(int index) {
            return bytes.getInt(at(index));
        }

        long int64(int index) {
            return bytes.getLong(at(index));
        }

        float float32(int index) {
            return bytes.getFloat(at(index));
        }

        Table table(int index) throws MalformedModelException {
            return tableAt(follow(at(index)));
        }

        /** View of the vector's bytes, not a copy. */
        ByteBuffer slice() {
            return bytes.slice(position, length * elementBytes);
        }

        private int at(int index) {
            return position + Objects.checkIndex(index, length) * elementBytes;
        }
    }
}
