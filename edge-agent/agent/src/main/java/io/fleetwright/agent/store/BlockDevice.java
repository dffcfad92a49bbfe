package io.fleetwright.agent.store;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Durable storage of whole, named files. A crash at any point leaves each file as it was before a write or as it is
 * after it, never between; a write that returned survives. Used by one thread.
 *
 * <p>A deletion may be undone by a crash.
 */
public interface BlockDevice {
    /** Folders and a file, lower case, such as {@code artifact/0f3a}; made by us, never taken from data unchecked. */
    Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,159}(/[a-z0-9][a-z0-9._-]{0,159}){0,3}");

    /** A file that is there. */
    record Item(String name, long bytes) {}

    /** The whole file, if it is there. */
    Optional<byte[]> read(String name) throws BlockDeviceException;

    /** Makes or replaces the file; durable when this returns. */
    void write(String name, byte[] bytes) throws BlockDeviceException;

    /** Removes the file; nothing happens when it is not there. */
    void delete(String name) throws BlockDeviceException;

    /**
     * Files below a folder, in the order of their names.
     *
     * @param folder such as {@code artifact/}; empty for all
     */
    List<Item> list(String folder) throws BlockDeviceException;

    /** Bytes that may still be written. */
    long freeBytes();

    /**
     * Checks a name.
     *
     * @throws IllegalArgumentException when it could leave the folder, or is too long
     */
    static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("file name (%s) must match %s".formatted(name, NAME.pattern()));
        }
        return name;
    }
}
