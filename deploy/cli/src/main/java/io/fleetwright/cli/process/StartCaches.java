package io.fleetwright.cli.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * The JVM's ahead-of-time caches (JEP 483, 514 and 515): classes that are loaded and linked already, and how often their
 * methods ran. One for each part of the product. A JVM takes a cache only with the very jars, flags and release that it
 * was made for, and starts as usual without it.
 */
public final class StartCaches {
    private static final String MODE = "-XX:AOTMode=";
    private static final String CONFIGURATION = "-XX:AOTConfiguration=";
    private static final String CACHE = "-XX:AOTCache=";

    private final Path folder;

    /** @param folder where they are, and need not be there yet */
    StartCaches(Path folder) {
        this.folder = folder;
    }

    /** Where the caches are. */
    public Path folder() {
        return folder;
    }

    /** A part's cache, which may not be there. */
    public Path cache(String part) {
        return folder.resolve(part + ".aot");
    }

    /** What a process of the part noted when it ended. */
    public Path notes(String part) {
        return folder.resolve(part + ".aotconf");
    }

    /** Puts a cache that {@link #assembly} made in the place of the one before, at once for whoever starts. */
    public void publish(String part) throws IOException {
        Files.move(unfinished(part), cache(part), StandardCopyOption.REPLACE_EXISTING);
        Files.delete(notes(part));
    }

    /**
     * Flags that start a part with its cache; none when there is none, or the part was built since.
     *
     * @param program the part's jar or folder of jars
     */
    List<String> reading(String part, Path program) {
        Path cache = cache(part);
        try {
            if (Files.exists(cache) && newest(program).compareTo(Files.getLastModifiedTime(cache)) < 0) {
                return List.of(CACHE + cache);
            }
        } catch (IOException unreadable) {
            // Then it starts as it does without one.
        }
        return List.of();
    }

    /** Flags of a process that notes what its part's cache shall hold. */
    List<String> recording(String part) {
        return List.of(MODE + "record", CONFIGURATION + notes(part));
    }

    /** Flags of the process that makes a cache of what was noted. */
    List<String> assembly(String part) {
        return List.of(MODE + "create", CONFIGURATION + notes(part), CACHE + unfinished(part));
    }

    private Path unfinished(String part) {
        return folder.resolve(part + ".unfinished");
    }

    private static FileTime newest(Path program) throws IOException {
        FileTime newest = Files.getLastModifiedTime(program);
        try (Stream<Path> jars = Files.isDirectory(program) ? Files.list(program) : Stream.empty()) {
            for (Path jar : jars.toList()) {
                FileTime time = Files.getLastModifiedTime(jar);
                newest = time.compareTo(newest) > 0 ? time : newest;
            }
        }
        return newest;
    }
}
