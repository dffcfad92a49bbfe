package io.fleetwright.cli.rest;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/** Asks a running controller through its data folder for a fresh setup token: who can write there has its keys anyway. */
final class SetupTokenReset {
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofMillis(100);

    private SetupTokenReset() {}

    /**
     * A token for the first administrator of a tenant, or for another one.
     *
     * @throws CommandFailure when the folder is none, the tenant has no name, or no controller answers in the folder
     */
    static String in(Path data, String tenant) throws CommandFailure, InterruptedException {
        Path asked = data.resolve("reset-admin");
        if (!Files.isDirectory(data.resolve("keys"))) {
            throw new CommandFailure("%s is no controller's data folder".formatted(data));
        }
        if (!NodeAddress.isId(tenant)) {
            throw new CommandFailure("tenant (%s) must match [a-z0-9-]{1,48}".formatted(tenant));
        }
        try {
            // Whole at once: the controller may look at any moment.
            Path whole = Files.writeString(data.resolve("reset-admin.new"), tenant);
            Files.move(whole, asked, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            long end = System.nanoTime() + LIMIT.toNanos();
            while (Files.exists(asked)) {
                if (System.nanoTime() > end) {
                    Files.deleteIfExists(asked);
                    throw new CommandFailure("no controller is running with %s".formatted(data));
                }
                Thread.sleep(LOOK);
            }
            return Files.readString(data.resolve("setup-token")).strip();
        } catch (IOException failure) {
            throw new CommandFailure("%s cannot be used: %s".formatted(data, failure.getMessage()), failure);
        }
    }
}
