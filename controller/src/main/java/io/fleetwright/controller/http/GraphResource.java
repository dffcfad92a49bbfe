package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.graph.GraphSpec;
import io.fleetwright.controller.graph.GraphSpecReader;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/** Jobs of several tasks: submit, look, cancel. */
@Path("/api/v1/graph-jobs")
public class GraphResource {
    private final Controller controller;
    private final Access.Present present;

    GraphResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    @GET
    public Object list(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Paging.page(
                        scope.tx(),
                        Query.of(GraphRow.class).equal("tenant", tenant),
                        Paging.Order.NEWEST_FIRST,
                        limit,
                        cursor,
                        GraphViews::summary));
    }

    @GET
    @Path("/{id}")
    public Object one(@PathParam("id") String id) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> scope.tx()
                        .get(GraphRow.class, id)
                        .filter(row -> row.tenant.equals(tenant))
                        .map(row -> GraphViews.whole(scope.tx(), row, scope.nowMillis()))
                        .orElseThrow(() -> Refusal.notFound("job", id)));
    }

    @POST
    public Response create(@Nullable JsonNode body) {
        if (body == null) {
            throw Refusal.invalid("the body must be the specification of a job");
        }
        GraphSpec spec = GraphSpecReader.read(body);
        String tenant = present.tenant();
        Object view = controller.core().act(tenant, present.who(), "job.submitted", spec.name(), scope -> {
            GraphRow row =
                    controller.core().graphs().submit(scope.tx(), scope.effects(), tenant, spec, scope.nowMillis());
            return GraphViews.whole(scope.tx(), row, scope.nowMillis());
        });
        return Response.status(202).entity(view).build();
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
                        scope -> GraphViews.whole(
                                scope.tx(),
                                controller
                                        .core()
                                        .graphs()
                                        .cancel(scope.tx(), scope.effects(), tenant, id, scope.nowMillis()),
                                scope.nowMillis()));
    }
}
