package io.fleetwright.cli;

import io.fleetwright.cli.demo.DemoCommand;
import io.fleetwright.cli.demo.PrepareCommand;
import io.fleetwright.cli.local.AllocateCommand;
import io.fleetwright.cli.local.ArtifactCommand;
import io.fleetwright.cli.local.ConformanceCommand;
import io.fleetwright.cli.local.CutCommand;
import io.fleetwright.cli.local.DatasetCommand;
import io.fleetwright.cli.local.InferCommand;
import io.fleetwright.cli.local.InspectCommand;
import io.fleetwright.cli.local.PartitionCommand;
import io.fleetwright.cli.local.PredictCommand;
import io.fleetwright.cli.local.QuantizeCommand;
import io.fleetwright.cli.local.ReplayCommand;
import io.fleetwright.cli.local.ScheduleCommand;
import io.fleetwright.cli.local.SelectCommand;
import io.fleetwright.cli.local.SimulateCommand;
import io.fleetwright.cli.local.TrainCommand;
import io.fleetwright.cli.local.ZooCommand;
import io.fleetwright.cli.process.AgentCommand;
import io.fleetwright.cli.process.UpCommand;
import io.fleetwright.cli.rest.AlertsCommand;
import io.fleetwright.cli.rest.AuditCommand;
import io.fleetwright.cli.rest.BrokerConfigCommand;
import io.fleetwright.cli.rest.EnergyCommand;
import io.fleetwright.cli.rest.GroupCommand;
import io.fleetwright.cli.rest.JobCommand;
import io.fleetwright.cli.rest.ModelCommand;
import io.fleetwright.cli.rest.NodeCommand;
import io.fleetwright.cli.rest.RolloutCommand;
import io.fleetwright.cli.rest.StreamCommand;
import io.fleetwright.cli.rest.TokenCommand;
import io.fleetwright.cli.rest.TrustCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The command line's start. */
@Command(
        name = "fleetwright",
        description = "Runs neural networks on a fleet of unlike edge boards.",
        footer = {
            "",
            "Also: 'fleetwright verify [--quick]' builds everything and runs every test.",
            "Exit codes: 0 done, 1 refused or failed, 2 wrong usage."
        },
        subcommands = {
            DemoCommand.class,
            PrepareCommand.class,
            UpCommand.class,
            AgentCommand.class,
            InspectCommand.class,
            CutCommand.class,
            InferCommand.class,
            ConformanceCommand.class,
            DatasetCommand.class,
            QuantizeCommand.class,
            ReplayCommand.class,
            ScheduleCommand.class,
            SimulateCommand.class,
            TrainCommand.class,
            PartitionCommand.class,
            PredictCommand.class,
            AllocateCommand.class,
            SelectCommand.class,
            ArtifactCommand.class,
            ZooCommand.class,
            NodeCommand.class,
            GroupCommand.class,
            ModelCommand.class,
            RolloutCommand.class,
            JobCommand.class,
            StreamCommand.class,
            TokenCommand.class,
            TrustCommand.class,
            EnergyCommand.class,
            AlertsCommand.class,
            AuditCommand.class,
            BrokerConfigCommand.class
        })
public final class Fleetwright extends CommandGroup {
    /** Kept, since a logger that nobody holds forgets its level. */
    private static final Logger LOGGER = Logger.getLogger("io.fleetwright");

    private Fleetwright() {}

    public static void main(String[] arguments) {
        // Figures are read by programs and by people elsewhere: 12.5 everywhere.
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        // What a library logs as lifecycle is for services; a command says what it did by itself.
        LOGGER.setLevel(Level.WARNING);
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, arguments));
    }

    /** Runs one command; never ends the process by itself. */
    public static int run(PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine line = new CommandLine(new Fleetwright())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Fleetwright::wrongUsage)
                .setExecutionExceptionHandler(Fleetwright::failed);
        addHelp(line);
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("say which version this is, and on which Java")
                        .build())
                .version("fleetwright %s, Java %s".formatted(version(), Runtime.version()));
        passThrough(line, "agent", "zoo");
        int code = line.execute(arguments);
        out.flush();
        err.flush();
        return code;
    }

    private static String version() {
        String version = Fleetwright.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static void addHelp(CommandLine line) {
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("show this text")
                        .build());
        // A command with an alias is there under each name.
        line.getSubcommands().values().stream().distinct().forEach(Fleetwright::addHelp);
    }

    /** Commands that hand their options to another program as they are. */
    private static void passThrough(CommandLine line, String... names) {
        for (String name : names) {
            Objects.requireNonNull(line.getSubcommands().get(name), name).setUnmatchedOptionsArePositionalParams(true);
        }
    }

    private static int wrongUsage(ParameterException wrong, String[] arguments) {
        CommandLine line = wrong.getCommandLine();
        line.getErr()
                .printf(
                        "fleetwright: %s (try '%s --help')%n",
                        oneLine(String.valueOf(wrong.getMessage())),
                        line.getCommandSpec().qualifiedName());
        return CommandFailure.WRONG_USAGE;
    }

    private static int failed(Exception failure, CommandLine line, CommandLine.ParseResult parsed) {
        if (failure instanceof CommandFailure known) {
            line.getErr().println("fleetwright: " + oneLine(known.getMessage()));
            return known.exitCode();
        }
        if (failure instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            line.getErr().println("fleetwright: interrupted");
            return CommandFailure.FAILED;
        }
        // Whatever else arrives here is a bug, and its trace is what helps to mend it.
        line.getErr().println("fleetwright: internal error");
        failure.printStackTrace(line.getErr());
        return CommandFailure.FAILED;
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
