package io.fleetwright.agent.energy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysfsThermometerTest {
    @TempDir
    private Path sys;

    private void zone(int number, String millidegrees) throws Exception {
        Path zone = sys.resolve("class/thermal/thermal_zone" + number);
        Files.createDirectories(zone);
        Files.writeString(zone.resolve("temp"), millidegrees + "\n");
    }

    @Test
    void theHottestZoneCounts() throws Exception {
        zone(0, "41500");
        zone(1, "63250");
        zone(2, "-3000");
        SysfsThermometer thermometer = new SysfsThermometer(sys);
        assertThat(thermometer.celsius()).hasValue(63.25);
        zone(1, "30000");
        assertThat(thermometer.celsius()).hasValue(41.5);
    }

    @Test
    void sensorsThatAreOffOrBrokenSayNothing() throws Exception {
        assertThat(new SysfsThermometer(sys).celsius()).isEmpty();
        zone(0, "-274000");
        zone(1, "not a number");
        zone(2, "2147483647");
        Files.createDirectories(sys.resolve("class/thermal/cooling_device0"));
        SysfsThermometer thermometer = new SysfsThermometer(sys);
        assertThat(thermometer.celsius()).isEmpty();
        zone(1, "20000");
        assertThat(thermometer.celsius()).hasValue(20);
    }
}
