package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.rollout.Policy;
import io.fleetwright.controller.rollout.PolicyJson;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.RolloutState.Reach;
import io.fleetwright.controller.rollout.Rollouts;
import io.fleetwright.controller.rollout.Rule;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rollouts: start, look, command, and ask why. */
@Path("/api/v1/rollouts")
public class RolloutResource {
    /** Targets in the view of one rollout; all of them are in its list of targets. */
    private static final int TARGETS_SHOWN = 1000;

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
            @Nullable JsonNode policy,
            @Nullable JsonNode gates,
            @Nullable Boolean allowEmpty,
            @Nullable Boolean allowUnapproved,
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
                        row -> Views.rollout(row, Rollouts.counts(scope.tx(), row), null)));
    }

    @GET
    @Path("/{id}")
    public Response one(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> scope.tx()
                        .get(RolloutRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> Response.ok(whole(scope.tx(), row))
                                .header("ETag", tag(row))
                                .build())
                        .orElseThrow(() -> Refusal.notFound("rollout", id)));
    }

    /** Of where it stands, which is what a command is an answer to; how many targets have ended is no part of it. */
    private static String tag(RolloutRow row) {
        return Precondition.tag(
                row.id,
                row.state,
                String.valueOf(row.reason),
                "%d %d %d".formatted(row.wave, row.approvedWave, row.acceptedWave));
    }

    /** Makes a rollout; with {@code dryRun} says what it would be, and makes none. */
    @POST
    public Response create(@QueryParam("dryRun") @DefaultValue("false") boolean dryRun, @Nullable NewRollout body) {
        if (body == null) {
            throw Refusal.invalid("the body must name model and version");
        }
        Rollouts.Request request = request(body);
        String tenant = present.tenant();
        if (dryRun) {
            return Response.ok(DryRun.of(controller.core(), tenant, request)).build();
        }
        Views.Rollout view = controller
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
        return Response.status(201)
                .entity(view)
                .header("Location", "/api/v1/rollouts/" + view.rollout())
                .build();
    }

    private Rollouts.Request request(NewRollout body) {
        Selector selector = body.selector();
        Set<Rollouts.Allowance> allowed = EnumSet.noneOf(Rollouts.Allowance.class);
        if (Boolean.TRUE.equals(body.allowEmpty())) {
            allowed.add(Rollouts.Allowance.EMPTY);
        }
        if (Boolean.TRUE.equals(body.allowUnapproved())) {
            allowed.add(Rollouts.Allowance.UNAPPROVED);
        }
        return new Rollouts.Request(
                ModelResource.required("model", body.model()),
                ModelResource.required("version", body.version()),
                orEmpty("classes", selector == null ? null : selector.classes()),
                orEmpty("devices", selector == null ? null : selector.devices()),
                selector == null ? null : selector.q(),
                orEmpty("variants", body.variants()),
                policy(body),
                body.minAccuracy(),
                body.maxLatencyMs(),
                body.maxEnergyMj(),
                allowed,
                body.gates() == null || body.gates().isNull()
                        ? null
                        : body.gates().toString());
    }

    /** The short form of waves, a list of percentages, and the policy with everything else. */
    private Policy policy(NewRollout body) {
        Rollouts rollouts = controller.core().rollouts();
        JsonNode policy = body.policy();
        if (body.waves() != null && policy != null && policy.has("waves")) {
            throw Refusal.invalid("waves and policy.waves exclude each other");
        }
        Policy shape = rollouts.percents(orEmpty("waves", body.waves()));
        return policy == null ? shape : PolicyJson.read(policy.toString(), shape);
    }

    /** A command of {@link Rollouts}. */
    @FunctionalInterface
    private interface Command {
        RolloutRow run(Rollouts rollouts, Models.Scope scope);
    }

    @POST
    @Path("/{id}/abort")
    public Response abort(
            @PathParam("id") String id,
            @QueryParam("rollback") @DefaultValue("true") boolean rollback,
            @HeaderParam("If-Match") @Nullable String ifMatch) {
        Reach reach = rollback ? Reach.ALL : Reach.UNFINISHED;
        return command(
                id,
                ifMatch,
                "rollout.aborted",
                (rollouts, scope) ->
                        rollouts.abort(scope.tx(), scope.effects(), present.tenant(), id, reach, scope.nowMillis()));
    }

    @POST
    @Path("/{id}/pause")
    public Response pause(@PathParam("id") String id, @HeaderParam("If-Match") @Nullable String ifMatch) {
        return command(
                id,
                ifMatch,
                "rollout.paused",
                (rollouts, scope) ->
                        rollouts.pause(scope.tx(), scope.effects(), present.tenant(), id, scope.nowMillis()));
    }

    @POST
    @Path("/{id}/resume")
    public Response resume(@PathParam("id") String id, @HeaderParam("If-Match") @Nullable String ifMatch) {
        return command(
                id,
                ifMatch,
                "rollout.resumed",
                (rollouts, scope) ->
                        rollouts.resume(scope.tx(), scope.effects(), present.tenant(), id, scope.nowMillis()));
    }

    @POST
    @Path("/{id}/approve")
    public Response approve(@PathParam("id") String id, @HeaderParam("If-Match") @Nullable String ifMatch) {
        return command(
                id,
                ifMatch,
                "rollout.approved",
                (rollouts, scope) ->
                        rollouts.approve(scope.tx(), scope.effects(), present.tenant(), id, scope.nowMillis()));
    }

    @POST
    @Path("/{id}/retry")
    public Response retry(@PathParam("id") String id, @HeaderParam("If-Match") @Nullable String ifMatch) {
        return command(
                id,
                ifMatch,
                "rollout.retried",
                (rollouts, scope) ->
                        rollouts.retry(scope.tx(), scope.effects(), present.tenant(), id, scope.nowMillis()));
    }

    private Response command(String id, @Nullable String ifMatch, String action, Command command) {
        FleetCore core = controller.core();
        String tenant = present.tenant();
        Precondition condition = new Precondition(ifMatch, null);
        core.act(tenant, present.who(), action, id, scope -> {
            RolloutRow row = Rollouts.require(scope.tx(), tenant, id);
            condition.require(
                    "rollout " + id, tag(row), "%s at wave %d of %s".formatted(row.state, row.wave + 1, row.waves));
            return command.run(core.rollouts(), scope);
        });
        return one(id); // As it is once the command has had its effect.
    }

    @GET
    @Path("/{id}/targets")
    public Object targets(
            @PathParam("id") String id,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            Query<TargetRow> targets =
                    Query.of(TargetRow.class).equal("rolloutId", Rollouts.require(scope.tx(), tenant, id).id);
            return Paging.page(
                    scope.tx(),
                    state == null ? targets : targets.equal("state", state),
                    Paging.Order.ASCENDING,
                    limit,
                    cursor,
                    Views::target);
        });
    }

    @GET
    @Path("/{id}/why/{node}/{device}")
    public Object why(@PathParam("id") String id, @PathParam("node") String node, @PathParam("device") String device) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            Rule rule =
                    controller.core().rollouts().why(scope.tx(), tenant, id, node + "/" + device, scope.nowMillis());
            return new Views.Why(id, node, device, rule.kind().label(), rule.detail());
        });
    }

    private static Views.Rollout whole(Tx tx, RolloutRow row) {
        return Views.rollout(
                row,
                Rollouts.counts(tx, row),
                tx.find(Query.of(TargetRow.class)
                        .equal("rolloutId", row.id)
                        .ascending("id")
                        .limit(TARGETS_SHOWN)));
    }

    /** @throws Refusal that names the first that is null */
    static <T> List<T> orEmpty(String name, @Nullable List<T> list) {
        if (list == null) {
            return List.of();
        }
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i) == null) {
                throw Refusal.invalid("%s[%d] must not be null".formatted(name, i));
            }
        }
        return list;
    }
}
