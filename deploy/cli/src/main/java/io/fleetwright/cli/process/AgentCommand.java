package io.fleetwright.cli.process;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** An agent on this machine; its own command line says what it takes. */
@Command(
        name = "agent",
        description =
                "Runs an agent in the foreground: agent --controller URL --token TOKEN --data DIR --node NAME; 'agent -- --help' has all of it.",
        footer = {
            "",
            "An enrolment token comes from 'fleetwright token enrol'.",
            "FLEETWRIGHT_AGENT_KERNELS=scalar does without vector kernels, which are several times faster and take 20 MB."
        })
public final class AgentCommand extends CliCommand {
    private static final String KERNELS = "FLEETWRIGHT_AGENT_KERNELS";

    @Parameters(paramLabel = "OPTION", description = "the agent's own options")
    private List<String> arguments = List.of();

    @Override
    protected int execute() throws CommandFailure, InterruptedException {
        List<String> all = new ArrayList<>(arguments);
        if (!all.contains("--parent-pid")) {
            all.add("--parent-pid");
            all.add(String.valueOf(ProcessHandle.current().pid()));
        }
        return Foreground.run(Installation.find().agent(all, usesVector(System.getenv(KERNELS))));
    }

    /** As the script of an installed agent reads it. */
    static boolean usesVector(@Nullable String kernels) throws CommandFailure {
        return switch (kernels) {
            case null -> true;
            case "", "vector" -> true;
            case "scalar" -> false;
            default ->
                throw new CommandFailure(
                        "%s is '%s'; vector and scalar are allowed".formatted(KERNELS, kernels),
                        CommandFailure.WRONG_USAGE);
        };
    }
}
