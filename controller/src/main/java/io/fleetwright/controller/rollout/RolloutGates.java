package io.fleetwright.controller.rollout;

import io.fleetwright.controller.store.FleetStore.Tx;

/** Judges a rollout by what its devices measured. Asked at each step of a running rollout, so it must be quick. */
@FunctionalInterface
public interface RolloutGates {
    /** No gates: thresholds alone decide. */
    RolloutGates NONE = (_, _, _, _) -> new GateVerdict.Pass();

    /**
     * The verdict on one wave; reads only.
     *
     * @param wave index of the wave in progress, from 0
     */
    GateVerdict verdict(Tx tx, RolloutRow rollout, int wave, long nowMillis);
}
