package io.fleetwright.trust.set;

import java.io.IOException;
import java.util.Optional;

/** Where a node keeps what it trusts; nobody else may write there. */
public interface TrustedStore {
    /** The bytes under this name, or nothing when there never were any. */
    Optional<byte[]> read(String name) throws IOException;

    /** Replaces the bytes under this name: after a crash either all of the old ones are there or all of the new ones. */
    void write(String name, byte[] bytes) throws IOException;
}
