package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rollouts: start, look, abort. */
@Path("/api/v1/rollouts")
public class RolloutResource {
    private final Controller controller;
    private final Access.Present present;

    RolloutResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Which devices; empty means all. */
    public record Selector(
            @Nullable List<String> classes,
            @Nullable List<String> devices,
            @Nullable String q) {}

    /** Body of a new rollout. */
    public record NewRollout(
            @Nullable String model,
            @Nullable String version,
            @Nullable Selector selector,
            @Nullable List<String> variants,
            @Nullable List<Integer> waves,
            @Nullable Double minAccuracy,
            @Nullable Double maxLatencyMs,
            @Nullable Double maxEnergyMj) {}

    @GET
    public Object list(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Paging.page(
                        scope.tx(),
                        Query.of(RolloutRow.class).equal("tenant", tenant),
                        Paging.Order.NEWEST_FIRST,
                        limit,
                        cursor,
                        row -> Views.rollout(row, counts(scope.tx(), row), null)));
    }

    @GET
    @Path("/{id}")
    public Object one(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> scope.tx()
                        .get(RolloutRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> whole(scope.tx(), row))
                        .orElseThrow(() -> Refusal.notFound("rollout", id)));
    }

    @POST
    public Response create(@Nullable NewRollout body) {
        if (body == null) {
            throw Refusal.invalid("the body must name model and version");
        }
        Selector selector = body.selector();
        Rollouts.Request request = new Rollouts.Request(
                ModelResource.required("model", body.model()),
                ModelResource.required("version", body.version()),
                orEmpty(selector == null ? null : selector.classes()),
                orEmpty(selector == null ? null : selector.devices()),
                orEmpty(body.variants()),
                orEmpty(body.waves()),
                body.minAccuracy(),
                body.maxLatencyMs(),
                body.maxEnergyMj());
        String tenant = present.tenant();
        Object view = controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "rollout.created",
                        request.model() + " " + request.version(),
                        scope -> whole(
                                scope.tx(),
                                controller
                                        .core()
                                        .rollouts()
                                        .create(scope.tx(), scope.effects(), tenant, request, scope.nowMillis())));
        return Response.status(201).entity(view).build();
    }

    @POST
    @Path("/{id}/abort")
    public Object abort(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "rollout.aborted",
                        id,
                        scope -> whole(
                                scope.tx(),
                                controller
                                        .core()
                                        .rollouts()
                                        .abort(scope.tx(), scope.effects(), tenant, id, scope.nowMillis())));
    }

    private static Views.Rollout whole(Tx tx, RolloutRow row) {
        return Views.rollout(
                row,
                counts(tx, row),
                tx.find(Query.of(TargetRow.class).equal("rolloutId", row.id).ascending("id")));
    }

    private static Views.Counts counts(Tx tx, RolloutRow row) {
        return new Views.Counts(
                count(tx, row, "pending"),
                count(tx, row, "running"),
                count(tx, row, "succeeded"),
                count(tx, row, "failed"),
                count(tx, row, "skipped"));
    }

    private static long count(Tx tx, RolloutRow row, String state) {
        return tx.count(Query.of(TargetRow.class).equal("rolloutId", row.id).equal("state", state));
    }

    static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
