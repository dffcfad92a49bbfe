package io.fleetwright.trust.set;

import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A store that keeps every write until it is told to fail. */
final class MemoryStore implements TrustedStore {
    private final Map<String, byte[]> files = new HashMap<>();
    private int writesLeft = Integer.MAX_VALUE;

    /** From the write after this many on, every write fails and changes nothing: the power is gone. */
    void failAfter(int writes) {
        writesLeft = writes;
    }

    void repair() {
        writesLeft = Integer.MAX_VALUE;
    }

    MemoryStore copy() {
        MemoryStore copy = new MemoryStore();
        copy.files.putAll(files);
        return copy;
    }

    /** What is stored, the time apart, which moves on with every call. */
    Map<String, String> trusted() {
        Map<String, String> trusted = new HashMap<>();
        files.forEach((name, bytes) -> trusted.put(name, Digest.of(bytes).value()));
        trusted.remove("time");
        return trusted;
    }

    @Override
    public Optional<byte[]> read(String name) {
        return Optional.ofNullable(files.get(name)).map(byte[]::clone);
    }

    @Override
    public void write(String name, byte[] bytes) throws IOException {
        if (writesLeft-- <= 0) {
            throw new IOException("no power to write " + name);
        }
        files.put(name, bytes.clone());
    }
}
