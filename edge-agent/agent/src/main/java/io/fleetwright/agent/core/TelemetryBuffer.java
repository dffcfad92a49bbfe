package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Driver;
import io.fleetwright.agent.driver.Measured;
import io.fleetwright.telemetry.wire.Birth.Metric;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.TelemetryFrame.Sample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The metrics of one boot with their numbers, and the samples that are not in a frame yet. */
final class TelemetryBuffer {
    private static final int SAMPLES_MAX = 2048;
    private static final int FRAME_SAMPLES_MAX = 1024;

    private final List<Metric> metrics = new ArrayList<>();
    private final Map<String, Integer> aliases = new HashMap<>();
    private final ArrayDeque<Taken> samples = new ArrayDeque<>();
    private long overflowed;

    private record Taken(
            int alias,
            long atMillis,
            double value,
            @Nullable Double uncertainty) {}

    /** What the node's own metrics are about. */
    enum Probed {
        PROCESS,
        TEMPERATURE,
        BATTERY
    }

    TelemetryBuffer(List<Driver> drivers, Set<Probed> probed) {
        for (Driver driver : drivers) {
            String device = driver.device().device();
            boolean modelled = driver.device().modelled();
            add(device, "inference.latency", "ms", modelled, null);
            if (driver.energyMethod() != EnergyMethod.UNKNOWN) {
                add(device, "inference.energy", "mJ", modelled, driver.energyMethod());
            }
            add(device, "queue.length", "1", false, null);
        }
        add(null, "telemetry.dropped", "1", false, null);
        if (probed.contains(Probed.PROCESS)) {
            add(null, "memory.used", "MB", false, null);
            add(null, "process.cpu", "%", false, null);
        }
        if (probed.contains(Probed.TEMPERATURE)) {
            add(null, "temperature", "Cel", false, null);
        }
        if (probed.contains(Probed.BATTERY)) {
            add(null, "battery", "%", false, null);
        }
        add(null, "tensors.refused", "1", false, null);
    }

    private void add(
            @Nullable String device, String metric, String unit, boolean modelled, @Nullable EnergyMethod method) {
        int alias = metrics.size() + 1;
        metrics.add(new Metric(alias, device, metric, unit, modelled, method));
        aliases.put(key(device, metric), alias);
    }

    private static String key(@Nullable String device, String metric) {
        return (device == null ? "" : device) + "/" + metric;
    }

    List<Metric> metrics() {
        return List.copyOf(metrics);
    }

    void inference(String device, Measured measured, long atMillis) {
        double millis = measured.latencyMicros() / 1000;
        Double uncertainty = measured.latencyUncertainty();
        sample(device, "inference.latency", atMillis, millis, uncertainty == null ? null : uncertainty * millis);
        Double microjoules = measured.energyMicrojoules();
        if (microjoules != null) {
            Double relative = measured.energyUncertainty();
            double millijoules = microjoules / 1000;
            sample(device, "inference.energy", atMillis, millijoules, relative == null ? null : relative * millijoules);
        }
    }

    void sample(@Nullable String device, String metric, long atMillis, double value, @Nullable Double uncertainty) {
        Integer alias = aliases.get(key(device, metric));
        if (alias == null || !Double.isFinite(value)) {
            return;
        }
        if (samples.size() == SAMPLES_MAX) {
            samples.removeFirst();
            overflowed++;
        }
        samples.addLast(new Taken(alias, atMillis, value, uncertainty));
    }

    boolean isEmpty() {
        return samples.isEmpty();
    }

    boolean isFull() {
        return samples.size() >= FRAME_SAMPLES_MAX;
    }

    /** Samples lost since the last call because nobody made frames. */
    long takeOverflowed() {
        long count = overflowed;
        overflowed = 0;
        return count;
    }

    /** The oldest samples as a frame, with what else goes with it. */
    TelemetryFrame frame(Stamp stamp, long nowMillis, long dropped, List<Observation> observations) {
        List<Taken> taken = new ArrayList<>();
        long first = samples.isEmpty() ? nowMillis : Long.MAX_VALUE;
        while (taken.size() < FRAME_SAMPLES_MAX && !samples.isEmpty()) {
            Taken next = samples.removeFirst();
            taken.add(next);
            first = Math.min(first, next.atMillis);
        }
        List<Sample> out = new ArrayList<>();
        for (Taken sample : taken) {
            // The clock may have been set meanwhile; an offset then stays at its bound.
            int offset = (int) Math.min(Integer.MAX_VALUE, sample.atMillis - first);
            out.add(new Sample(sample.alias, offset, sample.value, sample.uncertainty));
        }
        return new TelemetryFrame(stamp, Math.max(0, first), out, dropped, observations);
    }
}
