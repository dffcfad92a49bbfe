package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.FleetCore;
import io.fleetwright.controller.identity.ApiTokenRow;
import io.fleetwright.controller.identity.EnrolmentTokenRow;
import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.identity.Tokens.Role;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.oidc.IdTokenException;
import io.fleetwright.controller.oidc.IdTokens;
import io.fleetwright.controller.store.Query;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tokens of people, programs and boards. A token's text is in the answer that makes it and nowhere else. */
@Path("/api/v1")
public class TokenResource {
    private static final int MINUTES_DEFAULT = 90 * 24 * 60;

    private final Controller controller;
    private final Access.Present present;
    private final KnownCallers known;

    TokenResource(Controller controller, Access.Present present, KnownCallers known) {
        this.controller = controller;
        this.present = present;
        this.known = known;
    }

    /**
     * Body of a new API token.
     *
     * @param minutes validity; 90 days when absent
     */
    public record TokenRequest(
            @Nullable String name,
            @Nullable String role,
            @Nullable List<String> scopes,
            @Nullable Integer minutes) {}

    /** Body of an exchange. */
    public record ExchangeRequest(@Nullable String idToken) {}

    record MadeToken(String id, String token, String name, String role, List<String> scopes, String expiresAt) {}

    record ShownToken(
            String id,
            String name,
            String role,
            List<String> scopes,
            String createdBy,
            String createdAt,
            String expiresAt) {}

    record ShownEnrolment(
            String id,
            int usesLeft,
            int uses,
            Map<String, String> labels,
            String createdBy,
            String createdAt,
            String expiresAt) {}

    @GET
    @Path("/tokens")
    public Object tokens(@QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        return controller
                .core()
                .run(scope -> Paging.page(
                        scope.tx(),
                        Query.of(ApiTokenRow.class)
                                .equal("tenant", present.tenant())
                                .in("role", List.of("viewer", "operator", "approver", "admin"))
                                .greater("expiresAt", scope.nowMillis()),
                        Paging.Order.ASCENDING,
                        limit,
                        cursor,
                        row -> new ShownToken(
                                row.id,
                                row.name,
                                row.role,
                                Tokens.scopes(row).stream().sorted().toList(),
                                row.createdBy,
                                Views.time(row.createdAt),
                                Views.time(row.expiresAt))));
    }

    @POST
    @Path("/tokens")
    public Response make(@Nullable TokenRequest request) {
        TokenRequest asked = request == null ? new TokenRequest(null, null, null, null) : request;
        Integer minutes = asked.minutes();
        Tokens.Wanted wanted = new Tokens.Wanted(
                String.valueOf(asked.name()),
                Role.of(asked.role()),
                RolloutResource.orEmpty("scopes", asked.scopes()),
                Duration.ofMinutes(minutes == null ? MINUTES_DEFAULT : minutes));
        return made(controller, present.tenant(), present.who(), "token.created", wanted);
    }

    /** Ends a token; the next request with it is refused. */
    @DELETE
    @Path("/tokens/{token}")
    public Response revoke(@PathParam("token") String token) {
        controller.core().run(scope -> {
            String name = controller.tokens().revokeApi(scope.tx(), present.tenant(), token);
            FleetCore.audit(scope, present.tenant(), present.who(), "token.revoked", name);
            return true;
        });
        known.forget();
        return Response.noContent().build();
    }

    /** Exchanges a CI run's ID token for an API token of ten minutes. */
    @POST
    @Path("/token-exchange")
    public Response exchange(@Nullable ExchangeRequest request) {
        String idToken = request == null ? null : request.idToken();
        if (idToken == null) {
            return Problems.unauthorized();
        }
        try {
            IdTokens.Grant grant = controller.idTokens().exchange(idToken.strip());
            return made(controller, grant.tenant(), grant.wanted().name(), "token.exchanged", grant.wanted());
        } catch (IdTokenException refused) {
            return Problems.of(401, "unauthorized", "unauthorized", String.valueOf(refused.getMessage()));
        }
    }

    /** A new API token, on record as an action of somebody. */
    static Response made(Controller controller, String tenant, String who, String action, Tokens.Wanted wanted) {
        Tokens.Made made = controller
                .core()
                .act(
                        tenant,
                        who,
                        action,
                        "%s %s %s".formatted(wanted.name(), wanted.role().word(), String.join(",", wanted.scopes())),
                        scope -> controller.tokens().makeApi(scope.tx(), tenant, who, wanted, scope.nowMillis()));
        return Response.status(201)
                .entity(new MadeToken(
                        made.id(),
                        made.text(),
                        wanted.name(),
                        wanted.role().word(),
                        wanted.scopes(),
                        Views.time(made.expiresAt())))
                .build();
    }

    @GET
    @Path("/enrolment-tokens")
    public Object enrolmentTokens(
            @QueryParam("limit") @Nullable Integer limit, @QueryParam("cursor") @Nullable String cursor) {
        return controller
                .core()
                .run(scope -> Paging.page(
                        scope.tx(),
                        Query.of(EnrolmentTokenRow.class)
                                .equal("tenant", present.tenant())
                                .greater("expiresAt", scope.nowMillis()),
                        Paging.Order.ASCENDING,
                        limit,
                        cursor,
                        row -> new ShownEnrolment(
                                row.id,
                                row.usesLeft,
                                row.uses,
                                Labels.stored(row.labels).values(),
                                row.createdBy,
                                Views.time(row.createdAt),
                                Views.time(row.expiresAt))));
    }

    /** Ends an enrolment token; nodes that it let in stay. */
    @DELETE
    @Path("/enrolment-tokens/{token}")
    public Response revokeEnrolment(@PathParam("token") String token) {
        String tenant = present.tenant();
        controller.core().act(tenant, present.who(), "enrolment-token.revoked", token, scope -> {
            controller.tokens().revokeEnrolment(scope.tx(), tenant, token);
            return true;
        });
        return Response.noContent().build();
    }
}
