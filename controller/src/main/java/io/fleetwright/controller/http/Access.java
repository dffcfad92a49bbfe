package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.identity.Tokens.Role;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.RequestScoped;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.ext.Provider;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks for an API token on every operation: reading needs a viewer, what decides whom
 * nodes trust an administrator, everything else an operator. The few open addresses
 * are listed here and nowhere else.
 */
@Provider
@Priority(Priorities.AUTHENTICATION)
public class Access implements ContainerRequestFilter {
    private static final Set<String> OPEN = Set.of(
            "/api/v1/setup",
            "/v2/health/live",
            "/v2/health/ready",
            "/install/agent.tar.gz",
            "/install/agent.tar.gz.sha256");
    /** Asks, and changes nothing. */
    private static final Pattern DRY_RUN = Pattern.compile("/api/v1/models/[^/]+/select");

    private static final String BEARER = "Bearer ";

    private final Controller controller;
    private final Present present;

    Access(Controller controller, Present present) {
        this.controller = controller;
        this.present = present;
    }

    /** The caller of the request in progress. */
    @RequestScoped
    public static class Present {
        private @Nullable Caller caller;

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

        void is(Caller known) {
            caller = known;
        }
    }

    @Override
    public void filter(ContainerRequestContext request) {
        String path = request.getUriInfo().getPath();
        if (request.getUriInfo().getRequestUri().toString().contains("%00")) {
            request.abortWith(Problems.of(400, "bad-address", "bad address", "an address holds no NUL"));
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
        Tokens tokens = controller.tokens();
        Optional<Caller> caller = controller
                .core()
                .run(scope -> tokens.caller(
                        scope.tx(), header.substring(BEARER.length()).strip(), scope.nowMillis()));
        if (caller.isEmpty()) {
            request.abortWith(Problems.unauthorized());
            return;
        }
        Role needed = needed(request.getMethod(), path);
        if (!caller.get().role().covers(needed)) {
            request.abortWith(Problems.of(
                    403,
                    "forbidden",
                    "forbidden",
                    "this needs the role " + needed.name().toLowerCase(java.util.Locale.ROOT)));
            return;
        }
        present.is(caller.get());
    }

    private static Role needed(String method, String path) {
        if (method.equals("GET")
                || method.equals("HEAD")
                || DRY_RUN.matcher(path).matches()) {
            return Role.VIEWER;
        }
        boolean trust = path.startsWith("/api/v1/enrolment-tokens") || path.startsWith("/api/v1/trust");
        return trust ? Role.ADMIN : Role.OPERATOR;
    }
}
