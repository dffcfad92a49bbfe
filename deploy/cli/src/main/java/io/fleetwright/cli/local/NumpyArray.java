package io.fleetwright.cli.local;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An array of numbers in NumPy's {@code .npy} format, versions 1 to 3: integers of 1 to 8 bytes, float32 and float64, in C order.
 *
 * @param type kind and bytes, such as {@code u1} or {@code f4}
 * @param values the elements, row by row
 */
record NumpyArray(String type, List<Integer> shape, ByteBuffer values) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int RANK_MAX = 8;
    private static final Pattern TYPE = Pattern.compile("'descr':\\s*'([<>|=])([uif][1248])'");
    private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9, ]*)\\)");
    private static final Pattern FORTRAN = Pattern.compile("'fortran_order':\\s*True");

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException if it is anything else; the message says what
     */
    static NumpyArray of(byte[] file) {
        var in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (byte magic : MAGIC) {
            require(in, 1);
            if (in.get() != magic) {
                throw new IllegalArgumentException("this is no .npy file");
            }
        }
        require(in, 2);
        int version = in.get();
        in.get();
        if (version < 1 || version > 3) {
            throw new IllegalArgumentException("version %d of .npy, known are 1 to 3".formatted(version));
        }
        require(in, version == 1 ? 2 : 4);
        int length = version == 1 ? in.getShort() & 0xFFFF : in.getInt();
        if (length < 0) {
            throw new IllegalArgumentException("the header's length (%d) must not be negative".formatted(length));
        }
        require(in, length);
        var text = new byte[length];
        in.get(text);
        String header = new String(text, StandardCharsets.UTF_8);
        Matcher type = TYPE.matcher(header);
        Matcher dimensions = SHAPE.matcher(header);
        if (!type.find() || !dimensions.find()) {
            throw new IllegalArgumentException(
                    "the header (%s) must have a descr of integers or floats and a shape".formatted(header.strip()));
        }
        if (FORTRAN.matcher(header).find()) {
            throw new IllegalArgumentException("the array is in Fortran order: save numpy.ascontiguousarray of it");
        }
        List<Integer> shape = shape(dimensions.group(1));
        ByteBuffer values =
                in.slice().order(type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        var array = new NumpyArray(type.group(2), shape, values);
        long bytes = Integer.parseInt(array.type.substring(1));
        for (int dimension : shape) {
            bytes *= dimension;
            if (bytes > values.remaining()) {
                break;
            }
        }
        if (bytes != values.remaining()) {
            throw new IllegalArgumentException(
                    "%d bytes of values, which are not %s of %s".formatted(values.remaining(), shape, array.type));
        }
        return array;
    }

    private static List<Integer> shape(String text) {
        var shape = new ArrayList<Integer>();
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            try {
                shape.add(Integer.parseInt(part.strip()));
            } catch (NumberFormatException tooLarge) {
                throw new IllegalArgumentException("dimension (%s) is too large".formatted(part.strip()), tooLarge);
            }
        }
        if (shape.isEmpty() || shape.size() > RANK_MAX) {
            throw new IllegalArgumentException("rank (%d) must be 1 to %d".formatted(shape.size(), RANK_MAX));
        }
        return List.copyOf(shape);
    }

    private static void require(ByteBuffer in, int bytes) {
        if (in.remaining() < bytes) {
            throw new IllegalArgumentException("the file ends at byte %d".formatted(in.limit()));
        }
    }

    /** Number of elements. */
    int count() {
        return values.remaining() / bytesEach();
    }

    private int bytesEach() {
        return type.charAt(1) - '0';
    }

    /** True for unsigned bytes, which need no rounding. */
    boolean isBytes() {
        return type.equals("u1");
    }

    /** An element as a real number; unsigned ones of 8 bytes above 2^63 wrap. */
    double at(int index) {
        int position = index * bytesEach();
        return switch (type) {
            case "u1" -> values.get(position) & 0xFF;
            case "i1" -> values.get(position);
            case "u2" -> values.getShort(position) & 0xFFFF;
            case "i2" -> values.getShort(position);
            case "u4" -> values.getInt(position) & 0xFFFF_FFFFL;
            case "i4" -> values.getInt(position);
            case "u8", "i8" -> values.getLong(position);
            case "f4" -> values.getFloat(position);
            case "f8" -> values.getDouble(position);
            default ->
                throw new IllegalArgumentException(String.format(Locale.ROOT, "elements of %s are not read", type));
        };
    }
}
