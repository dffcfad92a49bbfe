package io.fleetwright.controller.rollout;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.EnumMap;
import java.util.Map;

/** How many targets of a wave are in which state, kept with every change of one; {@code id} is {@code rollout/wave}. */
@Entity
@Table(name = "rollout_wave")
public class WaveRow extends Row {
    @Id
    public String id = "";

    public String tenant = "";
    public String rolloutId = "";
    public int wave;
    /** Targets without a variant; they are among the skipped. */
    public long unfit;

    public long pending;
    public long running;
    public long succeeded;
    public long failed;
    public long cancelled;
    public long skipped;
    public long withdrawing;
    public long withdrawn;

    @Override
    public Object key() {
        return id;
    }

    static String id(String rollout, int wave) {
        return rollout + "/" + wave;
    }

    /** Of this wave alone. */
    public Counts counts() {
        Map<TargetState, Long> counts = new EnumMap<>(TargetState.class);
        for (TargetState state : TargetState.values()) {
            counts.put(state, get(state));
        }
        return new Counts(counts);
    }

    private long get(TargetState state) {
        return switch (state) {
            case PENDING -> pending;
            case RUNNING -> running;
            case SUCCEEDED -> succeeded;
            case FAILED -> failed;
            case CANCELLED -> cancelled;
            case SKIPPED -> skipped;
            case WITHDRAWING -> withdrawing;
            case WITHDRAWN -> withdrawn;
        };
    }

    void add(TargetState state, long change) {
        switch (state) {
            case PENDING -> pending += change;
            case RUNNING -> running += change;
            case SUCCEEDED -> succeeded += change;
            case FAILED -> failed += change;
            case CANCELLED -> cancelled += change;
            case SKIPPED -> skipped += change;
            case WITHDRAWING -> withdrawing += change;
            case WITHDRAWN -> withdrawn += change;
        }
        if (get(state) < 0) {
            throw new IllegalStateException("wave %s has %d %s targets".formatted(id, get(state), state.label()));
        }
    }
}
