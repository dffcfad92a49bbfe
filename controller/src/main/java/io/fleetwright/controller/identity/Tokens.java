package io.fleetwright.controller.identity;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.trust.Digest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** API tokens, setup tokens and enrolment tokens. Only hashes are stored; the text is shown once. */
public final class Tokens {
    /** Role of the token that is exchanged once for an API token. */
    public static final String SETUP_ROLE = "setup";

    private static final String API_PREFIX = "fwt_";
    private static final String SETUP_PREFIX = "fws_";
    private static final String ENROLMENT_PREFIX = "fwe1.";
    private static final Duration SETUP_VALIDITY = Duration.ofHours(24);
    private static final Duration API_VALIDITY = Duration.ofDays(90);
    private static final int API_TOKENS_MAX = 1000;
    private static final int USES_MAX = 1000;
    private static final int MINUTES_MAX = 10_080;

    private final SecureRandom random = new SecureRandom();

    /** What a person may do. */
    public enum Role {
        VIEWER,
        OPERATOR,
        /** Reads and approves. */
        APPROVER,
        ADMIN;

        /** Operators and approvers both read, and neither does the other's work: who rolls out does not approve. */
        public boolean covers(Role needed) {
            return this == ADMIN || this == needed || needed == VIEWER;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws Refusal when it is none */
        public static Role of(@Nullable String word) {
            return Arrays.stream(values())
                    .filter(role -> role.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> Refusal.invalid("role must be one of "
                            + String.join(
                                    ", ",
                                    Arrays.stream(values()).map(Role::word).toList())));
        }
    }

    /**
     * Who asks.
     *
     * @param scopes what the token is limited to; none for all that the role may do
     */
    public record Caller(String tenant, String name, Role role, Set<String> scopes) {
        public Caller {
            scopes = Set.copyOf(scopes);
        }

        /** What is missing for the permission, in words; empty when nothing is. */
        public Optional<String> lacks(Permission needed) {
            if (!role.covers(needed.role())) {
                return Optional.of("the role " + needed.role().word());
            }
            return scopes.isEmpty() || scopes.contains(needed.scope())
                    ? Optional.empty()
                    : Optional.of("the scope " + needed.scope());
        }
    }

    /**
     * An API token that somebody asks for.
     *
     * @param name of 1 to 60 letters, digits, and {@code ._:/@-}
     * @param scopes some of {@link Permission#SCOPES}; none for all that the role may do
     * @param validity from one minute to 366 days
     */
    public record Wanted(String name, Role role, List<String> scopes, Duration validity) {
        /** Characters of a name. */
        public static final int NAME_MAX = 60;

        private static final Pattern NAME =
                Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@-]{0,%d}".formatted(NAME_MAX - 1));
        private static final Duration VALIDITY_MIN = Duration.ofMinutes(1);
        private static final Duration VALIDITY_MAX = Duration.ofDays(366);

        public Wanted {
            scopes = List.copyOf(scopes);
            if (!NAME.matcher(name).matches()) {
                throw Refusal.invalid("token name (%s) must match %s"
                        .formatted(name.length() <= 80 ? name : name.substring(0, 80), NAME));
            }
            for (String scope : scopes) {
                if (!Permission.SCOPES.contains(scope)) {
                    throw Refusal.invalid("scope (%s) must be one of %s"
                            .formatted(
                                    scope.length() <= 80 ? scope : scope.substring(0, 80),
                                    String.join(", ", Permission.SCOPES)));
                }
            }
            if (validity.compareTo(VALIDITY_MIN) < 0 || validity.compareTo(VALIDITY_MAX) > 0) {
                throw Refusal.invalid(
                        "token validity (%s) must be from %s to %s".formatted(validity, VALIDITY_MIN, VALIDITY_MAX));
            }
        }
    }

    /**
     * Whom an enrolment token lets in.
     *
     * @param uses boards, from 1 to 1000
     * @param minutes validity, from 1 to 10,080
     * @param labels what its nodes get
     */
    public record Admission(int uses, int minutes, Labels labels) {}

    /** A token with its text, which is not stored. */
    public record Made(String id, String text, long expiresAt) {}

    /** A token that is exchanged once for an admin's API token. */
    public Made makeSetup(Tx tx, String tenant, long nowMillis) {
        ApiTokenRow row = new ApiTokenRow();
        row.tenant = tenant;
        row.name = "setup";
        row.role = SETUP_ROLE;
        return make(tx, row, SETUP_PREFIX, SETUP_VALIDITY, nowMillis);
    }

    /** A token with all that its role may do, for 90 days. */
    public Made makeApi(Tx tx, String tenant, String name, Role role, long nowMillis) {
        return makeApi(tx, tenant, "setup", new Wanted(name, role, List.of(), API_VALIDITY), nowMillis);
    }

    /**
     * A token as asked for; those that have run out go.
     *
     * @param who asks
     * @throws Refusal when the tenant has too many
     */
    public Made makeApi(Tx tx, String tenant, String who, Wanted wanted, long nowMillis) {
        tx.deleteAll(Query.of(ApiTokenRow.class).equal("tenant", tenant).less("expiresAt", nowMillis));
        if (tx.count(Query.of(ApiTokenRow.class).equal("tenant", tenant)) >= API_TOKENS_MAX) {
            throw new Refusal(Refusal.Kind.TOO_MANY, "tenant has %d tokens; revoke some".formatted(API_TOKENS_MAX));
        }
        ApiTokenRow row = new ApiTokenRow();
        row.tenant = tenant;
        row.name = wanted.name();
        row.role = wanted.role().word();
        row.scopes = String.join(",", wanted.scopes());
        row.createdBy = who;
        return make(tx, row, API_PREFIX, wanted.validity(), nowMillis);
    }

    /**
     * Ends an API token; the next request with it is refused.
     *
     * @return its name
     * @throws Refusal when the tenant has none with that id
     */
    public String revokeApi(Tx tx, String tenant, String id) {
        ApiTokenRow row = tx.get(ApiTokenRow.class, id)
                .filter(known -> known.tenant.equals(tenant) && !known.role.equals(SETUP_ROLE))
                .orElseThrow(() -> Refusal.notFound("token", id));
        tx.delete(row);
        return row.name;
    }

    /**
     * Ends an enrolment token; nodes that it let in stay.
     *
     * @throws Refusal when the tenant has none with that id
     */
    public void revokeEnrolment(Tx tx, String tenant, String id) {
        tx.delete(tx.get(EnrolmentTokenRow.class, id)
                .filter(known -> known.tenant.equals(tenant))
                .orElseThrow(() -> Refusal.notFound("enrolment token", id)));
    }

    /** Exchanges a setup token, once. */
    public Optional<Made> exchange(Tx tx, String setupToken, long nowMillis) {
        return tx.get(ApiTokenRow.class, hash(setupToken))
                .filter(row -> row.role.equals(SETUP_ROLE) && row.expiresAt > nowMillis)
                .map(row -> {
                    tx.delete(row);
                    return makeApi(tx, row.tenant, "admin", Role.ADMIN, nowMillis);
                });
    }

    /** Who holds this API token, when it is one and has not run out. */
    public Optional<Caller> caller(Tx tx, String token, long nowMillis) {
        if (!token.startsWith(API_PREFIX) || token.length() > 100) {
            return Optional.empty();
        }
        return tx.get(ApiTokenRow.class, hash(token))
                .filter(row -> row.expiresAt > nowMillis && !row.role.equals(SETUP_ROLE))
                .map(row -> new Caller(row.tenant, row.name, Role.of(row.role), scopes(row)));
    }

    /**
     * A token that lets boards enrol. Its text carries the SHA-256 of the authority's key, so that an agent trusts this
     * controller and no other.
     */
    public Made makeEnrolment(
            Tx tx, String tenant, String who, byte[] authorityPin, Admission admission, long nowMillis) {
        int uses = admission.uses();
        int minutes = admission.minutes();
        if (uses < 1 || uses > USES_MAX || minutes < 1 || minutes > MINUTES_MAX) {
            throw Refusal.invalid("uses (%d) must be from 1 to %d and minutes (%d) from 1 to %d"
                    .formatted(uses, USES_MAX, minutes, MINUTES_MAX));
        }
        tx.deleteAll(Query.of(EnrolmentTokenRow.class).equal("tenant", tenant).less("expiresAt", nowMillis));
        if (tx.count(Query.of(EnrolmentTokenRow.class).equal("tenant", tenant)) >= API_TOKENS_MAX) {
            throw new Refusal(
                    Refusal.Kind.TOO_MANY, "tenant has %d enrolment tokens; revoke some".formatted(API_TOKENS_MAX));
        }
        String text = ENROLMENT_PREFIX + base64(authorityPin) + "." + secret();
        EnrolmentTokenRow row = new EnrolmentTokenRow();
        row.id = hash(text);
        row.tenant = tenant;
        row.usesLeft = uses;
        row.uses = uses;
        row.labels = admission.labels().json();
        row.createdBy = who;
        row.createdAt = nowMillis;
        row.expiresAt = nowMillis + Duration.ofMinutes(minutes).toMillis();
        tx.insert(row);
        return new Made(row.id, text, row.expiresAt);
    }

    /**
     * The row of an enrolment token that may still be used. Who knows its text may know that it is too old.
     *
     * @throws Refusal when there is none, or it has expired
     */
    public EnrolmentTokenRow enrolment(Tx tx, String token, long nowMillis) {
        EnrolmentTokenRow row = Optional.of(token)
                .filter(text -> text.startsWith(ENROLMENT_PREFIX) && text.length() <= 200)
                .flatMap(text -> tx.get(EnrolmentTokenRow.class, hash(text)))
                .orElseThrow(() -> Refusal.notFound("enrolment token", "with that text"));
        if (row.expiresAt <= nowMillis) {
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "the enrolment token expired at %s".formatted(Instant.ofEpochMilli(row.expiresAt)));
        }
        return row;
    }

    /** What a token is limited to. */
    public static Set<String> scopes(ApiTokenRow row) {
        return row.scopes.isEmpty() ? Set.of() : Set.of(row.scopes.split(",", -1));
    }

    private Made make(Tx tx, ApiTokenRow row, String prefix, Duration validity, long nowMillis) {
        String text = prefix + secret();
        row.id = hash(text);
        row.createdAt = nowMillis;
        row.expiresAt = nowMillis + validity.toMillis();
        tx.insert(row);
        return new Made(row.id, text, row.expiresAt);
    }

    private String secret() {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        return base64(bytes);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What the database keeps of a token. */
    public static String hash(String token) {
        return Digest.of(token.getBytes(StandardCharsets.UTF_8)).hex();
    }
}
