package io.fleetwright.controller.select;

import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.select.FleetSelector.Page;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.select.Candidate;
import io.fleetwright.forge.select.Constraints;
import io.fleetwright.forge.select.Judgement;
import io.fleetwright.forge.select.Obstacle;
import io.fleetwright.forge.select.Selection;
import io.fleetwright.forge.select.VariantSelector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a network for devices that cannot hold all of it. All parts of one way to put the network together must have a device;
 * beyond that each device gets, of the parts that it can hold, the one that the fewest have. A device keeps its part unless another one
 * would be without.
 */
final class PartChoice {
    private final String slot;
    private final List<List<VariantRow>> chains;
    private final Constraints constraints;
    /** Devices that have each part, by its digest, without those of the page that is looked at. */
    private final Map<String, Long> holders = new HashMap<>();

    private @Nullable List<VariantRow> taken;

    PartChoice(String slot, List<VariantRow> variants, Constraints constraints) {
        this.slot = slot;
        this.chains = Parts.chains(variants);
        this.constraints = constraints;
    }

    /** Parts that may be chosen. */
    Set<VariantRow> all() {
        Set<VariantRow> all = new HashSet<>();
        chains.forEach(all::addAll);
        return all;
    }

    /** A device and the parts that fit it. */
    private record Small(int index, DeviceRow device, Map<VariantRow, Choice> fitting) {}

    /** The same choices, with a part where no whole network fits the memory and parts do. */
    List<Choice> instead(Tx tx, List<Choice> wholes, Page page) {
        if (chains.isEmpty()) {
            return wholes;
        }
        List<Choice> choices = new ArrayList<>(wholes);
        for (List<VariantRow> chain : taken == null ? chains : List.of(taken)) {
            List<Small> small = small(wholes, chain, page);
            Map<VariantRow, Long> counts = counts(tx, chain, small);
            if (small.isEmpty() || !areCovered(chain, small, counts)) {
                continue;
            }
            taken = chain;
            assign(small, counts, page).forEach((one, part) -> {
                choices.set(one.index, Objects.requireNonNull(one.fitting.get(part)));
                holders.merge(part.digest, 1L, Long::sum);
            });
            break;
        }
        return choices;
    }

    private List<Small> small(List<Choice> wholes, List<VariantRow> chain, Page page) {
        List<Small> small = new ArrayList<>();
        for (int index = 0; index < wholes.size(); index++) {
            Choice whole = wholes.get(index);
            if (whole.selection() instanceof Selection.None none && isForMemory(none)) {
                Map<VariantRow, Choice> fitting = new HashMap<>();
                for (VariantRow part : chain) {
                    judged(whole, none, part, page).ifPresent(choice -> fitting.put(part, choice));
                }
                if (!fitting.isEmpty()) {
                    small.add(new Small(index, whole.device(), fitting));
                }
            }
        }
        return small;
    }

    /** True when every whole network is too large, whatever else may be wrong with it. */
    private static boolean isForMemory(Selection.None none) {
        return none.judgements().stream()
                .allMatch(judgement -> judgement.outcome() instanceof Judgement.Outcome.Refused refused
                        && refused.obstacles().stream().anyMatch(Obstacle.TooLarge.class::isInstance));
    }

    private Optional<Choice> judged(Choice whole, Selection.None none, VariantRow part, Page page) {
        DeviceRow device = whole.device();
        NodeRow node = page.nodes().get(device.nodeId);
        Set<String> modelled = new HashSet<>(whole.modelled());
        Candidate candidate = FleetSelector.candidate(device, part, page.costs(), modelled);
        if (!(VariantSelector.select(
                        List.of(candidate), FleetSelector.facts(device, node), constraints, Optional.empty())
                instanceof Selection.Chosen chosen)) {
            return Optional.empty();
        }
        List<Candidate> candidates = new ArrayList<>(whole.candidates());
        candidates.add(candidate);
        List<Judgement> judgements = new ArrayList<>(none.judgements());
        judgements.addAll(chosen.judgements());
        return Optional.of(new Choice(
                device,
                candidates,
                modelled,
                new Selection.Chosen(chosen.variant(), chosen.relaxed(), judgements),
                Optional.of(part)));
    }

    private Map<VariantRow, Long> counts(Tx tx, List<VariantRow> chain, List<Small> small) {
        Map<VariantRow, Long> counts = new HashMap<>();
        Set<String> here = new HashSet<>();
        small.forEach(one -> here.add(one.device.id));
        for (VariantRow part : chain) {
            long others = holders.computeIfAbsent(
                    part.digest,
                    digest -> tx.count(Query.of(SlotRow.class)
                                    .equal("tenant", part.tenant)
                                    .equal("slot", slot)
                                    .equal("desiredDigest", digest))
                            - tx.find(Query.of(SlotRow.class)
                                            .equal("tenant", part.tenant)
                                            .equal("slot", slot)
                                            .equal("desiredDigest", digest)
                                            .in("deviceId", here))
                                    .size());
            counts.put(part, others);
        }
        return counts;
    }

    private static boolean areCovered(List<VariantRow> chain, List<Small> small, Map<VariantRow, Long> counts) {
        return chain.stream()
                .allMatch(part -> counts.getOrDefault(part, 0L) > 0
                        || small.stream().anyMatch(one -> one.fitting.containsKey(part)));
    }

    /** Those with the least choice first. */
    private Map<Small, VariantRow> assign(List<Small> small, Map<VariantRow, Long> counts, Page page) {
        Map<Small, VariantRow> parts = new HashMap<>();
        List<Small> order = new ArrayList<>(small);
        order.sort(Comparator.comparingInt((Small one) -> present(one, page).isPresent() ? 0 : 1)
                .thenComparingInt(one -> one.fitting.size())
                .thenComparingInt(one -> one.index));
        for (Small one : order) {
            VariantRow part = present(one, page).orElseGet(() -> rarest(one, counts));
            parts.put(one, part);
            counts.merge(part, 1L, Long::sum);
        }
        // A part that nobody has goes to one of those who share theirs with the most others.
        for (VariantRow part : List.copyOf(counts.keySet())) {
            if (counts.getOrDefault(part, 0L) > 0) {
                continue;
            }
            order.stream()
                    .filter(one -> one.fitting.containsKey(part) && counts.getOrDefault(parts.get(one), 0L) > 1)
                    .max(Comparator.comparingLong((Small one) -> counts.getOrDefault(parts.get(one), 0L))
                            .thenComparingInt(one -> -one.index))
                    .ifPresent(one -> {
                        counts.merge(Objects.requireNonNull(parts.put(one, part)), -1L, Long::sum);
                        counts.merge(part, 1L, Long::sum);
                    });
        }
        return parts;
    }

    private Optional<VariantRow> present(Small one, Page page) {
        SlotRow there = page.slots().get(one.device.id + "/" + slot);
        return one.fitting.keySet().stream()
                .filter(part -> there != null && part.digest.equals(there.desiredDigest))
                .findFirst();
    }

    private static VariantRow rarest(Small one, Map<VariantRow, Long> counts) {
        return one.fitting.keySet().stream()
                .min(Comparator.comparingLong((VariantRow part) -> counts.getOrDefault(part, 0L))
                        .thenComparingInt(part -> part.partFrom))
                .orElseThrow();
    }
}
