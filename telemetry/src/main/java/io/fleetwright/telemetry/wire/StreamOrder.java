package io.fleetwright.telemetry.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code down/work}: what a node does for a stream until told otherwise. Its first field is {@code stream}, which tells it from a
 * {@link Work}.
 *
 * <p>The newest plan of a stream counts on a node; the same one again only begins a new lease, and an older one changes nothing.
 *
 * @param stream id of the stream, {@link StreamTask#ID}
 * @param epoch number of the plan, grows with each new plan of the stream
 * @param part what the node does
 */
public record StreamOrder(String stream, long epoch, Part part) {
    /** Longest lease. */
    public static final long LEASE_MILLIS_MAX = 24L * 60 * 60 * 1000;

    /** Of a stream, as of a job; the least is 0. */
    public static final int PRIORITY_MAX = 9;

    public static final long PERIOD_MILLIS_MAX = 60L * 60 * 1000;
    public static final long DEADLINE_MILLIS_MAX = 10L * 60 * 1000;

    private static final List<String> PARTS = List.of("source", "helper", "stop");
    private static final long MICROS_MAX = 1000 * DEADLINE_MILLIS_MAX;

    /** What a node does for a stream. */
    public sealed interface Part {}

    /**
     * Has the frames, and answers them.
     *
     * @param leaseMillis without a new order the stream ends after this
     * @param sensor of the node, whose next frame is taken once in each period
     * @param periodMillis from one frame to the next
     * @param deadlineMillis from when a frame is due to its answer
     * @param help who runs the rest of the network, absent when the node runs all of it
     * @param priority 0 to {@value #PRIORITY_MAX}; of frames that wait for the device those with a higher one go first
     * @param transforms before and after the network
     */
    public record Source(
            long leaseMillis,
            String device,
            String slot,
            String digest,
            String sensor,
            long periodMillis,
            long deadlineMillis,
            @Nullable Help help,
            int priority,
            StreamTransforms transforms)
            implements Part {
        // Written out in full because a compact constructor loses the annotations in the class file.
        public Source(
                long leaseMillis,
                String device,
                String slot,
                String digest,
                String sensor,
                long periodMillis,
                long deadlineMillis,
                @Nullable Help help,
                int priority,
                StreamTransforms transforms) {
            requirePriority(priority);
            this.leaseMillis = leaseMillis;
            this.device = device;
            this.slot = slot;
            this.digest = digest;
            this.sensor = sensor;
            this.periodMillis = periodMillis;
            this.deadlineMillis = deadlineMillis;
            this.help = help;
            this.priority = priority;
            this.transforms = transforms;
        }

        /** The frame is the network's input, its output the answer. */
        public Source(
                long leaseMillis,
                String device,
                String slot,
                String digest,
                String sensor,
                long periodMillis,
                long deadlineMillis,
                @Nullable Help help,
                int priority) {
            this(
                    leaseMillis,
                    device,
                    slot,
                    digest,
                    sensor,
                    periodMillis,
                    deadlineMillis,
                    help,
                    priority,
                    StreamTransforms.NONE);
        }

        /** After all that have a priority. */
        public Source(
                long leaseMillis,
                String device,
                String slot,
                String digest,
                String sensor,
                long periodMillis,
                long deadlineMillis,
                @Nullable Help help) {
            this(leaseMillis, device, slot, digest, sensor, periodMillis, deadlineMillis, help, 0);
        }
    }

    /**
     * A device that runs the rest of the network.
     *
     * @param node of the same tenant
     * @param boundary first operator that it runs
     * @param bits of each value that is sent, one of {@link Work#BITS}
     * @param plannedMicros from when a frame is due to its answer
     * @param backMicros that the source needs for the rest
     * @param peer where the node takes tensors directly, absent when it takes them from the broker alone
     * @param link that the node emulates, by which the source counts what the node's radio takes; absent when it emulates none or nobody
     *     told what it takes
     */
    public record Help(
            String node,
            int boundary,
            int bits,
            long plannedMicros,
            long backMicros,
            @Nullable PeerAddress peer,
            Birth.@Nullable Link link) {
        // Written out in full because a compact constructor loses the annotations in the class file.
        public Help(
                String node,
                int boundary,
                int bits,
                long plannedMicros,
                long backMicros,
                @Nullable PeerAddress peer,
                Birth.@Nullable Link link) {
            requireCut(boundary, bits);
            this.node = node;
            this.boundary = boundary;
            this.bits = bits;
            this.plannedMicros = plannedMicros;
            this.backMicros = backMicros;
            this.peer = peer;
            this.link = link;
        }

        /** Nobody told what the node's radio takes. */
        public Help(
                String node, int boundary, int bits, long plannedMicros, long backMicros, @Nullable PeerAddress peer) {
            this(node, boundary, bits, plannedMicros, backMicros, peer, null);
        }

        /** Tensors go by the broker. */
        public Help(String node, int boundary, int bits, long plannedMicros, long backMicros) {
            this(node, boundary, bits, plannedMicros, backMicros, null);
        }
    }

    /**
     * Runs the rest of the network for another node.
     *
     * @param leaseMillis without a new order nothing is taken any more after this
     * @param node the source, of the same tenant
     * @param boundary first operator that runs
     * @param bits of each value that comes, one of {@link Work#BITS}
     * @param deadlineMillis what has not begun so long after its tensor came is left alone
     * @param priority 0 to {@value #PRIORITY_MAX}; of tensors that wait for the device those with a higher one go first
     */
    public record Helper(
            long leaseMillis,
            String device,
            String slot,
            String digest,
            String node,
            int boundary,
            int bits,
            long deadlineMillis,
            int priority)
            implements Part {
        public Helper {
            requireCut(boundary, bits);
            requirePriority(priority);
        }

        /** After all that have a priority. */
        public Helper(
                long leaseMillis,
                String device,
                String slot,
                String digest,
                String node,
                int boundary,
                int bits,
                long deadlineMillis) {
            this(leaseMillis, device, slot, digest, node, boundary, bits, deadlineMillis, 0);
        }
    }

    /** Ends what the node does for this plan and all before it. */
    public record Stop() implements Part {}

    private static void requireCut(int boundary, int bits) {
        if (boundary < 1 || !Work.BITS.contains(bits)) {
            throw new IllegalArgumentException(
                    "boundary (%d) must be at least 1, bits (%d) one of %s".formatted(boundary, bits, Work.BITS));
        }
    }

    private static void requirePriority(int priority) {
        if (priority < 0 || priority > PRIORITY_MAX) {
            throw new IllegalArgumentException("priority (%d) must be from 0 to %d".formatted(priority, PRIORITY_MAX));
        }
    }

    /** Absent for the least. */
    private static @Nullable Long written(int priority) {
        return priority == 0 ? null : Long.valueOf(priority);
    }

    /** Whether a message of {@code down/work} is such an order. */
    public static boolean is(byte[] message) {
        return Json.begins(message, "stream");
    }

    public byte[] encode() {
        return Json.write(out -> {
            out.field("stream", stream).field("epoch", epoch);
            switch (part) {
                case Source source ->
                    out.object(
                            "source",
                            source,
                            (o, one) -> o.field("leaseMillis", one.leaseMillis)
                                    .field("device", one.device)
                                    .field("slot", one.slot)
                                    .field("digest", one.digest)
                                    .field("sensor", one.sensor)
                                    .field("periodMillis", one.periodMillis)
                                    .field("deadlineMillis", one.deadlineMillis)
                                    .object(
                                            "help",
                                            one.help,
                                            (h, help) -> h.field("node", help.node)
                                                    .field("boundary", (long) help.boundary)
                                                    .field("bits", (long) help.bits)
                                                    .field("plannedMicros", help.plannedMicros)
                                                    .field("backMicros", help.backMicros)
                                                    .field("peer", help.peer == null ? null : help.peer.text())
                                                    .object("link", help.link, Birth.Link::write))
                                    .field("priority", written(one.priority))
                                    .object(
                                            "transforms",
                                            one.transforms.isEmpty() ? null : one.transforms,
                                            StreamTransforms::write));
                case Helper helper ->
                    out.object(
                            "helper",
                            helper,
                            (o, one) -> o.field("leaseMillis", one.leaseMillis)
                                    .field("device", one.device)
                                    .field("slot", one.slot)
                                    .field("digest", one.digest)
                                    .field("node", one.node)
                                    .field("boundary", (long) one.boundary)
                                    .field("bits", (long) one.bits)
                                    .field("deadlineMillis", one.deadlineMillis)
                                    .field("priority", written(one.priority)));
                case Stop() -> out.field("stop", true);
            }
        });
    }

    public static StreamOrder decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        try {
            return new StreamOrder(in.text("stream", StreamTask.ID), in.number("epoch", 1, Long.MAX_VALUE), part(in));
        } catch (IllegalArgumentException wrong) {
            throw new MalformedMessageException("$: " + wrong.getMessage());
        }
    }

    private static Part part(Json.Node in) throws MalformedMessageException {
        if (PARTS.stream().filter(in::has).count() != 1) {
            throw new MalformedMessageException("$ must have one of source, helper and stop");
        }
        if (in.has("source")) {
            Json.Node source = in.object("source");
            return new Source(
                    lease(source),
                    source.text("device"),
                    source.text("slot"),
                    source.text("digest"),
                    source.text("sensor", Birth.Sensor.NAME),
                    source.number("periodMillis", 1, PERIOD_MILLIS_MAX),
                    deadline(source),
                    source.has("help") ? help(source.object("help")) : null,
                    priority(source),
                    source.has("transforms")
                            ? StreamTransforms.read(source.object("transforms"))
                            : StreamTransforms.NONE);
        }
        if (in.has("helper")) {
            Json.Node helper = in.object("helper");
            return new Helper(
                    lease(helper),
                    helper.text("device"),
                    helper.text("slot"),
                    helper.text("digest"),
                    helper.text("node", NodeAddress.ID),
                    boundary(helper),
                    bits(helper),
                    deadline(helper),
                    priority(helper));
        }
        return new Stop();
    }

    private static Help help(Json.Node in) throws MalformedMessageException {
        return new Help(
                in.text("node", NodeAddress.ID),
                boundary(in),
                bits(in),
                in.number("plannedMicros", 0, MICROS_MAX),
                in.number("backMicros", 0, MICROS_MAX),
                Birth.peer(in),
                in.has("link") ? Birth.Link.read(in.object("link")) : null);
    }

    private static long lease(Json.Node in) throws MalformedMessageException {
        return in.number("leaseMillis", 1, LEASE_MILLIS_MAX);
    }

    private static long deadline(Json.Node in) throws MalformedMessageException {
        return in.number("deadlineMillis", 1, DEADLINE_MILLIS_MAX);
    }

    private static int priority(Json.Node in) throws MalformedMessageException {
        return in.has("priority") ? (int) in.number("priority", 0, PRIORITY_MAX) : 0;
    }

    private static int boundary(Json.Node in) throws MalformedMessageException {
        return (int) in.number("boundary", 1, Integer.MAX_VALUE);
    }

    private static int bits(Json.Node in) throws MalformedMessageException {
        return (int) in.number("bits", 1, Byte.SIZE);
    }
}
