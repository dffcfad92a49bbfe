package io.fleetwright.controller.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.Permission;
import io.fleetwright.controller.identity.Tokens.Role;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.Digest;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code Idempotency-Key} on POST: the same caller, address, key and body get the first answer again for 24 hours, and nothing is
 * done twice. Another body under the same key is refused.
 *
 * <p>The answer is stored after the work was committed. When the controller ends between the two, the key is refused as in progress for
 * five minutes and counts as new after that.
 */
@Provider
@Priority(Priorities.USER)
public class IdempotencyKeys implements ContainerRequestFilter, ContainerResponseFilter {
    private static final String HEADER = "Idempotency-Key";
    private static final String KEPT = IdempotencyKeys.class.getName();
    private static final Pattern KEY = Pattern.compile("[!-~]{1,100}");
    private static final Duration VALIDITY = Duration.ofHours(24);
    private static final Duration IN_PROGRESS = Duration.ofMinutes(5);
    private static final int BODY_BYTES_MAX = 1024 * 1024;
    private static final int ANSWER_CHARS_MAX = 100_000;
    private static final int ANSWERS_MAX = 10_000;

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
        KeptAnswerRow fresh = new KeptAnswerRow();
        fresh.id = Digest.of(String.join("\n", present.tenant(), present.who(), path, key)
                        .getBytes(StandardCharsets.UTF_8))
                .hex();
        fresh.tenant = present.tenant();
        fresh.bodyDigest = Digest.of(body).hex();
        Optional<KeptAnswerRow> before = controller.core().run(scope -> take(scope.tx(), fresh, scope.nowMillis()));
        if (before.isEmpty()) {
            request.setProperty(KEPT, fresh.id);
        } else if (!before.get().bodyDigest.equals(fresh.bodyDigest)) {
            throw Refusal.invalid("%s was used with another body".formatted(HEADER));
        } else if (before.get().status == 0) {
            throw new Refusal(Refusal.Kind.CONFLICT, "the first request with this %s is in progress".formatted(HEADER));
        } else {
            request.abortWith(Response.status(before.get().status)
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .header("Idempotency-Replayed", "true")
                    .entity(before.get().answer)
                    .build());
        }
    }

    /** The answer that is kept; absent when this request is the first, which is noted then. */
    private static Optional<KeptAnswerRow> take(Tx tx, KeptAnswerRow fresh, long nowMillis) {
        Query<KeptAnswerRow> own = Query.of(KeptAnswerRow.class).equal("tenant", fresh.tenant);
        tx.deleteAll(Query.of(KeptAnswerRow.class)
                .equal("tenant", fresh.tenant)
                .less("createdAt", nowMillis - VALIDITY.toMillis()));
        Optional<KeptAnswerRow> before = tx.get(KeptAnswerRow.class, fresh.id);
        if (before.isPresent()
                && (before.get().status != 0 || before.get().createdAt > nowMillis - IN_PROGRESS.toMillis())) {
            return before;
        }
        before.ifPresent(tx::delete);
        if (tx.count(own) >= ANSWERS_MAX) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "tenant used %d idempotency keys in a day".formatted(ANSWERS_MAX));
        }
        fresh.createdAt = nowMillis;
        tx.insert(fresh);
        return Optional.empty();
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (!(request.getProperty(KEPT) instanceof String id)) {
            return;
        }
        String answer = response.getStatus() < 500 ? text(response.getEntity()) : "";
        controller.core().run(scope -> {
            scope.tx().get(KeptAnswerRow.class, id).ifPresent(row -> {
                if (answer.isEmpty() || answer.length() > ANSWER_CHARS_MAX) {
                    scope.tx().delete(row);
                } else {
                    row.status = response.getStatus();
                    row.answer = answer;
                    scope.tx().update(row);
                }
            });
            return true;
        });
    }

    private String text(Object entity) {
        try {
            return entity == null ? "{}" : mapper.writeValueAsString(entity);
        } catch (JsonProcessingException noJson) {
            return ""; // Such an answer cannot be given again, and is not kept.
        }
    }
}
