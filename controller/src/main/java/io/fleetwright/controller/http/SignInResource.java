package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.identity.Tokens.Wanted;
import io.fleetwright.controller.oidc.OidcConfig;
import io.quarkus.oidc.OidcSession;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Sign-in of the console at the issuer that {@code fleetwright.oidc.people} names. The browser goes to {@code start}, from there to the
 * issuer and back, and the console then exchanges the cookie of that visit for an API token. The cookie is good for nothing else.
 */
@Path("/api/v1/sign-in")
public class SignInResource {
    private static final Duration LOGOUT_LIMIT = Duration.ofSeconds(5);
    /** A working day; whoever leaves is out by the next. */
    private static final Duration VALIDITY = Duration.ofHours(8);

    private final Controller controller;
    private final OidcConfig config;
    private final OidcSession session;

    SignInResource(Controller controller, OidcConfig config, OidcSession session) {
        this.controller = controller;
        this.config = config;
        this.session = session;
    }

    /** How people may sign in besides by token; {@code issuer} is absent where they may not. */
    record SignIn(Optional<String> issuer) {}

    @GET
    public Object signIn() {
        return new SignIn(config.people()
                .filter(people -> people.clientSecret().isPresent())
                .map(OidcConfig.People::issuer));
    }

    /** Where the browser comes back from the issuer; the console does the rest. */
    @GET
    @Path("/start")
    public Response arrived() {
        return Response.seeOther(URI.create("/?signed-in")).build();
    }

    /** An API token of eight hours for who has just signed in, whose visit is over with that. */
    @POST
    @Path("/token")
    public Response token() {
        Optional<Caller> person =
                controller.idTokens().person(session.getIdToken().getRawToken());
        session.logout().await().atMost(LOGOUT_LIMIT);
        return person.map(caller -> TokenResource.made(
                        controller,
                        caller.tenant(),
                        caller.name(),
                        "token.signed-in",
                        new Wanted(nameOf(caller), caller.role(), List.of(), VALIDITY)))
                .orElseGet(
                        () -> Problems.of(
                                403,
                                "forbidden",
                                "forbidden",
                                "the issuer knows you, but its token names no role of this controller; ask who administers it"));
    }

    /** The person's name as far as names of tokens may hold it. */
    private static String nameOf(Caller caller) {
        String name = caller.name().replaceAll("[^A-Za-z0-9._:/@-]", ".");
        return name.substring(0, Math.min(name.length(), Wanted.NAME_MAX));
    }
}
