package io.fleetwright.telemetry.wire;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code up/birth}: who I am, what I have, what is loaded, and the names of my metrics.
 *
 * @param boot id of this start of the agent
 * @param connection counts the connections of this boot, from 1; later messages refer to it
 * @param past true when this only names the metrics of an earlier boot whose telemetry is still on the agent's disk;
 *     it then comes before the birth of the present boot and says nothing about the present
 * @param atMillis agent's clock, Unix milliseconds
 * @param agentVersion version of the agent
 * @param kernels which set the runtime chose, the fastest that runs on the machine: {@code scalar}, or {@code vector-} and the bits of
 *     its registers. A program runs on scalar kernels until the faster ones are warm
 * @param operators operators that the runtime can run
 * @param devices compute units on, or behind, this node
 * @param slots what is in each slot, by measured digest
 * @param appliedVersion highest desired version applied, 0 for none
 * @param metrics numbers that stand for names in telemetry frames of this boot
 * @param link how tensors travel from and to the node where that is emulated, absent where it is a real network
 * @param sensors where frames come from on the node, at most {@link Limits#SENSORS_PER_NODE_MAX}
 * @param peer where the node takes tensors from others directly, absent where it takes them from the broker alone
 * @param transforms names of those that the node runs before and after the network of a stream, at most {@value #TRANSFORMS_MAX}; none
 *     where it runs none
 * @param orderTransforms names of those that the node runs for single orders; such a node also takes orders whose outcome is a sensor's
 *     frame, see {@link Work#isCapture}. None where it does neither
 * @param timing by what the node times operators, {@link OperatorTimes#TIMING}: kernels, threads and agent; absent where it times none.
 *     What was timed by another one is not true any more
 */
public record Birth(
        String boot,
        long connection,
        boolean past,
        long atMillis,
        String agentVersion,
        String kernels,
        List<String> operators,
        List<Device> devices,
        List<SlotReport> slots,
        long appliedVersion,
        List<Metric> metrics,
        @Nullable Link link,
        List<Sensor> sensors,
        @Nullable PeerAddress peer,
        List<String> transforms,
        List<String> orderTransforms,
        @Nullable String timing) {
    /** Names of transforms. */
    public static final int TRANSFORMS_MAX = 32;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    private static final Pattern METRIC = Pattern.compile("[a-z0-9][a-zA-Z0-9._-]{0,95}");
    private static final Pattern TRANSFORM = Pattern.compile("[a-z][a-z0-9-]{0,29}");
    private static final int BYTES_MAX = 32 * 1024;
    private static final int OPERATORS_MAX = 256;

    public Birth {
        operators = List.copyOf(operators);
        devices = List.copyOf(devices);
        slots = List.copyOf(slots);
        metrics = List.copyOf(metrics);
        sensors = List.copyOf(sensors);
        transforms = List.copyOf(transforms);
        orderTransforms = List.copyOf(orderTransforms);
    }

    /**
     * A node that has nothing yet: no operators, devices, slots, metrics, sensors or transforms, on a real network and reached by the
     * broker alone.
     */
    public static Birth of(String boot, long connection, long atMillis, String agentVersion, String kernels) {
        return new Birth(
                boot,
                connection,
                false,
                atMillis,
                agentVersion,
                kernels,
                List.of(),
                List.of(),
                List.of(),
                0,
                List.of(),
                null,
                List.of(),
                null,
                List.of(),
                List.of(),
                null);
    }

    /** Of an earlier boot. */
    public Birth ofThePast() {
        return with(it -> it.past = true);
    }

    public Birth withOperators(List<String> named) {
        return with(it -> it.operators = named);
    }

    public Birth withDevices(List<Device> units) {
        return with(it -> it.devices = units);
    }

    /**
     * With what is in its slots.
     *
     * @param version highest desired version applied, 0 for none
     */
    public Birth withSlots(List<SlotReport> reports, long version) {
        return with(it -> {
            it.slots = reports;
            it.appliedVersion = version;
        });
    }

    public Birth withMetrics(List<Metric> named) {
        return with(it -> it.metrics = named);
    }

    /** With an emulated link, or with none. */
    public Birth withLink(@Nullable Link emulated) {
        return with(it -> it.link = emulated);
    }

    public Birth withSensors(List<Sensor> named) {
        return with(it -> it.sensors = named);
    }

    /** With an address that takes tensors from others directly, or with none. */
    public Birth withPeer(@Nullable PeerAddress address) {
        return with(it -> it.peer = address);
    }

    /** With transforms of streams. */
    public Birth withTransforms(List<String> named) {
        return with(it -> it.transforms = named);
    }

    /** With transforms of single orders. */
    public Birth withOrderTransforms(List<String> named) {
        return with(it -> it.orderTransforms = named);
    }

    /** With what it times operators by, or with nothing where it times none. */
    public Birth withTiming(@Nullable String by) {
        return with(it -> it.timing = by);
    }

    private Birth with(Consumer<Copy> change) {
        var copy = new Copy();
        change.accept(copy);
        return copy.birth();
    }

    /** This birth, until something of it is set. */
    private final class Copy {
        boolean past = Birth.this.past;
        List<String> operators = Birth.this.operators;
        List<Device> devices = Birth.this.devices;
        List<SlotReport> slots = Birth.this.slots;
        long appliedVersion = Birth.this.appliedVersion;
        List<Metric> metrics = Birth.this.metrics;

        @Nullable
        Link link = Birth.this.link;

        List<Sensor> sensors = Birth.this.sensors;

        @Nullable
        PeerAddress peer = Birth.this.peer;

        List<String> transforms = Birth.this.transforms;
        List<String> orderTransforms = Birth.this.orderTransforms;

        @Nullable
        String timing = Birth.this.timing;

        Birth birth() {
            return new Birth(
                    boot,
                    connection,
                    past,
                    atMillis,
                    agentVersion,
                    kernels,
                    operators,
                    devices,
                    slots,
                    appliedVersion,
                    metrics,
                    link,
                    sensors,
                    peer,
                    transforms,
                    orderTransforms,
                    timing);
        }
    }

    /** What gives frames under a name. */
    public enum SensorKind {
        /** Files of a folder, in the order of their names, over and over. */
        FOLDER,
        /** Made-up pictures, by a seed. */
        SYNTHETIC,
        /** The newest frame that another node has sent. */
        MQTT
    }

    /**
     * A source of frames.
     *
     * @param name on the node, {@code [a-z0-9][a-z0-9.-]{0,63}}
     */
    public record Sensor(String name, SensorKind kind) {
        /** What a sensor may be called. */
        public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");
    }

    /**
     * An emulated link.
     *
     * @param kbitPerSecond of payload, above 0
     * @param rttMillis paid once for each tensor, at least 0
     * @param loss share of what is sent that has to be sent again, 0 to below 1
     * @param radio what the bytes take at both ends of a way; of a node's own link, what its radio takes
     */
    public record Link(double kbitPerSecond, double rttMillis, double loss, Radio radio) {
        /** Of each tensor beside its values, as plans count it: epoch, digest and shape. */
        public static final int HEADER_BYTES = 24;

        public Link {
            if (!(kbitPerSecond > 0 && kbitPerSecond < 1e9)
                    || !(rttMillis >= 0 && rttMillis <= 60_000)
                    || !(loss >= 0 && loss < 1)) {
                throw new IllegalArgumentException("link of %s kbit/s, round trip %s ms, loss %s: out of range"
                        .formatted(kbitPerSecond, rttMillis, loss));
            }
        }

        /** Nobody told what it takes. */
        public Link(double kbitPerSecond, double rttMillis, double loss) {
            this(kbitPerSecond, rttMillis, loss, Radio.UNKNOWN);
        }

        /**
         * What sending a tensor takes.
         *
         * @param bytes of the tensor as it travels, without the header
         * @return microjoules, absent when unknown
         */
        public @Nullable Double sendMicrojoules(long bytes) {
            return radio.sendMicrojoules(HEADER_BYTES + bytes, loss);
        }

        /** What receiving a tensor takes, as {@link #sendMicrojoules}. */
        public @Nullable Double receiveMicrojoules(long bytes) {
            return radio.receiveMicrojoules(HEADER_BYTES + bytes, loss);
        }

        /** How long a tensor takes, milliseconds. */
        public double millis(long bytes) {
            return rttMillis + Byte.SIZE * bytes / (kbitPerSecond * (1 - loss));
        }

        static void write(Json.Writer out, Link link) throws IOException {
            out.field("kbitPerSecond", link.kbitPerSecond)
                    .field("rttMillis", link.rttMillis)
                    .field("loss", link.loss);
            link.radio.write(out);
        }

        static Link read(Json.Node in) throws MalformedMessageException {
            try {
                return new Link(
                        in.decimal("kbitPerSecond"), in.decimal("rttMillis"), in.decimal("loss"), Radio.read(in));
            } catch (IllegalArgumentException wrong) {
                throw new MalformedMessageException("$.link: " + wrong.getMessage());
            }
        }
    }

    /**
     * One compute unit.
     *
     * @param device name on the node, such as {@code cpu0}
     * @param driver {@code cpu} or {@code emulated}
     * @param profile id of the device profile, absent when there is none
     * @param modelled true when time and energy come from the profile instead of a measurement
     * @param memoryBytes memory for weights and activations, absent when unknown
     */
    public record Device(
            String device,
            DeviceClass deviceClass,
            String driver,
            @Nullable String profile,
            boolean modelled,
            @Nullable Long memoryBytes) {}

    /**
     * One number that stands for a name.
     *
     * @param alias from 1, unique in the birth
     * @param device device that the metric belongs to, absent for the node itself
     * @param metric such as {@code inference.latency}
     * @param unit such as {@code ms} or {@code mJ}
     * @param method how the figure comes about, for energy and power
     */
    public record Metric(
            int alias,
            @Nullable String device,
            String metric,
            String unit,
            boolean modelled,
            @Nullable EnergyMethod method) {}

    public byte[] encode() {
        return Json.write(out -> out.field("boot", boot)
                .field("connection", connection)
                .field("past", past)
                .field("at", atMillis)
                .field("agentVersion", agentVersion)
                .field("kernels", kernels)
                .strings("operators", operators)
                .objects(
                        "devices",
                        devices,
                        (o, d) -> o.field("device", d.device)
                                .field("class", d.deviceClass.wireName())
                                .field("driver", d.driver)
                                .field("profile", d.profile)
                                .field("modelled", d.modelled)
                                .field("memoryBytes", d.memoryBytes))
                .objects("slots", slots, SlotReport::write)
                .field("appliedVersion", appliedVersion)
                .objects(
                        "metrics",
                        metrics,
                        (o, m) -> o.field("alias", m.alias)
                                .field("device", m.device)
                                .field("metric", m.metric)
                                .field("unit", m.unit)
                                .field("modelled", m.modelled)
                                .field("method", m.method == null ? null : m.method.wireName()))
                .object("link", link, Link::write)
                .objects("sensors", sensors, (o, s) -> o.field("sensor", s.name).field("kind", Json.wireName(s.kind)))
                .field("peer", peer == null ? null : peer.text())
                .texts("transforms", transforms)
                .texts("orderTransforms", orderTransforms)
                .field("timing", timing));
    }

    public static Birth decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, BYTES_MAX);
        return new Birth(
                in.text("boot", Stamp.BOOT),
                in.number("connection", 1, Long.MAX_VALUE),
                in.flag("past"),
                in.number("at", 0, Long.MAX_VALUE),
                in.text("agentVersion"),
                in.text("kernels"),
                in.strings("operators", OPERATORS_MAX),
                in.objects("devices", Limits.DEVICES_PER_NODE_MAX, Birth::device),
                in.objects("slots", Limits.SLOTS_PER_NODE_MAX, SlotReport::read),
                in.number("appliedVersion", 0, Long.MAX_VALUE),
                in.objects("metrics", Limits.METRICS_PER_NODE_MAX, Birth::metric),
                in.has("link") ? Link.read(in.object("link")) : null,
                in.has("sensors") ? in.objects("sensors", Limits.SENSORS_PER_NODE_MAX, Birth::sensor) : List.of(),
                peer(in),
                transforms(in, "transforms"),
                transforms(in, "orderTransforms"),
                in.has("timing") ? in.text("timing", OperatorTimes.TIMING) : null);
    }

    private static List<String> transforms(Json.Node in, String field) throws MalformedMessageException {
        List<String> names = in.has(field) ? in.strings(field, TRANSFORMS_MAX) : List.of();
        for (String name : names) {
            if (!TRANSFORM.matcher(name).matches()) {
                throw new MalformedMessageException("$.%s must be names like %s".formatted(field, TRANSFORM.pattern()));
            }
        }
        return names;
    }

    /** The address under {@code peer}, if there is one. */
    static @Nullable PeerAddress peer(Json.Node in) throws MalformedMessageException {
        if (!in.has("peer")) {
            return null;
        }
        try {
            return PeerAddress.parse(in.longText("peer", PeerAddress.CHARS_MAX));
        } catch (IllegalArgumentException wrong) {
            throw new MalformedMessageException("$.peer: " + wrong.getMessage());
        }
    }

    private static Sensor sensor(Json.Node in) throws MalformedMessageException {
        return new Sensor(in.text("sensor", Sensor.NAME), in.oneOf("kind", SensorKind.class));
    }

    private static Device device(Json.Node in) throws MalformedMessageException {
        return new Device(
                in.text("device", NAME),
                in.oneOf("class", DeviceClass.class),
                in.text("driver", NAME),
                in.textOrNull("profile"),
                in.flag("modelled"),
                in.numberOrNull("memoryBytes", 0, Long.MAX_VALUE));
    }

    private static Metric metric(Json.Node in) throws MalformedMessageException {
        return new Metric(
                (int) in.number("alias", 1, Integer.MAX_VALUE),
                in.has("device") ? in.text("device", NAME) : null,
                in.text("metric", METRIC),
                in.text("unit"),
                in.flag("modelled"),
                in.has("method") ? in.oneOf("method", EnergyMethod.class) : null);
    }
}
