package io.fleetwright.agent.energy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/** Files of sensors, of which any may be missing, unreadable, or gone the next moment. */
final class Sysfs {
    private Sysfs() {}

    static List<Path> children(Path folder, String glob) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
                stream.forEach(found::add);
            } catch (IOException | java.nio.file.DirectoryIteratorException unreadable) {
                return List.of(); // Nothing there, then.
            }
        }
        Collections.sort(found);
        return found;
    }

    static String text(Path file) {
        try {
            return Files.isReadable(file)
                    ? Files.readString(file, StandardCharsets.US_ASCII).strip()
                    : "";
        } catch (IOException unreadable) {
            return ""; // Sensors vanish and refuse at will; the caller takes that as absent.
        }
    }

    static OptionalLong number(Path file) {
        try {
            return OptionalLong.of(Long.parseLong(text(file)));
        } catch (NumberFormatException absent) {
            return OptionalLong.empty();
        }
    }
}
