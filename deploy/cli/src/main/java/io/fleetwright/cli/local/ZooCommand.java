package io.fleetwright.cli.local;

import io.fleetwright.cli.CliCommand;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.zoo.ZooMain;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The trainer of the product's own networks; its own command line says what it takes. */
@Command(
        name = "zoo",
        description = "The product's own small networks and their data: zoo export glyphs --out DIR; zoo train all ...")
public final class ZooCommand extends CliCommand {
    @Parameters(
            paramLabel = "ARGUMENT",
            description = "export NAME|all --out DIR [--inputs N]; train NAME|all --seed N --out DIR [--epochs N]"
                    + " [--threads N]; measure NAME|all [--inputs N]")
    private List<String> arguments = List.of();

    @Override
    protected int execute() {
        ZooMain.main(arguments.toArray(String[]::new));
        return CommandFailure.DONE;
    }
}
