package io.fleetwright.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file that the caller named: whole, or not at all. */
public final class OutputFile {
    private OutputFile() {}

    /** Writes beside the file first and then renames, so that nobody ever sees half of it. */
    public static void write(Path file, byte[] bytes) throws CommandFailure {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CommandFailure("%s cannot be written: there is no such folder".formatted(file));
        }
        try {
            Path part = Files.createTempFile(folder, ".fleetwright", ".part");
            try {
                Files.write(part, bytes);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException unwritable) {
            throw new CommandFailure("%s cannot be written: %s".formatted(file, unwritable.getMessage()), unwritable);
        }
    }
}
