package io.fleetwright.cli.process;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** An agent on this machine; its own command line says what it takes. */
@Command(
        name = "agent",
        description =
                "Runs an agent in the foreground: agent --controller https://HOST:PORT --token T --data DIR --node NAME.",
        footer = {"", "An enrolment token comes from 'fleetwright token enrol'."})
public final class AgentCommand extends CliCommand {
    @Parameters(paramLabel = "OPTION", description = "the agent's own options")
    private List<String> arguments = List.of();

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        List<String> all = new ArrayList<>(arguments);
        if (!all.contains("--parent-pid")) {
            all.add("--parent-pid");
            all.add(String.valueOf(ProcessHandle.current().pid()));
        }
        return Foreground.run(Installation.find().agent(all));
    }
}
