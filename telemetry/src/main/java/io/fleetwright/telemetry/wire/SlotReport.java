package io.fleetwright.telemetry.wire;

import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one slot of one device is doing, as the device itself says.
 *
 * @param digest measured digest of what runs, absent when nothing does
 * @param state the slot's state after the last attempt to change it
 * @param reason machine-readable reason when the last attempt failed
 */
public record SlotReport(
        String device,
        String slot,
        @Nullable String digest,
        State state,
        @Nullable String reason) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    /** States that cross the wire. */
    public enum State {
        EMPTY,
        /** Fetching, verifying or on trial; what ran before still runs. */
        CHANGING,
        /** Runs the named digest and passed its self-test. */
        ACTIVE,
        /** The desired artifact could not be activated; {@code digest} says what runs instead, if anything. */
        FAILED
    }

    static void write(Json.Writer out, SlotReport slot) throws IOException {
        out.field("device", slot.device)
                .field("slot", slot.slot)
                .field("digest", slot.digest)
                .field("state", Json.wireName(slot.state))
                .field("reason", slot.reason);
    }

    static SlotReport read(Json.Node in) throws MalformedMessageException {
        return new SlotReport(
                in.text("device", NAME),
                in.text("slot", NAME),
                in.has("digest") ? in.text("digest", DIGEST) : null,
                in.oneOf("state", State.class),
                in.textOrNull("reason"));
    }
}
