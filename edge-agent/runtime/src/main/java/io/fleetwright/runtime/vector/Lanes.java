package io.fleetwright.runtime.vector;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Register widths, chosen once: C2 makes machine code of Vector API calls only for species it knows to be constant.
 *
 * <p>{@code -Dfleetwright.vector.bits=128|256|512} forces one width. Without it, registers are as wide as the machine
 * prefers, but floats at most 256 bits unless the processor is known to multiply 512 bits at once: elsewhere a wider tile
 * gains nothing, and wastes more lanes on layers with few channels.
 */
final class Lanes {
    static final String BITS_PROPERTY = "fleetwright.vector.bits";

    private static final int FORCED = Integer.getInteger(BITS_PROPERTY, 0);

    /** Width of integers and doubles. */
    static final int BITS = bits();

    private static final int FLOAT_BITS = FORCED == 0 && !multiplies512Bits() ? Math.min(BITS, 256) : BITS;

    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, VectorShape.forBitSize(FLOAT_BITS));
    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, VectorShape.forBitSize(BITS));

    /** As many bytes as {@link #SHORTS} has lanes. */
    static final VectorSpecies<Byte> BYTES_OF_SHORTS = VectorSpecies.of(byte.class, VectorShape.forBitSize(BITS / 2));

    /** As many shorts as {@link #INTS} has lanes. */
    static final VectorSpecies<Short> SHORTS_OF_INTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, BITS / 2)));

    static final int FLOAT_COUNT = FLOATS.length();
    static final int SHORT_COUNT = SHORTS.length();
    static final int INT_COUNT = INTS.length();
    static final int DOUBLE_COUNT = DOUBLES.length();

    /** Bytes of one load when bytes are widened: the smallest vector there is, or as many as fill the wide one. */
    static final VectorSpecies<Byte> BYTES_OF_FLOATS =
            FLOAT_COUNT == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

    /** The same for ints; no fewer than eight, the smallest vector there is. */
    static final VectorSpecies<Byte> BYTES_OF_INTS = INT_COUNT == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

    private static final boolean IS_X86 = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch", ""));

    private Lanes() {}

    private static int bits() {
        int preferred = IntVector.SPECIES_PREFERRED.vectorBitSize();
        if (FORCED == 0) {
            return Math.clamp(preferred, 128, 512);
        }
        if (FORCED != 128 && FORCED != 256 && FORCED != 512) {
            throw new IllegalArgumentException("%s is %d, 128, 256 or 512 allowed".formatted(BITS_PROPERTY, FORCED));
        }
        return FORCED;
    }

    /**
     * True when the processor has multiply-add units for whole registers of 512 bits. Those that have AVX-512 and AVX-VNNI
     * as well do: Zen 5 of servers, Sapphire Rapids and what came after. Only Linux tells; elsewhere, no.
     */
    private static boolean multiplies512Bits() {
        return processorFlags().containsAll(List.of("avx512f", "avx_vnni"));
    }

    /** What Linux says an x86 processor can do; empty where nobody says. */
    private static Set<String> processorFlags() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> Set.copyOf(List.of(line.split("\\s+"))))
                    .orElse(Set.of());
        } catch (IOException | UncheckedIOException | SecurityException unknown) {
            return Set.of();
        }
    }

    /**
     * Why vector code would be slower than plain Java here, as a key of the log; empty when it is not.
     *
     * <p>C2 replaces only the Vector API calls that the processor has an instruction for. The others compute lane by lane with
     * an object for each step, hundreds of times slower; a fused multiply-add without such a unit even goes through decimal
     * numbers. On x86 the kernels need AVX2 (shifts by lane) and FMA, which most Celeron, Pentium and Atom boards lack.
     */
    static Optional<String> handicap() {
        String compilers = System.getProperty("java.vm.info", "");
        if (compilers.contains("interpreted") || compilers.contains("client")) {
            return Optional.of("jvm_without_c2");
        }
        int preferred = IntVector.SPECIES_PREFERRED.vectorBitSize();
        if (preferred < (IS_X86 ? 256 : 128)) {
            return Optional.of("registers_of_%d_bits".formatted(preferred));
        }
        var flags = IS_X86 ? processorFlags() : Set.<String>of();
        return flags.isEmpty() || flags.contains("fma") ? Optional.empty() : Optional.of("no_fused_multiply_add");
    }

    /** Whether floats fill the widest registers. */
    static boolean floatsAreWide() {
        return FLOAT_BITS == 512;
    }

    /** Registers of a machine whose widest are this wide: 32 with AVX-512, NEON and SVE, 16 with AVX2. */
    static boolean hasManyRegisters() {
        String machine = System.getProperty("os.arch", "");
        return BITS == 512 || machine.equals("aarch64") || machine.startsWith("riscv");
    }

    /** {@code to[toAt + i] = from[fromAt + i]} as floats. */
    static void widen(byte[] from, int fromAt, float[] to, int toAt, int count) {
        int step = BYTES_OF_FLOATS.length();
        int i = 0;
        for (int end = count - step; i <= end; i += step) {
            var bytes = ByteVector.fromArray(BYTES_OF_FLOATS, from, fromAt + i);
            ((FloatVector) bytes.convertShape(VectorOperators.B2F, FLOATS, 0)).intoArray(to, toAt + i);
            if (FLOAT_COUNT < 8) {
                ((FloatVector) bytes.convertShape(VectorOperators.B2F, FLOATS, 1)).intoArray(to, toAt + i + 4);
            }
        }
        for (; i < count; i++) {
            to[toAt + i] = from[fromAt + i];
        }
    }

    /** {@code to[toAt + i] = from[fromAt + i]} as ints. */
    static void widen(byte[] from, int fromAt, int[] to, int toAt, int count) {
        int step = BYTES_OF_INTS.length();
        int i = 0;
        for (int end = count - step; i <= end; i += step) {
            var bytes = ByteVector.fromArray(BYTES_OF_INTS, from, fromAt + i);
            ((IntVector) bytes.convertShape(VectorOperators.B2I, INTS, 0)).intoArray(to, toAt + i);
            if (INT_COUNT < 8) {
                ((IntVector) bytes.convertShape(VectorOperators.B2I, INTS, 1)).intoArray(to, toAt + i + 4);
            }
        }
        for (; i < count; i++) {
            to[toAt + i] = from[fromAt + i];
        }
    }

    /** Every value twice, in both halves of an int, so that one broadcast of an int fills a register of shorts. */
    static void widenToPairs(byte[] from, int fromAt, int[] to, int toAt, int count) {
        int step = BYTES_OF_INTS.length();
        int i = 0;
        for (int end = count - step; i <= end; i += step) {
            var bytes = ByteVector.fromArray(BYTES_OF_INTS, from, fromAt + i);
            var values0 = (IntVector) bytes.convertShape(VectorOperators.B2I, INTS, 0);
            values0.lanewise(VectorOperators.LSHL, Short.SIZE)
                    .or(values0.and(0xFFFF))
                    .intoArray(to, toAt + i);
            if (INT_COUNT < 8) {
                var values1 = (IntVector) bytes.convertShape(VectorOperators.B2I, INTS, 1);
                values1.lanewise(VectorOperators.LSHL, Short.SIZE)
                        .or(values1.and(0xFFFF))
                        .intoArray(to, toAt + i + 4);
            }
        }
        for (; i < count; i++) {
            to[toAt + i] = pair(from[fromAt + i]);
        }
    }

    /** {@link Staging.Sink#copy} for floats. */
    static void copy(float[] values, int from, int[] bases, Patches patches, int pixels) {
        int[] offsets = patches.runOffsets();
        int length = patches.runLength();
        int to = 0;
        for (int pixel = 0; pixel < pixels; pixel++) {
            for (int offset : offsets) {
                int at = from + bases[pixel] + offset;
                for (int i = 0; i < length; i += FLOAT_COUNT) {
                    FloatVector.fromArray(FLOATS, values, at + i).intoArray(values, to + i);
                }
                to += length;
            }
        }
    }

    /** {@link Staging.Sink#copy} for ints. */
    static void copy(int[] values, int from, int[] bases, Patches patches, int pixels) {
        int[] offsets = patches.runOffsets();
        int length = patches.runLength();
        int to = 0;
        for (int pixel = 0; pixel < pixels; pixel++) {
            for (int offset : offsets) {
                int at = from + bases[pixel] + offset;
                for (int i = 0; i < length; i += INT_COUNT) {
                    IntVector.fromArray(INTS, values, at + i).intoArray(values, to + i);
                }
                to += length;
            }
        }
    }

    static int pair(int value) {
        return value << Short.SIZE | value & 0xFFFF;
    }

    /** Eight (or as many as there are) bytes of a register of shorts, sign-extended. */
    static ShortVector shorts(byte[] from, int at) {
        return (ShortVector)
                ByteVector.fromArray(BYTES_OF_SHORTS, from, at).convertShape(VectorOperators.B2S, SHORTS, 0);
    }

    /**
     * Masks of the first 0, 1, ... lanes, up to all. Made once: C2 cannot be relied on to make no object of one that a
     * call makes.
     */
    static <E> List<VectorMask<E>> masks(VectorSpecies<E> species) {
        return IntStream.rangeClosed(0, species.length())
                .mapToObj(count -> species.indexInRange(0, count))
                .toList();
    }

    /** Rounds up to whole registers. */
    static int roundUp(int count, int lanes) {
        return Math.ceilDiv(count, lanes) * lanes;
    }
}
