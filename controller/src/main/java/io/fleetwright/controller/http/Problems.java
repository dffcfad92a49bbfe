package io.fleetwright.controller.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.trust.artifact.ArtifactException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

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
            case PRECONDITION_FAILED -> 412;
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
        if (failure instanceof FleetCore.ReplacedException) {
            return of(503, "replaced", "replaced", String.valueOf(failure.getMessage()));
        }
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

    /** A body that is JSON and has another form than the address takes; a field that nobody knows would be a wish that nobody hears. */
    @ServerExceptionMapper
    public Response form(MismatchedInputException wrong) {
        StringBuilder field = new StringBuilder();
        for (JsonMappingException.Reference step : wrong.getPath()) {
            String name = step.getFieldName();
            field.append(name == null ? "[%d]".formatted(step.getIndex()) : field.isEmpty() ? name : "." + name);
        }
        String name = field.isEmpty() ? "the body" : field.length() <= 100 ? field.toString() : field.substring(0, 100);
        String detail = wrong instanceof UnrecognizedPropertyException unknown
                ? "%s is unknown; known are %s".formatted(name, known(unknown))
                : "%s must be %s".formatted(name, kind(wrong.getTargetType()));
        return of(422, "invalid", "invalid", detail);
    }

    private static String known(UnrecognizedPropertyException unknown) {
        Collection<Object> names = unknown.getKnownPropertyIds();
        return names == null
                ? "none"
                : names.stream().map(String::valueOf).sorted().collect(Collectors.joining(", "));
    }

    private static String kind(@Nullable Class<?> type) {
        if (type == null) {
            return "of another kind";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        if (type == Boolean.class) {
            return "true or false";
        }
        if (type == Integer.class || type == Long.class) {
            return "a whole number";
        }
        return type == String.class ? "text" : Number.class.isAssignableFrom(type) ? "a number" : "an object";
    }

    @ServerExceptionMapper
    public Response bug(RuntimeException bug) {
        LOG.log(System.Logger.Level.ERROR, "http.failed", bug);
        return of(500, "internal", "internal error", "the controller's log says more");
    }

    private static String cause(WebApplicationException refused) {
        Throwable cause = refused.getCause() == null ? refused : refused.getCause();
        JsonLocation at = cause instanceof JsonProcessingException malformed ? malformed.getLocation() : null;
        if (at != null) {
            return "it is no JSON, line %d, column %d".formatted(at.getLineNr(), at.getColumnNr());
        }
        String text = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return text.length() <= 200 ? text : text.substring(0, 200);
    }
}
