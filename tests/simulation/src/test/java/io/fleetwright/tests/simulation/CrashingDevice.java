package io.fleetwright.tests.simulation;

import io.fleetwright.agent.store.BlockDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** A board's disk: keeps what was written, and may end the process before or after any write. */
final class CrashingDevice implements BlockDevice {
    private final TreeMap<String, byte[]> files = new TreeMap<>();
    private final BooleanSupplier crashes;

    CrashingDevice(BooleanSupplier crashes) {
        this.crashes = crashes;
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
