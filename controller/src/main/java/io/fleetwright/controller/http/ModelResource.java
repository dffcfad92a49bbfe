package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.controller.model.Derivation;
import io.fleetwright.controller.model.ExportFormat;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.Models;
import io.fleetwright.controller.model.Stage;
import io.fleetwright.controller.model.Stages;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.removal.VersionRemoval;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.forge.quantize.SchemeChoice;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.artifact.ArtifactStore;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Models, versions, variants. */
@Path("/api/v1/models")
public class ModelResource {
    private static final String CALIBRATION_SET = "calibration-set";
    private static final String ZERO_SHOT = "zero-shot";
    private static final int SAMPLES = 128;

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

    /**
     * Body of a variant to derive.
     *
     * @param variant its name; absent means the scheme's
     * @param calibration {@code calibration-set} or {@code zero-shot}; absent means the former
     */
    public record NewVariant(
            @Nullable String variant,
            @Nullable String scheme,
            @Nullable String calibration,
            @Nullable Integer samples,
            @Nullable Long seed) {}

    /** Body of a cut: one of the two. */
    public record Cutting(
            @Nullable List<Integer> after, @Nullable Long memoryBytes) {}

    /** Body of a step to another stage. */
    public record Promotion(@Nullable String to) {}

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
        controller.core().models().putEvaluationSet(present.tenant(), model, version, body, present.who());
        audited("evaluation-set.put", model + " " + version);
        return Response.noContent().build();
    }

    /** The float network that variants are derived from and compared with. */
    @PUT
    @Path("/{model}/versions/{version}/source")
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public Response source(@PathParam("model") String model, @PathParam("version") String version, byte[] body) {
        bounded(body);
        controller.core().models().putSource(present.tenant(), model, version, body, present.who());
        audited("source.put", model + " " + version);
        return Response.noContent().build();
    }

    /** Inputs that the quantizer looks at; never measured on. */
    @PUT
    @Path("/{model}/versions/{version}/calibration-set")
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public Response calibrationSet(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            @HeaderParam("If-None-Match") @Nullable String ifNoneMatch,
            byte[] body) {
        bounded(body);
        Precondition condition = new Precondition(ifMatch, ifNoneMatch);
        String what = "calibration set of %s %s".formatted(model, version);
        controller
                .core()
                .models()
                .putCalibrationSet(
                        present.tenant(),
                        model,
                        version,
                        body,
                        there -> condition.require(
                                what,
                                there.map(digest -> Precondition.tag(new Digest(digest)))
                                        .orElse(null),
                                there.orElse("")));
        audited("calibration-set.put", model + " " + version);
        return Response.noContent()
                .header("ETag", Precondition.tag(Digest.of(body)))
                .build();
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
        VariantRow row =
                controller.core().models().putVariant(present.tenant(), model, version, variant, body, present.who());
        audited("variant.put", "%s %s %s %s".formatted(model, version, variant, row.digest));
        return Response.status(201).entity(Views.variant(row)).build();
    }

    /** Quantizes the version's source; answers when the variant is measured and stored, which takes seconds. */
    @POST
    @Path("/{model}/versions/{version}/variants")
    public Response derive(
            @PathParam("model") String model, @PathParam("version") String version, @Nullable NewVariant body) {
        NewVariant request = body == null ? new NewVariant(null, null, null, null, null) : body;
        String scheme = required("scheme", request.scheme());
        String calibration = orElse(request.calibration(), CALIBRATION_SET);
        if (!calibration.equals(CALIBRATION_SET) && !calibration.equals(ZERO_SHOT)) {
            throw Refusal.invalid(
                    "calibration (%s) must be %s or %s".formatted(calibration, CALIBRATION_SET, ZERO_SHOT));
        }
        VariantRow row = controller
                .core()
                .derivation()
                .derive(
                        present.tenant(),
                        model,
                        version,
                        new Derivation.Request(
                                orElse(request.variant(), scheme),
                                scheme(scheme),
                                calibration.equals(ZERO_SHOT),
                                orElse(request.samples(), SAMPLES),
                                orElse(request.seed(), 1L)),
                        present.who());
        audited("variant.derived", "%s %s %s %s".formatted(model, version, row.variant, row.digest));
        return Response.status(201).entity(Views.variant(row)).build();
    }

    /** Cuts a variant into parts for boards that cannot hold all of it. */
    @POST
    @Path("/{model}/versions/{version}/variants/{variant}/parts")
    public Response cut(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @PathParam("variant") String variant,
            @Nullable Cutting body) {
        Cutting request = body == null ? new Cutting(null, null) : body;
        List<Integer> after = request.after();
        if (after != null && after.contains(null)) {
            throw Refusal.invalid("after (%s) must name operators".formatted(after));
        }
        List<VariantRow> parts = controller
                .core()
                .parts()
                .cut(present.tenant(), model, version, variant, after, request.memoryBytes(), present.who());
        for (VariantRow part : parts) {
            audited("variant.cut", "%s %s %s %s".formatted(model, version, part.variant, part.digest));
        }
        return Response.status(201)
                .entity(new Views.Page<>(parts.stream().map(Views::variant).toList(), null))
                .build();
    }

    private static <T> T orElse(@Nullable T value, T other) {
        return value == null ? other : value;
    }

    /** A variant as a file of an {@link ExportFormat}. */
    @GET
    @Path("/{model}/versions/{version}/variants/{variant}/export")
    public Response export(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @PathParam("variant") String variant,
            @QueryParam("format") @DefaultValue("stored") String format) {
        String tenant = present.tenant();
        ExportFormat wanted = ExportFormat.of(format);
        byte[] artifact = controller.core().run(scope -> {
            VersionRow row = Models.requireVersion(scope.tx(), tenant, model, version);
            VariantRow one = scope.tx()
                    .get(VariantRow.class, row.id + "/" + variant)
                    .orElseThrow(() -> Refusal.notFound("variant", variant));
            return Artifacts.of(scope).read(new Digest(wanted.digest(one)));
        });
        return Response.ok(wanted.written(artifact), MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .build();
    }

    /** What each cut of a variant loses when values cross it in four bits. */
    @GET
    @Path("/{model}/versions/{version}/variants/{variant}/cuts")
    public Object cuts(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @PathParam("variant") String variant) {
        String tenant = present.tenant();
        return controller.core().run(scope -> {
            VersionRow row = Models.requireVersion(scope.tx(), tenant, model, version);
            VariantRow one = scope.tx()
                    .get(VariantRow.class, row.id + "/" + variant)
                    .orElseThrow(() -> Refusal.notFound("variant", variant));
            return CutViews.of(scope.tx().get(CutLossRow.class, one.id));
        });
    }

    private static SchemeChoice scheme(String text) {
        try {
            return SchemeChoice.parse(text);
        } catch (IllegalArgumentException unknown) {
            throw Refusal.invalid(String.valueOf(unknown.getMessage()));
        }
    }

    /** Approves or retires a version. */
    @POST
    @Path("/{model}/versions/{version}/promote")
    public Object promote(
            @PathParam("model") String model, @PathParam("version") String version, @Nullable Promotion request) {
        String to = required("to", request == null ? null : request.to());
        Stage stage = Stage.of(to)
                .filter(known -> known == Stage.APPROVED || known == Stage.RETIRED)
                .orElseThrow(() -> Refusal.invalid("to (%s) must be approved or retired".formatted(to)));
        String tenant = present.tenant();
        String who = present.who();
        return controller
                .core()
                .act(
                        tenant,
                        who,
                        "version." + stage.label(),
                        model + " " + version,
                        scope -> version(scope.tx(), Stages.promote(scope, tenant, model, version, stage, who)));
    }

    /** Deletes a version that nothing runs, shall run or may go back to. */
    @DELETE
    @Path("/{model}/versions/{version}")
    public Response delete(@PathParam("model") String model, @PathParam("version") String version) {
        String tenant = present.tenant();
        controller.core().act(tenant, present.who(), "version.deleted", model + " " + version, scope -> {
            VersionRemoval.delete(scope, tenant, model, version);
            return true;
        });
        return Response.noContent().build();
    }

    /** What a version was made of, by which steps, and who moved it on. */
    @GET
    @Path("/{model}/versions/{version}/lineage")
    public Object lineage(@PathParam("model") String model, @PathParam("version") String version) {
        String tenant = present.tenant();
        return controller
                .core()
                .run(scope -> Lineage.of(scope, Models.requireVersion(scope.tx(), tenant, model, version)));
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
        ArtifactStore.requireSize(body);
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
                        .map(version -> version(tx, version))
                        .toList());
    }

    private static Views.Version version(Tx tx, VersionRow row) {
        return Views.version(
                row,
                tx.find(Query.of(VariantRow.class).equal("versionId", row.id).ascending("variant")));
    }
}
