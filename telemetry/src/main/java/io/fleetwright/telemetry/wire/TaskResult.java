package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code up/result}: how one attempt at a task ended.
 *
 * @param task task id
 * @param epoch attempt number of the task; a result of a superseded attempt does not count
 * @param device device that ran it
 * @param digest measured digest of the variant that ran, absent when none did
 * @param outcome how it ended
 * @param reason machine-readable reason of a failure
 * @param output output tensor, at most {@link Limits#INLINE_TENSOR_BYTES_MAX} bytes
 * @param latencyMicros time of the inference alone, microseconds, at most {@value #MICROS_MAX}
 * @param latencyModelled true when the time comes from a device profile
 * @param energyMicrojoules energy of the inference, at least 0, absent when unknown (never 0 for unknown)
 * @param energyUncertainty relative standard uncertainty of the energy, such as 0.3, absent when unknown
 * @param span when the input was there and when the outcome was, absent when nothing ran
 * @param frame which frame of a sensor it was, absent when the input came from elsewhere
 * @param sentBytes of the outcome as it went to another node, 1 to {@value Tensor#TOTAL_MAX}; absent when it is here or there is none
 * @param directMicros how long it was on its way to the other node directly, until that said that it has it, on this node's steady
 *     clock, at least 1; absent when it went by the broker
 * @param onLink what the node's radio took for the input and the outcome, absent when nothing of that is known
 * @param put an output that the controller has over HTTPS, in place of {@code output}; absent for any other
 * @param transformed what transforms took, absent when the order had none: an outcome without it was not transformed
 */
public record TaskResult(
        Stamp stamp,
        String task,
        long epoch,
        String device,
        @Nullable String digest,
        Outcome outcome,
        @Nullable String reason,
        byte @Nullable [] output,
        @Nullable Long latencyMicros,
        boolean latencyModelled,
        @Nullable Double energyMicrojoules,
        EnergyMethod energyMethod,
        @Nullable Double energyUncertainty,
        @Nullable Span span,
        @Nullable Frame frame,
        @Nullable Long sentBytes,
        @Nullable Long directMicros,
        @Nullable OnLink onLink,
        @Nullable PutOutput put,
        @Nullable Transformed transformed) {
    /** A day: no attempt lasts as long, and sums of times stay far from what a long holds. */
    public static final long MICROS_MAX = 86_400_000_000L;

    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");

    /**
     * An output that was put to the controller before this was said.
     *
     * @param digest {@code sha256:} and 64 hexadecimal digits
     * @param bytes 1 to {@link Limits#OUTPUT_BYTES_MAX}
     */
    public record PutOutput(String digest, long bytes) {}

    /**
     * What transforms of an order took, always measured.
     *
     * @param beforeMicros of the sensor's frame, at least 0
     * @param afterMicros of what the network gave, at least 0
     */
    public record Transformed(long beforeMicros, long afterMicros) {}

    /**
     * Modelled energy of a node's radio for one attempt.
     *
     * @param sendMicrojoules of the outcome as it went to another node, at least 0; absent when unknown, or none did
     * @param receiveMicrojoules of the input as it came from another node, at least 0; absent when unknown, or none came
     */
    public record OnLink(
            @Nullable Double sendMicrojoules, @Nullable Double receiveMicrojoules) {
        /** Absent when both are. */
        public static @Nullable OnLink of(@Nullable Double sendMicrojoules, @Nullable Double receiveMicrojoules) {
            return sendMicrojoules == null && receiveMicrojoules == null
                    ? null
                    : new OnLink(sendMicrojoules, receiveMicrojoules);
        }

        private static OnLink read(Json.Node in) throws MalformedMessageException {
            return new OnLink(energy(in, "sendMicrojoules"), energy(in, "receiveMicrojoules"));
        }

        private static @Nullable Double energy(Json.Node in, String name) throws MalformedMessageException {
            return TaskResult.energy(in, name);
        }
    }

    /**
     * A stretch of time on the node's clock.
     *
     * @param takenAtMicros the device had the input, Unix microseconds
     * @param doneAtMicros the outcome was there, Unix microseconds; a clock that is set anew may make it the earlier one
     */
    public record Span(long takenAtMicros, long doneAtMicros) {}

    /**
     * A frame of a sensor.
     *
     * @param number from 1; counts what the sensor gave since the agent's start, or what the sender of the frame says
     * @param digest of its bytes, {@code sha256:} and 64 hexadecimal digits
     */
    public record Frame(long number, String digest) {}

    /**
     * An attempt that gave something: nothing is known of it but what ran.
     *
     * @param digest measured digest of the variant that ran, absent when none did
     */
    public static TaskResult succeeded(Stamp stamp, String task, long epoch, String device, @Nullable String digest) {
        return of(stamp, task, epoch, device, digest, Outcome.OK, null);
    }

    /** An order that was carried out, as {@link #succeeded(Stamp, String, long, String, String)}. */
    public static TaskResult succeeded(Stamp stamp, Work work, @Nullable String digest) {
        return succeeded(stamp, work.task(), work.epoch(), work.device(), digest);
    }

    /**
     * An attempt of which nothing ran.
     *
     * @param outcome any but {@link Outcome#OK}
     */
    public static TaskResult failed(
            Stamp stamp, String task, long epoch, String device, Outcome outcome, String reason) {
        return of(stamp, task, epoch, device, null, outcome, reason);
    }

    /** An order that was not carried out, as {@link #failed(Stamp, String, long, String, Outcome, String)}. */
    public static TaskResult failed(Stamp stamp, Work work, Outcome outcome, String reason) {
        return failed(stamp, work.task(), work.epoch(), work.device(), outcome, reason);
    }

    private static TaskResult of(
            Stamp stamp,
            String task,
            long epoch,
            String device,
            @Nullable String digest,
            Outcome outcome,
            @Nullable String reason) {
        return new TaskResult(
                stamp,
                task,
                epoch,
                device,
                digest,
                outcome,
                reason,
                null,
                null,
                false,
                null,
                EnergyMethod.UNKNOWN,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** With the measured digest of the variant that ran. */
    public TaskResult withDigest(String measured) {
        return with(it -> it.digest = measured);
    }

    /** With its output, or with none: that is with another node. */
    public TaskResult withOutput(byte @Nullable [] tensor) {
        return with(it -> it.output = tensor);
    }

    /** With an output that the controller has. */
    public TaskResult withPut(@Nullable PutOutput there) {
        return with(it -> it.put = there);
    }

    /** With the time that the inference took, microseconds. */
    public TaskResult measured(long micros) {
        return with(it -> {
            it.latencyMicros = micros;
            it.latencyModelled = false;
        });
    }

    /** With the time of the inference that a device profile tells, microseconds. */
    public TaskResult modelled(long micros) {
        return with(it -> {
            it.latencyMicros = micros;
            it.latencyModelled = true;
        });
    }

    /**
     * With the energy of the inference.
     *
     * @param microjoules absent when unknown
     * @param uncertainty relative and standard, absent when unknown
     */
    public TaskResult withEnergy(@Nullable Double microjoules, EnergyMethod method, @Nullable Double uncertainty) {
        return with(it -> {
            it.energyMicrojoules = microjoules;
            it.energyMethod = method;
            it.energyUncertainty = uncertainty;
        });
    }

    /** With the time of day, Unix microseconds, of its input and of its outcome. */
    public TaskResult withSpan(long takenAtMicros, long doneAtMicros) {
        return with(it -> it.span = new Span(takenAtMicros, doneAtMicros));
    }

    /** With the frame of a sensor that it was, or with none. */
    public TaskResult withFrame(@Nullable Frame taken) {
        return with(it -> it.frame = taken);
    }

    /** With the bytes that went to another node, or with none where the outcome is here. */
    public TaskResult withSentBytes(@Nullable Long sent) {
        return with(it -> it.sentBytes = sent);
    }

    /** With the time of its direct way to another node, or with none where it went by the broker. */
    public TaskResult withDirectMicros(@Nullable Long micros) {
        return with(it -> it.directMicros = micros);
    }

    /** With what the node's radio took, or with nothing where that is not known. */
    public TaskResult withOnLink(@Nullable OnLink taken) {
        return with(it -> it.onLink = taken);
    }

    /** With what transforms took, or with nothing where there were none. */
    public TaskResult withTransformed(@Nullable Transformed taken) {
        return with(it -> it.transformed = taken);
    }

    private TaskResult with(Consumer<Copy> change) {
        var copy = new Copy();
        change.accept(copy);
        return copy.result();
    }

    /** This result, until something of it is set. */
    private final class Copy {
        @Nullable
        String digest = TaskResult.this.digest;

        byte @Nullable [] output = TaskResult.this.output;

        @Nullable
        Long latencyMicros = TaskResult.this.latencyMicros;

        boolean latencyModelled = TaskResult.this.latencyModelled;

        @Nullable
        Double energyMicrojoules = TaskResult.this.energyMicrojoules;

        EnergyMethod energyMethod = TaskResult.this.energyMethod;

        @Nullable
        Double energyUncertainty = TaskResult.this.energyUncertainty;

        @Nullable
        Span span = TaskResult.this.span;

        @Nullable
        Frame frame = TaskResult.this.frame;

        @Nullable
        Long sentBytes = TaskResult.this.sentBytes;

        @Nullable
        Long directMicros = TaskResult.this.directMicros;

        @Nullable
        OnLink onLink = TaskResult.this.onLink;

        @Nullable
        PutOutput put = TaskResult.this.put;

        @Nullable
        Transformed transformed = TaskResult.this.transformed;

        TaskResult result() {
            return new TaskResult(
                    stamp,
                    task,
                    epoch,
                    device,
                    digest,
                    outcome,
                    reason,
                    output,
                    latencyMicros,
                    latencyModelled,
                    energyMicrojoules,
                    energyMethod,
                    energyUncertainty,
                    span,
                    frame,
                    sentBytes,
                    directMicros,
                    onLink,
                    put,
                    transformed);
        }
    }

    /** How an attempt ended. */
    public enum Outcome {
        OK,
        FAILED,
        /** The deadline had passed before it could start. */
        EXPIRED,
        /** The device's queue was full. */
        REJECTED
    }

    public byte[] encode() {
        return Json.write(out -> {
            stamp.write(out);
            out.field("task", task)
                    .field("epoch", epoch)
                    .field("device", device)
                    .field("digest", digest)
                    .field("outcome", Json.wireName(outcome))
                    .field("reason", reason)
                    .bytes("output", output)
                    .field("outputDigest", put == null ? null : put.digest)
                    .field("outputBytes", put == null ? null : put.bytes)
                    .field("latencyMicros", latencyMicros)
                    .field("latencyModelled", latencyModelled)
                    .field("energyMicrojoules", energyMicrojoules)
                    .field("energyMethod", energyMethod.wireName())
                    .field("energyUncertainty", energyUncertainty)
                    .object(
                            "span",
                            span,
                            (o, one) ->
                                    o.field("takenAtMicros", one.takenAtMicros).field("doneAtMicros", one.doneAtMicros))
                    .object(
                            "frame",
                            frame,
                            (o, one) -> o.field("number", one.number).field("digest", one.digest))
                    .field("sentBytes", sentBytes)
                    .field("directMicros", directMicros)
                    .object(
                            "onLink",
                            onLink,
                            (o, one) -> o.field("sendMicrojoules", one.sendMicrojoules)
                                    .field("receiveMicrojoules", one.receiveMicrojoules))
                    .object(
                            "transformed",
                            transformed,
                            (o, one) ->
                                    o.field("beforeMicros", one.beforeMicros).field("afterMicros", one.afterMicros));
        });
    }

    public static TaskResult decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.MESSAGE_BYTES_MAX);
        Json.Node span = in.has("span") ? in.object("span") : null;
        Json.Node frame = in.has("frame") ? in.object("frame") : null;
        Json.Node transformed = in.has("transformed") ? in.object("transformed") : null;
        boolean isPut = in.has("outputDigest");
        if (isPut != in.has("outputBytes") || isPut && in.has("output")) {
            throw new MalformedMessageException("$ must have output, or outputDigest and outputBytes, or none of them");
        }
        return new TaskResult(
                Stamp.read(in),
                in.text("task"),
                in.number("epoch", 1, Long.MAX_VALUE),
                in.text("device"),
                in.textOrNull("digest"),
                in.oneOf("outcome", Outcome.class),
                in.textOrNull("reason"),
                in.bytesOrNull("output", Limits.INLINE_TENSOR_BYTES_MAX),
                in.numberOrNull("latencyMicros", 0, MICROS_MAX),
                in.flag("latencyModelled"),
                energy(in, "energyMicrojoules"),
                in.oneOf("energyMethod", EnergyMethod.class),
                energy(in, "energyUncertainty"),
                span == null
                        ? null
                        : new Span(
                                span.number("takenAtMicros", 0, Long.MAX_VALUE),
                                span.number("doneAtMicros", 0, Long.MAX_VALUE)),
                frame == null
                        ? null
                        : new Frame(frame.number("number", 1, Long.MAX_VALUE), frame.text("digest", SHA256)),
                in.numberOrNull("sentBytes", 1, Tensor.TOTAL_MAX),
                in.numberOrNull("directMicros", 1, MICROS_MAX),
                in.has("onLink") ? OnLink.read(in.object("onLink")) : null,
                isPut
                        ? new PutOutput(
                                in.text("outputDigest", SHA256), in.number("outputBytes", 1, Limits.OUTPUT_BYTES_MAX))
                        : null,
                transformed == null
                        ? null
                        : new Transformed(
                                transformed.number("beforeMicros", 0, MICROS_MAX),
                                transformed.number("afterMicros", 0, MICROS_MAX)));
    }

    private static @Nullable Double energy(Json.Node in, String name) throws MalformedMessageException {
        Double value = in.decimalOrNull(name);
        if (value != null && !(value >= 0 && value <= StreamAnswer.ENERGY_MAX)) {
            throw new MalformedMessageException(
                    "%s (%s) must be from 0 to %s".formatted(name, value, StreamAnswer.ENERGY_MAX));
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TaskResult that && Arrays.equals(encode(), that.encode());
    }

    @Override
    public int hashCode() {
        return Objects.hash(stamp, task, epoch);
    }
}
