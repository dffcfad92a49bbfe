package io.fleetwright.scheduler;

import io.fleetwright.scheduler.heft.ArrivalOrder;
import io.fleetwright.scheduler.heft.Cpop;
import io.fleetwright.scheduler.heft.FastestNode;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.heft.Peft;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.heft.ReadySet;
import io.fleetwright.scheduler.plan.StaticScheduler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** The static schedulers by the names that {@code schedule --algorithm} takes. */
public final class Algorithms {
    /** A scheduler from a seed; only the random ones look at it. */
    private static final Map<String, LongFunction<StaticScheduler>> BY_NAME = byName();

    private Algorithms() {}

    /** All known names, in the order in which help texts list them. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /**
     * The scheduler called {@code name}.
     *
     * @param seed decides what a randomized algorithm does; the others ignore it
     * @throws IllegalArgumentException naming the known ones if there is none of that name
     */
    public static StaticScheduler named(String name, long seed) {
        LongFunction<StaticScheduler> maker = BY_NAME.get(name);
        if (maker == null) {
            throw new IllegalArgumentException(
                    "unknown algorithm '%s'; known: %s".formatted(name, String.join(" ", names())));
        }
        return maker.apply(seed);
    }

    private static Map<String, LongFunction<StaticScheduler>> byName() {
        Map<String, LongFunction<StaticScheduler>> all = new LinkedHashMap<>();
        all.put("heft", _ -> new Heft());
        all.put("cpop", _ -> new Cpop());
        all.put("peft", _ -> new Peft());
        all.put("minmin", _ -> new ReadySet(ReadySet.Next.MIN_MIN));
        all.put("maxmin", _ -> new ReadySet(ReadySet.Next.MAX_MIN));
        all.put("met", _ -> new ArrivalOrder(ArrivalOrder.Rule.SHORTEST_EXECUTION));
        all.put("mct", _ -> new ArrivalOrder(ArrivalOrder.Rule.EARLIEST_FINISH));
        all.put("olb", _ -> new ArrivalOrder(ArrivalOrder.Rule.FIRST_FREE));
        all.put("fastest-node", _ -> new FastestNode());
        all.put("random", RandomChoice::new);
        return all;
    }
}
