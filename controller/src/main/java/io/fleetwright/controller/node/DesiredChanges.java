package io.fleetwright.controller.node;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.release.Releases;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes to what some nodes shall run, within one transaction: their rows are read together, and {@link #write} stores
 * together what became of them. Nobody else changes these rows between the two.
 */
public final class DesiredChanges {
    private static final int NODES_PER_QUERY = 250;

    private final Tx tx;
    private final Releases releases;
    private final Map<String, NodeRow> nodes;
    /** By node, then by the slot's id. */
    private final Map<String, Map<String, SlotRow>> slots = new HashMap<>();

    private final Map<String, NodeRow> changedNodes = new LinkedHashMap<>();
    private final Map<String, SlotRow> changedSlots = new LinkedHashMap<>();
    private final Map<String, SlotRow> newSlots = new LinkedHashMap<>();
    /** Models and digests that there is room for in the release. */
    private final Set<String> roomy = new HashSet<>();
    /** Of the same, one slot under the name that a node knows the bytes by. */
    private final Map<String, DesiredSlot> released = new HashMap<>();

    DesiredChanges(Tx tx, Releases releases, Collection<String> nodeIds) {
        this.tx = tx;
        this.releases = releases;
        this.nodes = tx.all(NodeRow.class, nodeIds);
        List<String> ids = List.copyOf(nodes.keySet());
        for (int from = 0; from < ids.size(); from += NODES_PER_QUERY) {
            List<String> some = ids.subList(from, Math.min(ids.size(), from + NODES_PER_QUERY));
            for (SlotRow slot : tx.find(Query.of(SlotRow.class).in("nodeId", some))) {
                slots.computeIfAbsent(slot.nodeId, _ -> new HashMap<>()).put(slot.id, slot);
            }
        }
    }

    public Optional<NodeRow> node(String id) {
        return Optional.ofNullable(nodes.get(id));
    }

    public Optional<SlotRow> slot(NodeRow node, String device, String slot) {
        return Optional.ofNullable(slots.getOrDefault(node.id, Map.of()).get(SlotRow.id(node, device, slot)));
    }

    /**
     * Sets what one slot shall run, and makes a new desired version of its node when that changes anything.
     *
     * @param node one of {@link #node}
     * @return false when the node's list, or what its tenant has released, would grow beyond what a document holds; nothing
     *     changed then
     */
    public boolean desire(NodeRow node, DesiredSlot wanted) {
        Optional<SlotRow> there = slot(node, wanted.device(), wanted.slot());
        boolean named = there.filter(row -> wanted.digest().value().equals(row.desiredDigest))
                .isPresent();
        boolean failed = node.refusal() != null
                || there.filter(row -> row.reportedState.equals("failed")).isPresent();
        if (named && !failed) {
            there.ifPresent(row -> rename(row, wanted));
            return true; // One that failed is asked for anew, so that its next answer belongs to this request.
        }
        if (!hasRoom(node, wanted)) {
            return false;
        }
        List<DesiredSlot> list = new ArrayList<>(slots(node).stream()
                .filter(row -> there.isEmpty() || !row.id.equals(there.get().id))
                .flatMap(row -> row.desired().stream())
                .toList());
        list.add(wanted);
        try {
            Nodes.list(
                            node,
                            node.desiredVersion + 1,
                            list.stream().map(one -> asReleased(node, one)).toList())
                    .encode();
        } catch (IllegalArgumentException tooLong) {
            return false;
        }
        SlotRow slot = there.orElseGet(() -> added(node, wanted));
        set(node, slot, named ? slot.previousDigest : slot.desiredDigest, Optional.of(wanted));
        return true;
    }

    /**
     * Takes back what one slot shall run: {@code before} is asked for again, or nothing when there was nothing or no room
     * for it. A slot of which something else is desired by now stays as it is.
     *
     * @return true when the node has a new list
     */
    public boolean withdraw(NodeRow node, String device, String slotName, Digest digest, Optional<DesiredSlot> before) {
        SlotRow slot = slot(node, device, slotName).orElse(null);
        Optional<DesiredSlot> back = before.filter(wanted -> hasRoom(node, wanted));
        if (slot == null || !digest.value().equals(slot.desiredDigest)) {
            return false;
        }
        if (back.filter(wanted -> wanted.digest().equals(digest)).isPresent()) {
            rename(slot, back.get());
            return false;
        }
        set(node, slot, slot.desiredDigest, back);
        return true;
    }

    /**
     * Takes a slot off its node's list, whatever it was to run. Nothing is kept to go back to.
     *
     * @return true when the node has a new list
     */
    public boolean empty(NodeRow node, String device, String slotName) {
        SlotRow slot = slot(node, device, slotName).orElse(null);
        if (slot == null || slot.desiredDigest == null) {
            return false;
        }
        set(node, slot, null, Optional.empty());
        return true;
    }

    private void set(NodeRow node, SlotRow slot, @Nullable String previous, Optional<DesiredSlot> wanted) {
        node.desiredVersion++;
        slot.previousDigest = previous;
        slot.desiredModel = wanted.map(DesiredSlot::model).orElse(null);
        slot.desiredVersion = wanted.map(DesiredSlot::version).orElse(null);
        slot.desiredVariant = wanted.map(DesiredSlot::variant).orElse(null);
        slot.desiredDigest = wanted.map(desired -> desired.digest().value()).orElse(null);
        slot.desiredBytes = wanted.map(DesiredSlot::bytes).orElse(0L);
        slot.desiredSince = node.desiredVersion;
        changedNodes.put(node.id, node);
        if (!newSlots.containsKey(slot.id)) {
            changedSlots.put(slot.id, slot);
        }
    }

    /** The same bytes are wanted as another version or variant: nothing for the node to do. */
    private void rename(SlotRow slot, DesiredSlot wanted) {
        if (wanted.version().equals(slot.desiredVersion) && wanted.variant().equals(slot.desiredVariant)) {
            return;
        }
        slot.desiredVersion = wanted.version();
        slot.desiredVariant = wanted.variant();
        if (!newSlots.containsKey(slot.id)) {
            changedSlots.put(slot.id, slot);
        }
    }

    private DesiredSlot asReleased(NodeRow node, DesiredSlot wanted) {
        DesiredSlot name =
                released.computeIfAbsent(bytes(node, wanted), _ -> releases.asReleased(tx, node.tenant, wanted));
        return wanted.named(name.version(), name.variant());
    }

    private SlotRow added(NodeRow node, DesiredSlot wanted) {
        SlotRow slot = SlotRow.empty(node, wanted.device(), wanted.slot());
        slots.computeIfAbsent(node.id, _ -> new HashMap<>()).put(slot.id, slot);
        newSlots.put(slot.id, slot);
        return slot;
    }

    private boolean hasRoom(NodeRow node, DesiredSlot wanted) {
        String key = bytes(node, wanted);
        if (roomy.contains(key)) {
            return true;
        }
        boolean room = releases.hasRoom(tx, wanted, node.tenant);
        if (room) {
            roomy.add(key);
        }
        return room;
    }

    private static String bytes(NodeRow node, DesiredSlot wanted) {
        return String.join("/", node.tenant, wanted.model(), wanted.digest().value());
    }

    private Collection<SlotRow> slots(NodeRow node) {
        return slots.getOrDefault(node.id, Map.of()).values();
    }

    /** Stores what was changed. */
    public void write(long nowMillis) {
        for (NodeRow node : changedNodes.values()) {
            node.desiredAt = nowMillis;
            node.noteAnswer();
        }
        tx.insertAll(List.copyOf(newSlots.values()));
        tx.updateAll(List.copyOf(changedSlots.values()));
        tx.updateAll(List.copyOf(changedNodes.values()));
        newSlots.clear();
        changedSlots.clear();
        changedNodes.clear();
    }

    /** Sends these nodes their lists, with what is stored by {@link #write}. */
    public void send(Effects effects, Collection<String> nodeIds, long nowMillis) {
        Nodes.send(
                tx,
                effects,
                releases,
                nodeIds.stream().map(nodes::get).filter(Objects::nonNull).toList(),
                this::slots,
                nowMillis);
    }
}
