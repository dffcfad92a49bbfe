package io.fleetwright.scheduler.gantt;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * A range of time with ticks at multiples of 1, 2 or 5 times a power of ten.
 *
 * @param from a tick, at or before the first start
 * @param to the last finish
 * @param ticks rising, exact
 */
record TimeAxis(double from, double to, List<BigDecimal> ticks) {
    private static final int TICKS_WANTED = 10;
    private static final int[] MULTIPLES = {1, 2, 5};
    /** When all happens in so small a part of the time before it, that time is shown too. */
    private static final double SPAN_PART_MIN = 1e-9;

    private static final double SPAN_MIN = 1e-250;
    private static final MathContext DIGITS = new MathContext(7);
    /** Numbers with more zeros than this are written with an exponent. */
    private static final int ZEROS_MAX = 9;

    static TimeAxis of(List<Bar> bars) {
        double last = bars.stream().mapToDouble(Bar::finish).max().orElse(0);
        double first = bars.stream().mapToDouble(Bar::start).min().orElse(0);
        if (last - first <= SPAN_PART_MIN * last) {
            first = 0;
        }
        double span = last - first < SPAN_MIN ? 1 : last - first;
        BigDecimal step = step(span / TICKS_WANTED);
        BigDecimal tick = step.multiply(BigDecimal.valueOf((long) (first / step.doubleValue())));
        double from = Math.min(first, tick.doubleValue());
        double to = Math.max(last, from + span);
        List<BigDecimal> ticks = new ArrayList<>();
        for (; tick.doubleValue() <= to; tick = tick.add(step)) {
            ticks.add(tick);
        }
        return new TimeAxis(from, to, ticks);
    }

    /** The smallest round number that is at least {@code least}. */
    private static BigDecimal step(double least) {
        int power = (int) Math.floor(Math.log10(least));
        for (int multiple : MULTIPLES) {
            BigDecimal step = BigDecimal.valueOf(multiple).scaleByPowerOfTen(power);
            if (step.doubleValue() >= least) {
                return step;
            }
        }
        return BigDecimal.ONE.scaleByPowerOfTen(power + 1);
    }

    /** Position of a time, 0 at {@code from} to 1 at {@code to}. */
    double part(double time) {
        return (time - from) / (to - from);
    }

    /** To seven digits. */
    static String number(double value) {
        return number(new BigDecimal(value).round(DIGITS));
    }

    static String number(BigDecimal value) {
        BigDecimal shortest = value.stripTrailingZeros();
        return Math.abs(shortest.scale()) <= ZEROS_MAX ? shortest.toPlainString() : shortest.toString();
    }
}
