package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import io.fleetwright.trust.Digest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Bytes by digest, whole or a range of them (RFC 9110, section 14), for who may read what names them. */
@Path("/api/v1/artifacts/{digest}")
public class ArtifactResource {
    private final Controller controller;
    private final Access.Present present;

    ArtifactResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** Some bytes of {@code length}. */
    private record Part(byte[] bytes, ByteRange range, long length) {}

    @GET
    public Response get(
            @PathParam("digest") String text,
            @HeaderParam("Range") @Nullable String range,
            @HeaderParam("If-None-Match") @Nullable String ifNoneMatch) {
        Digest digest = digest(text);
        String tenant = present.tenant();
        Precondition condition = new Precondition(null, ifNoneMatch);
        if (condition.has(Precondition.tag(digest))) {
            boolean _ = controller.core().read(scope -> {
                requireNamed(scope.tx(), tenant, digest);
                return true;
            });
            return Response.notModified()
                    .header("ETag", Precondition.tag(digest))
                    .build();
        }
        Part part = controller.core().run(scope -> {
            requireNamed(scope.tx(), tenant, digest);
            Artifacts artifacts = Artifacts.of(scope);
            long length = artifacts.length(digest);
            ByteRange wanted = ByteRange.of(range, length);
            return new Part(artifacts.range(digest, wanted.first(), wanted.last()), wanted, length);
        });
        return answer(part, range, digest);
    }

    /** What makes the artifact of another one, in {@link io.fleetwright.trust.artifact.Delta}'s form. */
    @GET
    @Path("/delta")
    public Response delta(
            @PathParam("digest") String text,
            @QueryParam("from") @Nullable String fromText,
            @HeaderParam("Range") @Nullable String range) {
        Digest to = digest(text);
        Digest from = digest(fromText == null ? "" : fromText);
        String tenant = present.tenant();
        controller.core().run(scope -> {
            requireNamed(scope.tx(), tenant, to);
            requireNamed(scope.tx(), tenant, from);
            return true;
        });
        byte[] delta = controller.core().deltas().between(from, to);
        ByteRange wanted = ByteRange.of(range, delta.length);
        byte[] bytes = Arrays.copyOfRange(delta, (int) wanted.first(), (int) wanted.last() + 1);
        return answer(new Part(bytes, wanted, delta.length), range, Digest.of(delta));
    }

    private static Response answer(Part part, @Nullable String range, Digest of) {
        Response.ResponseBuilder response = Response.status(range == null ? 200 : 206)
                .type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header("Accept-Ranges", "bytes")
                .header("ETag", Precondition.tag(of))
                .entity(part.bytes());
        return range == null
                ? response.build()
                : response.header("Content-Range", part.range().contentRange(part.length()))
                        .build();
    }

    private static Digest digest(String text) {
        if (!Digest.isValid(text)) {
            throw Refusal.invalid("digest must be sha256: and 64 hexadecimal digits");
        }
        return new Digest(text);
    }

    private static void requireNamed(Tx tx, String tenant, Digest digest) {
        if (!isNamedBy(tx, tenant, digest.value())) {
            throw Refusal.notFound("artifact", digest.value());
        }
    }

    private static boolean isNamedBy(Tx tx, String tenant, String digest) {
        return names(tx, VariantRow.class, tenant, "digest", digest)
                || names(tx, VariantRow.class, tenant, "packageDigest", digest)
                || names(tx, VariantRow.class, tenant, "deltaBase", digest)
                || names(tx, VersionRow.class, tenant, "sourceDigest", digest)
                || names(tx, VersionRow.class, tenant, "calibrationDigest", digest)
                || names(tx, VersionRow.class, tenant, "evaluationDigest", digest);
    }

    private static boolean names(Tx tx, Class<? extends Row> type, String tenant, String field, String digest) {
        return tx.count(Query.of(type).equal("tenant", tenant).equal(field, digest)) > 0;
    }
}
