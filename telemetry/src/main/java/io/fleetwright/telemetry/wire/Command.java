package io.fleetwright.telemetry.wire;

import org.jspecify.annotations.Nullable;

/**
 * {@code down/command}: something to do once; doing it twice has the effect of doing it once.
 *
 * @param id names the command in logs and answers
 * @param kind what to do
 * @param task the task to cancel, for {@link Kind#CANCEL}
 */
public record Command(String id, Kind kind, @Nullable String task) {
    /** What to do. */
    public enum Kind {
        /** Publish a birth again. */
        REBIRTH,
        /** Drop queued work of one task. */
        CANCEL
    }

    public byte[] encode() {
        return Json.write(
                out -> out.field("id", id).field("kind", Json.wireName(kind)).field("task", task));
    }

    public static Command decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        Kind kind = in.oneOf("kind", Kind.class);
        if (kind == Kind.CANCEL && !in.has("task")) {
            throw new MalformedMessageException("$.task must name the task to cancel");
        }
        return new Command(in.text("id"), kind, in.textOrNull("task"));
    }
}
