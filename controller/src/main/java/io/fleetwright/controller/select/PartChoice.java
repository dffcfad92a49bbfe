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
 * Parts of a network for devices that cannot hold all of it. All parts of one way to put the network together must have a device of
 * their own; beyond that each device gets, of the parts that it can hold, the one that the fewest have. A device keeps its part unless
 * another one would be without.
 */
final class PartChoice {
    /** What becomes of parts of which a device is missing. */
    enum Missing {
        /** Nobody gets a part then. */
        REFUSED,
        /** Devices that can hold them are there or come one at a time, and get them then. */
        AWAITED
    }

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

    /** A device and the parts that fit it; one of a page, by its place there. */
    private record Small(int index, DeviceRow device, Map<VariantRow, Choice> fitting) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Small that && index == that.index;
        }

        @Override
        public int hashCode() {
            return index;
        }
    }

    /** The same choices, with a part where no whole network fits the memory and parts do. */
    List<Choice> instead(Tx tx, List<Choice> wholes, Page page, Missing rule) {
        if (chains.isEmpty()) {
            return wholes;
        }
        List<Choice> choices = new ArrayList<>(wholes);
        for (List<VariantRow> chain : taken == null ? chains : List.of(taken)) {
            List<Small> small = small(wholes, chain, page);
            Map<VariantRow, Long> counts = counts(tx, chain, small);
            Map<Small, VariantRow> own = own(chain, small, counts, page);
            boolean covered = switch (rule) {
                case REFUSED -> own.size() == without(chain, counts).size();
                case AWAITED ->
                    without(chain, counts).stream()
                            .allMatch(part -> small.stream().anyMatch(one -> one.fitting.containsKey(part)));
            };
            if (small.isEmpty() || !covered) {
                continue;
            }
            taken = chain;
            assign(small, own, counts, page).forEach((one, part) -> {
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
            if (whole.selection() instanceof Selection.None none
                    && isForMemory(none)
                    && whole.device().runsStretches()) {
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

    /** Parts that no other device has. */
    private static List<VariantRow> without(List<VariantRow> chain, Map<VariantRow, Long> counts) {
        return chain.stream().filter(part -> counts.getOrDefault(part, 0L) == 0).toList();
    }

    /** A device of its own for each part that no other device has, for as many parts as possible. */
    private Map<Small, VariantRow> own(
            List<VariantRow> chain, List<Small> small, Map<VariantRow, Long> counts, Page page) {
        Map<Small, VariantRow> own = new HashMap<>();
        for (VariantRow part : without(chain, counts)) {
            List<Small> able = small.stream()
                    .filter(one -> one.fitting.containsKey(part))
                    .sorted(Comparator.comparingInt((Small one) -> present(one, page)
                                    .map(there -> there.equals(part) ? 0 : 2)
                                    .orElse(1))
                            .thenComparingInt(one -> one.fitting.size())
                            .thenComparingInt(one -> one.index))
                    .toList();
            able.stream()
                    .filter(one -> !own.containsKey(one))
                    .findFirst()
                    .ifPresentOrElse(one -> own.put(one, part), () -> {
                        boolean _ = isMadeRoom(part, small, own, new HashSet<>());
                    });
        }
        return own;
    }

    /** Gives a part a device, of which the part moves to another one, and so on. */
    private static boolean isMadeRoom(
            VariantRow part, List<Small> small, Map<Small, VariantRow> own, Set<Small> looked) {
        for (Small one : small) {
            if (!one.fitting.containsKey(part) || !looked.add(one)) {
                continue;
            }
            VariantRow other = own.get(one);
            if (other == null || isMadeRoom(other, small, own, looked)) {
                own.put(one, part);
                return true;
            }
        }
        return false;
    }

    /** Those with the least choice first. */
    private Map<Small, VariantRow> assign(
            List<Small> small, Map<Small, VariantRow> own, Map<VariantRow, Long> counts, Page page) {
        Map<Small, VariantRow> parts = new HashMap<>(own);
        own.values().forEach(part -> counts.merge(part, 1L, Long::sum));
        List<Small> order = new ArrayList<>(small);
        order.removeAll(own.keySet());
        order.sort(Comparator.comparingInt((Small one) -> present(one, page).isPresent() ? 0 : 1)
                .thenComparingInt(one -> one.fitting.size())
                .thenComparingInt(one -> one.index));
        for (Small one : order) {
            VariantRow part = present(one, page).orElseGet(() -> rarest(one, counts));
            parts.put(one, part);
            counts.merge(part, 1L, Long::sum);
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
