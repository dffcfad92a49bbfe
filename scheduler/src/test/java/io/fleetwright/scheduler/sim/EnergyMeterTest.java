package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.sim.SimulationOptions.Governor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Figures by hand. Memory and GPU draw 0.0473 + 0.1201 = 0.1674 W. Four big cores at 1 V and 42 degrees leak {@code
 * 0.002488 x 315^2 x exp(-2660 / 315) + 0.000519 = 0.0536192} W, little ones a quarter of that.
 */
class EnergyMeterTest {
    private static final double BASE = 0.1674;
    private static final double LEAKAGE = 0.0536191635;

    @Test
    void anIdlePlatformDrawsItsBaseAndItsLeakage() {
        assertThat(meter("BIG", Governor.PERFORMANCE).totalWatts()).isCloseTo(BASE + LEAKAGE, within(1e-9));
        assertThat(meter("LTL", Governor.PERFORMANCE).totalWatts()).isCloseTo(BASE + LEAKAGE / 4, within(1e-9));
        assertThat(meter("ACC", Governor.PERFORMANCE).totalWatts()).isCloseTo(BASE, within(1e-12));
    }

    /** Leakage goes with the voltage: 0.8 V at the lowest point. */
    @Test
    void lowerVoltageLeaksLess() {
        assertThat(meter("BIG", Governor.POWERSAVE).totalWatts()).isCloseTo(BASE + 0.8 * LEAKAGE, within(1e-9));
    }

    @Test
    void busyDevicesDrawWhatWasMeasuredForSoMany() {
        EnergyMeter meter = meter("BIG", Governor.PERFORMANCE);
        meter.addBusy(0, 1);
        assertThat(meter.totalWatts()).isCloseTo(BASE + 1, within(1e-12));
        meter.addBusy(0, 2);
        assertThat(meter.totalWatts()).isCloseTo(BASE + 2.7, within(1e-12));
        meter.addBusy(0, -3);
        assertThat(meter.totalWatts()).isCloseTo(BASE + LEAKAGE, within(1e-9));
    }

    /** Half the frequency at 0.8 of the voltage: 0.5 x 0.64 = 0.32 of what is above leakage. */
    @Test
    void dynamicPowerGoesWithFrequencyAndVoltageSquared() {
        EnergyMeter meter = meter("ACC", Governor.PERFORMANCE);
        assertThat(meter.dynamicWatts(0, 2, 1)).isEqualTo(1.9);
        assertThat(meter.dynamicWatts(0, 2, 0)).isCloseTo(0.32 * 1.9, within(1e-12));
        assertThat(meter.dynamicWatts(0, 0, 0)).isZero();
        assertThat(meter.slowdown(0)).isEqualTo(1);
        meter.setPoint(0, 0);
        assertThat(meter.slowdown(0)).isEqualTo(2);
        assertThat(meter.point(0)).isZero();
    }

    /** Measured power includes leakage, so that it does not matter how warm it has become: 2.0674 W x 200 us. */
    @Test
    void energyIsPowerTimesTime() {
        EnergyMeter meter = meter("BIG", Governor.PERFORMANCE);
        meter.addBusy(0, 2);
        meter.advance(200);
        assertThat(meter.joules()).isCloseTo((BASE + 1.9) * 200e-6, within(1e-15));
        assertThat(meter.celsiusMax()).isCloseTo(44.3903544, within(1e-6));
    }

    /** Of ten steps of 20 us at a leakage that grows a little with each, computed step by step. */
    @Test
    void anIdlePlatformIsWarmedByMemoryAndGpuAndLeaksMore() {
        EnergyMeter meter = meter("BIG", Governor.PERFORMANCE);
        meter.advance(200);
        assertThat(meter.joules()).isCloseTo(44.26285225e-6, within(1e-13));
        assertThat(meter.celsiusMax()).isCloseTo(42.3667941, within(1e-6));
    }

    @Test
    void timeInPiecesIsTheSameTime() {
        EnergyMeter whole = meter("BIG", Governor.PERFORMANCE);
        EnergyMeter pieces = meter("BIG", Governor.PERFORMANCE);
        whole.advance(977);
        for (int micros = 1; micros <= 977; micros += 8) {
            pieces.advance(micros);
        }
        assertThat(pieces.joules()).isCloseTo(whole.joules(), within(1e-15));
        assertThat(pieces.celsiusMax()).isEqualTo(whole.celsiusMax());
    }

    /** After 80 ms of constant power temperatures have settled, and the rest is no longer followed step by step. */
    @Test
    void aLongTimeIsSkippedWithoutATrace() {
        EnergyMeter skipped = meter("BIG", Governor.PERFORMANCE);
        EnergyMeter followed = meter("BIG", Governor.PERFORMANCE);
        for (int step = 1; step <= 20_000; step++) {
            followed.advance(step * 20.0);
        }
        skipped.advance(400_000);
        assertThat(skipped.celsiusMax()).isCloseTo(followed.celsiusMax(), within(1e-4));
        assertThat(skipped.joules()).isCloseTo(followed.joules(), within(1e-6 * followed.joules()));
    }

    @Test
    void aDeviceThatIsGoneLeaksNothing() {
        EnergyMeter meter = meter("BIG", Governor.PERFORMANCE);
        meter.addOnline(0, -1);
        assertThat(meter.totalWatts()).isCloseTo(BASE + 0.75 * LEAKAGE, within(1e-9));
        meter.addOnline(0, 1);
        assertThat(meter.totalWatts()).isCloseTo(BASE + LEAKAGE, within(1e-9));
    }

    @Test
    void unknownPowerIsNotZeroEnergy() {
        EnergyMeter meter = new EnergyMeter(workload("BIG", List.of()), Governor.PERFORMANCE);
        meter.advance(10);
        assertThat(meter.joules()).isNaN();
    }

    private static EnergyMeter meter(String type, Governor governor) {
        return new EnergyMeter(workload(type, List.of(new PowerProfile(1000, List.of(1.0, 1.9, 2.7, 3.4)))), governor);
    }

    private static Workload workload(String type, List<PowerProfile> power) {
        var cluster = new SocCluster(
                0,
                type,
                "C",
                List.of(0, 1, 2, 3),
                List.of(new OperatingPoint(500, 0.8), new OperatingPoint(1000, 1)),
                power,
                Map.of("a", 10.0));
        var graph = TaskGraph.builder().task("a").build();
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                List.of(new Application("app", graph)),
                Workload.Transfers.EXACT);
    }
}
