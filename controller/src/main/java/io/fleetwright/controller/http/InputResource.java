package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.UploadRow;
import io.fleetwright.controller.model.Uploads;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Inputs of jobs that are put here once and named by their digest. */
@Path("/api/v1/inputs")
public class InputResource {
    private final Controller controller;
    private final Access.Present present;

    InputResource(Controller controller, Access.Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** What a specification names. */
    record Input(String digest, long bytes, String keptUntil) {}

    @POST
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public Response create(byte @Nullable [] body) {
        if (body == null) {
            throw Refusal.invalid("the body must be the bytes of an input");
        }
        String tenant = present.tenant();
        UploadRow row = controller.core().run(scope -> Uploads.put(scope.tx(), tenant, body, scope.nowMillis()));
        return Response.status(201)
                .entity(new Input(
                        row.digest,
                        row.bytes,
                        Instant.ofEpochMilli(row.createdAt).plus(Uploads.KEPT).toString()))
                .build();
    }
}
