package io.fleetwright.controller.stream;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether a node is too hot, or its battery too low, for the work of others. Pure. Each of them begins at one limit and ends at another,
 * so that samples around a limit change nothing.
 *
 * @param isHot from {@value #HOT_CELSIUS} degrees Celsius until {@value #COOL_CELSIUS}
 * @param isLow from below {@value #LOW_PERCENT} % of a full battery until {@value #FULL_PERCENT} %
 */
record Strain(boolean isHot, boolean isLow) {
    /** Where Linux boards begin to lower their clocks. */
    static final double HOT_CELSIUS = 80;

    static final double COOL_CELSIUS = 70;
    static final double LOW_PERCENT = 20;
    static final double FULL_PERCENT = 30;
    /** What was sampled before counts no more. */
    static final Duration FRESH = Duration.ofMinutes(10);

    static final Strain NONE = new Strain(false, false);

    /**
     * What a frame of samples makes of it.
     *
     * @param celsius absent when the frame has no temperature
     * @param percent of a full battery, absent when the frame has none
     */
    Strain after(@Nullable Double celsius, @Nullable Double percent) {
        boolean hot = celsius == null ? isHot : celsius >= HOT_CELSIUS || isHot && celsius > COOL_CELSIUS;
        boolean low = percent == null ? isLow : percent < LOW_PERCENT || isLow && percent < FULL_PERCENT;
        return new Strain(hot, low);
    }

    /** What became of it, as the cause of a plan; absent when it is the same. */
    @Nullable
    String causeAfter(Strain before) {
        if (isLow != before.isLow) {
            return isLow ? "battery-low" : "battery-recovered";
        }
        if (isHot != before.isHot) {
            return isHot ? "temperature-high" : "temperature-normal";
        }
        return null;
    }
}
