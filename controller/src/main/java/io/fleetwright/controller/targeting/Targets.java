package io.fleetwright.controller.targeting;

import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks up which nodes or devices fit a query, some thousand rows at a time. */
public final class Targets {
    private Targets() {}

    /** Those of these devices that fit, in their order. */
    public static List<DeviceRow> fitting(Tx tx, List<DeviceRow> devices, TargetQuery query) {
        if (query == TargetQuery.all() || devices.isEmpty()) {
            return devices;
        }
        Map<String, NodeRow> nodes = byId(
                tx.find(Query.of(NodeRow.class)
                        .in(
                                "id",
                                devices.stream()
                                        .map(row -> row.nodeId)
                                        .distinct()
                                        .toList())),
                row -> row.id);
        Loaded loaded = query.asksOfSlots()
                ? Loaded.of(tx, "deviceId", devices.stream().map(row -> row.id).toList(), slot -> slot.deviceId)
                : Loaded.NONE;
        return devices.stream()
                .filter(device -> {
                    NodeRow node = nodes.get(device.nodeId);
                    return node != null && query.test(facts(node, List.of(device), loaded.of(device.id)));
                })
                .toList();
    }

    /** Those of these nodes that fit, in their order; what is asked of devices may hold for any of a node's. */
    public static List<NodeRow> fittingNodes(Tx tx, List<NodeRow> nodes, TargetQuery query) {
        if (query == TargetQuery.all() || nodes.isEmpty()) {
            return nodes;
        }
        List<String> ids = nodes.stream().map(row -> row.id).toList();
        Map<String, List<DeviceRow>> devices =
                tx.find(Query.of(DeviceRow.class).in("nodeId", ids).ascending("id")).stream()
                        .collect(Collectors.groupingBy(row -> row.nodeId));
        Loaded loaded = query.asksOfSlots() ? Loaded.of(tx, "nodeId", ids, slot -> slot.nodeId) : Loaded.NONE;
        return nodes.stream()
                .filter(node -> query.test(facts(node, devices.getOrDefault(node.id, List.of()), loaded.of(node.id))))
                .toList();
    }

    private static Facts facts(NodeRow node, List<DeviceRow> devices, List<VariantRow> running) {
        Map<Field, List<String>> values = new EnumMap<>(Field.class);
        values.put(Field.NODE, List.of(node.node));
        values.put(Field.STATUS, List.of(node.status));
        put(values, Field.AGENT, node.agentVersion);
        put(values, Field.KERNELS, node.kernels);
        values.put(Field.SEEN, List.of(Instant.ofEpochMilli(node.lastSeenAt).toString()));
        values.put(Field.ENROLLED, List.of(Instant.ofEpochMilli(node.createdAt).toString()));
        values.put(Field.DEVICE, each(devices, row -> row.device));
        values.put(Field.NAME, each(devices, row -> row.node + "/" + row.device));
        values.put(Field.CLASS, each(devices, row -> row.deviceClass));
        values.put(Field.DRIVER, each(devices, row -> row.driver));
        values.put(Field.PROFILE, each(devices, row -> row.profile));
        values.put(Field.MODELLED, each(devices, row -> String.valueOf(row.modelled)));
        values.put(Field.MEMORY, each(devices, row -> row.memoryBytes == null ? null : row.memoryBytes.toString()));
        values.put(Field.MODEL, each(running, row -> row.model));
        values.put(Field.VERSION, each(running, row -> row.version));
        values.put(Field.VARIANT, each(running, row -> row.variant));
        return new Facts(values, Labels.stored(node.labels).values());
    }

    private static void put(Map<Field, List<String>> values, Field field, @Nullable String value) {
        if (value != null) {
            values.put(field, List.of(value));
        }
    }

    private static <R> List<String> each(List<R> rows, Function<R, @Nullable String> value) {
        List<String> values = new ArrayList<>();
        for (R row : rows) {
            String known = value.apply(row);
            if (known != null) {
                values.add(known);
            }
        }
        return values;
    }

    private static <R> Map<String, R> byId(List<R> rows, Function<R, String> id) {
        Map<String, R> byId = new HashMap<>();
        rows.forEach(row -> byId.put(id.apply(row), row));
        return byId;
    }

    /** Variants that slots said they run, by whom the slots are of. */
    private record Loaded(Map<String, List<VariantRow>> running) {
        static final Loaded NONE = new Loaded(Map.of());

        static Loaded of(Tx tx, String field, Collection<String> owners, Function<SlotRow, String> owner) {
            List<SlotRow> slots = tx.find(Query.of(SlotRow.class).in(field, owners));
            List<String> digests = slots.stream()
                    .flatMap(slot -> java.util.stream.Stream.ofNullable(slot.reportedDigest))
                    .distinct()
                    .toList();
            Map<String, List<VariantRow>> variants = digests.isEmpty()
                    ? Map.of()
                    : tx.find(Query.of(VariantRow.class).in("digest", digests)).stream()
                            .collect(Collectors.groupingBy(row -> row.tenant + row.digest));
            Map<String, List<VariantRow>> running = new HashMap<>();
            for (SlotRow slot : slots) {
                if (slot.reportedDigest != null) {
                    VariantRow.meant(
                                    variants.getOrDefault(slot.tenant + slot.reportedDigest, List.of()),
                                    slot.desiredModel,
                                    slot.desiredVersion,
                                    slot.desiredVariant)
                            .ifPresent(runs -> running.computeIfAbsent(owner.apply(slot), _ -> new ArrayList<>())
                                    .add(runs));
                }
            }
            return new Loaded(running);
        }

        List<VariantRow> of(String owner) {
            return running.getOrDefault(owner, List.of());
        }
    }
}
