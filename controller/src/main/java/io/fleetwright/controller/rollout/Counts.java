package io.fleetwright.controller.rollout;

import java.util.EnumMap;
import java.util.Map;

/** Targets by state; together they are all of them. */
public record Counts(Map<TargetState, Long> of) {
    static final Counts NONE = new Counts(Map.of());

    public Counts {
        of = Map.copyOf(of);
    }

    public long get(TargetState state) {
        return of.getOrDefault(state, 0L);
    }

    public long total() {
        return of.values().stream().mapToLong(Long::longValue).sum();
    }

    Counts plus(Counts other) {
        Map<TargetState, Long> sum = new EnumMap<>(TargetState.class);
        for (TargetState state : TargetState.values()) {
            sum.put(state, get(state) + other.get(state));
        }
        return new Counts(sum);
    }

    Counts moved(TargetState from, TargetState to) {
        Map<TargetState, Long> next = new EnumMap<>(TargetState.class);
        next.putAll(of);
        next.merge(from, -1L, Long::sum);
        next.merge(to, 1L, Long::sum);
        return new Counts(next);
    }
}
