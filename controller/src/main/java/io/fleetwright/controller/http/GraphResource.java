package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.graph.GraphChart;
import io.fleetwright.controller.graph.GraphOverrides;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.graph.GraphSpec;
import io.fleetwright.controller.graph.GraphSpecReader;
import io.fleetwright.controller.graph.YamlTree;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.format.GanttJson;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.gantt.GanttSvg;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Jobs of several tasks: submit, look, cancel. */
@Path("/api/v1/graph-jobs")
public class GraphResource {
    private final Controller controller;
    private final Access.Present present;
    private final JobStreams streams;
    private final LargeAnswers large;
    private final OperationResource.Awaiting awaiting;

    GraphResource(
            Controller controller,
            Access.Present present,
            JobStreams streams,
            LargeAnswers large,
            OperationResource.Awaiting awaiting) {
        this.large = large;
        this.awaiting = awaiting;
        this.streams = streams;
        this.controller = controller;
        this.present = present;
    }

    @GET
    public Object list(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller
                .core()
                .read(scope -> Paging.page(
                        scope.tx(),
                        Query.of(GraphRow.class).equal("tenant", tenant),
                        Paging.Order.NEWEST_FIRST,
                        limit,
                        cursor,
                        GraphViews::summary));
    }

    @GET
    @Path("/{id}")
    @RunOnVirtualThread
    public Object one(@PathParam("id") String id, @Context RoutingContext request) throws InterruptedException {
        String tenant = present.tenant();
        return whole(
                controller
                        .core()
                        .read(scope -> scope.tx()
                                .get(GraphRow.class, id)
                                .filter(row -> row.tenant.equals(tenant))
                                .orElseThrow(() -> Refusal.notFound("job", id))),
                request);
    }

    private GraphViews.GraphJob whole(GraphRow job, RoutingContext request) throws InterruptedException {
        long bytes = controller.core().read(scope -> GraphViews.outputBytes(scope.tx(), job));
        large.enter(request, bytes);
        return controller.core().read(scope -> GraphViews.whole(scope.tx(), job, scope.nowMillis()));
    }

    /** A job that is there by now, whatever its answer: outputs that cannot be told are left to its GET. */
    private GraphViews.GraphJob begun(GraphRow job, RoutingContext request) throws InterruptedException {
        try {
            return whole(job, request);
        } catch (Refusal noOutputs) {
            return controller.core().read(scope -> GraphViews.withoutOutputs(scope.tx(), job, scope.nowMillis()));
        }
    }

    /**
     * States of a job as they come, up to its end.
     *
     * @param lastEventId of the last event that a reader that comes back has had
     */
    @GET
    @Path("/{id}/events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Blocking
    public Multi<OutboundSseEvent> events(
            @Context Sse sse, @PathParam("id") String id, @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        String tenant = present.tenant();
        JobStreams.Seen now = seen(tenant, id);
        return streams.of(sse, tenant, id, now.ended() ? null : lastEventId, () -> seen(tenant, id));
    }

    private JobStreams.Seen seen(String tenant, String id) {
        return controller
                .core()
                .read(scope -> scope.tx()
                        .get(GraphRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> new JobStreams.Seen(
                                GraphViews.event(scope.tx(), row, scope.nowMillis()), !Jobs.OPEN.contains(row.state)))
                        .orElseThrow(() -> Refusal.notFound("job", id)));
    }

    /** When tasks were to run and when they ran; {@code format=svg} draws it. */
    @GET
    @Path("/{id}/gantt")
    public Response gantt(@PathParam("id") String id, @QueryParam("format") @Nullable String format) {
        boolean draws = "svg".equals(format);
        if (format != null && !draws && !format.equals("json")) {
            throw Refusal.invalid("format must be json or svg");
        }
        String tenant = present.tenant();
        Gantt chart = controller
                .core()
                .read(scope -> scope.tx()
                        .get(GraphRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> GraphChart.of(scope.tx(), row, scope.nowMillis()))
                        .orElseThrow(() -> Refusal.notFound("job", id)));
        return Response.ok(draws ? GanttSvg.of(chart) : GanttJson.of(chart))
                .type(draws ? "image/svg+xml" : MediaType.APPLICATION_JSON)
                .build();
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @RunOnVirtualThread
    public Response create(
            @HeaderParam("Prefer") @Nullable List<String> prefer,
            @Nullable JsonNode body,
            @QueryParam("input") @Nullable List<String> inputs,
            @QueryParam("deadlineMs") @Nullable Long deadlineMs,
            @QueryParam("notify") @Nullable String notifyNode,
            @Context RoutingContext request)
            throws InterruptedException {
        if (body == null) {
            throw Refusal.invalid("the body must be the specification of a job");
        }
        return submit(
                prefer, body, new GraphOverrides(inputs == null ? List.of() : inputs, deadlineMs, notifyNode), request);
    }

    @POST
    @Consumes("application/yaml")
    @RunOnVirtualThread
    public Response createFromYaml(
            @HeaderParam("Prefer") @Nullable List<String> prefer,
            @Nullable String body,
            @QueryParam("input") @Nullable List<String> inputs,
            @QueryParam("deadlineMs") @Nullable Long deadlineMs,
            @QueryParam("notify") @Nullable String notifyNode,
            @Context RoutingContext request)
            throws InterruptedException {
        return submit(
                prefer,
                YamlTree.read(body == null ? "" : body),
                new GraphOverrides(inputs == null ? List.of() : inputs, deadlineMs, notifyNode),
                request);
    }

    private Response submit(
            @Nullable List<String> prefer, JsonNode root, GraphOverrides overrides, RoutingContext request)
            throws InterruptedException {
        GraphSpec spec = GraphSpecReader.read(overrides.on(root));
        String tenant = present.tenant();
        Duration limit = Prefer.await(prefer);
        GraphRow job = awaiting.await(
                () -> controller
                        .core()
                        .act(
                                tenant,
                                present.who(),
                                "job.submitted",
                                spec.name(),
                                scope -> controller
                                        .core()
                                        .graphs()
                                        .submit(scope.tx(), scope.effects(), tenant, spec, scope.nowMillis())
                                        .id),
                id -> controller
                        .core()
                        .read(scope -> scope.tx().get(GraphRow.class, id).orElseThrow()),
                row -> !Jobs.OPEN.contains(row.state),
                limit);
        boolean answers = !limit.isZero() && !Jobs.OPEN.contains(job.state);
        return OperationResource.Awaiting.begun(
                        Response.status(answers ? 200 : 202).entity(begun(job, request)), job.id, limit)
                .build();
    }

    @POST
    @Path("/{id}/cancel")
    public Object cancel(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .act(
                        tenant,
                        present.who(),
                        "job.cancelled",
                        id,
                        scope -> GraphViews.withoutOutputs(
                                scope.tx(),
                                controller
                                        .core()
                                        .graphs()
                                        .cancel(scope.tx(), scope.effects(), tenant, id, scope.nowMillis()),
                                scope.nowMillis()));
    }
}
