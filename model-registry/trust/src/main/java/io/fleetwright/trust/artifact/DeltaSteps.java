package io.fleetwright.trust.artifact;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Runs a delta's instructions. */
final class DeltaSteps {
    private DeltaSteps() {}

    /** Makes {@code length} bytes of the base, by what is left of {@code in}. */
    static byte[] run(byte[] base, DeltaReader in, int length) throws MalformedDeltaException {
        long instructions = in.number();
        long differences = in.number();
        long literals = in.number();
        if (differences + literals > length || instructions > length) {
            throw MalformedDeltaException.at(
                    in.offset(),
                    "%d instruction, %d difference and %d literal bytes for %d bytes"
                            .formatted(instructions, differences, literals, length));
        }
        byte[] inflated = inflate(in, Math.toIntExact(instructions + differences + literals));
        int differencesFrom = (int) instructions;
        int literalsFrom = (int) (instructions + differences);
        DeltaReader steps = new DeltaReader(inflated, 0, differencesFrom);
        DeltaReader difference = new DeltaReader(inflated, differencesFrom, literalsFrom);
        DeltaReader literal = new DeltaReader(inflated, literalsFrom, inflated.length);
        byte[] target = new byte[length];
        int at = 0;
        int alignment = 0;
        while (steps.left() > 0) {
            int start = steps.offset();
            int word = steps.number();
            int count = word >>> 2;
            int kind = word & 3;
            if (count == 0 || count > length - at) {
                throw MalformedDeltaException.at(start, "%d bytes at %d of %d".formatted(count, at, length));
            }
            switch (kind) {
                case Delta.INSERT -> System.arraycopy(literal.take(count), 0, target, at, count);
                case Delta.COPY, Delta.ADJUST -> {
                    alignment += steps.signed();
                    long from = (long) at + alignment;
                    if (from < 0 || from + count > base.length) {
                        throw MalformedDeltaException.at(
                                start, "base %d to %d of %d".formatted(from, from + count, base.length));
                    }
                    System.arraycopy(base, (int) from, target, at, count);
                    if (kind == Delta.ADJUST) {
                        byte[] added = difference.take(count);
                        for (int i = 0; i < count; i++) {
                            target[at + i] += added[i];
                        }
                    }
                }
                default -> throw MalformedDeltaException.at(start, "instruction %d".formatted(kind));
            }
            at += count;
        }
        if (at != length || difference.left() > 0 || literal.left() > 0) {
            throw MalformedDeltaException.at(in.offset(), "%d of %d bytes are made".formatted(at, length));
        }
        return target;
    }

    private static byte[] inflate(DeltaReader in, int length) throws MalformedDeltaException {
        int start = in.offset();
        byte[] out = new byte[length];
        Inflater inflater = new Inflater(true);
        try {
            byte[] packed = in.take(in.left());
            inflater.setInput(packed);
            int got = 0;
            while (got < length) {
                int count = inflater.inflate(out, got, length - got);
                if (count == 0) {
                    throw MalformedDeltaException.at(start, "inflates to %d of %d bytes".formatted(got, length));
                }
                got += count;
            }
            if (inflater.inflate(new byte[1]) != 0 || !inflater.finished() || inflater.getRemaining() != 0) {
                throw MalformedDeltaException.at(start, "does not end after %d bytes".formatted(length));
            }
            return out;
        } catch (DataFormatException notDeflated) {
            throw MalformedDeltaException.at(start, String.valueOf(notDeflated.getMessage()));
        } finally {
            inflater.end();
        }
    }
}
