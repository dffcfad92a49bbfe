package io.fleetwright.controller.rollout;

import io.fleetwright.controller.core.Effects;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.rollout.Snapshot.Watched;
import io.fleetwright.controller.store.FleetStore.Tx;
import java.util.List;

/** Judges a rollout by what its devices measured. Asked at each step of a running rollout, so it must be quick. */
@FunctionalInterface
public interface RolloutGates {
    /** No gates: thresholds alone decide. */
    RolloutGates NONE = (_, _, _, _, _) -> new GateVerdict.Pass();

    /**
     * The verdict on one wave; reads only.
     *
     * @param wave index of the wave in progress, from 0
     * @param watched what devices have said that no row of a target tells yet: what it says of the version counts before
     *     anything more starts
     */
    GateVerdict verdict(Tx tx, RolloutRow rollout, int wave, List<Watched> watched, long nowMillis);

    /**
     * Sets up what a rollout that was just created is judged by; in the transaction that creates it.
     *
     * @param policy JSON, the request's {@code gates}
     * @throws Refusal when it makes no sense, or nobody can report what it asks for
     */
    default void admit(Tx tx, Effects effects, RolloutRow rollout, String policy, long nowMillis) {
        throw Refusal.invalid("gates are not available here");
    }
}
