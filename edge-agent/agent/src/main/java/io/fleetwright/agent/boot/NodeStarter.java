package io.fleetwright.agent.boot;

import com.sun.management.OperatingSystemMXBean;
import io.fleetwright.agent.core.NodeProbe;
import io.fleetwright.agent.energy.SysfsBattery;
import io.fleetwright.agent.energy.SysfsMeters;
import io.fleetwright.agent.energy.SysfsThermometer;
import io.fleetwright.agent.identity.Enrolment;
import io.fleetwright.agent.identity.EnrolmentToken;
import io.fleetwright.agent.identity.NodeIdentity;
import io.fleetwright.agent.store.BlockDeviceException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;

/** Brings up the nodes of a process, each by itself. */
final class NodeStarter {
    private static final System.Logger LOG = System.getLogger("fleetwright.agent");
    private static final long DELAY_MILLIS_FIRST = 500;
    private static final long DELAY_MILLIS_MAX = 15_000;

    private final AgentOptions options;
    private final RandomGenerator random = new SecureRandom();
    private final NodeRunner.Shared shared;

    NodeStarter(AgentOptions options) {
        this.options = options;
        this.shared = new NodeRunner.Shared(
                version(),
                System::nanoTime,
                SysfsMeters.find(options.sys(), System::nanoTime),
                probe(options.sys()),
                options.timesOperatorsAfter());
    }

    /** Name that a node wishes for. */
    String wish(int place) {
        return options.nodes().get(place).wish();
    }

    /**
     * Enrols a node when it has no identity yet, waiting for the controller as long as that takes, and starts it.
     *
     * @param place among the nodes of the process, from 0
     * @throws Enrolment.RefusedException when the controller does not want it
     */
    NodeRunner start(int place)
            throws AgentOptions.UsageException, Enrolment.RefusedException, IOException, GeneralSecurityException,
                    BlockDeviceException, InterruptedException {
        AgentOptions.Node node = options.nodes().get(place);
        Path folder = options.data().resolve(node.folder());
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        NodeIdentity identity = identity(node, folder);
        URI controller = options.controller().orElse(identity.controller());
        NodePeers.At peers = options.peers()
                .map(at -> new NodePeers.At(at.host(), at.port(place)))
                .orElse(null);
        NodeRunner runner = new NodeRunner(node, identity, controller, folder, shared, peers);
        runner.start();
        options.loads().forEach(runner::load);
        return runner;
    }

    private NodeIdentity identity(AgentOptions.Node node, Path folder)
            throws AgentOptions.UsageException, Enrolment.RefusedException, IOException, GeneralSecurityException,
                    InterruptedException {
        Optional<NodeIdentity> stored;
        try {
            stored = NodeIdentity.load(folder);
        } catch (NodeIdentity.DamagedException damaged) {
            if (options.token().isEmpty()) {
                throw damaged;
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "identity.damaged node=%s reason=%s".formatted(node.wish(), damaged.getMessage()));
            stored = Optional.empty();
        }
        if (stored.isPresent() && (options.token().isEmpty() || isSameController(stored.get()))) {
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
                LOG.log(System.Logger.Level.INFO, "agent.enrolled node=" + identity.address());
                return identity;
            } catch (IOException notNow) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "agent.enrolment_delayed node=%s reason=%s".formatted(node.wish(), notNow.getMessage()));
            }
            Thread.sleep(1 + random.nextLong(delay));
            delay = Math.min(DELAY_MILLIS_MAX, delay * 2);
        }
    }

    private boolean isSameController(NodeIdentity stored) {
        return options.controller().map(stored.controller()::equals).orElse(true);
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
}
