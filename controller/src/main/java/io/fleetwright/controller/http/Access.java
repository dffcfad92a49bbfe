package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.identity.Permission;
import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.oidc.IdTokens;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks for an API token, or an ID token of the configured issuer, on every operation; {@link Permission} says what each needs. The few
 * open addresses are listed here and nowhere else; behind {@code /sign-in/} the issuer asks.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
public class Access implements ContainerRequestFilter {
    private static final Set<String> OPEN = Set.of(
            "/api/v1/setup",
            "/api/v1/token-exchange",
            "/api/v1/sign-in",
            "/api/v1/sign-in/start",
            "/api/v1/sign-in/token",
            "/v2/health/live",
            "/v2/health/ready",
            "/install/agent.tar.gz",
            "/install/agent.tar.gz.sha256");
    /** Dots as a name would make {@code /jobs/../events} another address than the one that was asked for. */
    private static final Pattern DOTS = Pattern.compile("(?i)/(\\.|%2e){1,2}(?=[/;]|$)");

    private static final String BEARER = "Bearer ";

    private final Controller controller;
    private final Present present;
    private final KnownCallers known;

    Access(Controller controller, Present present, KnownCallers known) {
        this.controller = controller;
        this.present = present;
        this.known = known;
    }

    /** The caller of the request in progress. */
    @RequestScoped
    public static class Present {
        private @Nullable Caller caller;
        private Supplier<Optional<Caller>> again = Optional::empty;

        /** Who asks. */
        public Caller caller() {
            Caller known = caller;
            if (known == null) {
                throw new IllegalStateException("no caller on an open address");
            }
            return known;
        }

        public String tenant() {
            return caller().tenant();
        }

        public String who() {
            return caller().name();
        }

        /** Looks up anew who asks, also when the request's answer has begun: absent once the token is revoked or over. */
        Supplier<Optional<Caller>> again() {
            return again;
        }

        void is(Caller known, Supplier<Optional<Caller>> lookUp) {
            caller = known;
            again = lookUp;
        }
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String path = request.getUriInfo().getPath();
        URI address = request.getUriInfo().getRequestUri();
        if (address.toString().contains("%00")
                || DOTS.matcher(address.getRawPath()).find()) {
            request.abortWith(
                    Problems.of(400, "bad-address", "bad address", "an address holds no NUL and no dots as a name"));
            return;
        }
        if (OPEN.contains(path)) {
            return;
        }
        String header = request.getHeaderString("Authorization");
        if (header == null || !header.startsWith(BEARER)) {
            request.abortWith(Problems.unauthorized());
            return;
        }
        String bearer = header.substring(BEARER.length()).strip();
        Optional<Caller> caller = caller(bearer);
        if (caller.isEmpty()) {
            request.abortWith(Problems.unauthorized());
            return;
        }
        Optional<String> lack = caller.get().lacks(Permission.needed(request.getMethod(), path));
        if (lack.isPresent()) {
            controller
                    .core()
                    .refused()
                    .note(
                            caller.get().tenant(),
                            caller.get().name(),
                            "%s %s needs %s".formatted(request.getMethod(), path, lack.get()));
            request.abortWith(Problems.of(403, "forbidden", "forbidden", "this needs " + lack.get()));
            return;
        }
        present.is(caller.get(), () -> caller(bearer));
    }

    private Optional<Caller> caller(String bearer) {
        return IdTokens.isIdToken(bearer)
                ? controller.idTokens().person(bearer)
                : known.caller(
                        bearer,
                        () -> controller
                                .core()
                                .read(scope -> controller.tokens().caller(scope.tx(), bearer, scope.nowMillis())));
    }
}
