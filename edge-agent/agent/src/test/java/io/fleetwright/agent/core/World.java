package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.DriverHost;
import io.fleetwright.agent.driver.EmulatedDriver;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.store.MemoryBlockDevice;
import io.fleetwright.agent.update.ArtifactSource;
import io.fleetwright.agent.update.ArtifactSource.Fetched;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.OperatorTimer;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.Ack;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.set.Role;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything around one core, in one thread: clock, network, disk, controller's store and key. */
final class World {
    static final NodeAddress NODE = new NodeAddress("acme", "board-1");
    static final long TIMER_NANOS = 50_000;
    static final SigningKey KEY = Publisher.KEYS.key(Role.DIRECTOR);

    final MemoryBlockDevice disk = new MemoryBlockDevice();
    final List<Sent> sent = new ArrayList<>();
    final Map<Digest, byte[]> store = new HashMap<>();
    final List<String> log = new ArrayList<>();
    final ArrayDeque<Runnable> held = new ArrayDeque<>();
    /** Takes effect with the next start. */
    int artifactBytesMax = 1 << 20;

    Outbox.Bounds bounds = new Outbox.Bounds(4 << 20, 2 << 20, 2 << 20);

    @Nullable
    Long cpuMemoryBytes;

    @Nullable
    Double celsius;

    @Nullable
    Double battery;

    /** Takes effect with the next start. */
    Birth.@Nullable Link link;

    /** Takes effect with the next start. */
    Sensors sensors = Sensors.NONE;

    /** Stretches that the driver was told of before they ran. */
    final List<Program.Cut> prepared = new ArrayList<>();

    /** Takes effect at once. */
    PeerSender peers = PeerSender.NONE;

    long millis = Publisher.START.toEpochMilli();
    int fetches;
    int runs;
    int admitted;
    /** Programs whose operators were begun to be timed. */
    int timers;
    /** The last one, while somebody holds it. */
    WeakReference<OperatorTimer> lastTimer = new WeakReference<>(null);

    /** How much later each look at the clock of a measurement is; measurements count from 1. */
    IntToLongFunction timerNanos = _ -> TIMER_NANOS;
    /** Looks at the clock of the last measurement. */
    long timerLooks;

    /** Takes effect with the next start. */
    String agentVersion = "test";

    String kernels = "scalar";

    Optional<Duration> timesOperatorsAfter = Optional.of(Duration.ZERO);

    private final Map<Digest, byte[]> admittedArtifacts = new HashMap<>();
    boolean up = true;
    boolean holdRuns;
    boolean driverFails;
    boolean holdFetches;
    final List<Digest> stoppedFetches = new ArrayList<>();
    boolean storesReports = true;
    /** Tries to put an output, in their order. */
    final List<PutCall> puts = new ArrayList<>();

    boolean holdPuts;
    OutputSink.Put putAnswer = OutputSink.Put.STORED;
    private final SplittableRandom random = new SplittableRandom(7);
    private AgentCore core;

    /** One try; its end is the test's while puts are held. */
    record PutCall(String task, long epoch, byte[] output, Consumer<OutputSink.Put> done) {}

    /** A message that left the agent. */
    record Sent(Topic topic, byte[] payload) {
        Topic.Kind kind() {
            return topic.kind();
        }
    }

    World() throws BlockDeviceException {
        core = boot();
    }

    AgentCore core() {
        return core;
    }

    private AgentCore boot() throws BlockDeviceException {
        return new AgentCore(
                new AgentSettings(
                                NODE,
                                Publisher.KEYS.root(1).orElseThrow(),
                                agentVersion,
                                kernels,
                                16,
                                artifactBytesMax,
                                bounds)
                        .on(link)
                        .timingOperatorsAfter(timesOperatorsAfter),
                new AgentCore.Seams(
                        () -> Instant.ofEpochMilli(millis),
                        () -> Instant.ofEpochMilli(millis),
                        random,
                        (topic, payload, _) -> {
                            if (up) {
                                sent.add(new Sent(topic, payload));
                                if (topic.kind() == Topic.Kind.UP_REPORTED && storesReports) {
                                    Reported last = reports().getLast();
                                    long sequence = last.stamp().sequence();
                                    acknowledge(Stream.REPORTED, last.stamp().boot(), sequence, sequence);
                                }
                            }
                            return up;
                        },
                        disk,
                        new Store(),
                        new Host(),
                        List.of(
                                new CountingDriver(),
                                new EmulatedDriver(
                                        "mcu0", DeviceProfiles.find("stm32l4r5").orElseThrow())),
                        () -> new NodeProbe.Load(20, 5.0, celsius, battery),
                        (_, line) -> log.add(line),
                        sensors,
                        new Peers(),
                        this::put));
    }

    private void put(String task, long epoch, byte[] output, Consumer<OutputSink.Put> done) {
        puts.add(new PutCall(task, epoch, output, done));
        if (!holdPuts) {
            done.accept(putAnswer);
        }
    }

    private final class Peers implements PeerSender {
        @Override
        public boolean send(Parcel parcel, Consumer<Answer> done) {
            return peers.send(parcel, done);
        }

        @Override
        public void prepare(String node, PeerAddress address) {
            peers.prepare(node, address);
        }
    }

    private final class Store implements ArtifactSource {
        @Override
        public void fetch(Digest digest, long bytesMax, Consumer<Fetched> done) {
            World.this.fetch(digest, done);
        }

        @Override
        public void stop(Digest digest) {
            stoppedFetches.add(digest);
        }
    }

    private void fetch(Digest digest, Consumer<Fetched> done) {
        byte[] document = Publisher.document(digest);
        if (document != null) {
            done.accept(new ArtifactSource.Fetched.Bytes(document));
            return;
        }
        fetches++;
        if (holdFetches) {
            return;
        }
        byte[] bytes = store.get(digest);
        done.accept(
                bytes == null
                        ? new ArtifactSource.Fetched.Failed("http-404", true)
                        : new ArtifactSource.Fetched.Bytes(bytes));
    }

    /** Runs at once, or when the test says so. */
    private final class Host implements DriverHost {
        @Override
        public <T> void run(String device, Supplier<T> work, Consumer<T> done) {
            Runnable task = () -> done.accept(work.get());
            if (holdRuns) {
                held.add(task);
            } else {
                task.run();
            }
        }
    }

    /** The processor with a fixed time and no energy meter. */
    private final class CountingDriver implements Driver {
        @Override
        public Birth.Device device() {
            return new Birth.Device("cpu0", DeviceClass.CPU, "cpu", null, false, cpuMemoryBytes);
        }

        @Override
        public EnergyMethod energyMethod() {
            return EnergyMethod.UNKNOWN;
        }

        @Override
        public Measured run(Program program, byte[] input) {
            return counted(bytes -> bytes.run(program, input));
        }

        @Override
        public Measured run(Program program, Program.Cut cut, byte[] input) {
            return counted(bytes -> bytes.run(program, cut, input));
        }

        @Override
        public void prepare(Program program, Program.Cut cut) {
            prepared.add(cut);
        }

        @Override
        public Optional<String> admit(Program program, byte[] artifact, BooleanSupplier unwanted) {
            admitted++;
            admittedArtifacts.put(program.digest(), artifact);
            return Optional.empty();
        }

        @Override
        public boolean timesOperators() {
            return true;
        }

        /** Of an interpreter of its own, which is there at once. */
        @Override
        public Optional<OperatorTimer> timer(Program program) {
            timers++;
            timerLooks = 0;
            long nanos = timerNanos.applyAsLong(timers);
            try {
                Graph graph = ModelReader.read(
                                Objects.requireNonNull(admittedArtifacts.get(program.digest())), program.model())
                        .integerCore();
                OperatorTimer timer = new OperatorTimer(
                        graph,
                        Interpreter.create(graph, graph.arithmetic(), Kernels.scalar()),
                        new OperatorTimer.Budget(1_000_000, 5_000_000, 3),
                        () -> timerLooks++ * nanos);
                lastTimer = new WeakReference<>(timer);
                return Optional.of(timer);
            } catch (ModelException broken) {
                throw new AssertionError(broken);
            }
        }

        private Measured counted(Function<Driver, Measured> inference) {
            runs++;
            if (driverFails) {
                throw new IllegalStateException("made to fail");
            }
            Measured bytes = inference.apply(
                    new EmulatedDriver("x", DeviceProfiles.find("gap9").orElseThrow()));
            return new Measured(bytes.output(), 1234, null, false, null, EnergyMethod.UNKNOWN, null);
        }
    }

    // What happens to the agent.

    /** The power goes and comes back. */
    void restart(boolean undoDeletions) throws BlockDeviceException {
        disk.restart(undoDeletions);
        bootAgain();
    }

    /** Starts over what the disk holds, which may go on failing. */
    void bootAgain() throws BlockDeviceException {
        held.clear();
        sent.clear();
        core = boot();
    }

    void connect() {
        up = true;
        core.connected();
    }

    void disconnect() {
        up = false;
        core.disconnected("test");
    }

    /** Lets time pass, step by step as the core asks. */
    void pass(Duration time) {
        long until = millis + time.toMillis();
        while (millis < until) {
            millis = Math.min(until, Math.max(millis + 1, core.wakeAtMillis()));
            core.step();
        }
    }

    void runHeld() {
        for (Runnable task = held.poll(); task != null; task = held.poll()) {
            task.run();
        }
    }

    void tell(Topic.Kind kind, byte[] payload) {
        core.message(new Topic(NODE, kind, kind == Topic.Kind.IN_TENSOR ? "other" : null).text(), payload);
    }

    /** What another node sends. */
    void tensor(String from, byte[] payload) {
        core.message(new Topic(NODE, Topic.Kind.IN_TENSOR, from).text(), payload);
    }

    void command(Command.Kind kind, @Nullable String task) {
        tell(Topic.Kind.DOWN_COMMAND, new Command("c", kind, task).encode());
    }

    Digest publish(byte[] artifact) {
        Digest digest = Digest.of(artifact);
        store.put(digest, artifact);
        return digest;
    }

    static DesiredSlot slot(String device, byte[] artifact) {
        return new DesiredSlot(device, "m", "m", "1.0.0", "v", Digest.of(artifact), artifact.length);
    }

    static Desired list(SigningKey key, NodeAddress node, long version, DesiredSlot... slots) {
        return Publisher.list(key, node, version, slots);
    }

    /** Offers a good list for artifacts that are in the controller's store. */
    void desire(long version, DesiredSlot... slots) {
        tell(Topic.Kind.DOWN_DESIRED, list(KEY, NODE, version, slots).encode());
    }

    void install(long version, byte[] artifact) {
        publish(artifact);
        desire(version, slot("cpu0", artifact), slot("mcu0", artifact));
        pass(Duration.ofSeconds(1));
    }

    static Work work(String task, long epoch, String device, Digest digest, long budgetMillis) {
        return Work.order(task, epoch, device, "m", digest.value(), Work.Source.here(new byte[] {1, 2, 3, 4}))
                .within(0, budgetMillis);
    }

    static Work workByDigest(String task, Digest variant, String inputDigest) {
        return work(task, variant, new Work.Source.Stored(inputDigest, 4)).within(0, 60_000);
    }

    /** The first attempt of a device, within a second. */
    static Work work(String task, Digest variant, Work.Source source) {
        return Work.order(task, 1, "cpu0", "m", variant.value(), source).within(0, 1_000);
    }

    /** What another board sends, in eight bits. */
    static Work.Source sent(long bytes) {
        return new Work.Source.Sent(new Work.Expects("other", 8), bytes);
    }

    void order(Work work) {
        tell(Topic.Kind.DOWN_WORK, work.encode());
    }

    void acknowledge(Stream stream, String boot, long first, long last) {
        tell(Topic.Kind.DOWN_ACK, new Ack(stream, boot, List.of(new Ack.Range(first, last))).encode());
    }

    /** Acknowledges everything that was sent so far. */
    void acknowledgeAll() {
        for (TaskResult result : results()) {
            acknowledge(
                    Stream.RESULT,
                    result.stamp().boot(),
                    result.stamp().sequence(),
                    result.stamp().sequence());
        }
        for (Reported reported : reports()) {
            acknowledge(
                    Stream.REPORTED,
                    reported.stamp().boot(),
                    reported.stamp().sequence(),
                    reported.stamp().sequence());
        }
        for (TelemetryFrame frame : frames()) {
            acknowledge(
                    Stream.TELEMETRY,
                    frame.stamp().boot(),
                    frame.stamp().sequence(),
                    frame.stamp().sequence());
        }
    }

    // What the agent said.

    List<Topic.Kind> kinds() {
        return sent.stream().map(Sent::kind).toList();
    }

    private interface Decoder<T> {
        /** Null for a message of another kind. */
        @Nullable
        T decode(byte[] bytes) throws MalformedMessageException;
    }

    private <T> List<T> all(Topic.Kind kind, Decoder<T> decoder) {
        List<T> out = new ArrayList<>();
        for (Sent message : sent) {
            if (message.kind() == kind) {
                try {
                    T decoded = decoder.decode(message.payload);
                    if (decoded != null) {
                        out.add(decoded);
                    }
                } catch (MalformedMessageException wrong) {
                    throw new AssertionError("the agent sent a malformed message", wrong);
                }
            }
        }
        return out;
    }

    List<Birth> births() {
        return all(Topic.Kind.UP_BIRTH, Birth::decode);
    }

    List<TaskResult> results() {
        return all(
                Topic.Kind.UP_RESULT,
                bytes -> StreamReport.is(bytes) || OperatorTimes.is(bytes) ? null : TaskResult.decode(bytes));
    }

    List<OperatorTimes> operatorTimes() {
        return all(Topic.Kind.UP_RESULT, bytes -> OperatorTimes.is(bytes) ? OperatorTimes.decode(bytes) : null);
    }

    List<StreamReport> streamReports() {
        return all(Topic.Kind.UP_RESULT, bytes -> StreamReport.is(bytes) ? StreamReport.decode(bytes) : null);
    }

    List<Reported> reports() {
        return all(Topic.Kind.UP_REPORTED, Reported::decode);
    }

    List<TelemetryFrame> frames() {
        return all(Topic.Kind.UP_TELEMETRY, TelemetryFrame::decode);
    }

    TaskResult lastResult() {
        return results().getLast();
    }

    Reported lastReport() {
        return reports().getLast();
    }

    SlotReport lastReport(String device) {
        return lastReport().slots().stream()
                .filter(slot -> slot.device().equals(device))
                .findFirst()
                .orElseThrow();
    }
}
