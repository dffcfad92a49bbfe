package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.gate.GateTestRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;

/** How far a rollout is, beside its targets: wave by wave, and gate by gate. Both lists are short by their policies' limits. */
@Path("/api/v1/rollouts/{id}")
public class RolloutProgressResource {
    private final Controller controller;
    private final Access.Present present;

    RolloutProgressResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    record Items<T>(List<T> items) {}

    /** Targets of one wave by state. */
    record Wave(int wave, Map<String, Long> counts) {}

    /**
     * Where a test stands.
     *
     * @param stratum device class, and whether its figures are modelled
     * @param wave the first one that has such devices, from 0
     * @param decision {@code open}, {@code accepted} (no worse) or {@code rejected}
     * @param passed false while the wave waits for this test
     * @param detail one line with figures
     */
    record Gate(
            String metric,
            String stratum,
            int wave,
            long samples,
            long samplesMin,
            String decision,
            boolean passed,
            double pValue,
            String detail) {}

    @GET
    @Path("/waves")
    public Object waves(@PathParam("id") String id) {
        return of(
                id,
                (tx, rollout) ->
                        tx
                                .find(Query.of(WaveRow.class)
                                        .equal("rolloutId", rollout.id)
                                        .ascending("wave"))
                                .stream()
                                .map(row -> new Wave(row.wave, Views.byState(row.counts())))
                                .toList());
    }

    /** Empty for a rollout without gates. */
    @GET
    @Path("/gates")
    public Object gates(@PathParam("id") String id) {
        return of(
                id,
                (tx, rollout) ->
                        tx
                                .find(Query.of(GateTestRow.class)
                                        .equal("rolloutId", rollout.id)
                                        .ascending("id"))
                                .stream()
                                .map(row -> new Gate(
                                        row.metric,
                                        row.stratum,
                                        row.firstWave,
                                        row.samples,
                                        row.samplesMin,
                                        row.decision.toLowerCase(Locale.ROOT),
                                        row.hasPassed(),
                                        row.progress().pValue(),
                                        row.shown()))
                                .toList());
    }

    private <T> Items<T> of(String id, BiFunction<Tx, RolloutRow, List<T>> list) {
        return controller
                .core()
                .run(scope -> new Items<>(list.apply(scope.tx(), Rollouts.require(scope.tx(), present.tenant(), id))));
    }
}
