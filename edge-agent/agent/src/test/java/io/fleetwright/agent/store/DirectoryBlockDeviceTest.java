package io.fleetwright.agent.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryBlockDeviceTest extends BlockDeviceContract {
    @TempDir
    private Path folder;

    @Override
    BlockDevice open() throws BlockDeviceException {
        return new DirectoryBlockDevice(folder.resolve("state"));
    }

    @Test
    void whatACrashLeftHalfWrittenIsRemovedAndNeverSeen() throws Exception {
        open().write("spool/result/a", new byte[] {1});
        Path left = folder.resolve("state/spool/result/.new-a");
        Files.write(left, new byte[] {9});
        BlockDevice again = open();
        assertThat(left).doesNotExist();
        assertThat(again.list("spool/result/")).containsExactly(new BlockDevice.Item("spool/result/a", 1));
    }

    @Test
    void onlyTheOwnerMayReadTheFiles() throws Exception {
        open().write("slots", new byte[] {1});
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("state/slots"))))
                .isEqualTo("rw-------");
    }

    @Test
    void aFolderThatIsAFileIsADeclaredFailure() throws Exception {
        Files.write(folder.resolve("state"), new byte[1]);
        assertThatThrownBy(this::open).isInstanceOf(BlockDeviceException.class);
    }
}
