package io.fleetwright.tests.integration;

import io.fleetwright.agent.identity.Enrolment;
import io.fleetwright.agent.identity.EnrolmentToken;
import io.fleetwright.agent.identity.HttpsOutputs;
import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.DesiredVerifier;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.Verdict;
import io.fleetwright.trust.set.RootChain;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;

/**
 * A node that speaks {@code fw/v1} over a real connection with its own certificate, and has no agent inside: it claims to
 * run whatever it is told to, answers work at once, and keeps what it sent until the controller acknowledges it.
 */
public final class WireNode implements AutoCloseable {
    public static final String DEVICE = "cpu0";
    /** Name of the one metric that it measures. */
    public static final String METRIC = "probe.value";

    private static final int OUTPUT_BYTES = 10;

    private static final int PUT_TRIES_MAX = 50;
    private static final long PUT_REST_NANOS = 200_000_000;

    private final NodeIdentity identity;
    private final String boot;
    private final AtomicLong connection = new AtomicLong();
    private final Map<Stream, Lane> lanes = new EnumMap<>(Stream.class);
    private volatile boolean answersWork = true;
    private volatile long latencyMicros = 1000;
    /** Held by the one that puts its output: the controller takes two of a node at a time. */
    private final ReentrantLock putting = new ReentrantLock();

    private volatile byte[] output = new byte[OUTPUT_BYTES];
    private final AtomicLong worksHeard = new AtomicLong();
    private volatile List<SlotReport> slots = List.of();
    private volatile long applied;
    private volatile @Nullable MqttPeer peer;

    /** What was sent of one stream and not acknowledged yet. */
    private static final class Lane {
        final AtomicLong sequence = new AtomicLong();
        final NavigableMap<Long, byte[]> kept = new ConcurrentSkipListMap<>();
    }

    /**
     * @param boot id of this start, 16 hexadecimal digits
     */
    public WireNode(NodeIdentity identity, String boot) {
        this.identity = identity;
        this.boot = boot;
        for (Stream stream : Stream.values()) {
            lanes.put(stream, new Lane());
        }
    }

    /** Exchanges a token for a node's identity, as an agent does. */
    public static NodeIdentity enrol(Processes.Controller controller, String token, String wish, Path folder)
            throws IOException, Enrolment.RefusedException {
        Path own = Files.createDirectories(folder.resolve(wish));
        return new Enrolment(URI.create(controller.edgeUrl()), EnrolmentToken.parse(token), wish, own).enrol();
    }

    public NodeAddress address() {
        return identity.address();
    }

    public static String clientId(NodeAddress address) {
        return address.tenant() + "_" + address.node();
    }

    /** Connects, listens, and says who it is. */
    public WireNode connect() throws MqttException, GeneralSecurityException {
        MqttPeer fresh = MqttPeer.connect(identity.mqttPort(), identity.tls(), clientId(address()), this::heard);
        peer = fresh;
        fresh.subscribe(Topic.downFilter(address()));
        connection.incrementAndGet();
        birth();
        return this;
    }

    /** The connection as it is, for messages that no honest node sends. */
    public MqttPeer peer() {
        MqttPeer present = peer;
        if (present == null) {
            throw new IllegalStateException("node %s is not connected".formatted(address()));
        }
        return present;
    }

    /** Topic of this node's own. */
    public String topic(Topic.Kind kind) {
        return new Topic(address(), kind).text();
    }

    /** Lets orders for work go unanswered, or answers them again. */
    public WireNode answersWork(boolean answers) {
        answersWork = answers;
        return this;
    }

    /** Says of orders that come from now on that they took so long. */
    public WireNode takes(long micros) {
        latencyMicros = micros;
        return this;
    }

    /** Answers orders that come from now on with these bytes, which are put to the controller first where no message carries them. */
    public WireNode answersWith(byte[] bytes) {
        output = bytes.clone();
        return this;
    }

    /** Orders that have arrived, repeated ones too. */
    public long worksHeard() {
        return worksHeard.get();
    }

    /** Sends a frame whose samples have these values. */
    public long sendFrame(long atMillis, double... values) throws MqttException {
        return send(Stream.TELEMETRY, stamp -> frame(stamp, atMillis, values).encode());
    }

    /** A frame of this node's one metric. */
    public static TelemetryFrame frame(Stamp stamp, long atMillis, double... values) {
        List<TelemetryFrame.Sample> samples = new java.util.ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            samples.add(new TelemetryFrame.Sample(1, i, values[i], null));
        }
        return new TelemetryFrame(stamp, atMillis, samples, 0);
    }

    public Stamp stamp(long sequence) {
        return new Stamp(boot, sequence);
    }

    /** Messages of a stream that were sent so far. */
    public long sent(Stream stream) {
        return lane(stream).sequence.get();
    }

    /** Messages of a stream that the controller has not acknowledged. */
    public int unacknowledged(Stream stream) {
        return lane(stream).kept.size();
    }

    /** Sends everything again that is not acknowledged, at most so many of each stream. */
    public void resend(int countMax) throws MqttException {
        for (Stream stream : Stream.values()) {
            int sent = 0;
            for (byte[] payload : lane(stream).kept.values()) {
                if (sent++ == countMax) {
                    break;
                }
                peer().send(topic(kind(stream)), payload);
            }
        }
    }

    /** A heartbeat, when the node is connected. */
    public void heartbeat() {
        MqttPeer present = peer;
        if (present == null) {
            return;
        }
        try {
            present.send(
                    topic(Topic.Kind.UP_STATUS),
                    new Status(boot, connection.get(), Status.State.ONLINE, System.currentTimeMillis()).encode());
        } catch (MqttException gone) {
            Thread.onSpinWait(); // The next connection begins with a birth.
        }
    }

    /** Who it is, now. */
    public Birth birthDocument() {
        return Birth.of(boot, Math.max(1, connection.get()), System.currentTimeMillis(), "test", "scalar")
                .withOperators(List.copyOf(ModelReader.operatorNames()))
                .withDevices(List.of(new Birth.Device(DEVICE, DeviceClass.CPU, "cpu", null, false, 1L << 30)))
                .withSlots(slots, applied)
                .withMetrics(List.of(new Birth.Metric(1, DEVICE, METRIC, "count", false, null)));
    }

    @Override
    public void close() throws MqttException {
        MqttPeer present = peer;
        peer = null;
        if (present != null) {
            present.close();
        }
    }

    private void birth() throws MqttException {
        peer().send(topic(Topic.Kind.UP_BIRTH), birthDocument().encode());
    }

    private long send(Stream stream, Function<Stamp, byte[]> encode) throws MqttException {
        Lane lane = lane(stream);
        long sequence = lane.sequence.incrementAndGet();
        byte[] payload = encode.apply(stamp(sequence));
        lane.kept.put(sequence, payload);
        MqttPeer present = peer;
        if (present != null) {
            present.send(topic(kind(stream)), payload);
        }
        return sequence;
    }

    private void heard(String topic, byte[] payload) {
        try {
            switch (Topic.parse(topic).kind()) {
                case DOWN_ACK -> acknowledged(Ack.decode(payload));
                case DOWN_DESIRED -> desired(Desired.decode(payload));
                case DOWN_WORK -> {
                    // Such a node has no sensor; it helps no stream, which its source finds out.
                    if (!StreamOrder.is(payload)) {
                        work(Work.decode(payload));
                    }
                }
                case DOWN_COMMAND -> birth();
                case DOWN_OUTCOME, UP_BIRTH, UP_STATUS, UP_REPORTED, UP_TELEMETRY, UP_RESULT, IN_TENSOR ->
                    throw new MalformedMessageException("a node is not told " + topic);
            }
        } catch (MalformedMessageException wrong) {
            throw new IllegalStateException("the controller sent a malformed message", wrong);
        } catch (MqttException gone) {
            Thread.onSpinWait(); // The connection ended meanwhile; what matters is sent again on the next one.
        }
    }

    private void acknowledged(Ack ack) {
        if (ack.boot().equals(boot)) {
            for (Ack.Range range : ack.ranges()) {
                lane(ack.stream())
                        .kept
                        .subMap(range.first(), true, range.last(), true)
                        .clear();
            }
        }
    }

    private void desired(Desired desired) throws MqttException {
        DesiredVerifier verifier = new DesiredVerifier(
                address().tenant(),
                address().node(),
                RootChain.directors(identity.root()).getFirst());
        SignedList signed = new SignedList(desired.list(), desired.keyId(), desired.signature());
        if (verifier.verify(signed, applied) instanceof Verdict.Accepted(var verified)) {
            applied = verified.list().version();
            slots = verified.list().slots().stream().map(WireNode::active).toList();
            send(Stream.REPORTED, stamp -> new Reported(stamp, applied, true, slots, null).encode());
        }
    }

    private static SlotReport active(DesiredSlot slot) {
        return new SlotReport(slot.device(), slot.slot(), slot.digest().value(), SlotReport.State.ACTIVE, null);
    }

    private void work(Work work) throws MqttException {
        worksHeard.incrementAndGet();
        byte[] bytes = output;
        if (answersWork && bytes.length <= Limits.INLINE_TENSOR_BYTES_MAX) {
            result(work, bytes, null);
        } else if (answersWork) {
            // Apart from the thread on which messages come.
            var _ = Thread.startVirtualThread(() -> put(work, bytes));
        }
    }

    private void put(Work work, byte[] bytes) {
        putting.lock();
        try {
            SSLContext tls = identity.tls();
            HttpsOutputs outputs = new HttpsOutputs(identity.controller(), () -> tls);
            OutputSink.Put put = outputs.put(work.task(), work.epoch(), bytes);
            for (int tries = 1; put == OutputSink.Put.FAILED && tries < PUT_TRIES_MAX; tries++) {
                LockSupport.parkNanos(PUT_REST_NANOS);
                put = outputs.put(work.task(), work.epoch(), bytes);
            }
            if (put == OutputSink.Put.STORED) {
                result(work, null, new TaskResult.PutOutput(Digest.of(bytes).value(), bytes.length));
            }
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("the node's own certificate does not serve", impossible);
        } catch (MqttException gone) {
            Thread.onSpinWait(); // It is sent again on the next connection.
        } finally {
            putting.unlock();
        }
    }

    private void result(Work work, byte @Nullable [] bytes, TaskResult.@Nullable PutOutput put) throws MqttException {
        send(
                Stream.RESULT,
                stamp -> TaskResult.succeeded(stamp, work, work.digest())
                        .withOutput(bytes)
                        .withPut(put)
                        .measured(latencyMicros)
                        .encode());
    }

    private static Topic.Kind kind(Stream stream) {
        return switch (stream) {
            case TELEMETRY -> Topic.Kind.UP_TELEMETRY;
            case RESULT -> Topic.Kind.UP_RESULT;
            case REPORTED -> Topic.Kind.UP_REPORTED;
        };
    }

    private Lane lane(Stream stream) {
        Lane lane = lanes.get(stream);
        if (lane == null) {
            throw new IllegalStateException("no lane for " + stream);
        }
        return lane;
    }
}
