package io.fleetwright.cli.process;

import java.nio.file.Path;
import java.util.List;

/**
 * What to start.
 *
 * @param name for people
 * @param command program and arguments
 * @param log where its output goes, appended
 */
public record Child(String name, List<String> command, Path log) {
    public Child {
        command = List.copyOf(command);
    }
}
