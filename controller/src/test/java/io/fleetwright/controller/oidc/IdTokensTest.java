package io.fleetwright.controller.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.TestClock;
import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.identity.Tokens.Role;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class IdTokensTest {
    private static final String SUBJECT = "repo:acme/models:ref:refs/heads/main";

    private final TestClock clock = new TestClock();
    private TestIssuer issuer;
    private IdTokens tokens;

    @BeforeEach
    void start() throws Exception {
        issuer = new TestIssuer();
        tokens = new IdTokens(new Configured(issuer.keys(), Map.of("sub", "repo:acme/*:ref:refs/heads/main")), clock);
    }

    @AfterEach
    void stop() {
        issuer.close();
    }

    private record Configured(URI keys, Map<String, String> claims) implements OidcConfig, OidcConfig.Run {
        @Override
        public Optional<OidcConfig.People> people() {
            URI same = keys;
            return Optional.of(new OidcConfig.People() {
                @Override
                public String issuer() {
                    return TestIssuer.NAME;
                }

                @Override
                public String audience() {
                    return "console";
                }

                @Override
                public URI keys() {
                    return same;
                }

                @Override
                public Optional<String> roleClaim() {
                    return Optional.empty();
                }

                @Override
                public Optional<String> tenant() {
                    return Optional.of("acme");
                }

                @Override
                public Optional<String> clientSecret() {
                    return Optional.empty();
                }
            });
        }

        @Override
        public Map<String, OidcConfig.Run> ci() {
            return Map.of("github", this);
        }

        @Override
        public String issuer() {
            return TestIssuer.NAME;
        }

        @Override
        public String audience() {
            return TestIssuer.AUDIENCE;
        }

        @Override
        public String tenant() {
            return "acme";
        }

        @Override
        public String role() {
            return "operator";
        }

        @Override
        public List<String> scopes() {
            return List.of("read", "models:write");
        }
    }

    private String token(Consumer<JwtClaims> change) throws Exception {
        JwtClaims claims = TestIssuer.claims(clock.millis(), SUBJECT);
        change.accept(claims);
        return issuer.sign(claims);
    }

    private void assertRefused(String token, String why) {
        assertThatThrownBy(() -> tokens.exchange(token))
                .isInstanceOf(IdTokenException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aRunThatTheRuleMeansGetsTenMinutesOfItsScopes() throws Exception {
        IdTokens.Grant grant = tokens.exchange(token(_ -> {}));
        assertThat(grant.tenant()).isEqualTo("acme");
        assertThat(grant.wanted().role()).isEqualTo(Role.OPERATOR);
        assertThat(grant.wanted().scopes()).containsExactly("read", "models:write");
        assertThat(grant.wanted().validity()).isEqualTo(Duration.ofMinutes(10));
        assertThat(grant.wanted().name()).isEqualTo("ci:github");
    }

    @Test
    void anotherIssuerAudienceSubjectOrTimeIsRefused() throws Exception {
        assertRefused(token(claims -> claims.setIssuer("https://elsewhere.example")), "no rule is for the issuer");
        assertRefused(
                token(claims -> claims.setAudience("somebody-else")), "does not count: it is for another audience");
        assertRefused(token(claims -> claims.setSubject("repo:acme/models:ref:refs/heads/other")), "claims");
        assertRefused(token(claims -> claims.setSubject("repo:evil/x:repo:acme/models:ref:refs/heads/main")), "claims");
        assertRefused(token(claims -> claims.unsetClaim("sub")), "does not count");
        assertRefused(token(claims -> claims.unsetClaim("exp")), "does not count");
        assertRefused(
                token(claims -> claims.setExpirationTime(NumericDate.fromMilliseconds(
                        clock.millis() + Duration.ofDays(30).toMillis()))),
                "does not count");
        String old = token(_ -> {});
        clock.advance(Duration.ofMinutes(6));
        assertRefused(old, "does not count: it has expired");
    }

    @Test
    void onlyTheIssuersOwnKeyCountsAndNoOtherKindOfSignature() throws Exception {
        String good = token(_ -> {});
        try (TestIssuer thief = new TestIssuer()) {
            assertRefused(
                    thief.sign(TestIssuer.claims(clock.millis(), SUBJECT)),
                    "does not count: its signature is not the issuer's");
        }
        String[] parts = good.split("\\.", -1);
        String none = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\",\"kid\":\"k1\"}".getBytes(StandardCharsets.UTF_8));
        assertRefused("%s.%s.".formatted(none, parts[1]), "no ID token");
        assertRefused("%s.%s.AAAA".formatted(none, parts[1]), "does not count");
        JsonWebSignature shared = new JsonWebSignature();
        shared.setPayload(TestIssuer.claims(clock.millis(), SUBJECT).toJson());
        shared.setKey(new HmacKey(new byte[32]));
        shared.setKeyIdHeaderValue("k1");
        shared.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        assertRefused(shared.getCompactSerialization(), "does not count");
        assertRefused(parts[0] + "." + parts[1] + "." + parts[2].substring(4) + "AAAA", "does not count");
        for (String nonsense : new String[] {"", "x", "a.b.c", "....", "x".repeat(20_000)}) {
            assertThatThrownBy(() -> tokens.exchange(nonsense)).isInstanceOf(IdTokenException.class);
        }
    }

    @Test
    void keysAreFetchedOnceAndAgainWhenTheIssuerHasANewOne() throws Exception {
        for (int i = 0; i < 5; i++) {
            tokens.exchange(token(_ -> {}));
        }
        assertThat(issuer.fetches).hasValue(1);
        issuer.rotate("k2");
        assertRefused(token(_ -> {}), "no key of that id");
        clock.advance(Duration.ofSeconds(31));
        assertThat(tokens.exchange(token(_ -> {})).tenant()).isEqualTo("acme");
        assertThat(issuer.fetches).hasValue(2);
        for (int i = 0; i < 50; i++) {
            issuer.rotate("made-up-" + i);
            assertRefused(token(_ -> {}), "no key of that id");
        }
        assertThat(issuer.fetches).as("made-up key ids cost the issuer nothing").hasValue(2);
    }

    @Test
    void keysThatAreNoneOrTooManyBytesAreAnError() throws Exception {
        issuer.serve("x".repeat(300_000));
        assertRefused(token(_ -> {}), "cannot be read");
        clock.advance(Duration.ofSeconds(31));
        issuer.serve("{}");
        assertRefused(token(_ -> {}), "cannot be read");
    }

    @Test
    void aPersonIsWhatTheRoleClaimSays() throws Exception {
        assertThat(tokens.person(token(claims -> {
                    claims.setAudience("console");
                    claims.setStringListClaim("roles", List.of("viewer", "operator", "unknown"));
                    claims.setStringClaim("preferred_username", "ann");
                })))
                .contains(new Caller("acme", "oidc:ann", Role.OPERATOR, Set.of()));
        assertThat(tokens.person(token(claims -> claims.setAudience("console"))))
                .as("no role")
                .isEmpty();
        assertThat(tokens.person(token(claims -> claims.setStringListClaim("roles", List.of("admin")))))
                .as("the token of a CI run is no person's")
                .isEmpty();
    }

    @Test
    void aRuleThatLetsInAnybodyIsNoRule() {
        assertThatThrownBy(() -> new IdTokens(new Configured(issuer.keys(), Map.of()), clock))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("github");
        assertThatThrownBy(() ->
                        new IdTokens(new Configured(URI.create("http://ci.example/keys"), Map.of("sub", "x")), clock))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https");
    }
}
