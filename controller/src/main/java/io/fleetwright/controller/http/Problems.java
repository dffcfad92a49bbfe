package io.fleetwright.controller.http;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.trust.artifact.ArtifactException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Every refusal as {@code application/problem+json}; a bug says nothing of itself to the outside. */
public class Problems {
    private static final System.Logger LOG = System.getLogger(Problems.class.getName());

    /** The body of a refusal (RFC 9457). */
    public record Problem(String type, String title, int status, String detail) {}

    static Response of(int status, String kind, String title, String detail) {
        return Response.status(status)
                .type("application/problem+json")
                .entity(new Problem("urn:fleetwright:problem:" + kind, title, status, detail))
                .build();
    }

    static Response unauthorized() {
        return of(401, "unauthorized", "unauthorized", "send a valid API token as Authorization: Bearer");
    }

    @ServerExceptionMapper
    public Response refusal(Refusal refused) {
        int status = switch (refused.kind()) {
            case NOT_FOUND -> 404;
            case INVALID, DEADLINE_UNREACHABLE -> 422;
            case CONFLICT -> 409;
            case TOO_MANY -> 429;
            case UNAVAILABLE -> 503;
        };
        String kind = refused.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
        return of(status, kind, kind.replace('-', ' '), String.valueOf(refused.getMessage()));
    }

    @ServerExceptionMapper
    public Response artifact(ArtifactException failure) {
        return refusal(Refusal.of(failure));
    }

    @ServerExceptionMapper
    public Response store(StoreException failure) {
        LOG.log(System.Logger.Level.ERROR, "http.store_failed reason=" + failure.getMessage());
        return of(503, "unavailable", "unavailable", "the database does not answer; try again");
    }

    @ServerExceptionMapper
    public Response web(WebApplicationException refused) {
        int status = refused.getResponse().getStatus();
        String detail = switch (status) {
            case 400 -> "the request cannot be read: " + cause(refused);
            case 404 -> "there is nothing at this address";
            case 405 -> "this address does not take that method";
            case 413 -> "the request is too large";
            case 415 -> "the content type is not the one that this address takes";
            default -> String.valueOf(refused.getMessage());
        };
        return of(status, "http-" + status, String.valueOf(refused.getMessage()), detail);
    }

    /** A body whose JSON is not what the address takes. */
    @ServerExceptionMapper
    public Response body(MismatchedInputException wrong) {
        String field = wrong.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
        String detail = wrong instanceof UnrecognizedPropertyException unknown
                ? "there is no field %s; fields are %s".formatted(abbreviated(field), unknown.getKnownPropertyIds())
                : "%s cannot be read: %s".formatted(field.isEmpty() ? "the body" : abbreviated(field), reason(wrong));
        return of(400, "http-400", "the body is not what this address takes", detail);
    }

    private static String reason(JsonMappingException wrong) {
        return abbreviated(
                String.valueOf(wrong.getOriginalMessage()).lines().findFirst().orElse(""));
    }

    private static String abbreviated(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200);
    }

    @ServerExceptionMapper
    public Response bug(RuntimeException bug) {
        LOG.log(System.Logger.Level.ERROR, "http.failed", bug);
        return of(500, "internal", "internal error", "the controller's log says more");
    }

    private static String cause(WebApplicationException refused) {
        Throwable cause = refused.getCause() == null ? refused : refused.getCause();
        return abbreviated(
                String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
    }
}
