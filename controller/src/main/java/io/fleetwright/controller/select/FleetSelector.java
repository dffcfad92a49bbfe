package io.fleetwright.controller.select;

import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.forge.select.Candidate;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.forge.select.DeviceFacts;
import io.fleetwright.forge.select.Memory;
import io.fleetwright.forge.select.Selection;
import io.fleetwright.forge.select.VariantSelector;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import io.fleetwright.telemetry.profile.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among the variants of one version for many devices. Latency and energy are what results taught; before the
 * first result they are the device profile's estimates, and without a profile unknown. A device keeps the variant that
 * it runs unless another is worth the change.
 */
public final class FleetSelector {
    private final String slot;
    private final List<VariantRow> variants;
    private final Constraints constraints;
    private final Map<String, CostRow> costs;
    private final Map<String, NodeRow> nodes;
    private final Map<String, SlotRow> slots;

    private FleetSelector(
            Tx tx, String slot, List<VariantRow> variants, List<DeviceRow> devices, Constraints constraints) {
        this.slot = slot;
        this.variants = List.copyOf(variants);
        this.constraints = constraints;
        List<String> costKeys = new ArrayList<>();
        for (DeviceRow device : devices) {
            variants.forEach(variant -> costKeys.add(CostRow.key(device.id, variant.digest)));
        }
        this.costs = tx.all(CostRow.class, costKeys);
        this.nodes =
                tx.all(NodeRow.class, devices.stream().map(row -> row.nodeId).collect(Collectors.toSet()));
        this.slots = tx.all(
                SlotRow.class, devices.stream().map(row -> row.id + "/" + slot).toList());
    }

    /** One choice per device, in their order. */
    public static List<Choice> choose(
            Tx tx, String slot, List<VariantRow> variants, List<DeviceRow> devices, Constraints constraints) {
        var selector = new FleetSelector(tx, slot, variants, devices, constraints);
        return devices.stream().map(selector::choose).toList();
    }

    private Choice choose(DeviceRow device) {
        List<Candidate> candidates = new ArrayList<>();
        Set<String> modelled = new HashSet<>();
        for (VariantRow variant : variants) {
            candidates.add(candidate(device, variant, modelled));
        }
        SlotRow present = slots.get(device.id + "/" + slot);
        Selection selection = VariantSelector.select(
                candidates,
                facts(device),
                constraints,
                Optional.ofNullable(present == null ? null : present.desiredVariant));
        Optional<VariantRow> row = selection instanceof Selection.Chosen chosen
                ? variants.stream()
                        .filter(variant ->
                                variant.variant.equals(chosen.variant().variant()))
                        .findFirst()
                : Optional.empty();
        return new Choice(device, candidates, modelled, selection, row);
    }

    private Candidate candidate(DeviceRow device, VariantRow variant, Set<String> modelled) {
        OptionalDouble latency = OptionalDouble.empty();
        OptionalDouble energy = OptionalDouble.empty();
        CostRow learned = costs.get(CostRow.key(device.id, variant.digest));
        if (learned != null) {
            latency = OptionalDouble.of(Math.max(1, learned.p90Micros()) / 1000);
            Double microjoules = learned.meanMicrojoules;
            energy = microjoules == null || microjoules <= 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(microjoules / 1000);
        } else if (device.profile != null) {
            Estimate estimate = DeviceProfiles.find(device.profile)
                    .map(profile -> profile.estimate(variant.model, variant.macs))
                    .orElse(null);
            latency = estimate == null ? latency : OptionalDouble.of(estimate.latencyMillisP90());
            energy = estimate == null ? energy : estimate.energyMillijoulesP90();
        }
        if (learned == null ? latency.isPresent() : learned.modelled) {
            modelled.add(variant.variant);
        }
        return new Candidate(
                variant.variant,
                words(variant.operators),
                variant.bits,
                variant.weightBytes,
                variant.arenaBytes,
                variant.accuracyCount == 0
                        ? OptionalDouble.empty()
                        : OptionalDouble.of((double) variant.accuracyCorrect / variant.accuracyCount),
                latency,
                energy);
    }

    private DeviceFacts facts(DeviceRow device) {
        NodeRow node = nodes.get(device.nodeId);
        Long memory = device.memoryBytes;
        return new DeviceFacts(
                device.id,
                node == null || node.operators.isEmpty() ? Optional.empty() : Optional.of(words(node.operators)),
                Optional.empty(),
                memory == null ? new Memory.Unknown() : new Memory.Shared(memory));
    }

    private static Set<String> words(@Nullable String list) {
        return list == null || list.isEmpty() ? Set.of() : new HashSet<>(Arrays.asList(list.split(",", -1)));
    }
}
