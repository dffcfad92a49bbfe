package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.Permission;
import io.fleetwright.controller.identity.Tokens.Role;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.Provider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code Idempotency-Key} on POST: the same caller, address, key, query and body get the first answer again for 24 hours, and nothing is
 * done twice. Another body or query under the same key is refused. A request that was refused did nothing, and is tried again under its
 * key; one that failed with 500 may have done something, and is not.
 *
 * <p>The answer is stored after the work was committed, of a long one what is short in it. When the controller ends between the two, the
 * key is refused as in progress for five minutes and counts as new after that.
 */
@Provider
@Priority(Priorities.USER)
public class IdempotencyKeys implements ContainerRequestFilter, ContainerResponseFilter {
    private static final String HEADER = "Idempotency-Key";
    private static final String KEPT = IdempotencyKeys.class.getName();
    private static final Pattern KEY = Pattern.compile("[!-~]{1,100}");
    private static final int BODY_BYTES_MAX = 1024 * 1024;

    private final Controller controller;
    private final Access.Present present;
    private final ObjectMapper mapper;

    IdempotencyKeys(Controller controller, Access.Present present, ObjectMapper mapper) {
        this.controller = controller;
        this.present = present;
        this.mapper = mapper;
    }

    @Override
    public void filter(ContainerRequestContext request) throws IOException {
        String key = request.getHeaderString(HEADER);
        String path = request.getUriInfo().getPath();
        if (key == null || !request.getMethod().equals("POST") || !path.startsWith("/api/v1/")) {
            return;
        }
        if (!KEY.matcher(key).matches()) {
            throw Refusal.invalid("%s must be 1 to 100 visible ASCII characters".formatted(HEADER));
        }
        if (Permission.needed("POST", path).role() == Role.ADMIN || path.equals("/api/v1/token-exchange")) {
            throw Refusal.invalid(
                    "%s is not for this address: its answers hold secrets and are not kept".formatted(HEADER));
        }
        byte[] body = request.getEntityStream().readNBytes(BODY_BYTES_MAX + 1);
        if (body.length > BODY_BYTES_MAX) {
            throw Refusal.invalid("a body with %s has at most %d bytes".formatted(HEADER, BODY_BYTES_MAX));
        }
        request.setEntityStream(new ByteArrayInputStream(body));
        KeptAnswerRow fresh = KeptAnswers.of(
                present.tenant(),
                present.who(),
                path,
                key,
                request.getUriInfo().getRequestUri().getRawQuery(),
                body);
        Optional<KeptAnswerRow> before =
                controller.core().run(scope -> KeptAnswers.take(scope.tx(), fresh, scope.nowMillis()));
        if (before.isEmpty()) {
            request.setProperty(KEPT, fresh.id);
        } else if (!before.get().bodyDigest.equals(fresh.bodyDigest)) {
            throw Refusal.invalid("%s was used with another body or query".formatted(HEADER));
        } else if (before.get().status == 0) {
            throw new Refusal(Refusal.Kind.CONFLICT, "the first request with this %s is in progress".formatted(HEADER));
        } else {
            request.abortWith(Response.status(before.get().status)
                    .type(before.get().status < 400 ? MediaType.APPLICATION_JSON : "application/problem+json")
                    .header("Idempotency-Replayed", "true")
                    .entity(before.get().answer)
                    .build());
        }
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (!(request.getProperty(KEPT) instanceof String id)) {
            return;
        }
        int status = response.getStatus();
        String answer = KeptAnswers.keeps(status) ? KeptAnswers.text(mapper, response.getEntity()) : "";
        controller.core().run(scope -> {
            KeptAnswers.settle(scope.tx(), id, status, answer);
            return true;
        });
    }
}
