package io.fleetwright.trust.artifact;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Artifacts as files of a folder, {@code ab/abcd...} by the hexadecimal digits of their digests. A file is written under
 * another name, synced, renamed, and its folder synced: a crash leaves an artifact whole or not there. Several threads and
 * processes may use one folder.
 */
public final class DiskArtifacts implements ArtifactStore {
    private static final String TEMPORARY = ".new-";
    /** Nobody writes one file for so long; what is older was left by a crash. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    private final Path root;
    private final InstantSource clock;
    private final Step step;

    /** Called after each step of a put; tests cut there. */
    @FunctionalInterface
    interface Step {
        void done(String name) throws IOException;
    }

    /** Opens the folder, makes it when it is not there, and removes what crashes left. */
    public DiskArtifacts(Path root, InstantSource clock) {
        this(root, clock, _ -> {});
    }

    DiskArtifacts(Path root, InstantSource clock, Step step) {
        this.root = root;
        this.clock = clock;
        this.step = step;
        try {
            Files.createDirectories(root);
            FileTime limit = FileTime.from(clock.instant().minus(ABANDONED));
            for (Path file : files()) {
                if (name(file).startsWith(TEMPORARY) && isOlder(file, limit)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException failure) {
            throw failed("cannot open", root, failure);
        }
    }

    private static boolean isOlder(Path file, FileTime limit) throws IOException {
        try {
            return Files.getLastModifiedTime(file).compareTo(limit) < 0;
        } catch (NoSuchFileException gone) {
            return false; // Another process has renamed or removed it meanwhile.
        }
    }

    @Override
    public Digest put(byte[] bytes) {
        ArtifactStore.requireSize(bytes);
        Digest digest = Digest.of(bytes);
        Path file = file(digest);
        try {
            if (!isWhole(file, digest)) {
                write(file, bytes);
            }
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
            return digest;
        } catch (IOException failure) {
            throw failed("cannot store", file, failure);
        }
    }

    private static boolean isWhole(Path file, Digest digest) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) <= BYTES_MAX
                && Digest.of(Files.readAllBytes(file)).equals(digest);
    }

    private void write(Path file, byte[] bytes) throws IOException {
        Path folder = file.resolveSibling(".").normalize();
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            sync(root);
        }
        Path temporary = Files.createTempFile(folder, TEMPORARY, "");
        try {
            step.done("created");
            try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                    out.write(left);
                }
                step.done("written");
                out.force(true);
            }
            step.done("synced");
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            step.done("renamed");
            sync(folder);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public boolean has(Digest digest) {
        return Files.isRegularFile(file(digest));
    }

    @Override
    public long length(Digest digest) {
        Path file = file(digest);
        try {
            return Files.size(file);
        } catch (NoSuchFileException none) {
            throw ArtifactStore.absent(digest);
        } catch (IOException failure) {
            throw failed("cannot read", file, failure);
        }
    }

    @Override
    public byte[] range(Digest digest, long first, long last) {
        Path file = file(digest);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ArtifactStore.requireRange(digest, first, last, in.size());
            ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(last - first + 1));
            while (out.hasRemaining()) {
                if (in.read(out, first + out.position()) < 0) {
                    throw new ArtifactException(
                            Kind.DAMAGED, "artifact %s ends at %d".formatted(digest, first + out.position()));
                }
            }
            return out.array();
        } catch (NoSuchFileException none) {
            throw ArtifactStore.absent(digest);
        } catch (IOException failure) {
            throw failed("cannot read", file, failure);
        }
    }

    @Override
    public boolean delete(Digest digest) {
        Path file = file(digest);
        try {
            return Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw failed("cannot delete", file, failure);
        }
    }

    @Override
    public List<Stored> list(@Nullable Digest after, int limit) {
        try {
            List<Stored> stored = new ArrayList<>();
            for (Path file : files()) {
                String value = "sha256:" + name(file);
                if (Digest.isValid(value)) {
                    stored(new Digest(value)).ifPresent(stored::add);
                }
            }
            return stored.stream()
                    .filter(one -> after == null || one.digest().value().compareTo(after.value()) > 0)
                    .sorted(Comparator.comparing(one -> one.digest().value()))
                    .limit(limit)
                    .toList();
        } catch (IOException failure) {
            throw failed("cannot list", root, failure);
        }
    }

    private Optional<Stored> stored(Digest digest) throws IOException {
        try {
            Path file = file(digest);
            return Optional.of(new Stored(
                    digest, Files.size(file), Files.getLastModifiedTime(file).toMillis()));
        } catch (NoSuchFileException gone) {
            return Optional.empty(); // Deleted meanwhile.
        }
    }

    private Path file(Digest digest) {
        return root.resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path folder : children(root)) {
            if (Files.isDirectory(folder)) {
                files.addAll(children(folder));
            }
        }
        return files;
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        }
    }

    private static ArtifactException failed(String what, Path file, IOException cause) {
        return new ArtifactException(Kind.FAILED, "%s %s: %s".formatted(what, file, cause.getMessage()), cause);
    }
}
