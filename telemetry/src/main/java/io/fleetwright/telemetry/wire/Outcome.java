package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code down/outcome}: how a job has ended that a caller wanted this node to hear of. It may come twice and may be lost; what the
 * controller has stored is the truth.
 *
 * @param job id, by which a repeated message is known
 * @param name the model, or what the caller named a job of several tasks
 * @param state succeeded, failed, expired or cancelled
 * @param device {@code node/device} that ran it, absent for several and for none
 * @param outputs at most {@link Limits#OUTPUTS_MAX}, none unless it succeeded
 */
public record Outcome(
        String job,
        String name,
        State state,
        @Nullable String reason,
        @Nullable String device,
        long finishedAtMillis,
        List<Output> outputs) {
    /** How a job ends. */
    public enum State {
        SUCCEEDED,
        FAILED,
        EXPIRED,
        CANCELLED
    }

    private static final Pattern TYPE = Pattern.compile("int8|int32");
    private static final int DIMENSIONS_MAX = 8;

    /**
     * A value.
     *
     * @param type int8 or int32, the latter little-endian
     * @param digest of the bytes, {@code sha256:} and 64 digits
     * @param data absent when there was no room for it
     */
    public record Output(String name, String type, List<Long> shape, String digest, byte @Nullable [] data) {
        // Written out in full because a compact constructor loses the annotation of the array in the class file.
        public Output(String name, String type, List<Long> shape, String digest, byte @Nullable [] data) {
            this.name = name;
            this.type = type;
            this.shape = List.copyOf(shape);
            this.digest = digest;
            this.data = data;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Output that
                    && name.equals(that.name)
                    && type.equals(that.type)
                    && shape.equals(that.shape)
                    && digest.equals(that.digest)
                    && Arrays.equals(data, that.data);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, digest);
        }

        private void write(Json.Writer out) throws java.io.IOException {
            out.field("name", name)
                    .field("type", type)
                    .numbers("shape", shape)
                    .field("digest", digest)
                    .bytes("data", data);
        }
    }

    public Outcome {
        outputs = List.copyOf(outputs);
        if (outputs.size() > Limits.OUTPUTS_MAX) {
            throw new IllegalArgumentException("%d outputs, at most %d".formatted(outputs.size(), Limits.OUTPUTS_MAX));
        }
    }

    public byte[] encode() {
        return Json.write(this::write);
    }

    /** Writes it among other things. */
    public void write(Json.Writer out) throws java.io.IOException {
        out.field("job", job)
                .field("name", name)
                .field("state", Json.wireName(state))
                .field("reason", reason)
                .field("device", device)
                .field("finishedAt", finishedAtMillis)
                .objects("outputs", outputs, (o, output) -> output.write(o));
    }

    public static Outcome decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        return new Outcome(
                in.text("job"),
                in.text("name"),
                in.oneOf("state", State.class),
                in.textOrNull("reason"),
                in.textOrNull("device"),
                in.number("finishedAt", 0, Long.MAX_VALUE),
                in.objects(
                        "outputs",
                        Limits.OUTPUTS_MAX,
                        output -> new Output(
                                output.text("name"),
                                output.text("type", TYPE),
                                output.numbers("shape", DIMENSIONS_MAX, 1, Integer.MAX_VALUE),
                                output.text("digest"),
                                output.bytesOrNull("data", Limits.INLINE_TENSOR_BYTES_MAX))));
    }
}
