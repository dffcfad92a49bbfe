package io.fleetwright.agent.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysfsBatteryTest {
    @TempDir
    private Path sys;

    private void supply(String name, String file, String text) throws Exception {
        Path supply = sys.resolve("class/power_supply").resolve(name);
        Files.createDirectories(supply);
        Files.writeString(supply.resolve(file), text + "\n");
    }

    @Test
    void theEmptiestBatteryOfTheBoardCounts() throws Exception {
        supply("BAT0", "type", "Battery");
        supply("BAT0", "capacity", "81");
        supply("BAT1", "type", "Battery");
        supply("BAT1", "capacity", "34");
        supply("AC", "type", "Mains");
        supply("AC", "capacity", "1");
        supply("mouse", "type", "Battery");
        supply("mouse", "scope", "Device");
        supply("mouse", "capacity", "3");
        SysfsBattery battery = new SysfsBattery(sys);
        assertThat(battery.percent()).hasValue(34);
        supply("BAT1", "capacity", "90");
        assertThat(battery.percent()).hasValue(81);
    }

    @Test
    void aBatteryThatSaysNothingOrNonsenseIsNone() throws Exception {
        assertThat(new SysfsBattery(sys).percent()).isEmpty();
        supply("BAT0", "type", "Battery");
        SysfsBattery battery = new SysfsBattery(sys);
        assertThat(battery.percent()).isEmpty();
        supply("BAT0", "capacity", "101");
        assertThat(battery.percent()).isEmpty();
        supply("BAT0", "capacity", "-1");
        assertThat(battery.percent()).isEmpty();
        supply("BAT0", "capacity", "0");
        assertThat(battery.percent()).hasValue(0);
    }
}
