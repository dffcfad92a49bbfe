package io.fleetwright.agent.link;

import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.ZeroMask;
import io.fleetwright.trust.Digest;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Stretches of one tensor on their way to be whole. They may come twice and in any order; no more is kept than the tensor has. */
public final class TensorPieces {
    /** Stretches that any tensor may have. */
    private static final int PIECES_MIN = 64;
    /** On average, of those beyond: each one takes memory for itself. */
    private static final int PIECE_BYTES_MIN = 256;

    private final int bytes;
    /** By offset. */
    private final TreeMap<Integer, byte[]> pieces = new TreeMap<>();

    private int arrived;
    private byte @Nullable [] sha256;
    /** As it travels, by its first stretch. */
    private int total;
    /** What the first stretch says that it was before it was coded, 0 when it was not. */
    private int plain;

    private byte @Nullable [] whole;

    /** @param bytes of the whole tensor as it travels when it is not coded */
    public TensorPieces(int bytes) {
        this.bytes = bytes;
    }

    /** What became of a stretch. */
    public enum Outcome {
        /** More must come. */
        KEPT,
        /** It was there already. */
        REPEATED,
        /** All are there, and {@link #whole} has them. */
        WHOLE,
        /** It is of another tensor, or does not fit to the others. */
        WRONG,
        /** The bytes are not those of the digest. */
        DAMAGED
    }

    /** Of the whole tensor as it travels when it is not coded. */
    public int bytes() {
        return bytes;
    }

    /** Takes a stretch; after {@code WHOLE}, {@code WRONG} and {@code DAMAGED} no more may come. */
    public Outcome take(Tensor tensor) {
        byte[] digest = sha256 == null ? tensor.sha256() : sha256;
        if (sha256 == null) {
            total = tensor.total();
            plain = tensor.plain();
        }
        // A coded one is shorter than what it stands for, so no more is kept than was awaited.
        if ((plain == 0 ? total : plain) != bytes
                || tensor.total() != total
                || tensor.plain() != plain
                || !Arrays.equals(digest, tensor.sha256())) {
            return Outcome.WRONG;
        }
        sha256 = digest;
        if (pieces.size() >= PIECES_MIN + total / PIECE_BYTES_MIN) {
            return Outcome.WRONG;
        }
        if (pieces.putIfAbsent(tensor.offset(), tensor.bytes()) != null) {
            return Outcome.REPEATED;
        }
        arrived += tensor.bytes().length;
        return arrived < total ? Outcome.KEPT : join(digest);
    }

    private Outcome join(byte[] digest) {
        byte[] all = new byte[total];
        int at = 0;
        for (Map.Entry<Integer, byte[]> piece : pieces.entrySet()) {
            if (piece.getKey() != at || at + piece.getValue().length > all.length) {
                return Outcome.WRONG;
            }
            System.arraycopy(piece.getValue(), 0, all, at, piece.getValue().length);
            at += piece.getValue().length;
        }
        if (!Arrays.equals(Digest.sha256().digest(all), digest)) {
            return Outcome.DAMAGED;
        }
        try {
            whole = plain == 0 ? all : ZeroMask.decode(all, plain);
            return Outcome.WHOLE;
        } catch (MalformedMessageException wrong) {
            return Outcome.DAMAGED;
        }
    }

    /**
     * The tensor.
     *
     * @throws IllegalStateException before it is whole
     */
    public byte[] whole() {
        byte[] all = whole;
        if (all == null) {
            throw new IllegalStateException("%d of %d bytes have come".formatted(arrived, total));
        }
        return all;
    }
}
