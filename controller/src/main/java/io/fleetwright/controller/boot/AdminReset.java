package io.fleetwright.controller.boot;

import io.fleetwright.telemetry.wire.NodeAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The file by which whoever can write to the data folder asks for a fresh setup token. */
final class AdminReset {
    private static final int BYTES_MAX = 100;

    private AdminReset() {}

    /**
     * The tenant whose administrator is asked for, the first one by an empty file.
     *
     * @return empty when the file names no tenant
     * @throws IOException when it cannot be read
     */
    static Optional<String> tenant(Path file) throws IOException {
        if (Files.size(file) > BYTES_MAX) {
            return Optional.empty();
        }
        // What is no ASCII, as a file in UTF-16, becomes signs that no name has.
        String named = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
        return named.isEmpty()
                ? Optional.of(Controller.DEFAULT_TENANT)
                : Optional.of(named).filter(NodeAddress::isId);
    }
}
