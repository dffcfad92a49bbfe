package io.fleetwright.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a file that the caller named, with a limit and one clear line when it cannot be read. */
public final class InputFile {
    private static final int BYTES_MAX = 512 << 20;

    private InputFile() {}

    public static byte[] read(Path file) throws CommandFailure {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw new CommandFailure("%s has over %d bytes".formatted(file, BYTES_MAX));
            }
            return bytes;
        } catch (NoSuchFileException missing) {
            throw new CommandFailure("%s: there is no such file".formatted(file), missing);
        } catch (IOException unreadable) {
            throw new CommandFailure("%s cannot be read: %s".formatted(file, unreadable.getMessage()), unreadable);
        }
    }
}
