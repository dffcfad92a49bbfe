package io.fleetwright.controller.stream;

import io.fleetwright.controller.job.OperatorShares;
import io.fleetwright.controller.job.Packing;
import io.fleetwright.controller.job.PlanCosts.Cost;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.scheduler.partition.BudgetPlanner;
import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.Penalty;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.Transfer;
import io.fleetwright.scheduler.partition.WireFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A way to run the frames of a stream. Pure. Times are microseconds of one frame.
 *
 * @param peer who runs the rest, absent when the source runs all
 * @param boundary first operator of the rest, 0 without a peer
 * @param bits of each value that crosses
 * @param bytes on the way
 * @param sendMicros on the way to the peer
 * @param returnMicros on the way back
 * @param p90Micros that nine in ten frames keep within
 * @param localBackMicros what the source needs for the rest in nine of ten cases
 * @param frontP90Micros what it needs for the front in nine of ten cases
 * @param microjoules of both devices' computing, without their radios; empty when unknown
 * @param sourceMicrojoules of the source's computing and what is known of its radio, empty when computing is unknown
 * @param linkMicrojoules of both radios, there and back; 0 without a peer, empty when unknown
 * @param isKnown whether no time of it is a guess
 * @param beforeMicros what transforms of the frame take on the source
 * @param afterMicros what transforms of the answer take there
 * @param layers by what the time of layers is known on the source and on the peer, measured or macs; empty without a peer
 */
record Option(
        @Nullable DeviceRow peer,
        int boundary,
        int bits,
        long bytes,
        double frontMicros,
        double sendMicros,
        double backMicros,
        double returnMicros,
        double p90Micros,
        double localBackMicros,
        double frontP90Micros,
        OptionalDouble microjoules,
        OptionalDouble sourceMicrojoules,
        OptionalDouble linkMicrojoules,
        boolean isKnown,
        double beforeMicros,
        double afterMicros,
        List<String> layers) {
    /** The input stays where it is: no tensor is sent in so many bits. */
    private static final int NEVER_BITS = 32;
    /** Of an answer beside its values, which travel in base64. */
    private static final long ANSWER_BYTES = 200;
    /** What a source keeps of a cut, at most. */
    private static final long TENSOR_BYTES_MAX = 1024 * 1024;

    /** Without transforms. */
    Option(
            @Nullable DeviceRow peer,
            int boundary,
            int bits,
            long bytes,
            double frontMicros,
            double sendMicros,
            double backMicros,
            double returnMicros,
            double p90Micros,
            double localBackMicros,
            double frontP90Micros,
            OptionalDouble microjoules,
            OptionalDouble sourceMicrojoules,
            OptionalDouble linkMicrojoules,
            boolean isKnown) {
        this(
                peer,
                boundary,
                bits,
                bytes,
                frontMicros,
                sendMicros,
                backMicros,
                returnMicros,
                p90Micros,
                localBackMicros,
                frontP90Micros,
                microjoules,
                sourceMicrojoules,
                linkMicrojoules,
                isKnown,
                0,
                0,
                List.of());
    }

    /** The same way with transforms on the source, which take so long in nine of ten cases. */
    Option with(double before, double after) {
        return new Option(
                peer,
                boundary,
                bits,
                bytes,
                frontMicros,
                sendMicros,
                backMicros,
                returnMicros,
                p90Micros + before + after,
                peer == null ? 0 : localBackMicros + after,
                frontP90Micros + before,
                microjoules,
                sourceMicrojoules,
                linkMicrojoules,
                isKnown,
                before,
                after,
                layers);
    }

    /** The source runs all. */
    static Option alone(Cost source) {
        return new Option(
                null,
                0,
                Byte.SIZE,
                0,
                source.expectedMicros(),
                0,
                0,
                0,
                source.p90Micros(),
                0,
                source.p90Micros(),
                source.microjoules(),
                source.microjoules(),
                OptionalDouble.of(0),
                !source.isGuess());
    }

    /**
     * The best cut with a peer; absent when none gains anything, or the tensor is too large.
     *
     * @param packing of what values may cross which cut in
     * @param perSecond frames
     * @param budgetMicrojoules of one frame, absent for any; another cut is taken where the soonest takes more and that one does not
     */
    static Optional<Option> shared(
            LayerGraph graph,
            NodeRow sourceNode,
            Cost source,
            DeviceRow peer,
            NodeRow peerNode,
            Cost other,
            Packing packing,
            double perSecond,
            @Nullable Double budgetMicrojoules) {
        FrameWay way = FrameWay.between(sourceNode, peerNode);
        long answer = graph.feature(graph.size() - 1).elements() * 4 / 3 + ANSWER_BYTES;
        PartitionProblem problem = new PartitionProblem(
                graph,
                List.of(tier("source", graph, source), tier(peer.id, graph, other)),
                List.of(List.of(way.there(), way.there())),
                WireFormat.STANDARD,
                NEVER_BITS,
                packing.bits(),
                Penalty.NONE);
        PartitionPlan plan = packing.best(problem, one -> new ChainPlanner(one).forRate(perSecond))
                .filter(one -> one.transfers().size() == 1)
                .orElse(null);
        if (budgetMicrojoules != null
                && way.isEnergyKnown()
                && source.microjoules().isPresent()
                && other.microjoules().isPresent()) {
            double left = budgetMicrojoules / 1000
                    - way.back().millijoules(answer)
                    - way.back().receiverMillijoules(answer);
            if (plan == null || BudgetPlanner.millijoules(problem, plan) > left) {
                plan = packing.best(problem, one -> new BudgetPlanner(one).fastest(left))
                        .filter(one -> one.transfers().size() == 1)
                        .orElse(plan);
            }
        }
        if (plan == null) {
            return Optional.empty();
        }
        Transfer transfer = plan.transfers().getFirst();
        int boundary = plan.tierOf().indexOf(1);
        if (boundary < 1 || graph.feature(transfer.producer()).elements() > TENSOR_BYTES_MAX) {
            return Optional.empty();
        }
        double share = share(problem.tiers().getFirst(), boundary, source.expectedMicros());
        double rest = 1 - share(problem.tiers().getLast(), boundary, other.expectedMicros());
        double front = share * source.expectedMicros();
        double back = rest * other.expectedMicros();
        double home = way.back().millis(answer) * 1000;
        double send = transfer.millis() * 1000;
        boolean energyKnown =
                source.microjoules().isPresent() && other.microjoules().isPresent();
        double ownRadio = 1000 * (transfer.millijoules() + way.back().receiverMillijoules(answer));
        double otherRadio = 1000 * (transfer.receiverMillijoules() + way.back().millijoules(answer));
        return Optional.of(new Option(
                peer,
                boundary,
                transfer.bits(),
                transfer.bytes(),
                front,
                send,
                back,
                home,
                share * source.p90Micros() + send + rest * other.p90Micros() + home,
                (1 - share) * source.p90Micros(),
                share * source.p90Micros(),
                energyKnown
                        ? OptionalDouble.of(share * source.microjoules().getAsDouble()
                                + rest * other.microjoules().getAsDouble())
                        : OptionalDouble.empty(),
                source.microjoules().isPresent()
                        ? OptionalDouble.of(share * source.microjoules().getAsDouble() + ownRadio)
                        : OptionalDouble.empty(),
                way.isEnergyKnown() ? OptionalDouble.of(ownRadio + otherRadio) : OptionalDouble.empty(),
                !source.isGuess() && !other.isGuess(),
                0,
                0,
                List.of(OperatorShares.basis(source.shares(), graph), OperatorShares.basis(other.shares(), graph))));
    }

    /** A device; where its energy is unknown, no energy of it is looked at. */
    private static Tier tier(String name, LayerGraph graph, Cost cost) {
        return OperatorShares.tier(
                name,
                graph,
                cost.shares(),
                cost.expectedMicros() / 1000,
                cost.microjoules().orElse(0) / 1000);
    }

    /** Share of the network's time that its front has. */
    private static double share(Tier tier, int boundary, double allMicros) {
        double front = 0;
        for (int v = 0; v < boundary; v++) {
            front += tier.millis()[v] * 1000;
        }
        return Math.min(1, front / allMicros);
    }

    /** What all of it takes, empty when a part is unknown. */
    OptionalDouble allMicrojoules() {
        return microjoules.isPresent() && linkMicrojoules.isPresent()
                ? OptionalDouble.of(microjoules.getAsDouble() + linkMicrojoules.getAsDouble())
                : OptionalDouble.empty();
    }

    /** Of one frame, everything one after the other. */
    double totalMicros() {
        return beforeMicros + frontMicros + sendMicros + backMicros + returnMicros + afterMicros;
    }

    /** What the source does for one frame. */
    double sourceMicros() {
        return beforeMicros + frontMicros + afterMicros;
    }

    /** The longest stage: frames may follow each other at that distance. */
    double stageMicros() {
        double ends = Math.max(beforeMicros + frontMicros, afterMicros);
        return Math.max(Math.max(ends, backMicros), Math.max(sendMicros, returnMicros));
    }
}
