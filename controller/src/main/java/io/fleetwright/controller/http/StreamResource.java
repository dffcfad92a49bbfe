package io.fleetwright.controller.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.StreamPlanRow;
import io.fleetwright.controller.stream.StreamWindowRow;
import io.fleetwright.controller.stream.Streams;
import io.fleetwright.controller.targeting.Groups;
import io.fleetwright.controller.targeting.TargetQuery;
import io.fleetwright.controller.targeting.Targets;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Streams: begin, look, stop. */
@Path("/api/v1/streams")
public class StreamResource {
    /** Plans that one look shows, the newest first. */
    private static final int PLANS_SHOWN = 50;

    private final Controller controller;
    private final Access.Present present;

    StreamResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Body of a new stream. */
    public record NewStream(
            @Nullable String model,
            @Nullable String source,
            @Nullable String sensor,
            @Nullable Long periodMs,
            @Nullable Long deadlineMs,
            @Nullable Integer bits,
            @Nullable Double energyBudgetMj,
            @Nullable Double accuracyFloor,
            @Nullable Double lossMax,
            @Nullable Integer priority,
            @JsonProperty("notify") @Nullable String notifyNode,
            @Nullable JsonNode frame,
            @Nullable JsonNode before,
            @Nullable JsonNode after) {}

    /**
     * @param state one of the states of a stream, absent for all
     * @param q query of the source's device and node, absent for all
     */
    @GET
    public Object list(
            @QueryParam("state") @Nullable String state,
            @QueryParam("q") @Nullable String q,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        if (state != null && !Streams.STATES.contains(state)) {
            throw Refusal.invalid("state must be one of " + Streams.STATES);
        }
        return controller.core().run(scope -> {
            TargetQuery asked = Groups.parse(scope.tx(), tenant, q);
            return Paging.page(
                    scope.tx(),
                    () -> {
                        Query<LiveStreamRow> query =
                                Query.of(LiveStreamRow.class).equal("tenant", tenant);
                        return state == null ? query : query.equal("state", state);
                    },
                    Paging.Order.NEWEST_FIRST,
                    limit,
                    cursor,
                    rows -> fitting(scope.tx(), rows, asked),
                    row -> StreamViews.stream(scope.tx(), row));
        });
    }

    /** Those whose source fits. */
    private static List<LiveStreamRow> fitting(Tx tx, List<LiveStreamRow> rows, TargetQuery query) {
        if (query == TargetQuery.all() || rows.isEmpty()) {
            return rows;
        }
        List<DeviceRow> sources = tx.find(Query.of(DeviceRow.class)
                .in("id", rows.stream().map(StreamResource::source).distinct().toList()));
        Set<String> fit =
                Targets.fitting(tx, sources, query).stream().map(row -> row.id).collect(Collectors.toSet());
        return rows.stream().filter(row -> fit.contains(source(row))).toList();
    }

    private static String source(LiveStreamRow row) {
        return row.nodeId + "/" + row.device;
    }

    @GET
    @Path("/{id}")
    public Object one(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller.core().run(scope -> StreamViews.stream(scope.tx(), require(scope.tx(), tenant, id)));
    }

    /** What its source told of windows of time, the newest first. */
    @GET
    @Path("/{id}/windows")
    public Object windows(
            @PathParam("id") String id,
            @QueryParam("limit") @Nullable Integer limit,
            @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            require(scope.tx(), tenant, id);
            return Paging.page(
                    scope.tx(),
                    Query.of(StreamWindowRow.class).equal("streamId", id),
                    Paging.Order.NEWEST_FIRST,
                    limit,
                    cursor,
                    StreamViews::window);
        });
    }

    /** Its plans, the newest first, each with what was compared, what was planned and what was seen. */
    @GET
    @Path("/{id}/why")
    public Object why(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            require(scope.tx(), tenant, id);
            List<StreamViews.Plan> plans = scope
                    .tx()
                    .find(Query.of(StreamPlanRow.class)
                            .equal("streamId", id)
                            .descending("epoch")
                            .limit(PLANS_SHOWN))
                    .stream()
                    .map(StreamViews::plan)
                    .toList();
            return new StreamViews.Why(id, plans);
        });
    }

    @POST
    public Response create(@Nullable NewStream body) {
        if (body == null) {
            throw Refusal.invalid("the body must name model, source, sensor, periodMs and deadlineMs");
        }
        Streams.Request request = new Streams.Request(
                ModelResource.required("model", body.model()),
                ModelResource.required("source", body.source()),
                ModelResource.required("sensor", body.sensor()),
                millis("periodMs", body.periodMs()),
                millis("deadlineMs", body.deadlineMs()),
                body.bits() == null ? Byte.SIZE : body.bits(),
                body.energyBudgetMj(),
                body.accuracyFloor(),
                body.priority() == null ? 0 : body.priority(),
                body.notifyNode(),
                body.lossMax(),
                JobResource.chains(body.frame(), body.before(), body.after()));
        String tenant = present.tenant();
        String what = "%s at %s".formatted(request.model(), request.source());
        Object view = controller.core().act(tenant, present.who(), "stream.created", what, scope -> {
            LiveStreamRow row =
                    controller.core().streams().create(scope.tx(), scope.effects(), tenant, request, scope.nowMillis());
            return StreamViews.stream(scope.tx(), row);
        });
        return Response.status(201).entity(view).build();
    }

    @POST
    @Path("/{id}/stop")
    public Object stop(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "stream.stopped",
                        id,
                        scope -> StreamViews.stream(
                                scope.tx(),
                                controller
                                        .core()
                                        .streams()
                                        .stop(scope.tx(), scope.effects(), tenant, id, scope.nowMillis())));
    }

    private static Duration millis(String name, @Nullable Long value) {
        if (value == null) {
            throw Refusal.invalid("%s is missing".formatted(name));
        }
        return Duration.ofMillis(value);
    }

    private static LiveStreamRow require(Tx tx, String tenant, String id) {
        return tx.get(LiveStreamRow.class, id)
                .filter(row -> row.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("stream", id.length() <= 120 ? id : id.substring(0, 120) + "..."));
    }
}
