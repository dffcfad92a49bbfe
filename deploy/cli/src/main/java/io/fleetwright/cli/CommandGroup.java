package io.fleetwright.cli;

import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that only holds others: by itself it is wrong usage. */
public abstract class CommandGroup implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public final void run() {
        CommandLine line = spec.commandLine();
        String names = line.getSubcommands().values().stream()
                .distinct()
                .map(CommandLine::getCommandName)
                .collect(Collectors.joining(", "));
        throw new ParameterException(line, "name a command: " + names);
    }
}
