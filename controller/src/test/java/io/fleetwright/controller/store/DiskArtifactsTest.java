package io.fleetwright.controller.store;

import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactStore;
import io.fleetwright.trust.artifact.DiskArtifacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;

final class DiskArtifactsTest extends ArtifactStoreContract {
    @TempDir
    private Path folder = Path.of("");

    @Override
    <T> T with(Function<ArtifactStore, T> work) {
        return work.apply(new DiskArtifacts(folder, () -> Instant.EPOCH));
    }

    @Override
    void damage(Digest digest) {
        Path file = folder.resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
        try {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
