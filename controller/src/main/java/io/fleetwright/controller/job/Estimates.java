package io.fleetwright.controller.job;

import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How long a network takes on the best device that has it, before it is placed. */
public final class Estimates {
    /** Slots that are looked at. */
    private static final int SLOTS_MAX = 1000;

    private Estimates() {}

    /**
     * The least time over all devices.
     *
     * @param knownMicros by what was learned or published; 0 when some device's time is neither, or none has the network
     * @param p90Micros that nine in ten runs keep within, guesses included; 0 when no device has the network
     */
    public record Best(long knownMicros, long p90Micros) {}

    /**
     * Looks at the devices whose slot reports a variant.
     *
     * @param version the only one that counts, absent for any
     * @param accuracyFloor share of right answers that a variant must have been measured to give, absent for any
     * @param device {@code node/device}, the only one that counts, absent for any
     */
    public static Best best(
            Tx tx,
            String tenant,
            String model,
            @Nullable String version,
            @Nullable Double accuracyFloor,
            @Nullable String device) {
        return best(tx, tenant, model, variant -> Part.exclusion(version, accuracyFloor, variant) == null, device);
    }

    /** Looks at the devices whose slot reports a variant that may run. */
    public static Best best(Tx tx, String tenant, String model, Predicate<VariantRow> mayRun, @Nullable String device) {
        List<VariantRow> all =
                tx.find(Query.of(VariantRow.class).equal("tenant", tenant).equal("model", model));
        Map<String, VariantRow> variants = new HashMap<>();
        all.stream()
                .filter(variant -> !variant.isPart() && mayRun.test(variant))
                .forEach(variant -> variants.put(variant.digest, variant));
        Set<String> parts = device == null ? Parts.digests(all, variants.values()) : Set.of();
        List<SlotRow> slots = tx.find(Query.of(SlotRow.class)
                .equal("tenant", tenant)
                .equal("slot", model)
                .limit(SLOTS_MAX));
        double known = Double.POSITIVE_INFINITY;
        double p90 = Double.POSITIVE_INFINITY;
        for (SlotRow slot : slots) {
            if (parts.contains(String.valueOf(slot.reportedDigest))) {
                known = 0; // What all parts take together is seen when they are placed.
                continue;
            }
            VariantRow variant = variants.get(String.valueOf(slot.reportedDigest));
            DeviceRow row = tx.get(DeviceRow.class, slot.deviceId).orElse(null);
            if (variant == null || row == null || device != null && !device.equals(row.node + "/" + row.device)) {
                continue;
            }
            p90 = Math.min(p90, Costs.p90Micros(tx, row, variant));
            known = Math.min(known, Costs.isGuess(tx, row, variant) ? 0 : Costs.expectedMicros(tx, row, variant));
        }
        boolean isKnown = slots.size() < SLOTS_MAX && p90 < Double.POSITIVE_INFINITY;
        return new Best(isKnown ? Math.round(known) : 0, p90 < Double.POSITIVE_INFINITY ? Math.round(p90) : 0);
    }
}
