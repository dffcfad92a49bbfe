package io.fleetwright.agent.link;

import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.Tensor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Stretches of a tensor as the body of one request: before each its length, four bytes, the highest first. */
final class PeerBody {
    /** Of the length before a stretch. */
    static final int LENGTH_BYTES = Integer.BYTES;

    /** Of a body: the largest tensor, with what goes with each of its stretches. */
    static final long BYTES_MAX =
            Math.ceilDiv((long) Tensor.TOTAL_MAX, Tensor.BYTES_MAX) * (Limits.MESSAGE_BYTES_MAX + LENGTH_BYTES);

    private static final long BASE_MILLIS = 1_000;
    /** Where a megabyte takes longer, the broker's way is as good. */
    private static final long MILLIS_PER_MEGABYTE = 1_000;

    private PeerBody() {}

    /** What a body is made of. */
    static List<byte[]> parts(List<byte[]> messages) {
        List<byte[]> parts = new ArrayList<>(2 * messages.size());
        for (byte[] message : messages) {
            parts.add(ByteBuffer.allocate(LENGTH_BYTES).putInt(message.length).array());
            parts.add(message);
        }
        return parts;
    }

    /** How long a body may take. */
    static Duration limit(long bytes) {
        return Duration.ofMillis(BASE_MILLIS + bytes * MILLIS_PER_MEGABYTE / (1024 * 1024));
    }
}
