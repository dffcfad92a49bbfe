package io.fleetwright.agent.driver;

import io.fleetwright.agent.energy.EnergyMeter;
import io.fleetwright.agent.energy.EnergyMeter.Reading;
import io.fleetwright.runtime.OperatorTimer;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** This machine's processor: time is measured, energy too where a meter is. */
public final class CpuDriver implements Driver {
    /** About a second of computing, or four runs of a network for which that is not enough. */
    private static final OperatorTimer.Budget BUDGET = new OperatorTimer.Budget(300_000_000, 700_000_000, 3);

    private final String name;
    private final @Nullable Long memoryBytes;
    private final EnergyMeter meter;
    private final LongSupplier nanos;

    /**
     * @param memoryBytes what weights and activations may take in this process, absent when not bounded
     * @param nanos a clock that never goes back, nanoseconds
     */
    public CpuDriver(String name, @Nullable Long memoryBytes, EnergyMeter meter, LongSupplier nanos) {
        this.name = name;
        this.memoryBytes = memoryBytes;
        this.meter = meter;
        this.nanos = nanos;
    }

    @Override
    public Birth.Device device() {
        return new Birth.Device(name, DeviceClass.CPU, "cpu", null, false, memoryBytes);
    }

    @Override
    public EnergyMethod energyMethod() {
        return meter.method();
    }

    @Override
    public boolean timesOperators() {
        return true;
    }

    @Override
    public Optional<OperatorTimer> timer(Program program) {
        return program.timer(BUDGET, nanos);
    }

    @Override
    public Measured run(Program program, byte[] input) {
        return measured(() -> program.run(input));
    }

    @Override
    public void prepare(Program program, Program.Cut cut) {
        program.prepare(cut);
    }

    /** What a stretch needs before its first run is no part of what running takes. */
    @Override
    public Measured run(Program program, Program.Cut cut, byte[] input) {
        program.prepare(cut);
        return measured(() -> program.run(cut, input));
    }

    private Measured measured(Supplier<byte[]> inference) {
        meter.begin();
        long start = nanos.getAsLong();
        byte[] output = inference.get();
        double micros = (nanos.getAsLong() - start) / 1000.0;
        Reading energy = meter.end(micros);
        return energy == null
                ? new Measured(output, micros, null, false, null, EnergyMethod.UNKNOWN, null)
                : new Measured(output, micros, null, false, energy.microjoules(), meter.method(), energy.uncertainty());
    }
}
