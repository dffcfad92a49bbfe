package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The online policies by the names that {@code simulate --policy} takes. */
public final class OnlinePolicies {
    public static final String ENERGY = "energy";
    public static final String LEARNED = "learned";
    /** Part of their latency that jobs give for energy, unless told otherwise. */
    public static final double ENERGY_SLACK = 0.08;

    /** Random plans per decision of the rolling horizon. */
    private static final int CHANGES = 32;

    private static final int CHANGES_FOR_DEADLINES = 60;
    private static final long SEED = 1;

    private static final Map<String, Supplier<OnlinePolicy>> BY_NAME = byName();

    private OnlinePolicies() {}

    /** All known names, in the order in which help texts list them. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /**
     * A new policy for one simulation.
     *
     * @throws IllegalArgumentException naming the known ones if there is none of that name
     */
    public static OnlinePolicy named(String name) {
        @Nullable Supplier<OnlinePolicy> maker = BY_NAME.get(name);
        if (maker == null) {
            throw new IllegalArgumentException(
                    "unknown policy '%s'; known: %s".formatted(name, String.join(" ", names())));
        }
        return maker.get();
    }

    /**
     * A new energy-aware policy for one simulation.
     *
     * @param slack see {@link EnergyAware#EnergyAware}
     * @throws IllegalArgumentException if the slack is out of range
     */
    public static OnlinePolicy energy(double slack) {
        return new EnergyAware(slack, SEED);
    }

    /** A new learned policy for one simulation, with a network of one's own. */
    public static OnlinePolicy learned(PairNetwork network) {
        return new LearnedPolicy(network);
    }

    private static OnlinePolicy learned() {
        return learned(Trained.NETWORK);
    }

    /** Read when it is first needed. */
    private static final class Trained {
        static final PairNetwork NETWORK = PairNetworkText.builtIn();
    }

    private static Map<String, Supplier<OnlinePolicy>> byName() {
        Map<String, Supplier<OnlinePolicy>> all = new LinkedHashMap<>();
        all.put("met", MinimumExecution::new);
        all.put("eft", () -> new EarliestFinishInOrder(EarliestFinishInOrder.Order.QUEUE));
        all.put("etf", () -> new EarliestFinishFirst(EarliestFinishFirst.Tie.FIRST));
        all.put("stf", ShortestTask::new);
        all.put("etf-lb", () -> new EarliestFinishFirst(EarliestFinishFirst.Tie.LEAST_GIVEN));
        all.put("heft-rt", () -> new EarliestFinishInOrder(EarliestFinishInOrder.Order.UPWARD_RANK));
        all.put("fair", FairShare::new);
        all.put(LEARNED, OnlinePolicies::learned);
        all.put("portfolio", () -> new RollingHorizon(RollingHorizon.Objective.LATENCY, CHANGES, SEED, learned()));
        all.put(ENERGY, () -> energy(ENERGY_SLACK));
        all.put("deadline", () -> new RollingHorizon(RollingHorizon.Objective.DEADLINES, CHANGES_FOR_DEADLINES, SEED));
        return all;
    }
}
