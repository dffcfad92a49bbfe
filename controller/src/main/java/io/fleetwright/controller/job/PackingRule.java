package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.telemetry.wire.Work;
import org.jspecify.annotations.Nullable;

/**
 * How far values may be packed on their way to another device.
 *
 * @param bitsMin fewest bits of each: 8, by which results stay the same to the last bit, or 4
 * @param lossMax share of right answers that packing may cost, 0 to 1; absent for {@link #LOSS_MAX} where it was measured
 * @param accuracyFloor share of right answers that must be left, absent for any
 */
public record PackingRule(
        int bitsMin, @Nullable Double lossMax, @Nullable Double accuracyFloor) {
    /** What packing may cost when nobody says anything. */
    public static final double LOSS_MAX = 0.01;

    /** Values travel as they are. */
    public static final PackingRule NONE = new PackingRule(Byte.SIZE, null, null);

    /** @throws Refusal when bits or a share cannot be, or a loss is allowed and no packing */
    public PackingRule {
        if (!Work.BITS.contains(bitsMin)) {
            throw Refusal.invalid("bits (%d) must be 8 or 4".formatted(bitsMin));
        }
        if (lossMax != null && !(lossMax >= 0 && lossMax <= 1)) {
            throw Refusal.invalid("lossMax (%s) must be from 0 to 1".formatted(lossMax));
        }
        if (lossMax != null && bitsMin == Byte.SIZE) {
            throw Refusal.invalid("lossMax (%s) is what 4 bits may cost, and bits are 8".formatted(lossMax));
        }
        if (accuracyFloor != null && !(accuracyFloor >= 0 && accuracyFloor <= 1)) {
            throw Refusal.invalid("accuracyFloor (%s) must be from 0 to 1".formatted(accuracyFloor));
        }
    }

    boolean packs() {
        return bitsMin < Byte.SIZE;
    }

    /** The largest loss that a plan may have. */
    double limit() {
        Double most = lossMax;
        return most == null ? LOSS_MAX : most;
    }

    /** Whether a loss that nobody measured breaks it. */
    boolean needsMeasured() {
        return lossMax != null || accuracyFloor != null;
    }
}
