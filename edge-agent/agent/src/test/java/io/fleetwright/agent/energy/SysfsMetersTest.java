package io.fleetwright.agent.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.agent.energy.EnergyMeter.Reading;
import io.fleetwright.telemetry.wire.EnergyMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysfsMetersTest {
    @TempDir
    private Path sys;

    private long nanos;

    private void put(String file, String text) throws Exception {
        Path path = sys.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    private void rapl(String zone, String name, long microjoules) throws Exception {
        put("class/powercap/" + zone + "/name", name);
        put("class/powercap/" + zone + "/energy_uj", Long.toString(microjoules));
        put("class/powercap/" + zone + "/max_energy_range_uj", "1000000");
    }

    private EnergyMeter find() {
        return SysfsMeters.find(sys, () -> nanos);
    }

    @Test
    void withoutSensorsTheEnergyIsUnknownAndNeverZero() {
        EnergyMeter meter = find();
        assertThat(meter.method()).isEqualTo(EnergyMethod.UNKNOWN);
        meter.begin();
        assertThat(meter.end(1000)).isNull();
    }

    @Test
    void raplSumsPackagesAndLeavesOutTheirParts() throws Exception {
        rapl("intel-rapl:0", "package-0", 100);
        rapl("intel-rapl:1", "package-1", 500);
        rapl("intel-rapl:0:0", "core", 7);
        rapl("intel-rapl:2", "psys", 9);
        EnergyMeter meter = find();
        assertThat(meter.method()).isEqualTo(EnergyMethod.RAPL);
        meter.begin();
        nanos += 100_000_000;
        rapl("intel-rapl:0", "package-0", 400_100);
        rapl("intel-rapl:1", "package-1", 100_500);
        assertReading(meter.end(100_000), 500_000, 0.15);
    }

    @Test
    void aCounterThatWrapsIsUnderstood() throws Exception {
        rapl("intel-rapl:0", "package-0", 900_000);
        EnergyMeter meter = find();
        meter.begin();
        nanos += 100_000_000;
        rapl("intel-rapl:0", "package-0", 100_000);
        assertReading(meter.end(100_000), 200_000, 0.15);
    }

    @Test
    void shortWorkTakesThePowerOfALongerWindowAndSaysThatItIsLessSure() throws Exception {
        rapl("intel-rapl:0", "package-0", 0);
        EnergyMeter meter = find();
        meter.begin();
        nanos += 1_000_000;
        assertThat(meter.end(1_000)).isNull();
        nanos += 99_000_000;
        rapl("intel-rapl:0", "package-0", 500_000);
        meter.begin();
        assertReading(meter.end(1_000), 5_000, 0.3);
    }

    @Test
    void aBoardMonitorCountsButAGraphicsCardDoesNot() throws Exception {
        put("class/hwmon/hwmon0/name", "amdgpu");
        put("class/hwmon/hwmon0/power1_input", "90000000");
        assertThat(find().method()).isEqualTo(EnergyMethod.UNKNOWN);
        put("class/hwmon/hwmon1/name", "ina226");
        put("class/hwmon/hwmon1/power1_input", "2000000");
        EnergyMeter meter = find();
        assertThat(meter.method()).isEqualTo(EnergyMethod.HWMON);
        meter.begin();
        assertReading(meter.end(1_000), 2_000, 0.3);
    }

    private static void assertReading(
            @org.jspecify.annotations.Nullable Reading reading, double microjoules, double uncertainty) {
        assertThat(reading)
                .isNotNull()
                .extracting(Reading::microjoules, InstanceOfAssertFactories.DOUBLE)
                .isCloseTo(microjoules, within(1e-6 * microjoules));
        assertThat(reading)
                .extracting(Reading::uncertainty, InstanceOfAssertFactories.DOUBLE)
                .isEqualTo(uncertainty);
    }
}
