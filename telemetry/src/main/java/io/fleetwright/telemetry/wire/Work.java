package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code down/work}: one attempt at one task. Exactly one of {@code input}, {@code inputDigest}, {@code
 * expects} and {@code sensor} is on the wire.
 *
 * @param task task id
 * @param epoch attempt number, grows with each new attempt at the task
 * @param device device on this node that shall run it
 * @param slot slot whose active variant shall run
 * @param digest variant that must be active there; anything else is a failed attempt
 * @param deadlineMillis Unix milliseconds on the controller's clock after which the result is of no use
 * @param budgetMillis time left when it was sent, for agents whose clock is off
 * @param source where the input comes from
 * @param segment the stretch of the network that shall run, absent for all of it
 * @param sends where the outcome goes instead of into the result
 * @param transforms what is done to the sensor's frame before the network, and to what the network gives before that is the outcome;
 *     before only of a frame, after only where the outcome goes to no other node
 */
public record Work(
        String task,
        long epoch,
        String device,
        String slot,
        String digest,
        long deadlineMillis,
        long budgetMillis,
        Source source,
        @Nullable Segment segment,
        @Nullable Sends sends,
        StreamTransforms transforms) {
    /** Tensors travel as they are, or packed to four bits. */
    public static final Set<Integer> BITS = Set.of(8, 4);

    private static final List<String> SOURCES = List.of("input", "inputDigest", "expects", "sensor");

    /** Where an input comes from. */
    public sealed interface Source {
        /** Length of the input; of what comes from another node, as it is before packing. */
        long bytes();

        /** The tensor itself. */
        static Source here(byte[] tensor) {
            return new Here(tensor, tensor.length);
        }

        /**
         * It is in the order.
         *
         * @param tensor at most {@link Limits#INLINE_TENSOR_BYTES_MAX} bytes
         * @param bytes what the order says of its length, which the node compares
         */
        record Here(byte[] tensor, long bytes) implements Source {}

        /** A larger one, fetched over HTTPS by its digest. */
        record Stored(String digest, long bytes) implements Source {}

        /** Another node sends it. */
        record Sent(Expects expects, long bytes) implements Source {}

        /** The next frame of a sensor of the node, by the sensor's name. */
        record Sensed(String sensor, long bytes) implements Source {}
    }

    /**
     * A stretch of a network. The one from 0 to 0 has no operators: the input is sent on as it is, or, where it goes to no other node,
     * is itself the outcome.
     *
     * @param from first operator, at least 0
     * @param to operator after the last, above {@code from}, or 0 with it
     */
    public record Segment(int from, int to) {
        public Segment {
            if (from < 0 || to < from || to == from && from > 0) {
                throw new IllegalArgumentException("no operators from %d to %d".formatted(from, to));
            }
        }

        /** Whether the input is sent on as it is. */
        public boolean isEmpty() {
            return to == 0;
        }
    }

    /**
     * Another node's task that takes the outcome, in the same attempt.
     *
     * @param node of the same tenant
     * @param bits one of {@link #BITS}
     * @param link that is emulated on the way there, absent when it is that of the sending node
     * @param peer where it takes tensors directly, absent when it takes them from the broker alone
     */
    public record Sends(
            String node,
            String task,
            int bits,
            Birth.@Nullable Link link,
            @Nullable PeerAddress peer) {
        // Written out in full because a compact constructor loses the annotation in the class file.
        public Sends(String node, String task, int bits, Birth.@Nullable Link link, @Nullable PeerAddress peer) {
            requireBits(bits);
            this.node = node;
            this.task = task;
            this.bits = bits;
            this.link = link;
            this.peer = peer;
        }

        /** By the broker. */
        public Sends(String node, String task, int bits, Birth.@Nullable Link link) {
            this(node, task, bits, link, null);
        }

        /** Over the link of the sending node, by the broker. */
        public Sends(String node, String task, int bits) {
            this(node, task, bits, null, null);
        }
    }

    /**
     * The node that sends the input.
     *
     * @param node of the same tenant
     * @param bits one of {@link #BITS}
     * @param link that the sender emulates, absent where nothing is emulated or nobody told what receiving takes
     */
    public record Expects(String node, int bits, Birth.@Nullable Link link) {
        // Written out in full because a compact constructor loses the annotation in the class file.
        public Expects(String node, int bits, Birth.@Nullable Link link) {
            requireBits(bits);
            this.node = node;
            this.bits = bits;
            this.link = link;
        }

        /** Nobody told what receiving takes. */
        public Expects(String node, int bits) {
            this(node, bits, null);
        }
    }

    private static void requireBits(int bits) {
        if (!BITS.contains(bits)) {
            throw new IllegalArgumentException("bits (%d) must be one of %s".formatted(bits, BITS));
        }
    }

    public Work {
        if (!(source instanceof Source.Sensed) && !transforms.before().isEmpty()) {
            throw new IllegalArgumentException("work %s transforms a frame, and no sensor gives one".formatted(task));
        }
        if (sends != null && !transforms.after().isEmpty()) {
            throw new IllegalArgumentException(
                    "work %s transforms an outcome that goes to %s".formatted(task, sends.node()));
        }
    }

    /** All of a network on an input, with the outcome in the result and nothing transformed; {@link #within} gives it its time. */
    public static Work order(String task, long epoch, String device, String slot, String digest, Source source) {
        return new Work(task, epoch, device, slot, digest, 0, 0, source, null, null, StreamTransforms.NONE);
    }

    /**
     * With the time that it has.
     *
     * @param deadline Unix milliseconds on the controller's clock
     * @param budget milliseconds left
     */
    public Work within(long deadline, long budget) {
        return new Work(task, epoch, device, slot, digest, deadline, budget, source, segment, sends, transforms);
    }

    /** Of a stretch of the network, or of all of it. */
    public Work withSegment(@Nullable Segment stretch) {
        return new Work(
                task, epoch, device, slot, digest, deadlineMillis, budgetMillis, source, stretch, sends, transforms);
    }

    /** With its outcome sent to another node, or in the result. */
    public Work sendingTo(@Nullable Sends to) {
        return new Work(
                task, epoch, device, slot, digest, deadlineMillis, budgetMillis, source, segment, to, transforms);
    }

    public Work withTransforms(StreamTransforms around) {
        return new Work(
                task, epoch, device, slot, digest, deadlineMillis, budgetMillis, source, segment, sends, around);
    }

    /** The input tensor, where the order has it. */
    public byte @Nullable [] input() {
        return source instanceof Source.Here here ? here.tensor() : null;
    }

    /** The digest of an input that is fetched. */
    public @Nullable String inputDigest() {
        return source instanceof Source.Stored stored ? stored.digest() : null;
    }

    /** Length of the input, as {@link Source#bytes}. */
    public long inputBytes() {
        return source.bytes();
    }

    /** The node that sends the input, where one does. */
    public @Nullable Expects expects() {
        return source instanceof Source.Sent sent ? sent.expects() : null;
    }

    /** Name of the sensor whose next frame is the input, where it is one. */
    public @Nullable String sensor() {
        return source instanceof Source.Sensed sensed ? sensed.sensor() : null;
    }

    /** Whether a sensor's frame, or what is made of it, is the outcome: nothing is computed of it and no slot is asked. */
    public boolean isCapture() {
        return source instanceof Source.Sensed && sends == null && segment != null && segment.isEmpty();
    }

    public byte[] encode() {
        return Json.write(out -> out.field("task", task)
                .field("epoch", epoch)
                .field("device", device)
                .field("slot", slot)
                .field("digest", digest)
                .field("deadline", deadlineMillis)
                .field("budgetMillis", budgetMillis)
                .bytes("input", input())
                .field("inputDigest", inputDigest())
                .field("inputBytes", inputBytes())
                .object(
                        "segment",
                        segment,
                        (o, one) -> o.field("from", one.from).field("to", one.to))
                .object(
                        "sends",
                        sends,
                        (o, one) -> o.field("node", one.node)
                                .field("task", one.task)
                                .field("bits", one.bits)
                                .object("link", one.link, Birth.Link::write)
                                .field("peer", one.peer == null ? null : one.peer.text()))
                .object(
                        "expects",
                        expects(),
                        (o, one) -> o.field("node", one.node)
                                .field("bits", one.bits)
                                .object("link", one.link, Birth.Link::write))
                .field("sensor", sensor())
                .object("transforms", transforms.isEmpty() ? null : transforms, StreamTransforms::write));
    }

    public static Work decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        if (SOURCES.stream().filter(in::has).count() != 1) {
            throw new MalformedMessageException("$ must have one of input, inputDigest, expects and sensor");
        }
        try {
            return read(in);
        } catch (IllegalArgumentException wrong) {
            throw new MalformedMessageException("$: " + wrong.getMessage());
        }
    }

    private static Work read(Json.Node in) throws MalformedMessageException {
        Json.Node segment = in.has("segment") ? in.object("segment") : null;
        Json.Node sends = in.has("sends") ? in.object("sends") : null;
        return new Work(
                in.text("task"),
                in.number("epoch", 1, Long.MAX_VALUE),
                in.text("device"),
                in.text("slot"),
                in.text("digest"),
                in.number("deadline", 0, Long.MAX_VALUE),
                in.number("budgetMillis", 0, Long.MAX_VALUE),
                source(in),
                segment == null
                        ? null
                        : new Segment((int) segment.number("from", 0, Integer.MAX_VALUE), (int)
                                segment.number("to", 0, Integer.MAX_VALUE)),
                sends == null
                        ? null
                        : new Sends(
                                sends.text("node", NodeAddress.ID),
                                sends.text("task"),
                                (int) sends.number("bits", 1, Byte.SIZE),
                                sends.has("link") ? Birth.Link.read(sends.object("link")) : null,
                                Birth.peer(sends)),
                in.has("transforms") ? StreamTransforms.read(in.object("transforms")) : StreamTransforms.NONE);
    }

    /** The one that is there: {@link #decode} has counted. */
    private static Source source(Json.Node in) throws MalformedMessageException {
        long bytes = in.number("inputBytes", 1, Integer.MAX_VALUE);
        if (in.has("sensor")) {
            return new Source.Sensed(in.text("sensor", Birth.Sensor.NAME), bytes);
        }
        if (in.has("inputDigest")) {
            return new Source.Stored(in.text("inputDigest"), bytes);
        }
        if (!in.has("expects")) {
            return new Source.Here(in.bytes("input", Limits.INLINE_TENSOR_BYTES_MAX), bytes);
        }
        Json.Node expects = in.object("expects");
        return new Source.Sent(
                new Expects(
                        expects.text("node", NodeAddress.ID),
                        (int) expects.number("bits", 1, Byte.SIZE),
                        expects.has("link") ? Birth.Link.read(expects.object("link")) : null),
                bytes);
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
