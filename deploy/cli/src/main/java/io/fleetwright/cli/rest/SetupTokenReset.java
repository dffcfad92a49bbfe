package io.fleetwright.cli.rest;

import io.fleetwright.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Asks a running controller through its data folder for a fresh setup token: who can write there has its keys anyway. */
final class SetupTokenReset {
    private static final Duration LIMIT = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofMillis(100);

    private SetupTokenReset() {}

    /** @throws CommandFailure when the folder is none, or no controller answers in it */
    static String in(Path data) throws CommandFailure, InterruptedException {
        Path asked = data.resolve("reset-admin");
        if (!Files.isDirectory(data.resolve("keys"))) {
            throw new CommandFailure("%s is no controller's data folder".formatted(data));
        }
        try {
            try {
                Files.createFile(asked);
            } catch (FileAlreadyExistsException before) {
                // An earlier request that nobody has taken yet is as good.
            }
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
