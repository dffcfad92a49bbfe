package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.select.Selector;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.targeting.GroupRow;
import io.fleetwright.controller.targeting.Groups;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import org.jspecify.annotations.Nullable;

/** Saved queries over devices: {@code group==NAME} means them wherever a query is taken. */
@Path("/api/v1/groups")
public class GroupResource {
    private final Controller controller;
    private final Access.Present present;

    GroupResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Body of a group. */
    public record NewGroup(@Nullable String q) {}

    /** {@code devices} are those that belong now; absent in lists. */
    record Group(
            String name,
            String q,
            String by,
            String changedAt,
            @Nullable Integer devices) {}

    @GET
    public Object list(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Paging.page(
                        scope.tx(),
                        Query.of(GroupRow.class).equal("tenant", tenant),
                        Paging.Order.ASCENDING,
                        limit,
                        cursor,
                        row -> view(row, null)));
    }

    @GET
    @Path("/{name}")
    public Object one(@PathParam("name") String name) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Groups.find(scope.tx(), tenant, name)
                        .map(row -> view(row, members(scope.tx(), row)))
                        .orElseThrow(() -> Refusal.notFound("group", name)));
    }

    @PUT
    @Path("/{name}")
    public Object put(@PathParam("name") String name, @Nullable NewGroup body) {
        String tenant = present.tenant();
        String q = body == null ? null : body.q();
        return controller.core().act(tenant, present.who(), "group.set", name, scope -> {
            GroupRow row = Groups.put(scope.tx(), tenant, name, q, present.who(), scope.nowMillis());
            return view(row, members(scope.tx(), row));
        });
    }

    @DELETE
    @Path("/{name}")
    public void delete(@PathParam("name") String name) {
        String tenant = present.tenant();
        controller.core().act(tenant, present.who(), "group.deleted", name, scope -> {
            Groups.delete(scope.tx(), tenant, name);
            return true;
        });
    }

    private static int members(Tx tx, GroupRow row) {
        return Selector.matched(tx, row.tenant, java.util.List.of(), java.util.List.of(), row.query)
                .size();
    }

    private static Group view(GroupRow row, @Nullable Integer devices) {
        return new Group(row.name, row.query, row.madeBy, Views.time(row.changedAt), devices);
    }
}
