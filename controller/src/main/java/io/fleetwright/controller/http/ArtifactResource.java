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
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
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

    @GET
    public Response get(@PathParam("digest") String text, @HeaderParam("Range") @Nullable String range) {
        Digest digest = digest(text);
        String tenant = present.tenant();
        record Part(byte[] bytes, ByteRange range, long length) {}
        Part part = controller.core().run(scope -> {
            if (!isNamedBy(scope.tx(), tenant, digest.value())) {
                throw Refusal.notFound("artifact", text);
            }
            Artifacts artifacts = Artifacts.of(scope);
            long length = artifacts.length(digest);
            ByteRange wanted = ByteRange.of(range, length);
            return new Part(artifacts.range(digest, wanted.first(), wanted.last()), wanted, length);
        });
        Response.ResponseBuilder response = Response.status(range == null ? 200 : 206)
                .type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header("Accept-Ranges", "bytes")
                .header("ETag", '"' + text + '"')
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

    private static boolean isNamedBy(Tx tx, String tenant, String digest) {
        return names(tx, VariantRow.class, tenant, "digest", digest)
                || names(tx, VariantRow.class, tenant, "packageDigest", digest)
                || names(tx, VersionRow.class, tenant, "sourceDigest", digest)
                || names(tx, VersionRow.class, tenant, "calibrationDigest", digest)
                || names(tx, VersionRow.class, tenant, "evaluationDigest", digest);
    }

    private static boolean names(Tx tx, Class<? extends Row> type, String tenant, String field, String digest) {
        return tx.count(Query.of(type).equal("tenant", tenant).equal(field, digest)) > 0;
    }
}
