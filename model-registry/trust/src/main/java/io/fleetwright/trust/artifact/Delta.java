package io.fleetwright.trust.artifact;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.DeltaStep.Adjust;
import io.fleetwright.trust.artifact.DeltaStep.Copy;
import io.fleetwright.trust.artifact.DeltaStep.Insert;
import io.fleetwright.trust.artifact.MalformedDeltaException.Kind;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.Deflater;

/**
 * From one artifact to another in fewer bytes than the other has.
 *
 * <p>Form: {@code FWD1}, the base's SHA-256 (32 bytes), the target's SHA-256 (32), the target's length, and one byte.
 * After 0 the target itself follows. After 1: the lengths of instructions, differences and literals, and these three in
 * this order, deflated (RFC 1951) as one. An instruction is {@code length * 4 + kind}: 0 takes literals, 1 copies from the
 * base, 2 copies and adds a difference to each byte; after 1 and 2 follows how far the place in the base has moved
 * against the place in the target since the last of them, in zigzag form. Numbers are LEB128, up to 5 bytes.
 */
public final class Delta {
    /** A delta is at most this much longer than its target. */
    public static final int OVERHEAD_BYTES_MAX = 4 + 32 + 32 + 5 + 1;

    static final int INSERT = 0;
    static final int COPY = 1;
    static final int ADJUST = 2;

    private static final byte[] MAGIC = {'F', 'W', 'D', '1'};
    private static final int WHOLE = 0;
    private static final int STEPS = 1;
    private static final int BUFFER_BYTES = 8192;

    private Delta() {}

    /** The delta that makes {@code target} of {@code base}; each has at most {@link ArtifactStore#BYTES_MAX} bytes. */
    public static byte[] between(byte[] base, byte[] target) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(MAGIC);
        out.writeBytes(sha256(base));
        out.writeBytes(sha256(target));
        number(out, target.length);
        Optional<byte[]> body = body(base, target);
        out.write(body.isPresent() ? STEPS : WHOLE);
        out.writeBytes(body.orElse(target));
        return out.toByteArray();
    }

    /** Absent when the target itself is no longer. */
    private static Optional<byte[]> body(byte[] base, byte[] target) {
        ByteArrayOutputStream instructions = new ByteArrayOutputStream();
        ByteArrayOutputStream differences = new ByteArrayOutputStream();
        ByteArrayOutputStream literals = new ByteArrayOutputStream();
        int at = 0;
        int alignment = 0;
        for (DeltaStep step : DeltaFinder.steps(base, target)) {
            switch (step) {
                case Insert(int length) -> {
                    number(instructions, (long) length << 2 | INSERT);
                    literals.write(target, at, length);
                }
                case Copy(int from, int length) -> {
                    number(instructions, (long) length << 2 | COPY);
                    signed(instructions, from - at - alignment);
                    alignment = from - at;
                }
                case Adjust(int from, int length) -> {
                    number(instructions, (long) length << 2 | ADJUST);
                    signed(instructions, from - at - alignment);
                    alignment = from - at;
                    for (int i = 0; i < length; i++) {
                        differences.write(target[at + i] - base[from + i]);
                    }
                }
            }
            at += step.length();
        }
        if (instructions.size() > target.length) {
            return Optional.empty();
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        number(body, instructions.size());
        number(body, differences.size());
        number(body, literals.size());
        instructions.writeBytes(differences.toByteArray());
        instructions.writeBytes(literals.toByteArray());
        // Dense differences have little that repeats: codes alone are smaller then, and twenty times faster than a
        // search.
        byte[] searched = deflated(instructions.toByteArray(), Deflater.DEFAULT_STRATEGY);
        byte[] coded = deflated(instructions.toByteArray(), Deflater.HUFFMAN_ONLY);
        body.writeBytes(searched.length < coded.length ? searched : coded);
        return body.size() < target.length ? Optional.of(body.toByteArray()) : Optional.empty();
    }

    private static byte[] deflated(byte[] bytes, int strategy) {
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            deflater.setStrategy(strategy);
            deflater.setInput(bytes);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    /**
     * What a delta makes of its base. Memory is at most five times {@code bytesMax}, whatever the delta says.
     *
     * @param bytesMax most bytes that the caller takes
     * @return the target; it has the digest that the delta names
     */
    public static byte[] apply(byte[] base, byte[] delta, int bytesMax) throws MalformedDeltaException {
        DeltaReader in = new DeltaReader(delta, 0, delta.length);
        if (!Arrays.equals(in.take(MAGIC.length), MAGIC)) {
            throw MalformedDeltaException.at(0, "no delta of a form that is known");
        }
        Digest from = digest(in.take(32));
        Digest to = digest(in.take(32));
        if (!Digest.of(base).equals(from)) {
            throw new MalformedDeltaException(Kind.WRONG_BASE, "the delta is for the base " + from);
        }
        int length = in.number();
        int most = Math.min(bytesMax, ArtifactStore.BYTES_MAX);
        if (length > most) {
            throw new MalformedDeltaException(
                    Kind.TOO_LARGE, "the delta makes %d bytes, at most %d are taken".formatted(length, most));
        }
        int form = in.take(1)[0];
        byte[] target = switch (form) {
            case WHOLE -> in.take(in.left());
            case STEPS -> DeltaSteps.run(base, in, length);
            default -> throw MalformedDeltaException.at(in.offset() - 1, "form %d".formatted(form));
        };
        if (target.length != length || !Digest.of(target).equals(to)) {
            throw new MalformedDeltaException(Kind.WRONG_RESULT, "the delta does not make " + to);
        }
        return target;
    }

    private static byte[] sha256(byte[] bytes) {
        return Digest.sha256().digest(bytes);
    }

    private static Digest digest(byte[] sha256) {
        return new Digest("sha256:" + HexFormat.of().formatHex(sha256));
    }

    private static void signed(ByteArrayOutputStream out, int value) {
        number(out, Integer.toUnsignedLong(value << 1 ^ value >> 31));
    }

    private static void number(ByteArrayOutputStream out, long value) {
        long rest = value;
        for (; rest >= 0x80; rest >>>= 7) {
            out.write((int) rest | 0x80);
        }
        out.write((int) rest);
    }
}
