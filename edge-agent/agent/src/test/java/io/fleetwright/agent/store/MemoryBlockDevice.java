package io.fleetwright.agent.store;

import io.fleetwright.agent.store.BlockDeviceException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A block device in memory that can crash at a chosen write, fill up, fail, and forget deletions. */
public final class MemoryBlockDevice implements BlockDevice {
    /** The power went; nobody may catch it. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("crash");
        }
    }

    /** What a crash in a write leaves. */
    public enum Leaves {
        OLD,
        NEW
    }

    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, byte[]> deletedSinceCrash = new TreeMap<>();
    private long capacity = Long.MAX_VALUE;
    private long writes;
    private long crashAt = Long.MAX_VALUE;
    private Leaves leaves = Leaves.OLD;
    private boolean failing;

    /** Crashes at the n-th write from now, from 1. */
    public void crashAtWrite(long n, Leaves leaves) {
        crashAt = writes + n;
        this.leaves = leaves;
    }

    /** Ends the crash; deletions that were never made durable are undone. */
    public void restart(boolean undoDeletions) {
        crashAt = Long.MAX_VALUE;
        if (undoDeletions) {
            deletedSinceCrash.forEach(files::putIfAbsent);
        }
        deletedSinceCrash.clear();
    }

    public void capacity(long bytes) {
        capacity = bytes;
    }

    public void failing(boolean fails) {
        failing = fails;
    }

    public long writes() {
        return writes;
    }

    @Override
    public Optional<byte[]> read(String name) {
        byte[] bytes = files.get(BlockDevice.requireName(name));
        return bytes == null ? Optional.empty() : Optional.of(bytes.clone());
    }

    @Override
    public void write(String name, byte[] bytes) throws BlockDeviceException {
        BlockDevice.requireName(name);
        writes++;
        if (writes >= crashAt) {
            if (leaves == Leaves.NEW && writes == crashAt) {
                files.put(name, bytes.clone());
            }
            throw new Crash();
        }
        if (failing) {
            throw new BlockDeviceException(Kind.FAILED, "made to fail");
        }
        byte[] old = files.get(name);
        if (bytes.length - (old == null ? 0 : old.length) > freeBytes()) {
            throw new BlockDeviceException(Kind.FULL, "no space");
        }
        files.put(name, bytes.clone());
        deletedSinceCrash.remove(name);
    }

    @Override
    public void delete(String name) {
        byte[] old = files.remove(BlockDevice.requireName(name));
        if (old != null) {
            deletedSinceCrash.put(name, old);
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
        long used = files.values().stream().mapToLong(bytes -> bytes.length).sum();
        return capacity == Long.MAX_VALUE ? capacity : Math.max(0, capacity - used);
    }

    /** Changes one byte of a file, as a worn flash cell does. */
    public void damage(String name) {
        byte[] bytes = files.get(name);
        if (bytes == null) {
            throw new IllegalArgumentException("no file " + name);
        }
        bytes[bytes.length / 2] ^= 1;
    }
}
