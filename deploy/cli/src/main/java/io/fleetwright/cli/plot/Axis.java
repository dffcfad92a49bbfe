package io.fleetwright.cli.plot;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * One direction of a plot.
 *
 * @param title what it counts, with its unit
 * @param from value at its beginning
 * @param to value at its end
 * @param scale rises strictly between them: equal steps of it are equally long
 * @param ticks values that have a line and a label
 */
public record Axis(String title, double from, double to, DoubleUnaryOperator scale, List<Tick> ticks) {
    private static final double[] STEPS = {1, 2, 5};

    /** A value that is named on the axis. */
    public record Tick(double value, String label) {}

    /** @throws IllegalArgumentException when the beginning does not lie below the end */
    public Axis {
        if (!(scale.applyAsDouble(from) < scale.applyAsDouble(to))) {
            throw new IllegalArgumentException("%s: %s does not lie below %s".formatted(title, from, to));
        }
        ticks = List.copyOf(ticks);
    }

    /**
     * Equal steps, from 0 to the round value at or above the largest one.
     *
     * @throws IllegalArgumentException unless the largest one is above 0 and finite
     */
    public static Axis linear(String title, double largest) {
        if (!(largest > 0 && largest < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "%s: the largest value (%s) must be above 0 and finite".formatted(title, largest));
        }
        double step = roundUp(largest / 5);
        double to = step * Math.ceil(largest / step);
        List<Tick> ticks = new ArrayList<>();
        for (int i = 0; i <= Math.round(to / step); i++) {
            ticks.add(tick(step * i));
        }
        return new Axis(title, 0, to, value -> value, ticks);
    }

    /**
     * Equal factors, with a tick at 1, 2 and 5 of each power of ten.
     *
     * @param from above 0
     */
    public static Axis logarithmic(String title, double from, double to) {
        List<Tick> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(from)); power <= Math.log10(to); power++) {
            for (double step : STEPS) {
                double value = step * Math.pow(10, power);
                if (value >= from && value <= to) {
                    ticks.add(tick(value));
                }
            }
        }
        return new Axis(title, from, to, Math::log10, ticks);
    }

    /** Share of the way from the beginning to the end; values outside lie on the nearer of both. */
    public double position(double value) {
        double low = scale.applyAsDouble(from);
        double high = scale.applyAsDouble(to);
        double at = scale.applyAsDouble(Math.max(from, Math.min(to, value)));
        return Math.clamp((at - low) / (high - low), 0.0, 1.0);
    }

    private static double roundUp(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double step : STEPS) {
            if (step * power >= value * (1 - 1e-9)) {
                return step * power;
            }
        }
        return 10 * power;
    }

    private static Tick tick(double value) {
        double rounded = Double.parseDouble(String.format(Locale.ROOT, "%.6e", value));
        return new Tick(
                rounded, BigDecimal.valueOf(rounded).stripTrailingZeros().toPlainString());
    }
}
