package io.fleetwright.cli.process;

import io.fleetwright.cli.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Where the built parts of this installation are, and how the JVM runs them. */
public final class Installation {
    private static final String HOME_PROPERTY = "fleetwright.home";

    /** Name of the controller's cache. */
    public static final String CONTROLLER = "controller";

    /** Name of the cache of agents on scalar kernels. */
    public static final String AGENT = "agent";

    /** Name of the cache of agents on vector kernels: a cache is for the modules that it was made with. */
    public static final String VECTOR_AGENT = "agent-vector";

    /** Whatever has one. */
    public static final List<String> PARTS = List.of(CONTROLLER, AGENT, VECTOR_AGENT);

    private static final String AGENT_MAIN = "io.fleetwright.agent.boot.AgentMain";
    /** Small and quick to start; the inference code still gets the optimizing compiler. */
    private static final List<String> COMMON_FLAGS =
            List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    private static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";

    private static final Duration RECORDING_STOP_LIMIT = Duration.ofSeconds(60);

    private final Path home;
    private final StartCaches caches;
    private final boolean records;

    Installation(Path home, boolean records) {
        this.home = home;
        this.caches = new StartCaches(home.resolve("target/start"));
        this.records = records;
    }

    /** The installation that the launcher named. */
    public static Installation find() throws CommandFailure {
        String home = System.getProperty(HOME_PROPERTY);
        if (home == null) {
            throw new CommandFailure("-D%s is not set: start through ./fleetwright".formatted(HOME_PROPERTY));
        }
        return new Installation(Path.of(home), false);
    }

    /** The same installation, whose next processes note what their caches shall hold. */
    public Installation recording() {
        return new Installation(home, true);
    }

    /** How long a process that is asked to end may take: one that records writes its notes last. */
    public Duration stopLimit() {
        return records ? RECORDING_STOP_LIMIT : Supervisor.STOP_LIMIT;
    }

    /** True when processes start from caches of the parts as they are built now. */
    public boolean isPrepared() {
        return PARTS.stream()
                .noneMatch(part -> caches.reading(part, program(part)).isEmpty());
    }

    private Path program(String part) {
        return part.equals(CONTROLLER) ? controllerJar() : agentJars();
    }

    /** What the JVM keeps to start faster. */
    public StartCaches caches() {
        return caches;
    }

    /** Root of the checkout. */
    public Path home() {
        return home;
    }

    /** The command that runs the controller; settings are system properties without their {@code -D}. */
    public List<String> controller(List<String> settings) throws CommandFailure {
        List<String> command = java(CONTROLLER);
        command.add("-Xmx512m");
        command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
        Path archive = home.resolve("edge-agent/agent/target/agent.tar.gz");
        if (Files.exists(archive)) {
            command.add("-Dfleetwright.agent-archive=" + archive);
        }
        settings.forEach(setting -> command.add("-D" + setting));
        command.addAll(controllerProgram());
        return command;
    }

    /**
     * The command that runs an agent process.
     *
     * @param vector whether its kernels may be vector ones: several times faster, and some 20 MB more
     */
    public List<String> agent(List<String> arguments, boolean vector) throws CommandFailure {
        List<String> command = java(vector ? VECTOR_AGENT : AGENT);
        command.add("-Xmx192m");
        command.addAll(agentProgram());
        command.addAll(arguments);
        return command;
    }

    /** The command that makes a part's cache from what its last recording process noted, at the path that the caches name for it. */
    public List<String> assembly(String part) {
        List<String> command = jvm(part);
        command.addAll(caches.assembly(part));
        command.addAll(part.equals(CONTROLLER) ? controllerProgram() : agentProgram());
        return command;
    }

    private Path controllerJar() {
        return home.resolve("controller/target/quarkus-app/quarkus-run.jar");
    }

    private List<String> controllerProgram() {
        return List.of("-jar", controllerJar().toString());
    }

    private Path agentJars() {
        return home.resolve("edge-agent/agent/target/agent-dist/lib");
    }

    private List<String> agentProgram() {
        return List.of("-cp", agentJars() + "/*", AGENT_MAIN);
    }

    private List<String> java(String part) throws CommandFailure {
        Path needed = program(part);
        if (!Files.exists(needed)) {
            throw new CommandFailure("the %s is not built: %s is missing"
                    .formatted(part.equals(CONTROLLER) ? CONTROLLER : AGENT, needed));
        }
        List<String> command = jvm(part);
        command.addAll(records ? caches.recording(part) : caches.reading(part, needed));
        return command;
    }

    private static List<String> jvm(String part) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(COMMON_FLAGS);
        if (part.equals(VECTOR_AGENT)) {
            command.add(VECTOR_MODULE);
        }
        return command;
    }
}
