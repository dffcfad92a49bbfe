package io.fleetwright.controller.job;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.Nodes;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.part.PartPlan;
import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.Penalty;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.Transfer;
import io.fleetwright.scheduler.partition.WireFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Whether a device had better hand the rest of a network to others, to which, and after which operators. With one other device the plan
 * is the best there is. More are found by adding one at a time to the best plan so far, at each place behind the source.
 */
final class Splits {
    /** Devices that may share a network. */
    static final int PARTS_MAX = PartPlan.PARTS_MAX;

    /** Devices that are looked at, those that run the network fastest. */
    private static final int PEERS_MAX = 16;
    /** Of those, the ones of the best plans with one other device, that are looked at for a third and a fourth. */
    private static final int MORE_PEERS_MAX = 4;
    /** Looking for a third device takes time by the square of a network's operators. */
    private static final int MORE_OPERATORS_MAX = 400;
    /** A plan must be faster by this for each device that it needs more, since each can fail. */
    private static final double WORTH = 0.95;

    /** When the source alone would have an answer, where it never would. */
    private static final double NEVER_ALONE = 0;

    private static final double NOT_THERE_MILLIS = 1e12;

    private final Networks networks = new Networks();

    /**
     * What one device does.
     *
     * @param from first operator
     * @param to operator after the last; as the first where the source sends its input on
     * @param micros without waiting and without the way
     * @param sends what goes to the next one, absent for the last
     * @param layers by what the time of its layers is known: measured or macs; absent where it has one of the network's parts
     */
    record Stage(
            DeviceRow device,
            int from,
            int to,
            double micros,
            @Nullable Transfer sends,
            @Nullable String layers) {}

    /**
     * Devices that share a network.
     *
     * @param stages two or more, the source first
     * @param graph by whose layers the plan counts
     * @param operators of the network
     * @param finishMicros when the answer would be there, with waiting for all, from now
     * @param aloneMicros when the source alone would have it; 0 when it has only a part
     * @param basis what the least certain of its ways stands on
     * @param linkMicrojoules what both ends of all ways take, empty when that of one is unknown
     * @param microjoules what all devices are expected to take for it, sending included; empty when a part of it is unknown
     * @param around what transforms on the first and on the last device are expected to take; in the times of the answer
     */
    record Split(
            List<Stage> stages,
            LayerGraph graph,
            int operators,
            PartitionPlan plan,
            double finishMicros,
            double aloneMicros,
            Links.Basis basis,
            OptionalDouble linkMicrojoules,
            OptionalDouble microjoules,
            Chains.Guess around) {
        Split {
            stages = List.copyOf(stages);
        }

        /**
         * With transforms at both ends.
         *
         * @param transforms on the first device and on the last
         * @param alone all of them on the device that would do it alone
         */
        Split with(Chains.Guess transforms, Chains.Guess alone) {
            return new Split(
                    stages,
                    graph,
                    operators,
                    plan,
                    finishMicros + transforms.micros(),
                    aloneMicros == NEVER_ALONE ? NEVER_ALONE : aloneMicros + alone.micros(),
                    basis,
                    linkMicrojoules,
                    microjoules,
                    transforms);
        }

        /** With stages that count operators of the network, where each is a part of it. */
        private Split ofParts(List<VariantRow> parts) {
            List<Stage> counted = new ArrayList<>();
            for (int place = 0; place < parts.size(); place++) {
                Stage stage = stages.get(place);
                VariantRow part = parts.get(place);
                counted.add(new Stage(stage.device, part.partFrom, part.partTo, stage.micros, stage.sends, null));
            }
            return new Split(
                    counted,
                    graph,
                    parts.getFirst().partOperators,
                    plan,
                    finishMicros,
                    aloneMicros,
                    basis,
                    linkMicrojoules,
                    microjoules,
                    around);
        }

        /** The device that answers. */
        DeviceRow last() {
            return stages.getLast().device;
        }

        /** Operators that the source runs, 0 when it sends its input on. */
        int boundary() {
            return stages.getFirst().to;
        }

        /** All that is on the way. */
        double linkMillis() {
            return plan.transfers().stream().mapToDouble(Transfer::millis).sum();
        }

        /** Bytes of what crosses the cut behind a stage, before packing. */
        long bytesAfter(int place) {
            Transfer sends = stages.get(place).sends;
            return sends == null ? 0 : graph.feature(sends.producer()).elements();
        }

        /** {@code finishMicros}, longer for each device that may fail. */
        double weighedMicros() {
            return finishMicros / Math.pow(WORTH, stages.size() - 1);
        }

        /** Whether it is worth that more than one device can fail. */
        boolean isWorth() {
            return weighedMicros() < aloneMicros;
        }
    }

    /**
     * Plans that were compared.
     *
     * @param plans the one that is most worth first
     * @param packing by which cuts were allowed, absent when the network cannot be cut
     */
    record Compared(List<Split> plans, @Nullable Packing packing) {
        static final Compared NONE = new Compared(List.of(), null);

        Compared {
            plans = List.copyOf(plans);
        }

        /**
         * With transforms at both ends of each, which may change what is most worth.
         *
         * @param transforms at the ends of a plan
         * @param alone all of them on the source
         */
        Compared with(Function<Split, Chains.Guess> transforms, Chains.Guess alone) {
            return new Compared(
                    plans.stream()
                            .map(plan -> plan.with(transforms.apply(plan), alone))
                            .sorted(Comparator.comparingDouble(Split::weighedMicros))
                            .toList(),
                    packing);
        }
    }

    /**
     * The best plan with each device that runs the same variant, and the best with two and with three of them.
     *
     * @param source has the input
     * @param rule for values that are sent; the input is sent in 8 bits
     * @param chains transforms; each device that may be the last one runs those behind the network
     * @param waitMicros until a device has done what it was given
     */
    Compared with(
            Tx tx,
            DeviceRow source,
            VariantRow variant,
            PackingRule rule,
            Chains chains,
            ToDoubleFunction<DeviceRow> waitMicros,
            long nowMillis) {
        LayerGraph whole = networks.of(tx, variant, nowMillis).orElse(null);
        if (whole == null || whole.size() < 2 || !source.runsStretches()) {
            return Compared.NONE;
        }
        LayerGraph graph = CutRow.known(tx, source.tenant, variant.digest, whole);
        Packing packing = Packing.of(tx, variant, graph, rule);
        Search search = new Search(tx, graph, _ -> variant, packing, waitMicros);
        List<Split> pairs = new ArrayList<>();
        for (DeviceRow peer : peers(tx, source, variant, chains.back())) {
            search.best(List.of(source, peer)).ifPresent(pairs::add);
        }
        pairs.sort(Comparator.comparingDouble(Split::weighedMicros));
        List<Split> all = new ArrayList<>(pairs);
        if (pairs.size() > 1 && graph.size() <= MORE_OPERATORS_MAX) {
            List<DeviceRow> more =
                    pairs.stream().limit(MORE_PEERS_MAX).map(Split::last).toList();
            Split best = pairs.getFirst();
            for (int parts = 3; best != null && parts <= PARTS_MAX; parts++) {
                best = search.extended(best, more).orElse(null);
                if (best != null) {
                    all.add(best);
                }
            }
        }
        all.sort(Comparator.comparingDouble(Split::weighedMicros));
        return new Compared(all, packing);
    }

    /**
     * How devices that each hold a part run a network.
     *
     * @param whole what they hold parts of
     * @param parts in the order of the network
     * @param stretches the network with a layer for each part
     * @param devices each holds the part at its place
     */
    static Optional<Split> relay(
            Tx tx,
            VariantRow whole,
            List<VariantRow> parts,
            LayerGraph stretches,
            List<DeviceRow> devices,
            ToDoubleFunction<DeviceRow> waitMicros) {
        Map<String, VariantRow> held = new HashMap<>();
        for (int place = 0; place < parts.size(); place++) {
            held.put(devices.get(place).id, parts.get(place));
        }
        Packing packing = Packing.of(tx, whole, stretches, PackingRule.NONE);
        Search search = new Search(tx, stretches, device -> held.getOrDefault(device.id, whole), packing, waitMicros);
        return search.best(devices)
                .filter(split -> split.stages().size() == parts.size())
                .map(split -> split.ofParts(parts));
    }

    private static List<DeviceRow> peers(Tx tx, DeviceRow source, VariantRow variant, Chains after) {
        return tx
                .find(Query.of(SlotRow.class)
                        .equal("tenant", source.tenant)
                        .equal("slot", variant.model)
                        .equal("reportedDigest", variant.digest))
                .stream()
                .filter(slot -> !slot.deviceId.equals(source.id))
                .filter(slot -> tx.get(NodeRow.class, slot.nodeId)
                        .filter(node -> node.status.equals(Nodes.ONLINE))
                        .filter(node -> after.missingInOrders(node).isEmpty())
                        .isPresent())
                .flatMap(slot -> tx.get(DeviceRow.class, slot.deviceId).stream())
                .filter(DeviceRow::runsStretches)
                .sorted(Comparator.comparingDouble((DeviceRow peer) -> Costs.expectedMicros(tx, peer, variant))
                        .thenComparing(peer -> peer.id))
                .limit(PEERS_MAX)
                .toList();
    }

    /** One look for plans, by one snapshot. */
    private record Search(
            Tx tx,
            LayerGraph graph,
            Function<DeviceRow, VariantRow> held,
            Packing packing,
            ToDoubleFunction<DeviceRow> waitMicros,
            Map<String, Optional<OperatorShares>> shares) {

        Search(
                Tx tx,
                LayerGraph graph,
                Function<DeviceRow, VariantRow> held,
                Packing packing,
                ToDoubleFunction<DeviceRow> waitMicros) {
            this(tx, graph, held, packing, waitMicros, new HashMap<>());
        }

        /** How a device's time for the network is spread over its operators, by what it has told. */
        private Optional<OperatorShares> shares(DeviceRow device) {
            return shares.computeIfAbsent(device.id, _ -> OperatorShares.of(tx, device, held.apply(device).digest));
        }

        /** The best plan with one device more, that beats all with fewer; absent when there is none. */
        Optional<Split> extended(Split base, List<DeviceRow> more) {
            List<DeviceRow> devices = base.stages().stream().map(Stage::device).toList();
            List<Split> longer = new ArrayList<>();
            for (DeviceRow one : more) {
                if (devices.stream().anyMatch(device -> device.id.equals(one.id))) {
                    continue;
                }
                for (int place = 1; place <= devices.size(); place++) {
                    List<DeviceRow> order = new ArrayList<>(devices);
                    order.add(place, one);
                    best(order)
                            .filter(split -> split.stages().size() == order.size())
                            .filter(split -> split.weighedMicros() < base.weighedMicros())
                            .ifPresent(longer::add);
                }
            }
            return longer.stream().min(Comparator.comparingDouble(Split::weighedMicros));
        }

        /** The best plan over devices in an order, of which some may be left out; absent when the first does all of it. */
        Optional<Split> best(List<DeviceRow> devices) {
            List<Tier> tiers = new ArrayList<>();
            for (int place = 0; place < devices.size(); place++) {
                tiers.add(tier(devices.get(place), place));
            }
            List<List<Links.Way>> ways = ways(devices);
            PartitionProblem problem = new PartitionProblem(
                    graph,
                    tiers,
                    ways.stream()
                            .map(row -> row.stream().map(Links.Way::link).toList())
                            .toList(),
                    WireFormat.STANDARD,
                    Byte.SIZE,
                    packing.bits(),
                    Penalty.NONE);
            return packing.best(problem, one -> new ChainPlanner(one).fastest())
                    .filter(plan -> !plan.isLocal())
                    .map(plan -> split(devices, tiers, ways, plan));
        }

        private Split split(List<DeviceRow> devices, List<Tier> tiers, List<List<Links.Way>> ways, PartitionPlan plan) {
            List<Stage> stages = new ArrayList<>();
            int from = 0;
            int tier = 0;
            double atMicros = 0;
            Links.Basis basis = Links.Basis.MEASURED;
            boolean known = true;
            double linkMillijoules = 0;
            for (Transfer transfer : plan.transfers()) {
                stages.add(stage(devices, tiers, plan, tier, from, transfer));
                atMicros = done(stages.getLast(), atMicros) + transfer.millis() * 1000;
                from = stages.getLast().to();
                Links.Way way = ways.get(tier).get(transfer.to());
                basis = way.basis().compareTo(basis) < 0 ? way.basis() : basis;
                known &= way.isEnergyKnown();
                linkMillijoules += transfer.millijoules() + transfer.receiverMillijoules();
                tier = transfer.to();
            }
            stages.add(stage(devices, tiers, plan, tier, from, null));
            DeviceRow source = devices.getFirst();
            return new Split(
                    stages,
                    graph,
                    graph.size(),
                    plan,
                    done(stages.getLast(), atMicros),
                    held.apply(source).isPart()
                            ? NEVER_ALONE
                            : waitMicros.applyAsDouble(source) + Costs.expectedMicros(tx, source, held.apply(source)),
                    basis,
                    known ? OptionalDouble.of(linkMillijoules * 1000) : OptionalDouble.empty(),
                    known ? energy(stages, linkMillijoules * 1000) : OptionalDouble.empty(),
                    Chains.Guess.NONE);
        }

        /** Each device's share of what it takes for the whole network, and the ways. */
        private OptionalDouble energy(List<Stage> stages, double linkMicrojoules) {
            double sum = linkMicrojoules;
            for (Stage stage : stages) {
                VariantRow variant = held.apply(stage.device());
                if (stage.from() < stage.to()) {
                    OptionalDouble whole = Costs.microjoules(tx, stage.device(), variant);
                    double micros = Costs.expectedMicros(tx, stage.device(), variant);
                    if (whole.isEmpty() || micros <= 0) {
                        return OptionalDouble.empty();
                    }
                    sum += whole.getAsDouble() * stage.micros() / micros;
                }
            }
            return OptionalDouble.of(sum);
        }

        private Stage stage(
                List<DeviceRow> devices,
                List<Tier> tiers,
                PartitionPlan plan,
                int tier,
                int from,
                @Nullable Transfer sends) {
            int to = from;
            double micros = 0;
            while (to < plan.tierOf().size() && plan.tierOf().get(to) == tier) {
                micros += tiers.get(tier).millis()[to] * 1000;
                to++;
            }
            DeviceRow device = devices.get(tier);
            String layers = held.apply(device).isPart() ? null : OperatorShares.basis(shares(device), graph);
            return new Stage(device, from, to, micros, sends, layers);
        }

        /** When a stage is done whose input is there at {@code atMicros}. */
        private double done(Stage stage, double atMicros) {
            return Math.max(atMicros, waitMicros.applyAsDouble(stage.device())) + stage.micros();
        }

        private Tier tier(DeviceRow device, int place) {
            VariantRow variant = held.apply(device);
            double millis = Costs.expectedMicros(tx, device, variant) / 1000;
            return variant.isPart()
                    ? part(device, place, millis)
                    : OperatorShares.tier(device.id, graph, shares(device), millis, 0);
        }

        /** The one layer that is its part; the others take longer than any plan. */
        private Tier part(DeviceRow device, int layer, double ownMillis) {
            double[] millis = new double[graph.size()];
            Arrays.fill(millis, NOT_THERE_MILLIS);
            millis[layer] = ownMillis;
            return new Tier(device.id, millis, new double[graph.size()], Long.MAX_VALUE, 0);
        }

        private List<List<Links.Way>> ways(List<DeviceRow> devices) {
            List<NodeRow> nodes = devices.stream()
                    .map(device -> tx.get(NodeRow.class, device.nodeId).orElseThrow())
                    .toList();
            return nodes.stream()
                    .map(from -> nodes.stream()
                            .map(to -> Links.between(tx, from, to))
                            .toList())
                    .toList();
        }
    }
}
