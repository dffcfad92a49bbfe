package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandGroup;
import picocli.CommandLine.Command;

/** What learns from simulations. */
@Command(
        name = "train",
        description = "Trains what the product learns by itself.",
        subcommands = {TrainSchedulerCommand.class})
public final class TrainCommand extends CommandGroup {}
