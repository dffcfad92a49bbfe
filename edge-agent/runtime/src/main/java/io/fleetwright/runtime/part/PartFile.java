package io.fleetwright.runtime.part;

import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A part of a network as a file: the network's own file without the weights of the other parts, and what part it is. Numbers are
 * big-endian:
 *
 * <pre>
 * magic "FWPART01" | from 4 | to 4 | operators 4 | macs 8 | SHA-256 of the network's file 32 | its length 4
 * | kept ranges: count 4, for each its start 4 and length 4, ascending | the bytes of the ranges
 * </pre>
 *
 * What is left out reads as zeros. Parts that follow each other give, one after the other, the bytes of the whole network.
 */
public final class PartFile {
    private static final byte[] MAGIC = "FWPART01".getBytes(StandardCharsets.US_ASCII);
    private static final int SHA256_BYTES = 32;
    private static final int HEADER_BYTES = MAGIC.length + 3 * Integer.BYTES + Long.BYTES + SHA256_BYTES;
    private static final int RANGES_MAX = 1 << 16;
    /** As long as an artifact may be: what is left out takes memory again while a part is read. */
    private static final int FILE_BYTES_MAX = 64 << 20;

    /** Shorter constants stay: shapes and the like, which the reader looks at. */
    private static final int LEFT_OUT_BYTES_MIN = 256;

    private PartFile() {}

    private record Range(int start, int length) {
        int end() {
            return start + length;
        }
    }

    /** True when the bytes begin as those of a part do. */
    public static boolean isPart(byte[] bytes) {
        return bytes.length >= MAGIC.length && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /**
     * What part a file is; empty when it is a whole network.
     *
     * @param name what error texts call it
     * @throws MalformedModelException when it says that it is a part and contradicts itself
     */
    public static Optional<PartHeader> header(byte[] bytes, String name) throws MalformedModelException {
        return isPart(bytes) ? Optional.of(header(ByteBuffer.wrap(bytes), name)) : Optional.empty();
    }

    /**
     * Places where a network may be cut in parts: exactly one int8 tensor is alive there.
     *
     * @param core the integer core of a network
     * @return operators before which a part may begin, ascending, from 1
     */
    public static List<Integer> cuts(Graph core) {
        List<Integer> cuts = new ArrayList<>();
        for (int cut = 1; cut < core.operators().size(); cut++) {
            List<Integer> alive = core.crossing(cut);
            if (alive.size() == 1 && core.tensors().get(alive.getFirst()).type() == TensorType.INT8) {
                cuts.add(cut);
            }
        }
        return cuts;
    }

    /**
     * Makes the file of a part.
     *
     * @param file of the whole network
     * @param name what error texts call it
     * @param from first operator, 0 or one of {@link #cuts}
     * @param to operator after the last, one of {@link #cuts} or the number of operators
     * @throws ModelException when the file is no network that this runtime can run
     * @throws IllegalArgumentException when it cannot be cut there, or is a part already
     */
    public static byte[] write(byte[] file, String name, int from, int to) throws ModelException {
        if (isPart(file)) {
            throw new IllegalArgumentException("%s is a part already; cut the whole network".formatted(name));
        }
        if (file.length > FILE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s has %d bytes, at most %d are cut".formatted(name, file.length, FILE_BYTES_MAX));
        }
        Graph core = ModelReader.read(file, name).integerCore();
        int operators = core.operators().size();
        List<Integer> cuts = cuts(core);
        for (int cut : new int[] {from, to}) {
            if (cut != 0 && cut != operators && !cuts.contains(cut)) {
                throw new IllegalArgumentException(
                        "%s cannot be cut before operator %d; one int8 tensor crosses before %s"
                                .formatted(name, cut, cuts));
            }
        }
        PartHeader header =
                new PartHeader(from, to, operators, ModelReport.of(core).macs(), sha256(file));
        byte[] part = encode(header, file, kept(core, file, from, to));
        // What was left out must be nothing that the part needs.
        if (!sameConstants(core.segment(from, to), read(part, name))) {
            return encode(header, file, List.of(new Range(0, file.length)));
        }
        return part;
    }

    /**
     * Reads and checks a part.
     *
     * @param name what error texts and {@link Graph#name()} call it
     * @return the part alone, with the weights that it needs
     * @throws ModelException when the bytes are no sound part, or need what this runtime does not compute
     */
    public static Graph read(byte[] bytes, String name) throws ModelException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        PartHeader header = header(in, name);
        byte[] file = rebuilt(in, name).bytes;
        if (isPart(file)) {
            throw new MalformedModelException(name, "byte " + in.position(), "a part of a part");
        }
        Graph core = ModelReader.read(file, name).integerCore();
        if (core.operators().size() != header.operators()
                || ModelReport.of(core).macs() != header.macs()) {
            throw new MalformedModelException(
                    name,
                    "byte " + MAGIC.length,
                    "a part of a network of %d operators, and its network has %d"
                            .formatted(header.operators(), core.operators().size()));
        }
        List<Integer> cuts = cuts(core);
        for (int cut : new int[] {header.from(), header.to()}) {
            if (cut != 0 && cut != header.operators() && !cuts.contains(cut)) {
                throw new MalformedModelException(
                        name,
                        "byte " + MAGIC.length,
                        "cut before operator %d, where not one tensor crosses".formatted(cut));
            }
        }
        return core.segment(header.from(), header.to()).alone(name);
    }

    /**
     * Checks that a part was cut from a network: what it has are the bytes of the network's file, and what it leaves out are weights that
     * it does without. So it gives what the same operators of the network give.
     *
     * @param part as it came
     * @param file of the whole network
     * @param name what error texts call the part
     * @throws ModelException when it was not, or one of them is nothing that this runtime can run
     */
    public static void requireCutFrom(byte[] part, byte[] file, String name) throws ModelException {
        ByteBuffer in = ByteBuffer.wrap(part);
        PartHeader header = header(in, name);
        int at = in.position();
        Rebuilt rebuilt = rebuilt(in, name);
        if (isPart(file) || !Arrays.equals(header.whole(), sha256(file)) || rebuilt.bytes.length != file.length) {
            throw new MalformedModelException(name, "byte " + MAGIC.length, "cut from another network");
        }
        BitSet there = new BitSet();
        for (Range range : rebuilt.kept) {
            int differs = Arrays.mismatch(rebuilt.bytes, range.start, range.end(), file, range.start, range.end());
            if (differs >= 0) {
                throw new MalformedModelException(
                        name,
                        "byte " + at,
                        "byte %d of the network's file is another one there".formatted(range.start + differs));
            }
            there.set(range.start, range.end());
        }
        Graph core = ModelReader.read(file, name).integerCore();
        for (Range range : kept(core, file, header.from(), header.to())) {
            int absent = there.nextClearBit(range.start);
            if (absent < range.end()) {
                throw new MalformedModelException(
                        name, "byte " + at, "byte %d of the network's file is left out".formatted(absent));
            }
        }
        if (!sameConstants(core.segment(header.from(), header.to()), read(part, name))) {
            throw new MalformedModelException(name, "byte " + at, "weights that it needs are left out");
        }
    }

    private static PartHeader header(ByteBuffer in, String name) throws MalformedModelException {
        if (in.remaining() < HEADER_BYTES) {
            throw new MalformedModelException(
                    name, "byte " + in.limit(), "ends within the header of a part of %d bytes".formatted(HEADER_BYTES));
        }
        in.position(MAGIC.length);
        int from = in.getInt();
        int to = in.getInt();
        int operators = in.getInt();
        long macs = in.getLong();
        byte[] whole = new byte[SHA256_BYTES];
        in.get(whole);
        try {
            return new PartHeader(from, to, operators, macs, whole);
        } catch (IllegalArgumentException wrong) {
            throw new MalformedModelException(name, "byte " + MAGIC.length, String.valueOf(wrong.getMessage()));
        }
    }

    /** The network's file, with zeros for what is left out, and what is not. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Rebuilt(byte[] bytes, List<Range> kept) {}

    private static Rebuilt rebuilt(ByteBuffer in, String name) throws MalformedModelException {
        if (in.remaining() < 2 * Integer.BYTES) {
            throw new MalformedModelException(name, "byte " + in.limit(), "ends before the ranges of a part");
        }
        int at = in.position();
        int length = in.getInt();
        int count = in.getInt();
        if (length < 0 || length > FILE_BYTES_MAX || count < 0 || count > RANGES_MAX) {
            throw new MalformedModelException(
                    name,
                    "byte " + at,
                    "%d ranges of %d bytes, at most %d of %d allowed"
                            .formatted(count, length, RANGES_MAX, FILE_BYTES_MAX));
        }
        if (in.remaining() < (long) count * 2 * Integer.BYTES) {
            throw new MalformedModelException(name, "byte " + in.limit(), "ends within %d ranges".formatted(count));
        }
        List<Range> ranges = new ArrayList<>();
        long kept = 0;
        int end = 0;
        for (int i = 0; i < count; i++) {
            int where = in.position();
            Range range = new Range(in.getInt(), in.getInt());
            if (range.start < end || range.length < 1 || range.length > length - range.start) {
                throw new MalformedModelException(
                        name,
                        "byte " + where,
                        "range %d of %d bytes from %d, after %d and within %d"
                                .formatted(i, range.length, range.start, end, length));
            }
            end = range.end();
            kept += range.length;
            ranges.add(range);
        }
        if (kept != in.remaining()) {
            throw new MalformedModelException(
                    name, "byte " + in.position(), "%d bytes follow, ranges have %d".formatted(in.remaining(), kept));
        }
        byte[] file = new byte[length];
        for (Range range : ranges) {
            in.get(file, range.start, range.length);
        }
        return new Rebuilt(file, ranges);
    }

    private static byte[] encode(PartHeader header, byte[] file, List<Range> kept) {
        int bytes = kept.stream().mapToInt(Range::length).sum();
        ByteBuffer out = ByteBuffer.allocate(
                Math.addExact(HEADER_BYTES + 2 * Integer.BYTES + kept.size() * 2 * Integer.BYTES, bytes));
        out.put(MAGIC)
                .putInt(header.from())
                .putInt(header.to())
                .putInt(header.operators())
                .putLong(header.macs())
                .put(header.whole())
                .putInt(file.length)
                .putInt(kept.size());
        kept.forEach(range -> out.putInt(range.start).putInt(range.length));
        kept.forEach(range -> out.put(file, range.start, range.length));
        return out.array();
    }

    /** What of a file is not the data of a constant that the part does without. */
    private static List<Range> kept(Graph core, byte[] file, int from, int to) {
        Set<Integer> needed = used(core.operators().subList(from, to));
        BitSet mine = new BitSet();
        List<Range> leftOut = new ArrayList<>();
        for (int id = 0; id < core.tensors().size(); id++) {
            Tensor tensor = core.tensors().get(id);
            if (tensor.isConstant()) {
                Optional<Range> place = place(tensor, file);
                if (needed.contains(id)) {
                    place.ifPresent(range -> mine.set(range.start, range.end()));
                } else if (tensor.bytes() >= LEFT_OUT_BYTES_MIN) {
                    place.ifPresent(leftOut::add);
                }
            }
        }
        leftOut.sort(Comparator.comparingInt(Range::start));
        List<Range> kept = new ArrayList<>();
        int at = 0;
        for (Range range : leftOut) {
            int shared = mine.nextSetBit(range.start);
            if (range.start < at || shared >= 0 && shared < range.end()) {
                continue; // Two tensors share these bytes.
            }
            if (range.start > at) {
                kept.add(new Range(at, range.start - at));
            }
            at = range.end();
        }
        if (at < file.length) {
            kept.add(new Range(at, file.length - at));
        }
        return kept;
    }

    /** Where a constant's data lies in the file, when it is a view of it; others were made from what the file says. */
    private static Optional<Range> place(Tensor constant, byte[] file) {
        ByteBuffer data = constant.constant();
        long at = MemorySegment.ofBuffer(data).address();
        int length = data.remaining();
        boolean within = at >= 0 && length > 0 && at + length <= file.length;
        return within && ByteBuffer.wrap(file, (int) at, length).equals(data)
                ? Optional.of(new Range((int) at, length))
                : Optional.empty();
    }

    /** Tensors that operators read. */
    private static Set<Integer> used(List<Operator> operators) {
        Set<Integer> used = new TreeSet<>();
        operators.forEach(operator -> {
            used.addAll(operator.activations());
            used.addAll(operator.constants());
        });
        return used;
    }

    private static boolean sameConstants(Graph one, Graph other) {
        return one.operators().size() == other.operators().size()
                && used(one.operators()).stream().allMatch(id -> {
                    Tensor mine = one.tensors().get(id);
                    return !mine.isConstant()
                            || mine.constant().equals(other.tensors().get(id).constant());
                });
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
