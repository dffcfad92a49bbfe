package io.fleetwright.telemetry.wire;

/**
 * {@code up/status}: heartbeat, last will or goodbye. One that is older than the last birth's (boot, connection) is
 * ignored.
 */
public record Status(String boot, long connection, State state, long atMillis) {
    /** What the status says. */
    public enum State {
        /** A heartbeat. */
        ONLINE,
        /** The last will: the connection broke. */
        LOST,
        /** A clean goodbye. */
        STOPPED
    }

    public byte[] encode() {
        return Json.write(out -> out.field("boot", boot)
                .field("connection", connection)
                .field("state", Json.wireName(state))
                .field("at", atMillis));
    }

    public static Status decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        return new Status(
                in.text("boot", Stamp.BOOT),
                in.number("connection", 1, Long.MAX_VALUE),
                in.oneOf("state", State.class),
                in.number("at", 0, Long.MAX_VALUE));
    }
}
