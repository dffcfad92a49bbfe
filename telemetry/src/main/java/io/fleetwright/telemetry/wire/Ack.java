package io.fleetwright.telemetry.wire;

import java.util.List;

/**
 * {@code down/ack}: places that this controller has committed to its database. Agents drop these and nothing else.
 *
 * @param stream which stream
 * @param boot which boot of the agent
 * @param ranges inclusive ranges of sequence numbers
 */
public record Ack(Stream stream, String boot, List<Range> ranges) {
    /** Inclusive. */
    public record Range(long first, long last) {
        public Range {
            if (first < 0 || last < first) {
                throw new IllegalArgumentException(
                        "range [%d, %d] must have 0 <= first <= last".formatted(first, last));
            }
        }

        public boolean contains(long sequence) {
            return sequence >= first && sequence <= last;
        }
    }

    public Ack {
        ranges = List.copyOf(ranges);
    }

    public byte[] encode() {
        return Json.write(out -> out.field("stream", stream.wireName())
                .field("boot", boot)
                .pairs(
                        "ranges",
                        ranges.stream()
                                .map(range -> new long[] {range.first, range.last})
                                .toList()));
    }

    public static Ack decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        return new Ack(
                in.oneOf("stream", Stream.class),
                in.text("boot", Stamp.BOOT),
                in.pairs("ranges", Limits.RANGES_PER_ACK_MAX).stream()
                        .map(pair -> new Range(pair[0], pair[1]))
                        .toList());
    }
}
