package io.fleetwright.cli.demo;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.process.Installation;
import io.fleetwright.cli.process.Ports;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main job on one machine. */
@Command(
        name = "demo",
        description = {
            "Starts a controller and a fleet on this machine, publishes a network, rolls it out, and runs inference on "
                    + "every device.",
            "Real cpu agents measure; emulated boards compute the same bytes and take time and energy from published "
                    + "figures, marked as modelled."
        })
public final class DemoCommand extends CliCommand {
    private static final int NODES_MAX = 32;

    @Option(
            names = "--nodes",
            defaultValue = "2",
            paramLabel = "N",
            description = "real cpu agents beside the emulated boards (default: ${DEFAULT-VALUE})")
    private int nodes;

    @Option(
            names = "--port",
            defaultValue = "8080",
            paramLabel = "P",
            description = "console and REST; agents' HTTPS is P+363, MQTT is P+803 (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(names = "--once", description = "end after the first complete pass")
    private boolean once;

    @Option(
            names = "--data",
            defaultValue = ".fleetwright/demo",
            paramLabel = "DIR",
            description = "where everything is kept; a second start goes on with it (default: ${DEFAULT-VALUE})")
    private Path data = Path.of("");

    @Option(names = "--seed", paramLabel = "N", description = "decides the test images (default: a random one)")
    private @Nullable Long seed;

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        if (nodes < 1 || nodes > NODES_MAX) {
            throw wrongUsage("--nodes (%d) must be from 1 to %d".formatted(nodes, NODES_MAX));
        }
        if (port < 1 || port > Ports.HTTP_MAX) {
            throw wrongUsage("--port (%d) must be from 1 to %d".formatted(port, Ports.HTTP_MAX));
        }
        Long given = seed;
        Demo.Settings settings = new Demo.Settings(
                nodes,
                Ports.from(port),
                once,
                data.toAbsolutePath().normalize(),
                given == null ? new SecureRandom().nextInt(1 << 30) : given,
                0);
        new Demo(settings, Installation.find(), new Steps(out(), Steps.isTerminal())).run();
        return CommandFailure.DONE;
    }
}
