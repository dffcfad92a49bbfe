package io.fleetwright.telemetry.wire;

import org.jspecify.annotations.Nullable;

/**
 * {@code down/command}: something to do once; doing it twice has the effect of doing it once.
 *
 * @param id names the command in logs and answers
 * @param kind what to do
 * @param task the task to cancel, for {@link Kind#CANCEL}
 * @param device whose program is meant, for {@link Kind#OPERATORS}
 * @param slot that it runs in, for {@link Kind#OPERATORS}
 */
public record Command(
        String id,
        Kind kind,
        @Nullable String task,
        @Nullable String device,
        @Nullable String slot) {
    /** What to do. */
    public enum Kind {
        /** Publish a birth again. */
        REBIRTH,
        /** Drop queued work of one task. */
        CANCEL,
        /** Tell what the operators of a program take; only for nodes whose birth says that they time them. */
        OPERATORS
    }

    /** Of no program. */
    public Command(String id, Kind kind, @Nullable String task) {
        this(id, kind, task, null, null);
    }

    public byte[] encode() {
        return Json.write(out -> out.field("id", id)
                .field("kind", Json.wireName(kind))
                .field("task", task)
                .field("device", device)
                .field("slot", slot));
    }

    public static Command decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        Kind kind = in.oneOf("kind", Kind.class);
        if (kind == Kind.CANCEL && !in.has("task")) {
            throw new MalformedMessageException("$.task must name the task to cancel");
        }
        if (kind == Kind.OPERATORS && !(in.has("device") && in.has("slot"))) {
            throw new MalformedMessageException("$.device and $.slot must name the program to time");
        }
        return new Command(in.text("id"), kind, in.textOrNull("task"), in.textOrNull("device"), in.textOrNull("slot"));
    }
}
