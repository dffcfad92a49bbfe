package io.fleetwright.cli.process;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The controller alone, in the foreground. */
@Command(
        name = "up",
        description = "Runs the controller in the foreground until Ctrl-C.",
        footer = {
            "",
            "Everything else is set in the environment: FLEETWRIGHT_HOST, FLEETWRIGHT_PUBLIC_HOST,",
            "FLEETWRIGHT_DATABASE and so on."
        })
public final class UpCommand extends CliCommand {
    @Option(
            names = "--port",
            paramLabel = "P",
            description = "REST and console; agents' HTTPS is P+363, MQTT is P+803 (default: 8080)")
    private int port = Ports.HTTP_DEFAULT;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "database and keys (default: FLEETWRIGHT_DATA_DIR, else ./.fleetwright/controller)")
    private @Nullable Path data;

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        if (port < 1 || port > Ports.HTTP_MAX) {
            throw wrongUsage("--port (%d) must be from 1 to %d".formatted(port, Ports.HTTP_MAX));
        }
        Ports ports = Ports.from(port);
        Path folder = folder().toAbsolutePath().normalize();
        List<String> command = Installation.find()
                .controller(List.of(
                        "fleetwright.data-dir=" + folder,
                        "fleetwright.http-port=" + ports.http(),
                        "fleetwright.edge-port=" + ports.edge(),
                        "fleetwright.mqtt-port=" + ports.mqtt(),
                        "fleetwright.parent-pid=" + ProcessHandle.current().pid()));
        ports.requireFree();
        out().printf("console   http://127.0.0.1:%d%n", ports.http());
        out().printf("agents    https://127.0.0.1:%d%n", ports.edge());
        out().printf(
                        "sign in   with the one-time token in %s (made at the first start)%n",
                        folder.resolve("setup-token"));
        out().flush();
        return Foreground.run(command);
    }

    private Path folder() {
        Path given = data;
        if (given != null) {
            return given;
        }
        String environment = System.getenv("FLEETWRIGHT_DATA_DIR");
        return environment == null || environment.isBlank()
                ? Path.of(".fleetwright", "controller")
                : Path.of(environment);
    }
}
