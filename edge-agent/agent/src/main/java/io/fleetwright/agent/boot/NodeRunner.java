package io.fleetwright.agent.boot;

import io.fleetwright.agent.core.AgentCore;
import io.fleetwright.agent.core.AgentLog;
import io.fleetwright.agent.core.AgentSettings;
import io.fleetwright.agent.core.Frame;
import io.fleetwright.agent.core.NodeProbe;
import io.fleetwright.agent.driver.CpuDriver;
import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.EmulatedDriver;
import io.fleetwright.agent.driver.PipeDriver;
import io.fleetwright.agent.energy.EnergyMeter;
import io.fleetwright.agent.identity.HttpsArtifacts;
import io.fleetwright.agent.identity.HttpsOutputs;
import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.identity.Renewal;
import io.fleetwright.agent.link.PahoTransport;
import io.fleetwright.agent.link.PeerEndpoint;
import io.fleetwright.agent.link.PeerSender;
import io.fleetwright.agent.local.InferenceEndpoint;
import io.fleetwright.agent.sensor.SyntheticInputs;
import io.fleetwright.agent.spool.OutputSink;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.agent.store.DirectoryBlockDevice;
import io.fleetwright.agent.update.ArtifactSource;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.wire.PeerAddress;
import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One node of the process: its core with the one thread that may touch it, a thread per device, and a few for fetching.
 */
final class NodeRunner implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("fleetwright.agent");
    /** A clock that is set anew while the node waits is noticed after this long. */
    private static final Duration CERTIFICATE_LOOK = Duration.ofMinutes(10);

    private static final int FETCHES_MAX = 4;
    private static final int PUTS_MAX = 2;
    /** How long a device's program may take for an answer. */
    private static final Duration DRIVER_LIMIT = Duration.ofSeconds(60);

    /** How long a stretch that another node sends directly waits for the core. */
    private static final long STRETCH_MILLIS = 1_000;

    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final String name;
    private final URI controller;
    private final BlockingQueue<Runnable> events = new ArrayBlockingQueue<>(256);
    private final List<PipeDriver> programs = new ArrayList<>();
    private final Map<String, ExecutorService> deviceThreads = new HashMap<>();
    /** More than one, so that the documents of a newer list pass a slow download. */
    private final ExecutorService fetcher = Executors.newFixedThreadPool(
            FETCHES_MAX, Thread.ofVirtual().name("fetch").factory());

    /** Apart from fetches, so that a slow download does not keep results back. */
    private final ExecutorService putter = Executors.newFixedThreadPool(
            PUTS_MAX, Thread.ofVirtual().name("put").factory());

    private final ScheduledExecutorService loads = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("load").factory());
    private final AgentCore core;
    private final PahoTransport transport;
    private final InstantSource steady;
    private final Thread thread;
    private final AtomicReference<SSLContext> tls;
    private final AtomicReference<NodeIdentity> present;
    private final NodePeers peers;
    private final Renewal renewal;
    private final Thread renewer;
    private volatile boolean closed;
    private boolean told;

    /** What the nodes of one process share. */
    record Shared(
            String agentVersion,
            LongSupplier nanos,
            EnergyMeter meter,
            NodeProbe probe,
            Optional<Duration> timesOperatorsAfter) {}

    /** @param listen where the node takes tensors from others directly, absent when it does not */
    NodeRunner(
            AgentOptions.Node node,
            NodeIdentity identity,
            URI controller,
            Path folder,
            Shared shared,
            NodePeers.@Nullable At listen)
            throws BlockDeviceException, GeneralSecurityException, IOException {
        this.name = identity.address().node();
        this.controller = controller;
        long startNanos = shared.nanos.getAsLong();
        Instant start = Instant.now();
        this.steady = () -> start.plusNanos(shared.nanos.getAsLong() - startNanos);
        SecureRandom random = new SecureRandom();
        this.tls = new AtomicReference<>(identity.tls());
        this.renewal = new Renewal(controller, identity, folder, random);
        this.transport = new PahoTransport(
                identity.address(), identity.mqttHost(), identity.mqttPort(), tls::get, random, new CoreThread());
        this.present = new AtomicReference<>(identity);
        this.peers = new NodePeers(present::get, shared.nanos, listen, this::tensor);
        List<Driver> drivers = new ArrayList<>();
        for (AgentOptions.Device device : node.devices()) {
            drivers.add(driver(device, folder, shared));
            deviceThreads.put(
                    device.name(),
                    Executors.newSingleThreadExecutor(Thread.ofPlatform()
                            .daemon()
                            .name(name + "-" + device.name())
                            .factory()));
        }
        this.core = new AgentCore(
                AgentSettings.defaults(identity.address(), identity.root(), shared.agentVersion)
                        .on(node.link())
                        .at(peers.address())
                        .timingOperatorsAfter(shared.timesOperatorsAfter),
                new AgentCore.Seams(
                        InstantSource.system(),
                        steady,
                        random,
                        transport,
                        new DirectoryBlockDevice(folder.resolve("state")),
                        new Artifacts(new HttpsArtifacts(controller, tls::get, shared.nanos)),
                        this::run,
                        drivers,
                        node.emulated() ? null : shared.probe,
                        log(name),
                        node.sensors(),
                        new Peers(),
                        new Outputs(new HttpsOutputs(controller, tls::get))));
        this.thread = Thread.ofPlatform().name("core-" + name).unstarted(this::loop);
        this.renewer = Thread.ofVirtual().name("renew-" + name).unstarted(this::keepCertificate);
    }

    private Driver driver(AgentOptions.Device device, Path folder, Shared shared) throws IOException {
        DeviceProfile profile = device.profile();
        AgentOptions.Worked worked = device.worked();
        if (worked != null) {
            PipeDriver driver = new PipeDriver(
                    device.name(),
                    worked.deviceClass(),
                    List.of(worked.program().toString()),
                    folder.resolve("drivers").resolve(device.name()),
                    shared.nanos,
                    DRIVER_LIMIT);
            programs.add(driver);
            return driver;
        }
        return profile == null
                ? new CpuDriver(device.name(), Runtime.getRuntime().maxMemory() / 2, shared.meter, shared.nanos)
                : new EmulatedDriver(device.name(), profile);
    }

    private static AgentLog log(String name) {
        return (level, line) -> LOG.log(level, line + " agent=" + name);
    }

    void start() {
        thread.start();
        transport.start();
        peers.start();
        renewer.start();
    }

    /** Waits until the node has ended. */
    void join() throws InterruptedException {
        thread.join();
    }

    private void loop() {
        try {
            while (!closed) {
                long wait = core.wakeAtMicros() - ChronoUnit.MICROS.between(Instant.EPOCH, steady.instant());
                Runnable event = events.poll(Math.max(0, wait), TimeUnit.MICROSECONDS);
                if (event != null) {
                    event.run();
                }
                core.step();
                if (core.isBorn() && !told) {
                    told = true;
                    LOG.log(System.Logger.Level.INFO, "agent.ready node=%s controller=%s".formatted(name, controller));
                }
            }
            core.stop();
        } catch (InterruptedException stop) {
            core.stop();
        } catch (RuntimeException | Error bug) {
            // The core's state may be wrong now; what is on disk is not. The supervisor starts the process again.
            LOG.log(System.Logger.Level.ERROR, "agent.broken node=" + name, bug);
            Runtime.getRuntime().halt(70);
        }
    }

    /** Hands a frame to the core; false when it has too much to do. */
    boolean offer(Frame frame, Consumer<Frame.Answer> done) {
        return events.offer(() -> core.infer(frame, done));
    }

    /** Ends of jobs that the node was told of, and which start of it counts them. */
    InferenceEndpoint.Told told() {
        return new InferenceEndpoint.Told(core.boot(), core.outcomes());
    }

    /** Makes up inputs for a slot until the node is closed; what the core has no time for is left out. */
    void load(AgentOptions.Load load) {
        SyntheticInputs inputs = new SyntheticInputs(load.seed());
        var _ = loads.scheduleAtFixedRate(
                () -> events.offer(() -> core.inputBytes(load.slot())
                        .forEach((device, bytes) ->
                                core.infer(new Frame(load.slot(), device, inputs.next(bytes), null), _ -> {}))),
                0,
                Math.max(1, Math.round(1e9 / load.perSecond())),
                TimeUnit.NANOSECONDS);
    }

    /** The next connections and requests show the new certificate; those that are open go on with the old one until it ends. */
    private void keepCertificate() {
        try {
            while (!closed) {
                Instant now = Instant.now();
                Duration wait = Duration.between(now, renewal.dueAt(now));
                if (wait.isPositive()) {
                    Thread.sleep(wait.compareTo(CERTIFICATE_LOOK) < 0 ? wait : CERTIFICATE_LOOK);
                    continue;
                }
                try {
                    NodeIdentity renewed = renewal.renew(Instant.now());
                    tls.set(renewed.tls());
                    present.set(renewed);
                    LOG.log(
                            System.Logger.Level.INFO,
                            "identity.renewed node=%s until=%s".formatted(name, renewed.validUntil()));
                } catch (IOException | GeneralSecurityException notNow) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "identity.renewal_delayed node=%s until=%s reason=%s"
                                    .formatted(name, renewal.validUntil(), notNow.getMessage()));
                }
            }
        } catch (InterruptedException ending) {
            // Whoever interrupts ends the node.
        }
    }

    /** A stretch that another node sends directly; waits for the core, but not long. */
    private PeerEndpoint.Taken tensor(String from, byte[] message) throws InterruptedException {
        CompletableFuture<PeerEndpoint.Taken> taken = new CompletableFuture<>();
        try {
            return events.offer(() -> taken.complete(core.tensor(from, message)), STRETCH_MILLIS, TimeUnit.MILLISECONDS)
                    ? taken.get(STRETCH_MILLIS, TimeUnit.MILLISECONDS)
                    : PeerEndpoint.Taken.BUSY;
        } catch (TimeoutException late) {
            return PeerEndpoint.Taken.BUSY;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("the core could not take a stretch", impossible);
        }
    }

    /** Answers on the core's thread. */
    private final class Peers implements PeerSender {
        @Override
        public boolean send(Parcel parcel, Consumer<Answer> done) {
            return peers.sender().send(parcel, answer -> put(() -> done.accept(answer)));
        }

        @Override
        public void prepare(String node, PeerAddress address) {
            peers.sender().prepare(node, address);
        }
    }

    private <T> void run(String device, Supplier<T> work, Consumer<T> done) {
        ExecutorService executor = deviceThreads.get(device);
        if (executor == null) {
            throw new IllegalArgumentException("device %s is not on this node".formatted(device));
        }
        execute(executor, () -> {
            T value = work.get();
            put(() -> done.accept(value));
        });
    }

    /** Tries on threads of their own. */
    private final class Artifacts implements ArtifactSource {
        private final HttpsArtifacts https;
        /** Tries that wait or run; touched by the core's thread alone. */
        private final List<Try> tries = new ArrayList<>();

        private record Try(Digest digest, Future<?> future) {}

        Artifacts(HttpsArtifacts https) {
            this.https = https;
        }

        @Override
        public void fetch(Digest digest, long bytesMax, Consumer<Fetched> done) {
            start(digest, () -> https.fetch(digest, bytesMax), done);
        }

        @Override
        public void fetch(Wanted wanted, Consumer<Fetched> done) {
            start(wanted.digest(), () -> https.fetch(wanted), done);
        }

        private void start(Digest digest, Supplier<Fetched> one, Consumer<Fetched> done) {
            tries.removeIf(past -> past.future.isDone());
            try {
                tries.add(new Try(digest, fetcher.submit(() -> {
                    Fetched fetched = one.get();
                    put(() -> done.accept(fetched));
                })));
            } catch (RejectedExecutionException ending) {
                LOG.log(System.Logger.Level.DEBUG, "agent.ending");
            }
        }

        /** An interrupted virtual thread leaves a read or a connect at once, and closes the socket. */
        @Override
        public void stop(Digest digest) {
            tries.stream()
                    .filter(running -> running.digest.equals(digest))
                    .forEach(running -> running.future.cancel(true));
        }
    }

    /** Tries on threads of their own; a write that stands still is broken off. */
    private final class Outputs implements OutputSink {
        private final HttpsOutputs https;

        Outputs(HttpsOutputs https) {
            this.https = https;
        }

        @Override
        public void put(String task, long epoch, byte[] output, Consumer<Put> done) {
            execute(putter, () -> {
                Put how = Put.FAILED;
                try {
                    how = TimeLimit.within(loads, TRY_MILLIS_MAX, () -> https.put(task, epoch, output));
                } finally {
                    // Without an end the try would keep its place for ever.
                    Put ended = how;
                    NodeRunner.this.put(() -> done.accept(ended));
                }
            });
        }
    }

    private void execute(ExecutorService executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException ending) {
            LOG.log(System.Logger.Level.DEBUG, "agent.ending");
        }
    }

    private void put(Runnable event) {
        try {
            events.put(event);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says goodbye, and waits for it to leave. */
    @Override
    public void close() {
        closed = true;
        loads.shutdownNow();
        renewer.interrupt();
        peers.close();
        events.offer(() -> {});
        try {
            thread.join(GOODBYE.toMillis());
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
        transport.close(GOODBYE);
        deviceThreads.values().forEach(ExecutorService::shutdownNow);
        programs.forEach(PipeDriver::close);
        fetcher.shutdownNow();
        putter.shutdownNow();
    }

    private final class CoreThread implements PahoTransport.Core {
        @Override
        public byte[] lastWill() throws InterruptedException {
            CompletableFuture<byte[]> will = new CompletableFuture<>();
            events.put(() -> will.complete(core.lastWill()));
            try {
                return will.get();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException("the core could not say its will", impossible);
            }
        }

        @Override
        public void offer(PahoTransport.Event event) {
            if (!events.offer(() -> event.tell(core))) {
                throw new RejectedExecutionException("%d events wait".formatted(events.size()));
            }
        }

        @Override
        public void put(PahoTransport.Event event) throws InterruptedException {
            events.put(() -> event.tell(core));
        }
    }
}
