package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/** Models, versions, variants. */
@Path("/api/v1/models")
public class ModelResource {
    private final Controller controller;
    private final Access.Present present;

    ModelResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Body of a new model. */
    public record NewModel(@Nullable String model) {}

    /** Body of a new version. */
    public record NewVersion(@Nullable String version) {}

    @GET
    public Object list(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Paging.page(
                        scope.tx(),
                        Query.of(ModelRow.class).equal("tenant", tenant),
                        Paging.Order.ASCENDING,
                        limit,
                        cursor,
                        row -> model(scope.tx(), row)));
    }

    @GET
    @Path("/{model}")
    public Object one(@PathParam("model") String model) {
        String tenant = present.tenant();
        return controller.core().run(scope -> model(scope.tx(), require(scope.tx(), tenant, model)));
    }

    @GET
    @Path("/{model}/versions")
    public Object versions(@PathParam("model") String model) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> new Views.Page<>(
                        model(scope.tx(), require(scope.tx(), tenant, model)).versions(), null));
    }

    @POST
    public Response create(@Nullable NewModel request) {
        String model = required("model", request == null ? null : request.model());
        boolean made = controller.core().models().create(present.tenant(), model);
        if (made) {
            audited("model.created", model);
        }
        return Response.status(made ? 201 : 200).entity(one(model)).build();
    }

    @POST
    @Path("/{model}/versions")
    public Response createVersion(@PathParam("model") String model, @Nullable NewVersion request) {
        String version = required("version", request == null ? null : request.version());
        boolean made = controller.core().models().createVersion(present.tenant(), model, version);
        if (made) {
            audited("version.created", model + " " + version);
        }
        return Response.status(made ? 201 : 200).entity(one(model)).build();
    }

    @PUT
    @Path("/{model}/versions/{version}/evaluation-set")
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public Response evaluationSet(@PathParam("model") String model, @PathParam("version") String version, byte[] body) {
        bounded(body);
        controller.core().models().putEvaluationSet(present.tenant(), model, version, body);
        audited("evaluation-set.put", model + " " + version);
        return Response.noContent().build();
    }

    @PUT
    @Path("/{model}/versions/{version}/variants/{variant}")
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public Response variant(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @PathParam("variant") String variant,
            byte[] body) {
        bounded(body);
        VariantRow row = controller.core().models().putVariant(present.tenant(), model, version, variant, body);
        audited("variant.put", "%s %s %s %s".formatted(model, version, variant, row.digest));
        return Response.status(201).entity(Views.variant(row)).build();
    }

    private void audited(String action, String what) {
        String tenant = present.tenant();
        String who = present.who();
        controller.core().run(scope -> {
            FleetCore.audit(scope, tenant, who, action, what);
            return true;
        });
    }

    private static void bounded(byte[] body) {
        if (body.length == 0 || body.length > Artifacts.BYTES_MAX) {
            throw Refusal.invalid("body of %d bytes must have 1 to %d".formatted(body.length, Artifacts.BYTES_MAX));
        }
    }

    static String required(String field, @Nullable String value) {
        if (value == null) {
            throw Refusal.invalid("the body must name a " + field);
        }
        return value;
    }

    private static ModelRow require(Tx tx, String tenant, String model) {
        return tx.get(ModelRow.class, tenant + "/" + model).orElseThrow(() -> Refusal.notFound("model", model));
    }

    private static Views.Model model(Tx tx, ModelRow row) {
        return new Views.Model(
                row.model,
                Views.time(row.createdAt),
                tx
                        .find(Query.of(VersionRow.class)
                                .equal("tenant", row.tenant)
                                .equal("model", row.model)
                                .descending("createdAt"))
                        .stream()
                        .map(version -> Views.version(
                                version,
                                tx.find(Query.of(VariantRow.class)
                                        .equal("versionId", version.id)
                                        .ascending("variant"))))
                        .toList());
    }
}
