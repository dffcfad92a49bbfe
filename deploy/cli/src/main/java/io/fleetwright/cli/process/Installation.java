package io.fleetwright.cli.process;

import io.fleetwright.cli.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the built parts of this installation are, and how the JVM runs them. */
public final class Installation {
    private static final String HOME_PROPERTY = "fleetwright.home";
    private static final String AGENT_MAIN = "io.fleetwright.agent.boot.AgentMain";
    /** Small and quick to start; the inference code still gets the optimizing compiler. */
    private static final List<String> COMMON_FLAGS =
            List.of("-XX:+UseSerialGC", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED");

    private final Path home;

    private Installation(Path home) {
        this.home = home;
    }

    /** The installation that the launcher named. */
    public static Installation find() throws CommandFailure {
        String home = System.getProperty(HOME_PROPERTY);
        if (home == null) {
            throw new CommandFailure("-D%s is not set: start through ./fleetwright".formatted(HOME_PROPERTY));
        }
        return new Installation(Path.of(home));
    }

    /** Root of the checkout. */
    public Path home() {
        return home;
    }

    /** The command that runs the controller; settings are system properties without their {@code -D}. */
    public List<String> controller(List<String> settings) throws CommandFailure {
        Path jar = home.resolve("controller/target/quarkus-app/quarkus-run.jar");
        List<String> command = java("controller", jar);
        command.add("-Xmx512m");
        command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
        Path archive = home.resolve("edge-agent/agent/target/agent.tar.gz");
        if (Files.exists(archive)) {
            command.add("-Dfleetwright.agent-archive=" + archive);
        }
        settings.forEach(setting -> command.add("-D" + setting));
        command.add("-jar");
        command.add(jar.toString());
        return command;
    }

    /** The command that runs an agent process. */
    public List<String> agent(List<String> arguments) throws CommandFailure {
        Path folder = home.resolve("edge-agent/agent/target/agent-dist");
        List<String> command = java("agent", folder);
        command.add("-Xmx192m");
        command.add("-cp");
        command.add(folder.resolve("lib") + "/*");
        command.add(AGENT_MAIN);
        command.addAll(arguments);
        return command;
    }

    private static List<String> java(String what, Path needed) throws CommandFailure {
        if (!Files.exists(needed)) {
            throw new CommandFailure("the %s is not built: %s is missing".formatted(what, needed));
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(COMMON_FLAGS);
        return command;
    }
}
