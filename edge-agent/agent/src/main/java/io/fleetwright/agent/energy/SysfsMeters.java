package io.fleetwright.agent.energy;

import io.fleetwright.telemetry.wire.EnergyMethod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Finds the best energy meter that this machine's {@code /sys} offers. */
public final class SysfsMeters {
    /** Names of board power monitors; a graphics card's own sensor would not be the processor's energy. */
    private static final List<String> POWER_MONITORS =
            List.of("ina209", "ina219", "ina220", "ina226", "ina230", "ina231", "ina233", "ina238", "ina260");

    private SysfsMeters() {}

    /**
     * RAPL package domains when readable, else a board power monitor, else none.
     *
     * @param sys the folder that is {@code /sys} on a real machine
     * @param nanos a clock that never goes back
     */
    public static EnergyMeter find(Path sys, LongSupplier nanos) {
        List<Rapl.Domain> domains = new ArrayList<>();
        for (Path zone : Sysfs.children(sys.resolve("class/powercap"), "intel-rapl:*")) {
            // intel-rapl:0 is a package, intel-rapl:0:0 a part of it that is counted there already.
            String name = String.valueOf(zone.getFileName());
            Path energy = zone.resolve("energy_uj");
            OptionalLong range = Sysfs.number(zone.resolve("max_energy_range_uj"));
            if (name.indexOf(':') == name.lastIndexOf(':')
                    && Sysfs.text(zone.resolve("name")).startsWith("package")
                    && Sysfs.number(energy).isPresent()
                    && range.isPresent()) {
                domains.add(new Rapl.Domain(energy, range.getAsLong()));
            }
        }
        if (!domains.isEmpty()) {
            return new Rapl(domains, nanos);
        }
        for (Path chip : Sysfs.children(sys.resolve("class/hwmon"), "hwmon*")) {
            Path power = chip.resolve("power1_input");
            if (POWER_MONITORS.contains(Sysfs.text(chip.resolve("name")))
                    && Sysfs.number(power).isPresent()) {
                return new Hwmon(power);
            }
        }
        return EnergyMeter.none();
    }

    /** Running average power limit counters: energy of whole processor packages, other work included. */
    private static final class Rapl implements EnergyMeter {
        /** The counters move about once a millisecond; over a shorter stretch their difference says little. */
        private static final double DIRECT_MICROS_MIN = 50_000;

        private static final double DIRECT_UNCERTAINTY = 0.15;
        private static final double BY_POWER_UNCERTAINTY = 0.3;

        private final List<Domain> domains;
        private final LongSupplier nanos;
        private long[] last;
        private long lastNanos;
        private double watts;

        record Domain(Path energy, long rangeMicrojoules) {}

        Rapl(List<Domain> domains, LongSupplier nanos) {
            this.domains = List.copyOf(domains);
            this.nanos = nanos;
            this.last = new long[0];
        }

        @Override
        public EnergyMethod method() {
            return EnergyMethod.RAPL;
        }

        @Override
        public synchronized void begin() {
            if (last.length == 0 || nanos.getAsLong() - lastNanos > 1_000_000_000L) {
                // What happened long before the work says nothing of it.
                watts = 0;
                last = read();
                lastNanos = nanos.getAsLong();
            }
        }

        /** Power over a window of at least {@link #DIRECT_MICROS_MIN}, times the time of the work. */
        @Override
        public synchronized @Nullable Reading end(double micros) {
            double window = (nanos.getAsLong() - lastNanos) / 1000.0;
            if (window >= DIRECT_MICROS_MIN) {
                long[] now = read();
                double microjoules = difference(last, now);
                watts = now.length == 0 ? 0 : microjoules / window;
                last = now;
                lastNanos = nanos.getAsLong();
            }
            if (watts <= 0) {
                return null;
            }
            boolean direct = micros >= DIRECT_MICROS_MIN;
            return new Reading(watts * micros, direct ? DIRECT_UNCERTAINTY : BY_POWER_UNCERTAINTY);
        }

        private long[] read() {
            long[] values = new long[domains.size()];
            for (int i = 0; i < values.length; i++) {
                OptionalLong value = Sysfs.number(domains.get(i).energy());
                if (value.isEmpty()) {
                    return new long[0];
                }
                values[i] = value.getAsLong();
            }
            return values;
        }

        private double difference(long[] before, long[] after) {
            if (before.length != after.length) {
                return 0;
            }
            double sum = 0;
            for (int i = 0; i < before.length; i++) {
                long difference = after[i] - before[i];
                sum += difference >= 0
                        ? difference
                        : difference + domains.get(i).rangeMicrojoules();
            }
            return sum;
        }
    }

    /** A power monitor on the board: power now, times the time of the work. */
    private static final class Hwmon implements EnergyMeter {
        private static final double UNCERTAINTY = 0.3;

        private final Path power;

        Hwmon(Path power) {
            this.power = power;
        }

        @Override
        public EnergyMethod method() {
            return EnergyMethod.HWMON;
        }

        @Override
        public void begin() {
            // The monitor averages by itself; it is read once, at the end.
        }

        @Override
        public @Nullable Reading end(double micros) {
            OptionalLong microwatts = Sysfs.number(power);
            return microwatts.isEmpty() || microwatts.getAsLong() <= 0
                    ? null
                    : new Reading(microwatts.getAsLong() / 1e6 * micros, UNCERTAINTY);
        }
    }
}
