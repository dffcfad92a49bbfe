package io.fleetwright.scheduler.partition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Cuts any network between two devices by a minimum cut (Hu et al., DADS, 2019): a layer may run on the second device only behind
 * tensors that were sent to it, nothing comes back, and a tensor that several layers there read is sent once. Exact for latency;
 * weights are not limited.
 */
public final class GraphPlanner {
    private static final int ROUNDS = 20;
    private static final double PRICE_MAX = 1e9;

    private final PartitionProblem problem;
    private final List<List<Integer>> readers;

    /** @throws IllegalArgumentException for other than two devices */
    public GraphPlanner(PartitionProblem problem) {
        if (problem.tiers().size() != 2) {
            throw new IllegalArgumentException("a cut of a graph is between 2 devices, not %d"
                    .formatted(problem.tiers().size()));
        }
        this.problem = problem;
        readers = problem.graph().readers();
    }

    /** The plan that answers one input soonest. */
    public PartitionPlan fastest() {
        return cut(0);
    }

    /**
     * The fastest plan that was found of those that lose at most so much accuracy: the price of a loss is bisected, which gives plans
     * on the convex hull of latency and loss, and tensors are then sent in fewer bits one by one while the budget allows it.
     */
    public PartitionPlan within(double lossMax) {
        PartitionPlan best = cut(0);
        if (best.accuracyLoss() <= lossMax) {
            return best;
        }
        best = cut(PRICE_MAX);
        double low = 0;
        double high = PRICE_MAX;
        for (int round = 0; round < ROUNDS; round++) {
            double price = low == 0 ? high / 1000 : Math.sqrt(low * high);
            PartitionPlan plan = cut(price);
            if (plan.accuracyLoss() <= lossMax) {
                high = price;
                best = plan.latencyMillis() < best.latencyMillis() ? plan : best;
            } else {
                low = price;
            }
        }
        return smaller(best, lossMax);
    }

    /** Sends single tensors in other bits while that is faster and the budget allows it. */
    private PartitionPlan smaller(PartitionPlan plan, double lossMax) {
        PartitionPlan best = plan;
        for (int at = 0; at < plan.transfers().size(); at++) {
            for (int bits : problem.bits()) {
                int producer = best.transfers().get(at).producer();
                if (!problem.maySend(producer, bits)) {
                    continue;
                }
                var transfers = new ArrayList<>(best.transfers());
                transfers.set(at, problem.transfer(producer, bits, 0, 1));
                PartitionPlan other = PartitionPlan.of(problem, best.tierOf(), transfers);
                if (other.accuracyLoss() <= lossMax && other.latencyMillis() < best.latencyMillis()) {
                    best = other;
                }
            }
        }
        return best;
    }

    private double cost(Transfer transfer, double price) {
        return transfer.millis() + price * problem.penalty().loss(transfer.producer(), transfer.bits());
    }

    private Optional<Transfer> cheapest(int producer, double price) {
        return problem.bits().stream()
                .filter(bits -> problem.maySend(producer, bits))
                .map(bits -> problem.transfer(producer, bits, 0, 1))
                .min(Comparator.comparingDouble(transfer -> cost(transfer, price)));
    }

    /** On the side of the source are layers of the device; an auxiliary node of a tensor is cut when the tensor is sent. */
    private PartitionPlan cut(double price) {
        int layers = problem.graph().size();
        int source = 2 * layers + 1;
        int sink = source + 1;
        var flow = new MaximumFlow(sink + 1);
        for (int v = 0; v < layers; v++) {
            flow.edge(source, v, problem.tiers().get(1).millis()[v]);
            flow.edge(v, sink, problem.tiers().get(0).millis()[v]);
            for (int from : problem.graph().layers().get(v).inputs()) {
                if (from != LayerGraph.INPUT) {
                    flow.edge(v, from, Double.POSITIVE_INFINITY);
                }
            }
        }
        for (int producer = LayerGraph.INPUT; producer < layers - 1; producer++) {
            // The input is where the source is.
            int made = producer == LayerGraph.INPUT ? source : producer;
            int sent = layers + 1 + producer;
            double cost = cheapest(producer, price)
                    .map(transfer -> cost(transfer, price))
                    .orElse(Double.POSITIVE_INFINITY);
            flow.edge(made, sent, cost);
            for (int reader : readers.get(producer + 1)) {
                flow.edge(sent, reader, Double.POSITIVE_INFINITY);
            }
        }
        boolean[] device = flow.sourceSide(source, sink);
        var tierOf = new ArrayList<Integer>();
        for (int v = 0; v < layers; v++) {
            tierOf.add(device[v] ? 0 : 1);
        }
        var transfers = new ArrayList<Transfer>();
        for (int producer = LayerGraph.INPUT; producer < layers; producer++) {
            boolean here = producer == LayerGraph.INPUT || device[producer];
            if (here && readers.get(producer + 1).stream().anyMatch(reader -> !device[reader])) {
                transfers.add(cheapest(producer, price).orElseThrow());
            }
        }
        return PartitionPlan.of(problem, tierOf, transfers);
    }
}
