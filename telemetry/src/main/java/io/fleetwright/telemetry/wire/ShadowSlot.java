package io.fleetwright.telemetry.wire;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A slot whose version runs beside that of another slot, on a share of the same inputs and without its outputs being used:
 * {@code glyphs.shadow-20} runs on 20 % of what {@code glyphs} serves.
 *
 * @param serving slot that serves
 * @param percent share of inputs, 1 to 100
 */
public record ShadowSlot(String serving, int percent) {
    private static final Pattern NAME = Pattern.compile("(.+)\\.shadow-([1-9][0-9]?|100)");
    private static final int NAME_CHARS_MAX = 64;

    public ShadowSlot {
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException("percent (%d) must be from 1 to 100".formatted(percent));
        }
    }

    /** Reads a slot's name; empty when it is a plain slot. */
    public static Optional<ShadowSlot> parse(String slot) {
        Matcher matcher = NAME.matcher(slot);
        return matcher.matches()
                ? Optional.of(new ShadowSlot(matcher.group(1), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    public String name() {
        return "%s.shadow-%d".formatted(serving, percent);
    }

    /** True when the name is not too long for a slot. */
    public boolean fits() {
        return name().length() <= NAME_CHARS_MAX;
    }
}
