package io.fleetwright.agent.boot;

import io.fleetwright.agent.identity.Enrolment;
import io.fleetwright.agent.local.InferenceEndpoint;
import io.fleetwright.agent.store.BlockDeviceException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The agent's process. Exit codes: 0 ended as asked, 1 refused or impossible, 2 wrong usage. */
public final class AgentMain {
    private static final System.Logger LOG = System.getLogger("fleetwright.agent");

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
            NodeStarter starter = new NodeStarter(options);
            List<NodeRunner> nodes = new CopyOnWriteArrayList<>(List.of(starter.start(0)));
            serve(options, nodes.getFirst());
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
            List<Thread> others = new ArrayList<>();
            for (int place = 1; place < options.nodes().size(); place++) {
                others.add(startBeside(starter, place, nodes));
            }
            for (Thread other : others) {
                other.join();
            }
            for (NodeRunner node : nodes) {
                node.join();
            }
        }
    }

    /** One node that cannot enrol, now or ever, keeps no other from its work. */
    private static Thread startBeside(NodeStarter starter, int place, List<NodeRunner> nodes) {
        return Thread.ofPlatform().name("start-" + place).daemon().start(() -> {
            try {
                nodes.add(starter.start(place));
            } catch (AgentOptions.UsageException
                    | Enrolment.RefusedException
                    | IOException
                    | GeneralSecurityException
                    | BlockDeviceException failure) {
                LOG.log(
                        System.Logger.Level.ERROR,
                        "node.not_started node=%s reason=%s".formatted(starter.wish(place), failure.getMessage()));
            } catch (InterruptedException ending) {
                // Whoever interrupts ends the process.
            }
        });
    }

    /** The first node is the board; applications ask it. It serves until the process ends. */
    private static void serve(AgentOptions options, NodeRunner board) throws IOException {
        if (options.inferencePort().isPresent()) {
            var endpoint = new InferenceEndpoint(options.inferencePort().getAsInt(), board::offer, board.told());
            LOG.log(System.Logger.Level.INFO, "inference.listening port=" + endpoint.port());
        }
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

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "board";
        }
    }
}
