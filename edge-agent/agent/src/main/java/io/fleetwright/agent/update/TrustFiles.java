package io.fleetwright.agent.update;

import io.fleetwright.agent.store.BlockDevice;
import io.fleetwright.agent.store.BlockDeviceException;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.set.TrustedStore;
import java.io.IOException;
import java.util.Optional;

/** What the node trusts since an enrolment, as files {@code trust/{part of the root's digest}/...}. */
final class TrustFiles implements TrustedStore {
    private static final int NAME_CHARS = 16;

    private final BlockDevice device;
    private final String folder;

    /** Deletes what was trusted since other enrolments. */
    TrustFiles(BlockDevice device, byte[] root) throws IOException {
        this.device = device;
        this.folder = "trust/" + Digest.of(root).hex().substring(0, NAME_CHARS) + "/";
        try {
            for (BlockDevice.Item item : device.list("trust/")) {
                if (!item.name().startsWith(folder)) {
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
            return device.read(folder + name);
        } catch (BlockDeviceException failure) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    @Override
    public void write(String name, byte[] bytes) throws IOException {
        try {
            device.write(folder + name, bytes);
        } catch (BlockDeviceException failure) {
            throw new IOException(failure.getMessage(), failure);
        }
    }
}
