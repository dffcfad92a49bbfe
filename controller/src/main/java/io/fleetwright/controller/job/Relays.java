package io.fleetwright.controller.job;

import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Inferences of networks that no device holds whole: each part on one of the devices that have it, so that the answer is there as soon
 * as it can be. Of a part's devices those that have had an attempt at a job are left to the last.
 */
final class Relays {
    /** Devices that are looked at for each part, those with the least to wait and to do. */
    private static final int DEVICES_MAX = 8;

    private final Splits splits;

    Relays(Splits splits) {
        this.splits = splits;
    }

    /**
     * Devices that share a network of which each holds a part.
     *
     * @param whole what they hold parts of
     * @param parts by the device's id
     */
    record Relay(Splits.Split split, VariantRow whole, Map<String, VariantRow> parts) {
        Relay {
            parts = Map.copyOf(parts);
        }
    }

    /** What came of looking for one. */
    sealed interface Found {
        /** The one that answers first. */
        record Best(Relay relay) implements Found {}

        /** Some part has a device, and all of these have as much to do as they may. */
        record Full() implements Found {}

        /**
         * There are no parts, one has no device, or the job asks for what parts cannot give.
         *
         * @param missing the part that has no device, when that is why
         */
        record None(@Nullable String missing) implements Found {}
    }

    /** What one round has found out. */
    static final class Memory {
        private final Map<Kind, List<List<VariantRow>>> chains = new HashMap<>();
        private final Map<String, Map<String, List<DeviceRow>>> holders = new HashMap<>();
        /** Those that no device has room for any more. */
        private final Set<Kind> full = new HashSet<>();
    }

    /** What decides which parts can run a job. */
    private record Kind(
            String tenant,
            String model,
            long inputBytes,
            @Nullable String version,
            @Nullable String variant,
            @Nullable Double floor,
            @Nullable String source) {
        static Kind of(JobRow job) {
            return new Kind(
                    job.tenant,
                    job.model,
                    job.inputBytes,
                    job.wantedVersion,
                    job.wantedVariant,
                    job.accuracyFloor,
                    job.source);
        }
    }

    /** Looks at the parts that devices say they run. */
    Found find(Tx tx, JobRow job, PlacementRound round, long nowMillis) {
        if (job.segmentTo > 0 || job.probe || job.pinnedDevice != null) {
            return new Found.None(null);
        }
        Kind kind = Kind.of(job);
        List<List<VariantRow>> chains = round.relays.chains.computeIfAbsent(kind, _ -> chains(tx, job));
        if (chains.isEmpty()) {
            return new Found.None(null);
        }
        if (round.relays.full.contains(kind)) {
            return new Found.Full();
        }
        Map<String, List<DeviceRow>> holders =
                round.relays.holders.computeIfAbsent(job.tenant + "/" + job.model, _ -> holders(tx, job, round));
        Set<String> tried = Places.all(job.places).stream()
                .map(place -> job.tenant + "/" + place)
                .collect(Collectors.toSet());
        boolean full = false;
        String missing = null;
        List<Relay> relays = new ArrayList<>();
        for (List<VariantRow> chain : chains) {
            VariantRow whole = whole(tx, chain.getFirst()).orElse(null);
            if (whole == null || job.inputBytes != Jobs.inputBytes(whole)) {
                continue;
            }
            Optional<VariantRow> nowhere = chain.stream()
                    .filter(part -> !holders.containsKey(part.digest))
                    .findFirst();
            if (nowhere.isPresent()) {
                missing = missing == null ? nowhere.get().variant : missing;
                continue;
            }
            Optional<Relay> relay = best(tx, job, chain, whole, holders, tried, round, nowMillis);
            full |= relay.isEmpty();
            relay.ifPresent(relays::add);
        }
        if (relays.isEmpty() && full) {
            round.relays.full.add(kind);
            return new Found.Full();
        }
        Optional<Relay> best = relays.stream().min(Comparator.comparingDouble(relay -> relay.split.finishMicros()));
        return best.isPresent() ? new Found.Best(best.get()) : new Found.None(missing);
    }

    /** Online devices by the digest of what they say that they run. */
    private static Map<String, List<DeviceRow>> holders(Tx tx, JobRow job, PlacementRound round) {
        Map<String, List<DeviceRow>> holders = new HashMap<>();
        for (DeviceRow device : round.devices(job.tenant)) {
            String digest = tx.get(SlotRow.class, device.id + "/" + job.model)
                    .map(slot -> slot.reportedDigest)
                    .orElse(null);
            boolean online = digest != null
                    && tx.get(NodeRow.class, device.nodeId)
                            .filter(node -> node.status.equals(Nodes.ONLINE))
                            .isPresent();
            if (online) {
                holders.computeIfAbsent(digest, _ -> new ArrayList<>()).add(device);
            }
        }
        return holders;
    }

    /** Ways to put the network together that the job allows. */
    private static List<List<VariantRow>> chains(Tx tx, JobRow job) {
        Map<String, List<VariantRow>> byVersion = new LinkedHashMap<>();
        for (VariantRow variant :
                tx.find(Query.of(VariantRow.class).equal("tenant", job.tenant).equal("model", job.model))) {
            boolean allowed = variant.isPart()
                    && Part.exclusion(job.wantedVersion, job.accuracyFloor, variant) == null
                    && (job.wantedVariant == null || job.wantedVariant.equals(variant.partOf));
            if (allowed) {
                byVersion
                        .computeIfAbsent(variant.version, _ -> new ArrayList<>())
                        .add(variant);
            }
        }
        return byVersion.values().stream()
                .flatMap(parts -> Parts.chains(parts).stream())
                .toList();
    }

    private static Optional<VariantRow> whole(Tx tx, VariantRow part) {
        return tx.get(VariantRow.class, part.versionId + "/" + part.partOf);
    }

    private Optional<Relay> best(
            Tx tx,
            JobRow job,
            List<VariantRow> chain,
            VariantRow whole,
            Map<String, List<DeviceRow>> holders,
            Set<String> tried,
            PlacementRound round,
            long nowMillis) {
        List<List<DeviceRow>> able = new ArrayList<>();
        for (int place = 0; place < chain.size(); place++) {
            boolean first = place == 0;
            List<DeviceRow> all = holders.getOrDefault(chain.get(place).digest, List.of()).stream()
                    .filter(device -> round.freePlaces(job.tenant, device.id) > 0)
                    .filter(device -> !first || job.source == null || device.id.equals(job.tenant + "/" + job.source))
                    .toList();
            List<DeviceRow> untried =
                    all.stream().filter(device -> !tried.contains(device.id)).toList();
            List<DeviceRow> devices = quickest(tx, untried.isEmpty() ? all : untried, chain.get(place), round);
            if (devices.isEmpty()) {
                return Optional.empty();
            }
            able.add(devices);
        }
        Map<String, VariantRow> parts = new HashMap<>();
        List<DeviceRow> devices = soonest(tx, chain, able, round);
        if (new HashSet<>(devices).size() < chain.size()) {
            return Optional.empty();
        }
        for (int place = 0; place < chain.size(); place++) {
            parts.put(devices.get(place).id, chain.get(place));
        }
        return splits.relay(tx, whole, parts, devices, round::busyMicros, nowMillis)
                .filter(split -> split.stages().size() == chain.size())
                .map(split -> new Relay(split, whole, parts));
    }

    private static List<DeviceRow> quickest(Tx tx, List<DeviceRow> devices, VariantRow part, PlacementRound round) {
        return devices.stream()
                .sorted(Comparator.comparingDouble(
                                (DeviceRow device) -> round.busyMicros(device) + Costs.expectedMicros(tx, device, part))
                        .thenComparing(device -> device.id))
                .limit(DEVICES_MAX)
                .toList();
    }

    /**
     * The devices with which the last part is done first, by the time that each is done with all before. Ways between them are left
     * out: the bytes are the same whichever device gets them.
     */
    private static List<DeviceRow> soonest(
            Tx tx, List<VariantRow> chain, List<List<DeviceRow>> able, PlacementRound round) {
        List<DeviceRow> devices = new ArrayList<>();
        double atMicros = 0;
        for (int place = 0; place < chain.size(); place++) {
            VariantRow part = chain.get(place);
            double from = atMicros;
            DeviceRow next = able.get(place).stream()
                    .min(Comparator.comparingDouble(device ->
                            Math.max(from, round.busyMicros(device)) + Costs.expectedMicros(tx, device, part)))
                    .orElseThrow();
            atMicros = Math.max(from, round.busyMicros(next)) + Costs.expectedMicros(tx, next, part);
            devices.add(next);
        }
        return devices;
    }
}
