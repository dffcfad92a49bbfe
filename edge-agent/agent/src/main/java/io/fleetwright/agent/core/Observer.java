package io.fleetwright.agent.core;

import io.fleetwright.agent.driver.Measured;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.Observation;
import io.fleetwright.telemetry.wire.Observation.Comparison;
import io.fleetwright.telemetry.wire.Observation.Energy;
import io.fleetwright.telemetry.wire.Observation.Labels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sums up what every version did, window by window. */
final class Observer {
    static final long WINDOW_MILLIS = 5_000;
    private static final int WINDOWS_MAX = Limits.OBSERVATIONS_PER_FRAME_MAX;
    private static final byte TOP = Byte.MAX_VALUE;
    private static final byte BOTTOM = Byte.MIN_VALUE;
    /** Codes by which two single outputs may differ and still agree. */
    private static final int NEAR = 2;

    private final Map<Key, Window> windows = new LinkedHashMap<>();

    /** Which version where, and how its figures come about; figures of different kinds never share a window. */
    private record Key(String device, String slot, String digest, boolean modelled, boolean shadow) {}

    private static final class Window {
        final long openedMillis;
        final TreeMap<Integer, Long> latency = new TreeMap<>();
        int inferences;
        Energy energy = Energy.NONE;
        Labels labels = new Labels(0, 0);
        Comparison comparison = Comparison.NONE;
        int saturated;
        int failed;

        Window(long openedMillis) {
            this.openedMillis = openedMillis;
        }
    }

    /** What one version made of an input. */
    record Ran(String device, String slot, Program program, Measured measured, boolean shadow) {
        private Key key() {
            return new Key(device, slot, program.digest().value(), measured.modelled(), shadow);
        }
    }

    /**
     * Counts an inference.
     *
     * @param label right class, absent when not known
     */
    void ran(Ran ran, @Nullable Integer label, long nowMillis) {
        window(ran.key(), nowMillis).ifPresent(window -> {
            Measured measured = ran.measured;
            window.inferences++;
            window.latency.merge(LatencyHistogram.bucket(measured.latencyMicros()), 1L, Long::sum);
            Double energy = measured.energyMicrojoules();
            if (energy != null && energy > 0) {
                window.energy = window.energy.plus(energy, measured.energyMethod());
            }
            if (label != null) {
                boolean right = answer(measured.output()) == label;
                window.labels = new Labels(window.labels.count() + 1, window.labels.correct() + (right ? 1 : 0));
            }
            window.saturated += isSaturated(measured.output()) ? 1 : 0;
        });
    }

    /** Counts that the driver gave no output. */
    void failed(String device, String slot, Program program, boolean modelled, long nowMillis) {
        window(new Key(device, slot, program.digest().value(), modelled, false), nowMillis)
                .ifPresent(window -> window.failed++);
    }

    /** Counts, for both, that two versions did the same input; both were counted by {@link #ran} before. */
    void compared(Ran one, Ran other, @Nullable Integer label, long nowMillis) {
        boolean agree = agree(one.measured.output(), other.measured.output());
        boolean oneRight = label != null && answer(one.measured.output()) == label;
        boolean otherRight = label != null && answer(other.measured.output()) == label;
        compared(one, agree, oneRight && !otherRight, otherRight && !oneRight, nowMillis);
        compared(other, agree, otherRight && !oneRight, oneRight && !otherRight, nowMillis);
    }

    private void compared(Ran ran, boolean agree, boolean onlyThis, boolean onlyOther, long nowMillis) {
        window(ran.key(), nowMillis)
                .filter(window -> window.comparison.count() < window.inferences)
                .ifPresent(window -> {
                    Comparison before = window.comparison;
                    window.comparison = new Comparison(
                            before.count() + 1,
                            before.agreed() + (agree ? 1 : 0),
                            before.onlyThis() + (onlyThis ? 1 : 0),
                            before.onlyOther() + (onlyOther ? 1 : 0));
                });
    }

    /** Observations whose window is over, all of them when {@code nowMillis} is the end. */
    List<Observation> take(long nowMillis) {
        List<Observation> taken = new ArrayList<>();
        windows.entrySet().removeIf(entry -> {
            boolean over = nowMillis - WINDOW_MILLIS >= entry.getValue().openedMillis;
            if (over) {
                taken.add(observation(entry.getKey(), entry.getValue(), nowMillis));
            }
            return over;
        });
        return taken;
    }

    /** True when {@link #take} has something to give. */
    boolean isDue(long nowMillis) {
        return windows.values().stream().anyMatch(window -> nowMillis - WINDOW_MILLIS >= window.openedMillis);
    }

    private static Observation observation(Key key, Window window, long nowMillis) {
        return new Observation(
                key.device,
                key.slot,
                key.digest,
                (int) Math.min(Integer.MAX_VALUE, nowMillis - window.openedMillis),
                window.inferences,
                key.modelled,
                new LatencyHistogram(window.latency),
                window.energy,
                window.labels,
                window.comparison,
                window.saturated,
                window.failed,
                key.shadow);
    }

    /** The open window; none when there are too many versions at once. */
    private Optional<Window> window(Key key, long nowMillis) {
        Window window = windows.get(key);
        if (window == null && windows.size() < WINDOWS_MAX) {
            window = new Window(nowMillis);
            windows.put(key, window);
        }
        return Optional.ofNullable(window);
    }

    /** Two classifiers agree on the class; two single outputs when they are near. */
    private static boolean agree(byte[] one, byte[] other) {
        if (one.length != other.length) {
            return false;
        }
        return one.length == 1 ? Math.abs(one[0] - other[0]) <= NEAR : answer(one) == answer(other);
    }

    /** Place of the first highest output. */
    private static int answer(byte[] output) {
        int best = 0;
        for (int i = 1; i < output.length; i++) {
            best = output[i] > output[best] ? i : best;
        }
        return best;
    }

    /** More than one output at the top: the class is lost. A single output at either end says nothing either. */
    static boolean isSaturated(byte[] output) {
        int atTop = 0;
        for (byte value : output) {
            atTop += value == TOP ? 1 : 0;
        }
        return output.length == 1 ? output[0] == TOP || output[0] == BOTTOM : atTop > 1;
    }
}
