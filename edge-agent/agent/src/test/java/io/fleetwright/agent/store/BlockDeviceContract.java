package io.fleetwright.agent.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What every block device promises. */
abstract class BlockDeviceContract {
    abstract BlockDevice open() throws Exception;

    @Test
    void readsWhatWasWrittenLast() throws Exception {
        BlockDevice device = open();
        assertThat(device.read("slots")).isEmpty();
        device.write("slots", new byte[] {1});
        device.write("slots", new byte[] {2, 3});
        assertThat(device.read("slots"))
                .hasValueSatisfying(bytes -> assertThat(bytes).containsExactly(2, 3));
        device.write("slots", new byte[0]);
        assertThat(device.read("slots"))
                .hasValueSatisfying(bytes -> assertThat(bytes).isEmpty());
    }

    @Test
    void listsAFolderInTheOrderOfNames() throws Exception {
        BlockDevice device = open();
        assertThat(device.list("spool/result/")).isEmpty();
        device.write("spool/result/b", new byte[2]);
        device.write("spool/result/a", new byte[1]);
        device.write("spool/telemetry/c", new byte[3]);
        device.write("slots", new byte[4]);
        assertThat(device.list("spool/result/"))
                .containsExactly(new BlockDevice.Item("spool/result/a", 1), new BlockDevice.Item("spool/result/b", 2));
        assertThat(device.list(""))
                .extracting(BlockDevice.Item::name)
                .containsExactly("slots", "spool/result/a", "spool/result/b", "spool/telemetry/c");
    }

    @Test
    void deletesWhatIsThereAndIgnoresWhatIsNot() throws Exception {
        BlockDevice device = open();
        device.write("artifact/a", new byte[1]);
        device.delete("artifact/a");
        device.delete("artifact/a");
        assertThat(device.read("artifact/a")).isEmpty();
        assertThat(device.list("artifact/")).isEmpty();
    }

    @Test
    void refusesNamesThatCouldLeaveTheFolder() throws Exception {
        BlockDevice device = open();
        for (String name : new String[] {"", ".", "..", "../a", "/a", "a/../b", "a//b", "A", "a b", ".new-a"}) {
            assertThatThrownBy(() -> device.write(name, new byte[1]))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> device.read(name)).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void saysHowMuchIsFree() throws Exception {
        assertThat(open().freeBytes()).isPositive();
    }
}
