package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;

/** Plans of jobs and streams in one form, and why each task has its place. */
@Path("/api/v1/plans")
public class PlanResource {
    private final Controller controller;
    private final Access.Present present;

    PlanResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    @GET
    @Path("/{id}")
    public Object one(@PathParam("id") String id) {
        String tenant = present.tenant();
        controller.core().direct().settle(id);
        return controller.core().read(scope -> PlanViews.plan(scope.tx(), tenant, id));
    }

    @GET
    @Path("/{id}/why/{task}")
    public Object why(@PathParam("id") String id, @PathParam("task") String task) {
        String tenant = present.tenant();
        controller.core().direct().settle(id);
        return controller.core().read(scope -> PlanViews.why(scope.tx(), tenant, id, task));
    }
}
