package io.fleetwright.agent.update;

import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.TrustedStore;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the node trusts since an enrolment, as files {@code trust/{part of the root's digest}/...}: SHA-256 of the content, then
 * the content.
 */
final class TrustFiles implements TrustedStore {
    private static final int NAME_CHARS = 16;
    private static final int DIGEST_BYTES = 32;

    private final BlockDevice device;
    private final String folder;

    /** A file is not as it was written. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String file) {
            super(file + " is not as it was written");
        }
    }

    /** Deletes what was trusted since other enrolments. */
    TrustFiles(BlockDevice device, byte[] root) throws IOException {
        this.device = device;
        this.folder = "trust/" + Digest.of(root).hex().substring(0, NAME_CHARS) + "/";
        delete(item -> !item.name().startsWith(folder));
    }

    /** Trusts nothing any more. */
    void clear() throws IOException {
        delete(_ -> true);
    }

    private void delete(Predicate<BlockDevice.Item> which) throws IOException {
        try {
            for (BlockDevice.Item item : device.list("trust/")) {
                if (which.test(item)) {
                    device.delete(item.name());
                }
            }
        } catch (BlockDeviceException failure) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
        try {
            Optional<byte[]> bytes = device.read(folder + name);
            if (bytes.isEmpty()) {
                return bytes;
            }
            byte[] file = bytes.get();
            byte[] content = Arrays.copyOfRange(file, Math.min(DIGEST_BYTES, file.length), file.length);
            if (!Arrays.equals(Digest.sha256().digest(content), Arrays.copyOf(file, DIGEST_BYTES))) {
                throw new DamagedException(folder + name);
            }
            return Optional.of(content);
        } catch (BlockDeviceException failure) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    @Override
    public void write(String name, byte[] bytes) throws IOException {
        byte[] file = Arrays.copyOf(Digest.sha256().digest(bytes), DIGEST_BYTES + bytes.length);
        System.arraycopy(bytes, 0, file, DIGEST_BYTES, bytes.length);
        try {
            device.write(folder + name, file);
        } catch (BlockDeviceException failure) {
            throw new IOException(failure.getMessage(), failure);
        }
    }
}
