package io.fleetwright.agent.core;

import io.fleetwright.agent.core.Frame.Answer;
import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.DriverHost;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.link.PeerEndpoint;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.stream.Streams;
import io.fleetwright.agent.update.ArtifactSource;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.agent.update.TrustAnchor;
import io.fleetwright.agent.update.Updater;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Topic.Kind;
import io.fleetwright.telemetry.wire.Transport;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One node's agent. Single-threaded and steppable: it moves only inside its public methods, which one thread calls, and
 * touches the world only through its {@link Seams}. A crash is the object thrown away and a new one made over the same
 * block device.
 *
 * <p>Callbacks of the seams may come while a public method runs; they are taken up before that method returns.
 */
public final class AgentCore implements Transport.Listener {
    /** What the runtime in this build can run, for the birth. */
    private static final List<String> OPERATORS = List.copyOf(ModelReader.operatorNames());

    private static final long HEARTBEAT_MILLIS = 5_000;
    private static final long LOAD_MILLIS = 5_000;
    private static final long FRAME_MILLIS = 1_000;
    /** Without a connection frames are packed tighter, because each is a file. */
    private static final long FRAME_MILLIS_OFFLINE = 10_000;

    private static final long SAVE_AGAIN_MILLIS = 1_000;
    private static final long WAKE_MILLIS_MAX = 1_000;
    private static final Duration STATUS_EXPIRY = Duration.ofSeconds(15);
    private static final Duration BIRTH_EXPIRY = Duration.ofMinutes(1);
    private static final Duration STREAM_EXPIRY = Duration.ofMinutes(1);

    private final AgentSettings settings;
    private final Seams seams;
    private final String boot;
    private final Outbox outbox;
    private final Updater updater;
    private final Map<String, DeviceQueue> devices = new TreeMap<>();
    private final TelemetryBuffer telemetry;
    private final Observer observer = new Observer();
    private final Shadows shadows = new Shadows();
    private final LocalFrames local = new LocalFrames();
    private final Orders orders;
    private final Outcomes outcomes = new Outcomes();
    private final Streams streams;
    private final Timings timings;
    /** Answers to what streams have sent. */
    private final OnTheWay way = new OnTheWay();

    private final Map<Counter, Long> counters = new HashMap<>();
    /** Refused stretches that telemetry has told of. */
    private long tensorsTold;

    private final Set<String> namedOnce = new HashSet<>();

    private final ArrayDeque<Runnable> events = new ArrayDeque<>();
    private boolean inside;
    private boolean stopped;

    private boolean connected;
    private long connection;
    /** Past births still to be sent before the present one. */
    private final ArrayDeque<byte[]> pastBirths = new ArrayDeque<>();

    private boolean birthDue;
    private boolean born;
    private long heartbeatMillis;
    private long loadMillis;
    private long frameMillis;
    private long saveMillis;

    /**
     * What the core asks of the world.
     *
     * @param wall the time of day, for stamps only; may jump
     * @param steady for every wait and deadline; never goes back
     * @param drivers the node's devices
     * @param probe looks at the process; absent when the process is not the node
     * @param sensors where frames come from on the node
     * @param peers hands tensors to other nodes directly; it may answer on any thread that the core is called on
     * @param outputs puts outputs that are too large for a result
     */
    public record Seams(
            InstantSource wall,
            InstantSource steady,
            RandomGenerator random,
            Transport transport,
            BlockDevice device,
            ArtifactSource artifacts,
            DriverHost host,
            List<Driver> drivers,
            @Nullable NodeProbe probe,
            AgentLog log,
            Sensors sensors,
            PeerSender peers,
            OutputSink outputs) {
        public Seams {
            drivers = List.copyOf(drivers);
        }
    }

    /** Things that are counted instead of told one by one. */
    public enum Counter {
        /** Messages that were not what their topic promises. */
        MALFORMED,
        /** Signed lists that were not to be trusted. */
        LISTS_REJECTED,
        /** Lists older than the newest one. */
        LISTS_OLD,
        /** Orders that came again. */
        WORK_REPEATED,
        /** Orders that were not even refused, because the spool had no place for the refusal. */
        WORK_IGNORED,
        /** Stretches of tensors that no work order names. */
        TENSORS_DROPPED,
        /** Of those, stretches for what was never ordered: a sender breaks a rule. */
        TENSORS_REFUSED,
        /** Inferences done. */
        INFERENCES
    }

    /**
     * Starts an agent over what its block device holds; a new boot.
     *
     * @throws BlockDeviceException when the device cannot be read
     */
    public AgentCore(AgentSettings settings, Seams seams) throws BlockDeviceException {
        this.settings = settings;
        this.seams = seams;
        this.boot = "%016x".formatted(seams.random.nextLong());
        this.outbox = new Outbox(seams.device, boot, settings.spool(), seams.random, seams.log);
        Map<String, Driver> drivers = new HashMap<>();
        for (Driver driver : seams.drivers) {
            DeviceQueue queue = new DeviceQueue(driver);
            if (devices.put(queue.name, queue) != null) {
                throw new IllegalArgumentException("device %s is named twice".formatted(queue.name));
            }
            drivers.put(queue.name, driver);
        }
        if (devices.size() > Limits.DEVICES_PER_NODE_MAX) {
            throw new IllegalArgumentException(
                    "%d devices, at most %d".formatted(devices.size(), Limits.DEVICES_PER_NODE_MAX));
        }
        this.updater = new Updater(new Updater.Parts(
                seams.device,
                new TrustAnchor(settings.address().tenant(), settings.address().node(), settings.root(), seams.wall),
                new Artifacts(),
                this::run,
                seams.steady,
                seams.random,
                seams.log,
                drivers,
                settings.artifactBytesMax()));
        this.telemetry = new TelemetryBuffer(seams.drivers, probed(seams.probe));
        Results results = new Results(outbox, settings.spool().resultBytes(), seams.log);
        this.timings = new Timings(seams.device, devices, results, seams.log, settings, new TimedNode());
        outbox.birth(birth(true));
        WorkBoard board = new WorkBoard();
        this.orders =
                new Orders(settings, devices, results, seams.sensors, seams.random, new Peers(), this::put, board);
        this.streams = new Streams(new StreamDesk(settings, devices, orders, results, seams.sensors, board, seams.log));
        long now = now();
        loadMillis = now + LOAD_MILLIS;
        frameMillis = now + FRAME_MILLIS;
        seams.log.info(
                "agent.started node=%s boot=%s devices=%d applied=%d",
                settings.address(), boot, devices.size(), updater.applied());
    }

    // What the world says.

    @Override
    public void connected() {
        enter(() -> {
            connected = true;
            connection++;
            born = false;
            birthDue = true;
            pastBirths.clear();
            pastBirths.addAll(outbox.earlierBirths());
            outbox.resendAll();
            heartbeatMillis = now() + HEARTBEAT_MILLIS;
            frameMillis = Math.min(frameMillis, now() + FRAME_MILLIS);
            seams.log.info("link.connected connection=%d", connection);
        });
    }

    @Override
    public void disconnected(String why) {
        enter(() -> {
            connected = false;
            born = false;
            streams.disconnected();
            seams.log.info("link.disconnected connection=%d reason=%s", connection, AgentLog.word(why));
        });
    }

    @Override
    public void message(String topic, byte[] payload) {
        enter(() -> {
            try {
                take(Topic.parse(topic), payload);
            } catch (MalformedMessageException malformed) {
                count(Counter.MALFORMED);
                String kind = topic.length() > 80 ? "long" : topic.substring(topic.lastIndexOf('/') + 1);
                // Bounded: a sender that makes up topics does not fill the set.
                if (namedOnce.size() < 32 && namedOnce.add(kind)) {
                    seams.log.warn(
                            "message.dropped topic=%s reason=%s",
                            AgentLog.word(topic), AgentLog.word(String.valueOf(malformed.getMessage())));
                }
            }
        });
    }

    /** Takes a stretch that another node of the tenant has sent directly, as one of {@code in/tensor/{from}}. */
    public PeerEndpoint.Taken tensor(String from, byte[] payload) {
        PeerEndpoint.Taken[] taken = {PeerEndpoint.Taken.BUSY};
        enter(() -> {
            long dropped = counted(Counter.TENSORS_DROPPED);
            try {
                take(from, Tensor.decode(payload), Orders.Way.DIRECT);
                boolean isKept = counted(Counter.TENSORS_DROPPED) == dropped;
                taken[0] = isKept ? PeerEndpoint.Taken.TAKEN : PeerEndpoint.Taken.NOT_ORDERED;
            } catch (MalformedMessageException malformed) {
                count(Counter.MALFORMED);
                taken[0] = PeerEndpoint.Taken.MALFORMED;
            }
        });
        return taken[0];
    }

    /** Does what time has made due; call it at {@link #wakeAtMicros()}, or more often. */
    public void step() {
        enter(() -> {});
    }

    /**
     * Runs one input of an application on the board; {@code done} gets the answer, at once when it is refused.
     * Frames and work orders of one device run one at a time.
     */
    public void infer(Frame frame, Consumer<Answer> done) {
        enter(() -> admit(frame, done));
    }

    /** Devices that run something in a slot, with the bytes of its input. */
    public Map<String, Integer> inputBytes(String slot) {
        Map<String, Integer> bytes = new TreeMap<>();
        for (String device : devices.keySet()) {
            updater.program(device, slot)
                    .filter(Program::isWhole)
                    .ifPresent(program -> bytes.put(device, program.inputBytes()));
        }
        return bytes;
    }

    /** Says goodbye; the core does nothing any more afterwards. */
    public void stop() {
        enter(() -> {
            flushFrames(Long.MAX_VALUE);
            streams.close();
            if (connected) {
                send(
                        Kind.UP_STATUS,
                        new Status(boot, connection, Status.State.STOPPED, wall()).encode(),
                        STATUS_EXPIRY);
            }
            seams.log.info("agent.stopped boot=%s", boot);
            stopped = true;
        });
    }

    // What others may ask.

    /** Id of this start. */
    public String boot() {
        return boot;
    }

    /** The will for the next connection; to be fetched on the core's thread before connecting. */
    public byte[] lastWill() {
        return new Status(boot, connection + 1, Status.State.LOST, wall()).encode();
    }

    /** {@link #wakeAtMicros()} for a clock of milliseconds. */
    public long wakeAtMillis() {
        return Math.ceilDiv(wakeAtMicros(), 1000);
    }

    /** Latest time, on the steady clock, for the next {@link #step()}. */
    public long wakeAtMicros() {
        long work = Math.min(way.nextDueMicros(), Math.min(orders.nextDueMicros(), streams.nextDueMicros()));
        long beside = Math.min(local.nextShowMicros(), timings.nextDueMicros());
        return Math.min(housekeepingMillis() * 1000, Math.min(work, beside));
    }

    private long housekeepingMillis() {
        long wake = now() + WAKE_MILLIS_MAX;
        wake = Math.min(wake, loadMillis);
        if (!telemetry.isEmpty() || observer.isDue(now())) {
            wake = Math.min(wake, frameMillis);
        }
        if (connected) {
            wake = Math.min(wake, heartbeatMillis);
            if (updater.nextDueMillis() > Long.MIN_VALUE) {
                wake = Math.min(wake, later(updater.nextDueMillis()));
            }
            if (born) {
                wake = Math.min(wake, later(outbox.nextDueMillis()));
            }
        }
        return wake;
    }

    /** A due time that has passed without being done waits for a short while: something is not ready for it. */
    private long later(long dueMillis) {
        return Math.max(dueMillis, now() + 50);
    }

    /** True when the controller was told of this connection. */
    public boolean isBorn() {
        return born;
    }

    /** How often something happened in this boot. */
    public long counted(Counter counter) {
        return counters.getOrDefault(counter, 0L);
    }

    /** Samples dropped in this boot for want of space. */
    public long samplesDropped() {
        return outbox.dropped();
    }

    /** Messages of a stream that are kept because nobody has acknowledged them. */
    public int unacknowledged(Stream stream) {
        return outbox.pending(stream);
    }

    /** Ends of jobs that the node was told of. */
    public Outcomes outcomes() {
        return outcomes;
    }

    /** Every slot as it is now. */
    public List<SlotReport> slots() {
        return updater.slots();
    }

    /** Highest desired version that all slots are settled for. */
    public long appliedVersion() {
        return updater.applied();
    }

    // Inside.

    private void enter(Runnable event) {
        events.add(event);
        if (inside) {
            return;
        }
        inside = true;
        try {
            while (!events.isEmpty() && !stopped) {
                for (Runnable next = events.poll(); next != null && !stopped; next = events.poll()) {
                    next.run();
                }
                if (!stopped) {
                    advance();
                }
            }
        } finally {
            inside = false;
        }
    }

    /** The world's, with answers that wait their turn. */
    private final class Artifacts implements ArtifactSource {
        @Override
        public void fetch(Digest digest, long bytesMax, Consumer<Fetched> done) {
            seams.artifacts.fetch(digest, bytesMax, fetched -> enter(() -> done.accept(fetched)));
        }

        @Override
        public void fetch(Wanted wanted, Consumer<Fetched> done) {
            seams.artifacts.fetch(wanted, fetched -> enter(() -> done.accept(fetched)));
        }

        @Override
        public void stop(Digest digest) {
            seams.artifacts.stop(digest);
        }
    }

    private <T> void run(String device, Supplier<T> work, Consumer<T> done) {
        seams.host.run(device, work, value -> enter(() -> done.accept(value)));
    }

    private void advance() {
        long now = now();
        updater.step(connected);
        report();
        long nowMicros = nowMicros();
        orders.arrive(nowMicros);
        way.takeDue(nowMicros).forEach(one -> streams.tensor(one.from(), one.tensor(), 0));
        streams.advance(nowMicros);
        for (DeviceQueue queue : devices.values()) {
            orders.advance(queue, nowMicros);
            advance(queue, local.of(queue.name), nowMicros);
        }
        orders.exchange(nowMicros);
        timings.advance();
        if (now >= loadMillis) {
            loadMillis = now + LOAD_MILLIS;
            sampleLoad();
        }
        flushFrames(now);
        if (now >= saveMillis) {
            saveMillis = now + SAVE_AGAIN_MILLIS;
            outbox.save();
        }
        speak(now);
    }

    private void report() {
        updater.takeReport().ifPresent(report -> {
            if (!outbox.hasRoom(Stream.REPORTED, Results.RESULT_BYTES_MAX)) {
                // It is due again with whatever is true then.
                updater.reportNow();
                return;
            }
            outbox.append(
                    Stream.REPORTED,
                    stamp -> new Reported(stamp, report.version(), report.settled(), report.slots(), report.refused())
                            .encode());
        });
    }

    private void speak(long now) {
        if (!connected) {
            return;
        }
        while (!pastBirths.isEmpty()) {
            if (!send(Kind.UP_BIRTH, pastBirths.element(), BIRTH_EXPIRY)) {
                return;
            }
            pastBirths.remove();
        }
        if (birthDue) {
            if (!send(Kind.UP_BIRTH, birth(false).encode(), BIRTH_EXPIRY)) {
                return;
            }
            birthDue = false;
            born = true;
        }
        if (now >= heartbeatMillis
                && send(
                        Kind.UP_STATUS,
                        new Status(boot, connection, Status.State.ONLINE, wall()).encode(),
                        STATUS_EXPIRY)) {
            heartbeatMillis = now + HEARTBEAT_MILLIS;
        }
        outbox.pump(
                now,
                (stream, payload) -> send(
                        switch (stream) {
                            case TELEMETRY -> Kind.UP_TELEMETRY;
                            case RESULT -> Kind.UP_RESULT;
                            case REPORTED -> Kind.UP_REPORTED;
                        },
                        payload,
                        STREAM_EXPIRY));
    }

    private boolean send(Kind kind, byte[] payload, Duration expiry) {
        return seams.transport.send(new Topic(settings.address(), kind), payload, expiry);
    }

    private Birth birth(boolean past) {
        Birth node = Birth.of(boot, Math.max(1, connection), wall(), settings.agentVersion(), settings.kernels())
                .withOperators(OPERATORS)
                .withMetrics(telemetry.metrics())
                .withLink(settings.link())
                .withPeer(settings.peer());
        return past
                ? node.ofThePast().withSlots(List.of(), updater.applied())
                : node.withDevices(seams.drivers.stream().map(Driver::device).toList())
                        .withSlots(updater.slots(), updater.applied())
                        .withSensors(seams.sensors.announced())
                        .withTransforms(TransformChain.names())
                        .withOrderTransforms(TransformChain.names())
                        .withTiming(timings.timing());
    }

    private void take(Topic topic, byte[] payload) throws MalformedMessageException {
        if (!topic.address().equals(settings.address())) {
            throw new MalformedMessageException("topic is of another node");
        }
        switch (topic.kind()) {
            case DOWN_ACK -> outbox.acknowledge(Ack.decode(payload));
            case DOWN_DESIRED -> {
                switch (updater.offer(desired(payload))) {
                    case ACCEPTED, REPEATED, WAITS -> {}
                    case OLD -> count(Counter.LISTS_OLD);
                    case REJECTED -> count(Counter.LISTS_REJECTED);
                }
            }
            case DOWN_WORK -> {
                if (StreamOrder.is(payload)) {
                    streams.order(StreamOrder.decode(payload));
                } else {
                    orders.order(Work.decode(payload));
                }
            }
            case DOWN_COMMAND -> {
                Command command = Command.decode(payload);
                switch (command.kind()) {
                    case REBIRTH -> {
                        pastBirths.clear();
                        pastBirths.addAll(outbox.earlierBirths());
                        birthDue = true;
                    }
                    case CANCEL -> orders.cancel(Objects.requireNonNull(command.task()));
                    case OPERATORS ->
                        timings.ask(Objects.requireNonNull(command.device()), Objects.requireNonNull(command.slot()));
                }
            }
            case DOWN_OUTCOME -> outcomes.add(Outcome.decode(payload));
            case IN_TENSOR -> take(Objects.requireNonNull(topic.from()), Tensor.decode(payload), Orders.Way.BROKER);
            case UP_BIRTH, UP_STATUS, UP_REPORTED, UP_TELEMETRY, UP_RESULT ->
                throw new MalformedMessageException("topic is not for an agent");
        }
    }

    /** One that cannot be read is refused like one that is not to be trusted; which version it was nobody knows. */
    private Desired desired(byte[] payload) throws MalformedMessageException {
        try {
            return Desired.decode(payload);
        } catch (MalformedMessageException malformed) {
            updater.refuse(0, payload.length > Limits.STATE_BYTES_MAX ? "too-large" : "unreadable");
            throw malformed;
        }
    }

    private void take(String from, Tensor tensor, Orders.Way by) {
        if (!Streams.isTask(tensor)) {
            orders.tensor(from, tensor, by);
            return;
        }
        long hold = tensor.timing().holdMicros(micros(seams.wall));
        if (hold == 0 || !Streams.isAnswer(tensor)) {
            streams.tensor(from, tensor, hold);
        } else if (!streams.isAwaited(from, tensor) || !way.add(nowMicros() + hold, from, tensor)) {
            count(Counter.TENSORS_DROPPED);
        }
    }

    // Work.

    /** The world's, with answers that wait their turn. */
    private final class Peers implements PeerSender {
        @Override
        public boolean send(Parcel parcel, Consumer<PeerSender.Answer> done) {
            return seams.peers.send(parcel, answer -> enter(() -> done.accept(answer)));
        }

        @Override
        public void prepare(String node, PeerAddress address) {
            seams.peers.prepare(node, address);
        }
    }

    private void put(String task, long epoch, byte[] output, Consumer<OutputSink.Put> done) {
        seams.outputs.put(task, epoch, output, put -> enter(() -> done.accept(put)));
    }

    /** The node as what times its operators sees it. */
    private final class TimedNode implements Timings.Node {
        @Override
        public Optional<Program> program(String device, String slot) {
            return updater.program(device, slot);
        }

        @Override
        public List<Digest> active(String device) {
            return updater.slots().stream()
                    .filter(slot -> slot.device().equals(device))
                    .flatMap(slot -> updater.program(device, slot.slot()).stream())
                    .map(Program::digest)
                    .toList();
        }

        @Override
        public boolean isIdle() {
            return !updater.isChanging()
                    && devices.values().stream().allMatch(queue -> queue.length() == 0)
                    && local.isIdle();
        }

        @Override
        public void compute(String device, Runnable work, Runnable done) {
            run(
                    device,
                    () -> {
                        work.run();
                        return true;
                    },
                    _ -> done.run());
        }

        @Override
        public long nowMicros() {
            return AgentCore.this.nowMicros();
        }

        @Override
        public long wallMillis() {
            return wall();
        }
    }

    /** The node as work orders see it. */
    private final class WorkBoard implements Orders.Board {
        @Override
        public long nowMicros() {
            return AgentCore.this.nowMicros();
        }

        @Override
        public long wallMicros() {
            return Math.max(0, micros(seams.wall));
        }

        @Override
        public Optional<Program> program(String device, String slot) {
            return updater.program(device, slot);
        }

        @Override
        public void infer(
                DeviceQueue queue,
                Program program,
                Program.@Nullable Cut cut,
                Supplier<Optional<Orders.Input>> input,
                Consumer<Orders.Ran> done) {
            run(queue.name, () -> take(queue, program, cut, input), done);
        }

        @Override
        public void prepare(DeviceQueue queue, Program program, Program.Cut cut) {
            run(
                    queue.name,
                    () -> {
                        try {
                            queue.driver.prepare(program, cut);
                        } catch (RuntimeException | OutOfMemoryError broken) {
                            // Its run comes to the same, and costs that attempt.
                            seams.log.warn(
                                    "driver.failed model=%s reason=%s",
                                    program.model(), AgentLog.word(String.valueOf(broken)));
                        }
                        return true;
                    },
                    _ -> {});
        }

        @Override
        public void take(DeviceQueue queue, Supplier<Optional<Orders.Input>> input, Consumer<Orders.Ran> done) {
            boolean modelled = queue.driver.device().modelled();
            run(
                    queue.name,
                    () -> input.get()
                            .<Orders.Ran>map(taken -> new Orders.Ran.Done(
                                    new Measured(taken.bytes(), 0, null, modelled, null, EnergyMethod.UNKNOWN, null),
                                    taken,
                                    nowMicros(),
                                    wallMicros()))
                            .orElseGet(Orders.Ran.NoInput::new),
                    done);
        }

        /** On the device's thread. */
        private Orders.Ran take(
                DeviceQueue queue, Program program, Program.@Nullable Cut cut, Supplier<Optional<Orders.Input>> input) {
            Orders.Input taken = input.get().orElse(null);
            if (taken == null) {
                return new Orders.Ran.NoInput();
            }
            long takenMicros = nowMicros();
            long takenAtMicros = wallMicros();
            return AgentCore.this
                    .infer(queue.driver, program, cut, taken.bytes())
                    .<Orders.Ran>map(measured -> new Orders.Ran.Done(measured, taken, takenMicros, takenAtMicros))
                    .orElseGet(Orders.Ran.Failed::new);
        }

        @Override
        public void fetch(Digest digest, long bytesMax, Consumer<Fetched> done) {
            seams.artifacts.fetch(digest, bytesMax, fetched -> enter(() -> done.accept(fetched)));
        }

        @Override
        public boolean send(Topic topic, byte[] message, Duration expiry) {
            return connected && seams.transport.send(topic, message, expiry);
        }

        @Override
        public void sendAgain(Stamp stamp, byte @Nullable [] result) {
            if (!outbox.resend(Stream.RESULT, stamp) && result != null && born) {
                AgentCore.this.send(Kind.UP_RESULT, result, STREAM_EXPIRY);
            }
        }

        @Override
        public void count(Counter counter) {
            AgentCore.this.count(counter);
        }

        @Override
        public void served(
                DeviceQueue queue, String slot, Program program, byte @Nullable [] input, Measured measured) {
            AgentCore.this.served(queue, slot, program, input, measured, null);
        }

        @Override
        public void failed(DeviceQueue queue, String slot, Program program) {
            AgentCore.this.failed(queue, slot, program);
        }
    }

    /** Away from the core's thread. Whatever a model or an input makes the driver do costs only this attempt. */
    private Optional<Measured> infer(Driver driver, Program program, Program.@Nullable Cut cut, byte[] input) {
        try {
            return Optional.of(cut == null ? driver.run(program, input) : driver.run(program, cut, input));
        } catch (RuntimeException | OutOfMemoryError broken) {
            seams.log.warn("driver.failed model=%s reason=%s", program.model(), AgentLog.word(String.valueOf(broken)));
            return Optional.empty();
        }
    }

    // Frames of applications.

    private void admit(Frame frame, Consumer<Answer> done) {
        String wanted = frame.device();
        DeviceQueue queue = devices.values().stream()
                .filter(device -> wanted == null || wanted.equals(device.name))
                .filter(device -> updater.program(device.name, frame.slot())
                        .filter(Program::isWhole)
                        .isPresent())
                .findFirst()
                .orElse(null);
        if (queue == null) {
            done.accept(new Answer.Refused(
                    Frame.Reason.NO_SUCH_SLOT,
                    "slot %s runs on no device%s".formatted(frame.slot(), wanted == null ? "" : " named " + wanted)));
            return;
        }
        Program program = updater.program(queue.name, frame.slot()).orElseThrow();
        LocalFrames.Line line = local.of(queue.name);
        if (frame.input().length != program.inputBytes()) {
            done.accept(new Answer.Refused(
                    Frame.Reason.WRONG_INPUT,
                    "input of %d bytes, the slot takes %d".formatted(frame.input().length, program.inputBytes())));
        } else if (line.waiting.size() >= settings.queueLength()) {
            done.accept(new Answer.Refused(
                    Frame.Reason.QUEUE_FULL, "%d inputs wait on %s".formatted(line.waiting.size(), queue.name)));
        } else {
            line.waiting.add(new LocalFrames.Waiting(frame, program, done));
        }
    }

    private void advance(DeviceQueue queue, LocalFrames.Line line, long nowMicros) {
        LocalFrames.Waiting running = line.running;
        if (running != null && nowMicros >= running.showMicros) {
            Measured measured = Objects.requireNonNull(running.measured);
            Frame frame = running.frame;
            line.running = null;
            served(queue, frame.slot(), running.program, frame.input(), measured, frame.label());
            running.done.accept(new Answer.Done(queue.name, running.program.digest(), measured));
        }
        if (line.running == null && !line.waiting.isEmpty()) {
            LocalFrames.Waiting next = line.waiting.remove();
            line.running = next;
            next.startedMicros = nowMicros;
            run(
                    queue.name,
                    () -> infer(queue.driver, next.program, null, next.frame.input()),
                    inferred -> ran(queue, line, next, inferred));
        }
    }

    private void ran(DeviceQueue queue, LocalFrames.Line line, LocalFrames.Waiting ran, Optional<Measured> inferred) {
        if (inferred.isEmpty()) {
            line.running = null;
            failed(queue, ran.frame.slot(), ran.program);
            ran.done.accept(new Answer.Refused(Frame.Reason.FAILED, "the driver failed"));
            return;
        }
        ran.measured = inferred.get();
        ran.showMicros = Orders.showMicros(ran.measured, ran.startedMicros, nowMicros());
    }

    // What every version did.

    /** A version served an input; the version in its shadow may get the same one. */
    private void served(
            DeviceQueue queue,
            String slot,
            Program program,
            byte @Nullable [] input,
            Measured measured,
            @Nullable Integer label) {
        count(Counter.INFERENCES);
        telemetry.inference(queue.name, measured, wall());
        Observer.Ran ran = new Observer.Ran(queue.name, slot, program, measured, false);
        observer.ran(ran, label, now());
        updater.answered(queue.name, slot, program.digest(), Observer.isSaturated(measured.output()));
        Program other = updater.shadow(queue.name, slot)
                .filter(shadow -> shadow.program().isWhole()
                        && shadow.program().inputBytes() == program.inputBytes()
                        && !shadow.program().digest().equals(program.digest()))
                .filter(shadow -> shadows.isTurn(queue.name, slot, shadow.percent()))
                .map(Updater.Shadow::program)
                .orElse(null);
        if (other == null || input == null) {
            return;
        }
        shadows.begin(queue.name);
        run(queue.name, () -> infer(queue.driver, other, null, input), inferred -> {
            shadows.end(queue.name);
            inferred.ifPresent(result -> {
                Observer.Ran beside = new Observer.Ran(queue.name, slot, other, result, true);
                observer.ran(beside, label, now());
                observer.compared(ran, beside, label, now());
            });
        });
    }

    private void failed(DeviceQueue queue, String slot, Program program) {
        observer.failed(queue.name, slot, program, queue.driver.device().modelled(), now());
        updater.driverFailed(queue.name, slot, program.digest());
    }

    // Telemetry.

    private void sampleLoad() {
        long at = wall();
        for (DeviceQueue queue : devices.values()) {
            telemetry.sample(queue.name, "queue.length", at, queue.length(), null);
        }
        telemetry.sample(null, "telemetry.dropped", at, (double) outbox.dropped(), null);
        long refused = counted(Counter.TENSORS_REFUSED);
        if (refused > tensorsTold) {
            telemetry.sample(null, "tensors.refused", at, (double) (refused - tensorsTold), null);
            tensorsTold = refused;
        }
        NodeProbe probe = seams.probe;
        if (probe != null) {
            NodeProbe.Load load = probe.look();
            telemetry.sample(null, "memory.used", at, load.memoryUsedMegabytes(), null);
            Double percent = load.cpuPercent();
            if (percent != null) {
                telemetry.sample(null, "process.cpu", at, percent, null);
            }
            Double celsius = load.celsius();
            if (celsius != null) {
                telemetry.sample(null, "temperature", at, celsius, null);
            }
            Double battery = load.batteryPercent();
            if (battery != null) {
                telemetry.sample(null, "battery", at, battery, null);
            }
        }
    }

    /** A metric that a birth names is one that comes: gates ask for it. */
    private static Set<TelemetryBuffer.Probed> probed(@Nullable NodeProbe probe) {
        if (probe == null) {
            return Set.of();
        }
        NodeProbe.Load load = probe.look();
        Set<TelemetryBuffer.Probed> probed = EnumSet.of(TelemetryBuffer.Probed.PROCESS);
        if (load.celsius() != null) {
            probed.add(TelemetryBuffer.Probed.TEMPERATURE);
        }
        if (load.batteryPercent() != null) {
            probed.add(TelemetryBuffer.Probed.BATTERY);
        }
        return probed;
    }

    private void flushFrames(long now) {
        if (now < frameMillis && !telemetry.isFull()) {
            return;
        }
        frameMillis = now() + (connected ? FRAME_MILLIS : FRAME_MILLIS_OFFLINE);
        List<Observation> observations = observer.take(now);
        while (!telemetry.isEmpty() || !observations.isEmpty()) {
            outbox.countDropped(telemetry.takeOverflowed());
            List<Observation> carried = observations;
            observations = List.of();
            outbox.appendTelemetry(stamp -> telemetry.frame(stamp, wall(), outbox.dropped(), carried));
        }
    }

    private void count(Counter counter) {
        counters.merge(counter, 1L, Long::sum);
    }

    private long nowMicros() {
        return micros(seams.steady);
    }

    private static long micros(InstantSource clock) {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }

    private long now() {
        return seams.steady.millis();
    }

    private long wall() {
        return Math.max(0, seams.wall.millis());
    }
}
