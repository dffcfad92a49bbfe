package io.fleetwright.agent.store;

import io.fleetwright.agent.store.BlockDeviceException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder of a file system. A write goes to a temporary file, is synced, renamed over the old one, and the folder is
 * synced; readable by the owner only.
 */
public final class DirectoryBlockDevice implements BlockDevice {
    /** Names never start with a dot, so a left-over of a crash is never mistaken for a file. */
    private static final String TEMPORARY_PREFIX = ".new-";

    private final Path root;

    /**
     * Opens the folder, makes it when it is not there, and removes what a crash left half written.
     *
     * @throws BlockDeviceException when the folder cannot be used
     */
    public DirectoryBlockDevice(Path root) throws BlockDeviceException {
        this.root = root;
        try {
            Files.createDirectories(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            for (Path file : files(root)) {
                if (isTemporary(file)) {
                    Files.delete(file);
                }
            }
        } catch (IOException failure) {
            throw failed("open", root.toString(), failure);
        }
    }

    @Override
    public Optional<byte[]> read(String name) throws BlockDeviceException {
        try {
            return Optional.of(Files.readAllBytes(path(name)));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException failure) {
            throw failed("read", name, failure);
        }
    }

    @Override
    public void write(String name, byte[] bytes) throws BlockDeviceException {
        Path file = path(name);
        Path folder = file.resolveSibling(".").normalize();
        Path temporary = file.resolveSibling(TEMPORARY_PREFIX + file.getFileName());
        try {
            makeFolder(folder);
            try (FileChannel out = FileChannel.open(
                    temporary,
                    java.util.Set.of(
                            StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
                out.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(folder);
        } catch (IOException failure) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException alsoFailed) {
                failure.addSuppressed(alsoFailed);
            }
            throw failed("write", name, failure);
        }
    }

    @Override
    public void delete(String name) throws BlockDeviceException {
        try {
            Files.deleteIfExists(path(name));
        } catch (IOException failure) {
            throw failed("delete", name, failure);
        }
    }

    @Override
    public List<Item> list(String folder) throws BlockDeviceException {
        List<Item> items = new ArrayList<>();
        try {
            Path start = folder.isEmpty() ? root : path(folder.substring(0, folder.length() - 1));
            for (Path file : files(start)) {
                String name = root.relativize(file).toString();
                if (!isTemporary(file) && NAME.matcher(name).matches()) {
                    items.add(new Item(name, Files.size(file)));
                }
            }
        } catch (IOException failure) {
            throw failed("list", folder, failure);
        }
        items.sort(Comparator.comparing(Item::name));
        return items;
    }

    @Override
    public long freeBytes() {
        try {
            return Files.getFileStore(root).getUsableSpace();
        } catch (IOException unknown) {
            return Long.MAX_VALUE; // The write itself will say when there is no space.
        }
    }

    private Path path(String name) {
        return root.resolve(BlockDevice.requireName(name));
    }

    private static boolean isTemporary(Path file) {
        return String.valueOf(file.getFileName()).startsWith(TEMPORARY_PREFIX);
    }

    private static List<Path> files(Path start) throws IOException {
        if (!Files.isDirectory(start)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(start, 4)) {
            return walk.filter(Files::isRegularFile).toList();
        } catch (java.io.UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    private void makeFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Files.createDirectories(folder);
        for (Path parent = folder.getParent(); parent != null && parent.startsWith(root); parent = parent.getParent()) {
            sync(parent);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private BlockDeviceException failed(String what, String name, IOException cause) {
        boolean full = String.valueOf(cause.getMessage()).contains("No space left")
                || String.valueOf(cause.getMessage()).contains("quota exceeded");
        return new BlockDeviceException(
                full ? Kind.FULL : Kind.FAILED, "cannot %s %s: %s".formatted(what, name, cause.getMessage()), cause);
    }
}
