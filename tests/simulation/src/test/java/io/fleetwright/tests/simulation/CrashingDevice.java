package io.fleetwright.tests.simulation;

import io.fleetwright.agent.store.BlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A board's disk: keeps what was written, and may end the process before or after any write. */
final class CrashingDevice implements BlockDevice {
    private final TreeMap<String, byte[]> files = new TreeMap<>();
    private final BooleanSupplier crashes;
    private final Consumer<String> written;

    CrashingDevice(BooleanSupplier crashes) {
        this(crashes, _ -> {});
    }

    /** @param written hears the name of each file that was replaced */
    CrashingDevice(BooleanSupplier crashes, Consumer<String> written) {
        this.crashes = crashes;
        this.written = written;
    }

    @Override
    public Optional<byte[]> read(String name) {
        return Optional.ofNullable(files.get(BlockDevice.requireName(name))).map(byte[]::clone);
    }

    @Override
    public void write(String name, byte[] bytes) {
        if (crashes.getAsBoolean()) {
            throw new Crash("before write of " + name);
        }
        files.put(BlockDevice.requireName(name), bytes.clone());
        written.accept(name);
        if (crashes.getAsBoolean()) {
            throw new Crash("after write of " + name);
        }
    }

    @Override
    public void delete(String name) {
        if (crashes.getAsBoolean()) {
            throw new Crash("before deletion of " + name);
        }
        files.remove(BlockDevice.requireName(name));
    }

    /** What no process did: a fault of the disk; absent bytes are a file that is gone. */
    void spoil(String name, byte @Nullable [] bytes) {
        if (bytes == null) {
            files.remove(name);
        } else {
            files.put(name, bytes);
        }
    }

    @Override
    public List<Item> list(String folder) {
        List<Item> items = new ArrayList<>();
        files.forEach((name, bytes) -> {
            if (name.startsWith(folder)) {
                items.add(new Item(name, bytes.length));
            }
        });
        return items;
    }

    @Override
    public long freeBytes() {
        return 1L << 30;
    }
}
