package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.model.Parts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.partition.Feature;
import io.fleetwright.scheduler.partition.Layer;
import io.fleetwright.scheduler.partition.LayerGraph;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Inferences of networks that no device holds whole: each part on one of the devices that have it, so that the answer is there as soon
 * as it can be. Of a part's devices those that have had an attempt at a job are left to the last.
 */
final class Relays {
    /** Devices that are looked at for each part, those with the least to wait and to do. */
    private static final int DEVICES_MAX = 8;

    private Relays() {}

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

    /**
     * A way to put a network together.
     *
     * @param parts in the order of the network
     * @param stretches the network with a layer for each
     */
    private record Chain(VariantRow whole, List<VariantRow> parts, LayerGraph stretches) {}

    /** What one round has found out. */
    static final class Memory {
        private final Map<Kind, List<Chain>> chains = new HashMap<>();
        private final Map<String, Held> held = new HashMap<>();
        private final Map<String, Double> micros = new HashMap<>();
        /** Those that no devices have room for any more. */
        private final Set<Kind> full = new HashSet<>();
    }

    /**
     * What online devices run in a slot.
     *
     * @param devices by the digest of what they say that they run
     * @param versions that they are to run
     */
    private record Held(Map<String, List<DeviceRow>> devices, Set<String> versions) {
        List<DeviceRow> of(VariantRow part) {
            return devices.getOrDefault(part.digest, List.of());
        }
    }

    /** What decides which parts can run a job. */
    private record Kind(
            String tenant,
            String model,
            long inputBytes,
            @Nullable String version,
            @Nullable String variant,
            @Nullable Double floor,
            @Nullable String source,
            Chains chains) {
        static Kind of(JobRow job) {
            return new Kind(
                    job.tenant,
                    job.model,
                    job.inputBytes,
                    job.wantedVersion,
                    job.wantedVariant,
                    job.accuracyFloor,
                    job.source,
                    job.onBoards());
        }
    }

    /** True when all parts of a network that may run a job have devices with room. */
    static boolean hasRoom(Tx tx, JobRow job, PlacementRound round) {
        return isForParts(job)
                && !round.relays.full.contains(Kind.of(job))
                && chains(tx, job, round).stream()
                        .anyMatch(chain -> missing(chain, job, round).isEmpty()
                                && chain.parts.stream()
                                        .allMatch(part -> withRoom(job, part, round)
                                                .findFirst()
                                                .isPresent()));
    }

    /** Looks at the parts that devices say they run. */
    static Found find(Tx tx, JobRow job, PlacementRound round) {
        if (!isForParts(job)) {
            return new Found.None(null);
        }
        Kind kind = Kind.of(job);
        List<Chain> chains = chains(tx, job, round);
        if (chains.isEmpty()) {
            return new Found.None(null);
        }
        if (round.relays.full.contains(kind)) {
            return new Found.Full();
        }
        Set<String> tried = Places.all(job.places).stream()
                .map(place -> job.tenant + "/" + place)
                .collect(Collectors.toSet());
        boolean full = false;
        String missing = null;
        List<Relay> relays = new ArrayList<>();
        for (Chain chain : chains) {
            Optional<VariantRow> nowhere = missing(chain, job, round);
            if (nowhere.isPresent()) {
                missing = missing == null ? nowhere.get().variant : missing;
                continue;
            }
            Optional<Relay> relay = best(tx, job, chain, tried, round);
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

    private static boolean isForParts(JobRow job) {
        return job.segmentTo == 0 && !job.probe && job.pinnedDevice == null;
    }

    private static Held held(Tx tx, JobRow job, PlacementRound round) {
        return round.relays.held.computeIfAbsent(job.tenant + "/" + job.model, _ -> {
            Map<String, List<DeviceRow>> devices = new HashMap<>();
            Set<String> versions = new HashSet<>();
            for (DeviceRow device : round.devices(job.tenant)) {
                Optional<SlotRow> slot = tx.get(SlotRow.class, device.id + "/" + job.model);
                String digest = slot.map(one -> one.reportedDigest).orElse(null);
                boolean online = digest != null
                        && device.runsStretches()
                        && tx.get(NodeRow.class, device.nodeId)
                                .filter(node -> node.status.equals(Nodes.ONLINE))
                                .isPresent();
                if (online) {
                    devices.computeIfAbsent(digest, _ -> new ArrayList<>()).add(device);
                    slot.map(one -> one.desiredVersion).ifPresent(versions::add);
                }
            }
            return new Held(devices, versions);
        });
    }

    /** The first part that no device has; one that has the input must have the first. */
    private static Optional<VariantRow> missing(Chain chain, JobRow job, PlacementRound round) {
        return chain.parts.stream()
                .filter(part -> holders(job, part, round).findFirst().isEmpty())
                .findFirst();
    }

    private static Stream<DeviceRow> holders(JobRow job, VariantRow part, PlacementRound round) {
        Held held = round.relays.held.get(job.tenant + "/" + job.model);
        boolean anywhere = job.source == null || part.partFrom > 0;
        return held == null
                ? Stream.empty()
                : held.of(part).stream()
                        .filter(device -> anywhere || device.id.equals(job.tenant + "/" + job.source))
                        .filter(device -> runs(job, part, round.node(device)));
    }

    /** Whether a node runs the transforms that the device with that part would be told. */
    private static boolean runs(JobRow job, VariantRow part, Optional<NodeRow> node) {
        Chains all = job.onBoards();
        Chains own = part.partFrom == 0 ? all.front() : part.partTo == part.partOperators ? all.back() : Chains.NONE;
        return own.isEmpty()
                || node.filter(one -> own.missingInOrders(one).isEmpty()).isPresent();
    }

    private static Stream<DeviceRow> withRoom(JobRow job, VariantRow part, PlacementRound round) {
        return holders(job, part, round).filter(device -> round.freePlaces(job.tenant, device.id) > 0);
    }

    /** Ways to put the network together that the job allows; of the same bytes under several versions those that devices are to run first. */
    private static List<Chain> chains(Tx tx, JobRow job, PlacementRound round) {
        return round.relays.chains.computeIfAbsent(Kind.of(job), _ -> {
            Map<String, List<VariantRow>> byVersion = new LinkedHashMap<>();
            for (VariantRow variant : tx.find(
                    Query.of(VariantRow.class).equal("tenant", job.tenant).equal("model", job.model))) {
                boolean allowed = variant.isPart()
                        && Part.exclusion(job.wantedVersion, job.accuracyFloor, variant) == null
                        && (job.wantedVariant == null || job.wantedVariant.equals(variant.partOf));
                if (allowed) {
                    byVersion
                            .computeIfAbsent(variant.version, _ -> new ArrayList<>())
                            .add(variant);
                }
            }
            if (byVersion.isEmpty()) {
                return List.of();
            }
            Set<String> versions = held(tx, job, round).versions;
            return byVersion.values().stream()
                    .flatMap(parts -> Parts.chains(parts).stream())
                    .flatMap(parts -> chain(tx, parts).stream())
                    .filter(chain -> job.inputBytes == Jobs.inputBytes(chain.whole))
                    .filter(chain -> job.onBoards().misfit(chain.whole).isEmpty())
                    .sorted(Comparator.comparing(chain -> !versions.contains(chain.whole.version)))
                    .toList();
        });
    }

    private static Optional<Chain> chain(Tx tx, List<VariantRow> parts) {
        VariantRow first = parts.getFirst();
        return tx.get(VariantRow.class, first.versionId + "/" + first.partOf)
                .map(whole -> new Chain(whole, parts, stretches(tx, whole, parts)));
    }

    private static LayerGraph stretches(Tx tx, VariantRow whole, List<VariantRow> parts) {
        Map<Integer, Double> sent = CutRow.known(tx, whole.tenant, whole.digest);
        List<Layer> layers = new ArrayList<>();
        for (int place = 0; place < parts.size(); place++) {
            VariantRow part = parts.get(place);
            // What the last one gives goes to no other device.
            long elements = place == parts.size() - 1 ? 1 : Jobs.inputBytes(parts.get(place + 1));
            Double octets = sent.get(part.partTo);
            layers.add(new Layer(
                    part.variant,
                    List.of(place - 1),
                    new Feature(elements, 1, octets == null ? elements : Math.clamp(Math.round(octets), 1, elements)),
                    part.macs,
                    part.weightBytes));
        }
        long input = Jobs.inputBytes(whole);
        return new LayerGraph(new Feature(input, 1), layers);
    }

    private static Optional<Relay> best(Tx tx, JobRow job, Chain chain, Set<String> tried, PlacementRound round) {
        List<List<Able>> able = new ArrayList<>();
        for (VariantRow part : chain.parts) {
            List<DeviceRow> all = withRoom(job, part, round).toList();
            List<DeviceRow> untried =
                    all.stream().filter(device -> !tried.contains(device.id)).toList();
            List<Able> devices = quickest(tx, untried.isEmpty() ? all : untried, part, round);
            if (devices.isEmpty()) {
                return Optional.empty();
            }
            able.add(devices);
        }
        Map<String, VariantRow> parts = new HashMap<>();
        List<DeviceRow> devices = soonest(able);
        for (int place = 0; place < chain.parts.size(); place++) {
            parts.put(devices.get(place).id, chain.parts.get(place));
        }
        return Splits.relay(tx, chain.whole, chain.parts, chain.stretches, devices, round::busyMicros)
                .map(split -> new Relay(split, chain.whole, parts));
    }

    /**
     * A device that may run a part.
     *
     * @param busyMicros until it can begin
     * @param micros that the part takes
     */
    private record Able(DeviceRow device, double busyMicros, double micros) {
        double alone() {
            return busyMicros + micros;
        }
    }

    private static List<Able> quickest(Tx tx, List<DeviceRow> devices, VariantRow part, PlacementRound round) {
        return devices.stream()
                .map(device -> new Able(device, round.busyMicros(device), micros(tx, device, part, round)))
                .sorted(Comparator.comparingDouble(Able::alone).thenComparing(able -> able.device.id))
                .limit(DEVICES_MAX)
                .toList();
    }

    private static double micros(Tx tx, DeviceRow device, VariantRow part, PlacementRound round) {
        return round.relays.micros.computeIfAbsent(
                CostRow.key(device.id, part.digest), _ -> Costs.expectedMicros(tx, device, part));
    }

    /**
     * The devices with which the last part is done first, by the time that each is done with all before. Ways between them are left
     * out: the bytes are the same whichever device gets them.
     */
    private static List<DeviceRow> soonest(List<List<Able>> able) {
        List<DeviceRow> devices = new ArrayList<>();
        double atMicros = 0;
        for (List<Able> place : able) {
            double from = atMicros;
            Able next = place.stream()
                    .min(Comparator.comparingDouble(one -> Math.max(from, one.busyMicros) + one.micros))
                    .orElseThrow();
            atMicros = Math.max(from, next.busyMicros) + next.micros;
            devices.add(next.device);
        }
        return devices;
    }
}
