package io.fleetwright.agent.boot;

import com.sun.management.OperatingSystemMXBean;
import io.fleetwright.agent.core.NodeProbe;
import io.fleetwright.agent.energy.SysfsBattery;
import io.fleetwright.agent.energy.SysfsMeters;
import io.fleetwright.agent.energy.SysfsThermometer;
import io.fleetwright.agent.identity.Enrolment;
import io.fleetwright.agent.identity.EnrolmentToken;
import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.local.InferenceEndpoint;
import io.fleetwright.agent.store.BlockDeviceException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;

/** The agent's process. Exit codes: 0 ended as asked, 1 refused or impossible, 2 wrong usage. */
public final class AgentMain {
    private static final long DELAY_MILLIS_FIRST = 500;
    private static final long DELAY_MILLIS_MAX = 15_000;

    /** Bounds of the JDK's servers and clients that only properties set: unless somebody has set them. */
    private static final Map<String, String> BOUNDS = Map.of(
            // A connection that asks nothing whole in so many seconds is closed.
            "sun.net.httpserver.maxReqTime", "20",
            "jdk.httpserver.maxConnections", "128",
            // Answers do not wait for the acknowledgement of what went before.
            "sun.net.httpserver.nodelay", "true",
            // Seconds that a client keeps an unused connection: less than a server does, so that no request meets its
            // end.
            "jdk.httpclient.keepalive.timeout", "15");

    private AgentMain() {}

    public static void main(String[] arguments) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL%1$tz %4$s %5$s%6$s%n");
        BOUNDS.forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
        if (List.of(arguments).contains("--help")) {
            System.out.print(AgentOptions.usage());
            return;
        }
        try {
            if (arguments.length == 2 && arguments[0].equals("--profile")) {
                System.out.println(ProfileReport.of(Path.of(arguments[1])));
                return;
            }
            run(AgentOptions.parse(List.of(arguments), System.getenv(), hostName()));
        } catch (AgentOptions.UsageException wrong) {
            System.err.println("fleetwright-agent: " + wrong.getMessage() + " (see --help)");
            System.exit(2);
        } catch (Enrolment.RefusedException | IOException | GeneralSecurityException | BlockDeviceException failure) {
            System.err.println("fleetwright-agent: " + failure.getMessage());
            System.exit(1);
        } catch (InterruptedException ending) {
            System.exit(1);
        }
    }

    private static void run(AgentOptions options)
            throws AgentOptions.UsageException, Enrolment.RefusedException, IOException, GeneralSecurityException,
                    BlockDeviceException, InterruptedException {
        followParent(options);
        Files.createDirectories(
                options.data(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (FileChannel lockFile =
                FileChannel.open(options.data().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock lock = lock(lockFile);
            if (lock == null) {
                throw new IOException("%s is in use by another agent".formatted(options.data()));
            }
            List<NodeRunner> nodes = start(options);
            serve(options, nodes);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                List<Thread> goodbyes = nodes.stream()
                        .map(node -> Thread.ofPlatform().start(node::close))
                        .toList();
                for (Thread goodbye : goodbyes) {
                    try {
                        goodbye.join();
                    } catch (InterruptedException impatient) {
                        return;
                    }
                }
                // The JDK closes its log handlers at the same time as this runs.
                System.err.println("agent.ended nodes=" + nodes.size());
            }));
            for (NodeRunner node : nodes) {
                node.join();
            }
        }
    }

    /** The first node is the board; applications ask it. It serves until the process ends. */
    private static void serve(AgentOptions options, List<NodeRunner> nodes) throws IOException {
        for (NodeRunner node : nodes) {
            options.loads().forEach(node::load);
        }
        if (options.inferencePort().isPresent()) {
            NodeRunner board = nodes.getFirst();
            var endpoint = new InferenceEndpoint(options.inferencePort().getAsInt(), board::offer, board.told());
            System.getLogger("fleetwright.agent")
                    .log(System.Logger.Level.INFO, "inference.listening port=" + endpoint.port());
        }
    }

    private static List<NodeRunner> start(AgentOptions options)
            throws AgentOptions.UsageException, Enrolment.RefusedException, IOException, GeneralSecurityException,
                    BlockDeviceException, InterruptedException {
        NodeRunner.Shared shared = new NodeRunner.Shared(
                version(),
                System::nanoTime,
                SysfsMeters.find(options.sys(), System::nanoTime),
                probe(options.sys()),
                options.timesOperatorsAfter());
        RandomGenerator random = new SecureRandom();
        List<NodeRunner> nodes = new ArrayList<>();
        for (AgentOptions.Node node : options.nodes()) {
            Path folder = options.data().resolve(node.folder());
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            NodeIdentity identity = identity(options, node, folder, random);
            URI controller = options.controller().orElse(identity.controller());
            int place = nodes.size();
            NodePeers.At peers = options.peers()
                    .map(at -> new NodePeers.At(at.host(), at.port(place)))
                    .orElse(null);
            NodeRunner runner = new NodeRunner(node, identity, controller, folder, shared, peers);
            runner.start();
            nodes.add(runner);
        }
        return nodes;
    }

    private static NodeIdentity identity(
            AgentOptions options, AgentOptions.Node node, Path folder, RandomGenerator random)
            throws AgentOptions.UsageException, Enrolment.RefusedException, IOException, GeneralSecurityException,
                    InterruptedException {
        System.Logger log = System.getLogger("fleetwright.agent");
        Optional<NodeIdentity> stored;
        try {
            stored = NodeIdentity.load(folder);
        } catch (NodeIdentity.DamagedException damaged) {
            if (options.token().isEmpty()) {
                throw damaged;
            }
            log.log(
                    System.Logger.Level.WARNING,
                    "identity.damaged node=%s reason=%s".formatted(node.wish(), damaged.getMessage()));
            stored = Optional.empty();
        }
        if (stored.isPresent() && (options.token().isEmpty() || isSameController(options, stored.get()))) {
            return stored.get();
        }
        // With a token and another address, the controller has moved: the same key gets the same node again, and with
        // it
        // the broker's new address.
        if (options.controller().isEmpty() || options.token().isEmpty()) {
            throw new AgentOptions.UsageException(
                    "node %s has not enrolled yet: --controller and --token are needed".formatted(node.wish()));
        }
        Enrolment enrolment;
        try {
            enrolment = new Enrolment(
                    options.controller().get(),
                    EnrolmentToken.parse(options.token().get()),
                    node.wish(),
                    folder);
        } catch (IllegalArgumentException wrong) {
            throw new AgentOptions.UsageException("--token: " + wrong.getMessage());
        }
        long delay = DELAY_MILLIS_FIRST;
        while (true) {
            try {
                NodeIdentity identity = enrolment.enrol();
                log.log(System.Logger.Level.INFO, "agent.enrolled node=" + identity.address());
                return identity;
            } catch (IOException notNow) {
                log.log(
                        System.Logger.Level.WARNING,
                        "agent.enrolment_delayed node=%s reason=%s".formatted(node.wish(), notNow.getMessage()));
            }
            Thread.sleep(1 + random.nextLong(delay));
            delay = Math.min(DELAY_MILLIS_MAX, delay * 2);
        }
    }

    private static boolean isSameController(AgentOptions options, NodeIdentity stored) {
        return options.controller().map(stored.controller()::equals).orElse(true);
    }

    private static FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException ours) {
            throw new IOException("the data folder is in use by this very process", ours);
        }
    }

    private static void followParent(AgentOptions options) {
        if (options.parentPid().isPresent()) {
            Optional<ProcessHandle> parent =
                    ProcessHandle.of(options.parentPid().getAsLong());
            if (parent.isEmpty()) {
                System.exit(0);
            }
            var _ = parent.get().onExit().thenRun(() -> System.exit(0));
        }
    }

    private static NodeProbe probe(Path sys) {
        SysfsThermometer thermometer = new SysfsThermometer(sys);
        SysfsBattery battery = new SysfsBattery(sys);
        Runtime runtime = Runtime.getRuntime();
        return () -> {
            double percent = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                    ? system.getProcessCpuLoad() * 100 * runtime.availableProcessors()
                    : -1;
            OptionalDouble celsius = thermometer.celsius();
            OptionalDouble charge = battery.percent();
            return new NodeProbe.Load(
                    (runtime.totalMemory() - runtime.freeMemory()) / 1e6,
                    percent < 0 ? null : percent,
                    celsius.isPresent() ? celsius.getAsDouble() : null,
                    charge.isPresent() ? charge.getAsDouble() : null);
        };
    }

    private static String version() {
        String version = AgentMain.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "board";
        }
    }
}
