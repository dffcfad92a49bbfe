package io.fleetwright.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file that the caller named: whole, or not at all. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Writes beside the file first and then renames, so that nobody ever sees half of it. A new file has the mode that the user's mask
     * gives, one that was there keeps its own. What is no regular file, such as {@code /dev/stdout} or a pipe, is written to and stays.
     */
    public static void write(Path file, byte[] bytes) throws CommandFailure {
        requireFolder(file);
        try {
            if (isStream(file)) {
                // Behind what is there already: a shell may have redirected it to a file.
                Files.write(file, bytes, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            } else {
                replace(Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file, bytes);
            }
        } catch (IOException unwritable) {
            throw new CommandFailure("%s cannot be written: %s".formatted(file, unwritable.getMessage()), unwritable);
        }
    }

    /** Refuses a file in a folder that is not there. */
    public static void requireFolder(Path file) throws CommandFailure {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CommandFailure("%s cannot be written: there is no such folder".formatted(file));
        }
    }

    private static boolean isStream(Path file) {
        Path path = file.toAbsolutePath().normalize();
        return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)
                || path.startsWith("/dev")
                || path.startsWith("/proc");
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        boolean isKnown = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        Path part = file.resolveSibling(".fleetwright-%s.part".formatted(UUID.randomUUID()));
        try {
            Files.write(part, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            if (isKnown && hasModes(file) && !Files.getOwner(file).equals(Files.getOwner(part))) {
                // Somebody else's, which must stay so.
                Files.write(file, bytes);
                return;
            }
            if (isKnown && hasModes(file)) {
                Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(file));
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static boolean hasModes(Path file) throws IOException {
        return Files.getFileStore(file).supportsFileAttributeView("posix");
    }
}
