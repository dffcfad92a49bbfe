package io.fleetwright.telemetry.wire;

import java.util.List;

/**
 * {@code up/reported}: what became of a desired version, slot by slot.
 *
 * @param version the desired version that this answers
 * @param settled true when no slot is changing any more
 */
public record Reported(Stamp stamp, long version, boolean settled, List<SlotReport> slots) {
    public Reported {
        slots = List.copyOf(slots);
    }

    public byte[] encode() {
        return Json.write(out -> {
            stamp.write(out);
            out.field("version", version).field("settled", settled).objects("slots", slots, SlotReport::write);
        });
    }

    public static Reported decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.MESSAGE_BYTES_MAX);
        return new Reported(
                Stamp.read(in),
                in.number("version", 0, Long.MAX_VALUE),
                in.flag("settled"),
                in.objects("slots", Limits.SLOTS_PER_NODE_MAX, SlotReport::read));
    }
}
