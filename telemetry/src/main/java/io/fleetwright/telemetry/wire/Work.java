package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code down/work}: one attempt at one task. Exactly one of {@code input} and {@code inputDigest} is there.
 *
 * @param task task id
 * @param epoch attempt number, grows with each new attempt at the task
 * @param device device on this node that shall run it
 * @param slot slot whose active variant shall run
 * @param digest variant that must be active there; anything else is a failed attempt
 * @param deadlineMillis Unix milliseconds on the controller's clock after which the result is of no use
 * @param budgetMillis time left when it was sent, for agents whose clock is off
 * @param input input tensor, at most {@link Limits#INLINE_TENSOR_BYTES_MAX} bytes
 * @param inputDigest digest of a larger input, fetched over HTTPS
 * @param inputBytes length of the input
 */
public record Work(
        String task,
        long epoch,
        String device,
        String slot,
        String digest,
        long deadlineMillis,
        long budgetMillis,
        byte @Nullable [] input,
        @Nullable String inputDigest,
        long inputBytes) {
    // Written out in full because a compact constructor loses the annotation of the array in the class file.
    public Work(
            String task,
            long epoch,
            String device,
            String slot,
            String digest,
            long deadlineMillis,
            long budgetMillis,
            byte @Nullable [] input,
            @Nullable String inputDigest,
            long inputBytes) {
        this.task = task;
        this.epoch = epoch;
        this.device = device;
        this.slot = slot;
        this.digest = digest;
        this.deadlineMillis = deadlineMillis;
        this.budgetMillis = budgetMillis;
        this.input = input;
        this.inputDigest = inputDigest;
        this.inputBytes = inputBytes;
        if ((input == null) == (inputDigest == null)) {
            throw new IllegalArgumentException("work %s needs either input or inputDigest".formatted(task));
        }
    }

    public byte[] encode() {
        return Json.write(out -> out.field("task", task)
                .field("epoch", epoch)
                .field("device", device)
                .field("slot", slot)
                .field("digest", digest)
                .field("deadline", deadlineMillis)
                .field("budgetMillis", budgetMillis)
                .bytes("input", input)
                .field("inputDigest", inputDigest)
                .field("inputBytes", inputBytes));
    }

    public static Work decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        if (in.has("input") == in.has("inputDigest")) {
            throw new MalformedMessageException("$ must have either input or inputDigest");
        }
        return new Work(
                in.text("task"),
                in.number("epoch", 1, Long.MAX_VALUE),
                in.text("device"),
                in.text("slot"),
                in.text("digest"),
                in.number("deadline", 0, Long.MAX_VALUE),
                in.number("budgetMillis", 0, Long.MAX_VALUE),
                in.bytesOrNull("input", Limits.INLINE_TENSOR_BYTES_MAX),
                in.textOrNull("inputDigest"),
                in.number("inputBytes", 1, Integer.MAX_VALUE));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Work that && Arrays.equals(encode(), that.encode());
    }

    @Override
    public int hashCode() {
        return Objects.hash(task, epoch);
    }
}
