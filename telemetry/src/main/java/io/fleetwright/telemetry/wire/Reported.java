package io.fleetwright.telemetry.wire;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code up/reported}: what became of a desired version, slot by slot.
 *
 * @param version the desired version that this answers
 * @param settled true when no slot is changing any more
 * @param refused the newest list that came, when it was refused; {@code version} is that of the list before, which stays
 */
public record Reported(
        Stamp stamp,
        long version,
        boolean settled,
        List<SlotReport> slots,
        @Nullable Refused refused) {
    public Reported {
        slots = List.copyOf(slots);
    }

    /**
     * A list that the node does not apply.
     *
     * @param version of that list; 0 when the message was not readable
     * @param reason machine-readable, such as {@code bad-signature}
     */
    public record Refused(long version, String reason) {
        private static final Pattern REASON = Pattern.compile("[a-z]{1,24}(-[a-z]{1,24}){0,4}");

        public Refused {
            if (version < 0 || !REASON.matcher(reason).matches()) {
                throw new IllegalArgumentException("list %d refused for (%s)".formatted(version, reason));
            }
        }

        private static void write(Json.Writer out, Refused refused) throws IOException {
            out.field("version", refused.version).field("reason", refused.reason);
        }

        private static Refused read(Json.Node in) throws MalformedMessageException {
            return new Refused(in.number("version", 0, Long.MAX_VALUE), in.text("reason", REASON));
        }
    }

    public byte[] encode() {
        return Json.write(out -> {
            stamp.write(out);
            out.field("version", version)
                    .field("settled", settled)
                    .objects("slots", slots, SlotReport::write)
                    .object("refused", refused, Refused::write);
        });
    }

    public static Reported decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.MESSAGE_BYTES_MAX);
        return new Reported(
                Stamp.read(in),
                in.number("version", 0, Long.MAX_VALUE),
                in.flag("settled"),
                in.objects("slots", Limits.SLOTS_PER_NODE_MAX, SlotReport::read),
                in.has("refused") ? Refused.read(in.object("refused")) : null);
    }
}
