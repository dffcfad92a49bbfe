package io.fleetwright.scheduler.partition;

import java.util.List;

/**
 * Which device runs which layers, and what that gives.
 *
 * @param tierOf of each layer
 * @param transfers in the order of what they carry
 * @param latencyMillis of one input, everything one after the other
 * @param bottleneckMillis of the longest stage or transfer: inputs may follow each other at that distance
 * @param deviceMillijoules of the first device: layers, sending, and idling until the answer is there
 * @param accuracyLoss by what is sent in few bits
 */
public record PartitionPlan(
        List<Integer> tierOf,
        List<Transfer> transfers,
        double latencyMillis,
        double bottleneckMillis,
        double deviceMillijoules,
        double accuracyLoss) {
    public PartitionPlan {
        tierOf = List.copyOf(tierOf);
        transfers = List.copyOf(transfers);
    }

    /** What a plan gives, computed from scratch. */
    static PartitionPlan of(PartitionProblem problem, List<Integer> tierOf, List<Transfer> transfers) {
        var busy = new double[problem.tiers().size()];
        double energy = 0;
        for (int v = 0; v < tierOf.size(); v++) {
            int tier = tierOf.get(v);
            busy[tier] += problem.tiers().get(tier).millis()[v];
            energy += tier == 0 ? problem.tiers().getFirst().millijoules()[v] : 0;
        }
        double latency = 0;
        double bottleneck = 0;
        double lost = 0;
        for (double millis : busy) {
            latency += millis;
            bottleneck = Math.max(bottleneck, millis);
        }
        for (Transfer transfer : transfers) {
            latency += transfer.millis();
            bottleneck = Math.max(bottleneck, transfer.millis());
            energy += transfer.from() == 0 ? transfer.millijoules() : 0;
            lost += problem.penalty().loss(transfer.producer(), transfer.bits());
        }
        energy += (latency - busy[0]) * problem.tiers().getFirst().idleMilliwatts() / 1000;
        return new PartitionPlan(tierOf, transfers, latency, bottleneck, energy, lost);
    }

    /** Bytes on all links. */
    public long bytes() {
        long all = 0;
        for (Transfer transfer : transfers) {
            all += transfer.bytes();
        }
        return all;
    }

    /** True when the first device runs everything. */
    public boolean isLocal() {
        return transfers.isEmpty();
    }

    /** True when this plan is at least as good in everything and better in something. */
    boolean dominates(PartitionPlan other) {
        boolean noWorse = latencyMillis <= other.latencyMillis
                && deviceMillijoules <= other.deviceMillijoules
                && bytes() <= other.bytes()
                && accuracyLoss <= other.accuracyLoss;
        boolean better = latencyMillis < other.latencyMillis
                || deviceMillijoules < other.deviceMillijoules
                || bytes() < other.bytes()
                || accuracyLoss < other.accuracyLoss;
        return noWorse && better;
    }
}
