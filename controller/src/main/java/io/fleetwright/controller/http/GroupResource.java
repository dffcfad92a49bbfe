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
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
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
    public Response one(@PathParam("name") String name) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Groups.find(scope.tx(), tenant, name)
                        .map(row -> tagged(scope.tx(), row))
                        .orElseThrow(() -> Refusal.notFound("group", name)));
    }

    @PUT
    @Path("/{name}")
    public Response put(
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            @HeaderParam("If-None-Match") @Nullable String ifNoneMatch,
            @Nullable NewGroup body) {
        String tenant = present.tenant();
        String q = body == null ? null : body.q();
        Precondition condition = new Precondition(ifMatch, ifNoneMatch);
        return controller.core().act(tenant, present.who(), "group.set", name, scope -> {
            require(scope.tx(), tenant, name, condition);
            GroupRow row = Groups.put(scope.tx(), tenant, name, q, present.who(), scope.nowMillis());
            return tagged(scope.tx(), row);
        });
    }

    @DELETE
    @Path("/{name}")
    public void delete(@PathParam("name") String name, @HeaderParam("If-Match") @Nullable String ifMatch) {
        String tenant = present.tenant();
        Precondition condition = new Precondition(ifMatch, null);
        controller.core().act(tenant, present.who(), "group.deleted", name, scope -> {
            require(scope.tx(), tenant, name, condition);
            Groups.delete(scope.tx(), tenant, name);
            return true;
        });
    }

    private static void require(Tx tx, String tenant, String name, Precondition condition) {
        GroupRow there = Groups.find(tx, tenant, name).orElse(null);
        condition.require("group " + name, there == null ? null : tag(there), there == null ? "" : there.query);
    }

    private static Response tagged(Tx tx, GroupRow row) {
        return Response.ok(view(row, members(tx, row))).header("ETag", tag(row)).build();
    }

    /** Of its query; who belongs to it changes by itself. */
    private static String tag(GroupRow row) {
        return Precondition.tag(row.id, row.query);
    }

    private static int members(Tx tx, GroupRow row) {
        return Selector.matched(tx, row.tenant, java.util.List.of(), java.util.List.of(), row.query)
                .size();
    }

    private static Group view(GroupRow row, @Nullable Integer devices) {
        return new Group(row.name, row.query, row.madeBy, Views.time(row.changedAt), devices);
    }
}
