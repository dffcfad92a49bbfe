package io.fleetwright.controller.job;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an inference may be expected to take: computing, and where several devices share it the sending between them. A place of which
 * nobody knows that keeps no budget. What an inference took in the end is told, and changes nothing about it.
 */
final class EnergyBudget {
    /** Slots that are looked at. */
    private static final int SLOTS_MAX = 1000;

    private static final double MILLI = 1000;
    private static final MathContext DIGITS = new MathContext(4);

    private final Splits splits;

    EnergyBudget(Splits splits) {
        this.splits = splits;
    }

    static boolean isKept(double budgetMicrojoules, OptionalDouble microjoules) {
        return microjoules.isPresent() && microjoules.getAsDouble() <= budgetMicrojoules;
    }

    /** Why a place does not keep it. */
    static String excess(double budgetMicrojoules, OptionalDouble microjoules) {
        return microjoules.isPresent()
                ? "takes %s mJ, at most %s"
                        .formatted(millijoules(microjoules.getAsDouble()), millijoules(budgetMicrojoules))
                : "its energy is not known, and at most %s mJ are allowed".formatted(millijoules(budgetMicrojoules));
    }

    /** Budgets and networks differ by many powers of ten. */
    private static String millijoules(double microjoules) {
        return new BigDecimal(microjoules / MILLI)
                .round(DIGITS)
                .stripTrailingZeros()
                .toPlainString();
    }

    /**
     * Looks at every place that an inference could have now.
     *
     * @throws Refusal with the least energy that is known, when there are places and none keeps the budget
     */
    void require(Tx tx, String tenant, Jobs.Request request, long nowMillis) {
        Double budget = request.bounds().energyBudgetMicrojoules();
        if (budget == null) {
            return;
        }
        List<OptionalDouble> all = places(tx, tenant, request, nowMillis);
        if (all.isEmpty() || all.stream().anyMatch(one -> isKept(budget, one))) {
            return;
        }
        OptionalDouble least = all.stream()
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .min();
        throw Refusal.invalid(
                least.isPresent()
                        ? "energy budget of model %s: the best of %d places %s"
                                .formatted(request.model(), all.size(), excess(budget, least))
                        : "energy budget of model %s: what it takes is known of none of %d places"
                                .formatted(request.model(), all.size()));
    }

    /** Empty when there are none, and when devices have parts: what these take together is seen when they are placed. */
    private List<OptionalDouble> places(Tx tx, String tenant, Jobs.Request request, long nowMillis) {
        List<VariantRow> there =
                tx.find(Query.of(VariantRow.class).equal("tenant", tenant).equal("model", request.model()));
        Map<String, VariantRow> variants = new HashMap<>();
        there.stream()
                .filter(variant -> !variant.isPart() && request.bounds().allow(variant))
                .forEach(variant -> variants.put(variant.digest, variant));
        Jobs.Source source = request.source();
        String only = source == null ? request.pinnedDevice() : source.device();
        Set<String> parts = only == null ? Parts.digests(there, variants.values()) : Set.of();
        List<OptionalDouble> all = new ArrayList<>();
        for (SlotRow slot : tx.find(Query.of(SlotRow.class)
                .equal("tenant", tenant)
                .equal("slot", request.model())
                .limit(SLOTS_MAX))) {
            if (parts.contains(String.valueOf(slot.reportedDigest))) {
                return List.of();
            }
            VariantRow variant = variants.get(String.valueOf(slot.reportedDigest));
            DeviceRow device = tx.get(DeviceRow.class, slot.deviceId).orElse(null);
            if (variant == null || device == null || !is(device, only)) {
                continue;
            }
            all.add(Costs.microjoules(tx, device, variant));
            if (source != null) {
                splits.with(
                                tx,
                                device,
                                variant,
                                request.bounds().packing(source),
                                request.onBoards(),
                                _ -> 0,
                                nowMillis)
                        .plans()
                        .forEach(split -> all.add(split.microjoules()));
            }
        }
        return all;
    }

    private static boolean is(DeviceRow device, @Nullable String only) {
        return only == null || only.equals(device.node + "/" + device.device);
    }
}
