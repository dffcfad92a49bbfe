package io.fleetwright.controller.oidc;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Other issuers whose tokens count; none unless configured. */
@ConfigMapping(prefix = "fleetwright.oidc")
public interface OidcConfig {
    /** Where people sign in. */
    Optional<People> people();

    /** What CI runs may exchange their ID tokens for, by a name that shows up in the audit log. */
    Map<String, Run> ci();

    /** Issuer of people's tokens. */
    interface People {
        String issuer();

        String audience();

        /** Address of the issuer's keys (JWKS). */
        URI keys();

        /** Claim that names roles of this controller; {@code roles} when absent. A default here would make the group present. */
        Optional<String> roleClaim();

        /** {@code default} when absent. */
        Optional<String> tenant();

        /**
         * With it the console sends people to the issuer to sign in, as the client that {@link #audience} names. At least 32
         * characters where several controllers answer one address, since it also encrypts the cookie of a sign-in.
         */
        Optional<String> clientSecret();
    }

    /** CI runs of one kind. */
    interface Run {
        String issuer();

        String audience();

        /** Address of the issuer's keys (JWKS). */
        URI keys();

        @WithDefault("default")
        String tenant();

        /** Claims that the token must have, such as {@code sub}; {@code *} stands for any text. At least one. */
        Map<String, String> claims();

        @WithDefault("operator")
        String role();

        @WithDefault("read,models:write,rollouts:write")
        List<String> scopes();
    }
}
