package io.fleetwright.controller.oidc;

import io.fleetwright.controller.identity.Permission;
import io.fleetwright.controller.identity.Tokens.Caller;
import io.fleetwright.controller.identity.Tokens.Role;
import io.fleetwright.controller.identity.Tokens.Wanted;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jose4j.jwt.JwtClaims;
import org.jspecify.annotations.Nullable;

/** Decides what an ID token of another issuer is worth here. */
public final class IdTokens {
    private static final Duration RUN_VALIDITY = Duration.ofMinutes(10);
    private static final int CHARS_MAX = 16 * 1024;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    private static final List<Role> STRONGEST_FIRST = List.of(Role.ADMIN, Role.OPERATOR, Role.APPROVER, Role.VIEWER);
    private static final System.Logger LOG = System.getLogger(IdTokens.class.getName());

    private final List<Rule> rules = new ArrayList<>();
    private final @Nullable People people;

    private record Rule(Issuer issuer, String tenant, Map<String, Pattern> claims, Wanted grant) {}

    private record People(Issuer issuer, String tenant, String roleClaim) {}

    /** A token for a tenant that a CI run has earned. */
    public record Grant(String tenant, Wanted wanted) {}

    /** @throws IllegalArgumentException when the configuration makes no sense, naming what */
    public IdTokens(OidcConfig config, InstantSource clock) {
        config.ci().forEach((name, run) -> {
            if (run.claims().isEmpty()) {
                throw new IllegalArgumentException(
                        "fleetwright.oidc.ci.%s.claims must name at least one claim, or any run of that issuer would do"
                                .formatted(name));
            }
            Role role = Role.of(run.role());
            if (role == Role.ADMIN || run.scopes().contains(Permission.ADMIN)) {
                throw new IllegalArgumentException(
                        "fleetwright.oidc.ci.%s must not be an administrator".formatted(name));
            }
            Map<String, Pattern> claims = run.claims().entrySet().stream()
                    .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, claim -> glob(claim.getValue())));
            rules.add(new Rule(
                    new Issuer(run.issuer(), run.audience(), run.keys(), clock),
                    run.tenant(),
                    claims,
                    new Wanted("ci:" + name, role, run.scopes(), RUN_VALIDITY)));
        });
        people = config.people()
                .map(known -> new People(
                        new Issuer(known.issuer(), known.audience(), known.keys(), clock),
                        known.tenant().orElse("default"),
                        known.roleClaim().orElse("roles")))
                .orElse(null);
    }

    /** True when the text has the form of a signed token, which no token of this controller has. */
    public static boolean isIdToken(String text) {
        return text.length() <= CHARS_MAX && FORM.matcher(text).matches();
    }

    /**
     * What a CI run's token is exchanged for.
     *
     * @throws IdTokenException when no rule lets it in
     */
    public Grant exchange(String token) throws IdTokenException {
        if (!isIdToken(token)) {
            throw new IdTokenException("this is no ID token");
        }
        String claimed = Issuer.claimedIssuer(token);
        IdTokenException last = new IdTokenException("no rule is for the issuer of this token");
        for (Rule rule : rules) {
            if (!rule.issuer.name().equals(claimed)) {
                continue;
            }
            try {
                JwtClaims claims = rule.issuer.verify(token);
                if (rule.claims.entrySet().stream().allMatch(claim -> has(claims, claim.getKey(), claim.getValue()))) {
                    return new Grant(rule.tenant, rule.grant);
                }
                last = new IdTokenException("no rule is for the claims of this token");
            } catch (IdTokenException otherRule) {
                last = otherRule;
            }
        }
        throw last;
    }

    /** Who signed in elsewhere with this token, when people may and it names a role. */
    public Optional<Caller> person(String token) {
        People known = people;
        if (known == null) {
            return Optional.empty();
        }
        try {
            JwtClaims claims = known.issuer.verify(token);
            List<String> roles = texts(claims.getClaimValue(known.roleClaim)).toList();
            return STRONGEST_FIRST.stream()
                    .filter(role -> roles.contains(role.word()))
                    .findFirst()
                    .map(role -> new Caller(known.tenant, "oidc:" + name(claims), role, Set.of()));
        } catch (IdTokenException refused) {
            LOG.log(System.Logger.Level.DEBUG, () -> "oidc.refused reason=" + refused.getMessage());
            return Optional.empty();
        }
    }

    private static String name(JwtClaims claims) {
        String name = Stream.of("preferred_username", "email", "sub")
                .flatMap(claim -> texts(claims.getClaimValue(claim)))
                .findFirst()
                .orElse("unnamed");
        return name.length() <= 200 ? name : name.substring(0, 200);
    }

    private static boolean has(JwtClaims claims, String name, Pattern wanted) {
        return texts(claims.getClaimValue(name))
                .anyMatch(text -> wanted.matcher(text).matches());
    }

    private static Stream<String> texts(@Nullable Object claim) {
        return switch (claim) {
            case null -> Stream.empty();
            case List<?> many -> many.stream().map(String::valueOf);
            default -> Stream.of(String.valueOf(claim));
        };
    }

    private static Pattern glob(String text) {
        return Pattern.compile(
                Stream.of(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
    }
}
