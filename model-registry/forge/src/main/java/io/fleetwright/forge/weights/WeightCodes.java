package io.fleetwright.forge.weights;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The bytes of a layer's weights on disk: the exponent of the largest scale, a scale code per channel or span of
 * channels, group scales of four bits, then the codes, without gaps between channels.
 *
 * <pre>
 * int8       a byte
 * int4       two per byte, the first in the low half, two's complement
 * ternary    five per byte to base 3, the first the lowest digit, digit = level + 1
 * pow2       four bits: sign, then 0 for 0 or 1..7 for 1, 2 ... 64; two per byte
 * pow2x2     two such codes in a byte, the larger term in the low half
 * </pre>
 */
public final class WeightCodes {
    private static final int TRITS = 5;
    private static final int TRIT_BYTES = 243;
    private static final int SIGN = 8;

    private WeightCodes() {}

    /** Bytes that {@link #encode} makes. */
    public static int bytes(WeightFormat format, ScaleSpan span, int channels, int depth) {
        int count = Math.multiplyExact(channels, depth);
        int codes = switch (format) {
            case INT8, POW2X2 -> count;
            case INT4, INT4_G32, POW2 -> Math.ceilDiv(count, 2);
            case TERNARY -> Math.ceilDiv(count, TRITS);
        };
        int scales = 1
                + span.scales(format, channels, depth)
                + Math.ceilDiv(Math.multiplyExact(channels, span.groups(format, depth)), 2);
        return Math.addExact(codes, scales);
    }

    public static byte[] encode(IntegerWeights weights) {
        var out = ByteBuffer.allocate(bytes(weights.format(), weights.span(), weights.channels(), weights.depth()));
        out.put((byte) weights.scales().exponent()).put(weights.scaleCodes());
        putNibbles(out, weights.groupScales());
        byte[] levels = weights.levels();
        var codes = new byte[levels.length];
        for (int i = 0; i < codes.length; i++) {
            int level = levels[i] / weights.groupScale(i);
            codes[i] = (byte)
                    switch (weights.format()) {
                        case INT8, INT4, INT4_G32 -> level;
                        case TERNARY -> level + 1;
                        case POW2 -> power(level);
                        case POW2X2 -> powers(level);
                    };
        }
        switch (weights.format()) {
            case INT8, POW2X2 -> out.put(codes);
            case INT4, INT4_G32, POW2 -> putNibbles(out, codes);
            case TERNARY -> putTrits(out, codes);
        }
        return out.array();
    }

    /**
     * Reads what {@link #encode} made, from the buffer's position on.
     *
     * @throws IllegalArgumentException if the bytes are too few or say what the format cannot
     */
    public static IntegerWeights decode(WeightFormat format, ScaleSpan span, int channels, int depth, ByteBuffer in) {
        if (in.remaining() < bytes(format, span, channels, depth)) {
            throw new IllegalArgumentException("%d bytes left for %d channels of %d as %s"
                    .formatted(in.remaining(), channels, depth, format.label()));
        }
        try {
            var scales = new ScaleCode(in.get());
            var scaleCodes = new byte[span.scales(format, channels, depth)];
            in.get(scaleCodes);
            byte[] groupScales = nibbles(in, channels * span.groups(format, depth));
            int count = channels * depth;
            byte[] codes = switch (format) {
                case INT8, POW2X2 -> {
                    var all = new byte[count];
                    in.get(all);
                    yield all;
                }
                case INT4, INT4_G32, POW2 -> nibbles(in, count);
                case TERNARY -> trits(in, count);
            };
            int groups = span.groups(format, depth);
            for (int i = 0; i < count; i++) {
                int level = switch (format) {
                    case INT8 -> codes[i];
                    case INT4, INT4_G32 -> codes[i] << 28 >> 28;
                    case TERNARY -> codes[i] - 1;
                    case POW2 -> level(codes[i]);
                    case POW2X2 -> level(codes[i] & 0xF) + level(codes[i] >> 4 & 0xF);
                };
                int group = groups == 0 ? 1 : groupScales[i / depth * groups + i % depth / WeightFormat.GROUP];
                codes[i] = (byte) (level * group);
            }
            return new IntegerWeights(format, channels, depth, codes, scales, span, scaleCodes, groupScales);
        } catch (BufferUnderflowException tooShort) {
            throw new IllegalStateException("the length was checked", tooShort);
        }
    }

    private static int power(int level) {
        int size = Integer.SIZE - Integer.numberOfLeadingZeros(Math.abs(level));
        return level < 0 ? SIGN | size : size;
    }

    private static int level(int code) {
        if (code == SIGN) {
            throw new IllegalArgumentException("power of two code %d means nothing".formatted(code));
        }
        int size = (code & SIGN - 1) == 0 ? 0 : 1 << (code & SIGN - 1) - 1;
        return (code & SIGN) == 0 ? size : -size;
    }

    /** The larger term is the highest power by which the rest is 0 or a power too. */
    private static int powers(int level) {
        for (int size = 64; size > 0; size >>= 1) {
            for (int first : new int[] {size, -size}) {
                int rest = Math.abs(level - first);
                if (rest <= size && Integer.bitCount(rest) <= 1) {
                    return power(first) | power(level - first) << 4;
                }
            }
        }
        return 0;
    }

    private static void putNibbles(ByteBuffer out, byte[] codes) {
        for (int i = 0; i < codes.length; i += 2) {
            int high = i + 1 < codes.length ? codes[i + 1] : 0;
            out.put((byte) (codes[i] & 0xF | high << 4));
        }
    }

    private static byte[] nibbles(ByteBuffer in, int count) {
        var codes = new byte[count];
        for (int i = 0; i < count; i += 2) {
            int pair = in.get();
            codes[i] = (byte) (pair & 0xF);
            if (i + 1 < count) {
                codes[i + 1] = (byte) (pair >> 4 & 0xF);
            }
        }
        return codes;
    }

    private static void putTrits(ByteBuffer out, byte[] codes) {
        for (int i = 0; i < codes.length; i += TRITS) {
            int packed = 0;
            for (int j = Math.min(i + TRITS, codes.length) - 1; j >= i; j--) {
                packed = packed * 3 + codes[j];
            }
            out.put((byte) packed);
        }
    }

    private static byte[] trits(ByteBuffer in, int count) {
        var codes = new byte[count];
        for (int i = 0; i < count; i += TRITS) {
            int packed = in.get() & 0xFF;
            if (packed >= TRIT_BYTES) {
                throw new IllegalArgumentException("ternary byte %d must be below %d".formatted(packed, TRIT_BYTES));
            }
            for (int j = i; j < Math.min(i + TRITS, count); j++, packed /= 3) {
                codes[j] = (byte) (packed % 3);
            }
        }
        return codes;
    }
}
