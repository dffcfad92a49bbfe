package io.fleetwright.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.agent.energy.EnergyMeter;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DriversTest {
    @Test
    void anEmulatedDeviceComputesTheRealBytesAndTakesThePublishedTimeAndEnergy() throws Exception {
        byte[] artifact = Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
        byte[] inputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/kws_dscnn.in.bin"));
        byte[] outputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/kws_dscnn.out.bin"));
        Program program = ready(Program.load("kws-dscnn", artifact, Long.MAX_VALUE));
        DeviceProfile profile = DeviceProfiles.find("stm32l4r5").orElseThrow();
        Driver emulated = new EmulatedDriver("mcu0", profile);
        byte[] input = Arrays.copyOf(inputs, program.inputBytes());
        Measured measured = emulated.run(program, input);
        assertThat(measured.output()).isEqualTo(Arrays.copyOf(outputs, program.outputBytes()));
        assertThat(measured.modelled()).isTrue();
        assertThat(measured.latencyMicros()).isCloseTo(43_187.2, within(0.1));
        assertThat(measured.energyMicrojoules()).isCloseTo(1_820.454, within(0.001));
        assertThat(measured.energyMethod()).isEqualTo(EnergyMethod.MODEL);

        Driver cpu = new CpuDriver("cpu0", 64L << 20, EnergyMeter.none(), System::nanoTime);
        Measured real = cpu.run(program, input);
        assertThat(real.output()).isEqualTo(measured.output());
        assertThat(real.modelled()).isFalse();
        assertThat(real.latencyMicros()).isPositive();
        assertThat(real.energyMicrojoules()).isNull();
        assertThat(real.energyMethod()).isEqualTo(EnergyMethod.UNKNOWN);
    }

    @Test
    void aProfileWithoutPowerFiguresHasUnknownEnergy() {
        for (DeviceProfile profile : DeviceProfiles.all()) {
            boolean known = profile.rows().stream().anyMatch(row -> row.energyMillijoules() != null);
            assertThat(new EmulatedDriver("d", profile).energyMethod())
                    .isEqualTo(known ? EnergyMethod.MODEL : EnergyMethod.UNKNOWN);
        }
    }

    @Test
    void aModelThatDoesNotFitIntoTheMemoryIsRefused() throws Exception {
        byte[] artifact = Files.readAllBytes(SharedData.require("models/mlperf-tiny/kws_dscnn.tflite"));
        assertThat(Program.load("m", artifact, 10_000))
                .isInstanceOfSatisfying(
                        Program.Loading.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo("out-of-memory"));
    }

    private static Program ready(Program.Loading loading) {
        assertThat(loading).isInstanceOf(Program.Loading.Ready.class);
        return ((Program.Loading.Ready) loading).program();
    }
}
