package io.fleetwright.controller.select;

import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among the variants of one version for many devices. Latency and energy are what results taught; before the
 * first result they are the device profile's estimates, and without a profile unknown. A device keeps the variant that
 * it runs unless another is worth the change.
 */
public final class FleetSelector {
    /** Kinds of devices whose choice is remembered. */
    private static final int KINDS_MAX = 10_000;
    /** Devices whose rows are read at once. */
    private static final int PAGE = 2000;
    /** Rows of a page's range that are read before its own are asked for one by one. */
    private static final int RANGE_MAX = 4 * PAGE;

    private final String slot;
    /** Whole networks. */
    private final List<VariantRow> variants;

    private final PartChoice parts;
    private final Constraints constraints;
    private final Map<Kind, Answer> answers = new HashMap<>();

    public FleetSelector(String slot, List<VariantRow> variants, Constraints constraints) {
        this.slot = slot;
        this.variants = variants.stream().filter(variant -> !variant.isPart()).toList();
        this.parts = new PartChoice(slot, variants, constraints);
        this.constraints = constraints;
    }

    /** All that the choice for a device depends on which has run none of the variants. */
    private record Kind(
            @Nullable String operators,
            @Nullable Long memoryBytes,
            @Nullable String profile,
            @Nullable String present) {}

    private record Answer(
            List<Candidate> candidates, Set<String> modelled, Selection selection, Optional<VariantRow> variant) {}

    /** What is stored of the devices of one page, by the rows' ids. */
    record Page(Map<String, CostRow> costs, Map<String, NodeRow> nodes, Map<String, SlotRow> slots) {}

    /**
     * One choice per device, in their order.
     *
     * @param devices as a query gives them that sorts by id
     */
    public List<Choice> choose(Tx tx, List<DeviceRow> devices) {
        return choose(tx, devices, PartChoice.Missing.REFUSED);
    }

    /** The same for devices that others like them may follow: one may get a part of which the others have no device yet. */
    public List<Choice> chooseJoining(Tx tx, List<DeviceRow> devices) {
        return choose(tx, devices, PartChoice.Missing.AWAITED);
    }

    private List<Choice> choose(Tx tx, List<DeviceRow> devices, PartChoice.Missing rule) {
        List<Choice> choices = new ArrayList<>();
        for (int from = 0; from < devices.size(); from += PAGE) {
            List<DeviceRow> part = devices.subList(from, Math.min(devices.size(), from + PAGE));
            Page page = page(tx, part);
            List<Choice> wholes =
                    part.stream().map(device -> choose(device, page)).toList();
            choices.addAll(parts.instead(tx, wholes, page, rule));
        }
        return choices;
    }

    private Page page(Tx tx, List<DeviceRow> devices) {
        List<String> costs = new ArrayList<>();
        for (DeviceRow device : devices) {
            variants.forEach(variant -> costs.add(CostRow.key(device.id, variant.digest)));
            parts.all().forEach(variant -> costs.add(CostRow.key(device.id, variant.digest)));
        }
        return new Page(
                near(tx, CostRow.class, devices, costs),
                tx.all(
                        NodeRow.class,
                        devices.stream().map(row -> row.nodeId).distinct().toList()),
                near(
                        tx,
                        SlotRow.class,
                        devices,
                        devices.stream().map(row -> row.id + "/" + slot).toList()));
    }

    /** Rows of a page's devices: its range is read at once, and only where that holds too many others each id is looked up. */
    private static <R extends Row> Map<String, R> near(
            Tx tx, Class<R> type, List<DeviceRow> devices, List<String> ids) {
        List<R> range = tx.find(Query.of(type)
                .atLeast("deviceId", devices.getFirst().id)
                .atMost("deviceId", devices.getLast().id)
                .limit(RANGE_MAX));
        if (range.size() == RANGE_MAX) {
            return tx.all(type, ids);
        }
        Map<String, R> rows = new HashMap<>();
        range.forEach(row -> rows.put((String) row.key(), row));
        return rows;
    }

    private Choice choose(DeviceRow device, Page page) {
        NodeRow node = page.nodes.get(device.nodeId);
        SlotRow slotRow = page.slots.get(device.id + "/" + slot);
        String present = slotRow == null ? null : slotRow.desiredVariant;
        boolean experienced =
                variants.stream().anyMatch(variant -> page.costs.containsKey(CostRow.key(device.id, variant.digest)));
        Answer answer;
        if (experienced) {
            answer = answer(device, node, present, page.costs);
        } else {
            if (answers.size() >= KINDS_MAX) {
                answers.clear();
            }
            answer = answers.computeIfAbsent(
                    new Kind(node == null ? null : node.operators, device.memoryBytes, device.profile, present),
                    _ -> answer(device, node, present, Map.of()));
        }
        return new Choice(device, answer.candidates, answer.modelled, answer.selection, answer.variant);
    }

    private Answer answer(
            DeviceRow device, @Nullable NodeRow node, @Nullable String present, Map<String, CostRow> costs) {
        List<Candidate> candidates = new ArrayList<>();
        Set<String> modelled = new HashSet<>();
        for (VariantRow variant : variants) {
            candidates.add(candidate(device, variant, costs, modelled));
        }
        Selection selection =
                VariantSelector.select(candidates, facts(device, node), constraints, Optional.ofNullable(present));
        Optional<VariantRow> row = selection instanceof Selection.Chosen chosen
                ? variants.stream()
                        .filter(variant ->
                                variant.variant.equals(chosen.variant().variant()))
                        .findFirst()
                : Optional.empty();
        return new Answer(List.copyOf(candidates), Set.copyOf(modelled), selection, row);
    }

    static Candidate candidate(DeviceRow device, VariantRow variant, Map<String, CostRow> costs, Set<String> modelled) {
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
                    .map(profile -> profile.estimate(variant.model, variant.networkMacs()))
                    .orElse(null);
            latency = estimate == null ? latency : OptionalDouble.of(estimate.latencyMillisP90() * variant.share());
            energy = estimate == null
                    ? energy
                    : estimate.energyMillijoulesP90().stream()
                            .map(whole -> whole * variant.share())
                            .findFirst();
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

    static DeviceFacts facts(DeviceRow device, @Nullable NodeRow node) {
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
