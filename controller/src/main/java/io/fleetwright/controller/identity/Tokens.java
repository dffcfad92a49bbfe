package io.fleetwright.controller.identity;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.trust.Digest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/** API tokens, setup tokens and enrolment tokens. Only hashes are stored; the text is shown once. */
public final class Tokens {
    /** Role of the token that is exchanged once for an API token. */
    public static final String SETUP_ROLE = "setup";

    private static final String API_PREFIX = "fwt_";
    private static final String SETUP_PREFIX = "fws_";
    private static final String ENROLMENT_PREFIX = "fwe1.";
    private static final Duration SETUP_VALIDITY = Duration.ofHours(24);
    private static final Duration API_VALIDITY = Duration.ofDays(90);
    private static final int USES_MAX = 1000;
    private static final int MINUTES_MAX = 10_080;

    private final SecureRandom random = new SecureRandom();

    /** What a person may do. */
    public enum Role {
        VIEWER,
        OPERATOR,
        ADMIN;

        public boolean covers(Role needed) {
            return compareTo(needed) >= 0;
        }
    }

    /** Who asks. */
    public record Caller(String tenant, String name, Role role) {}

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
        return make(tx, tenant, "setup", SETUP_ROLE, SETUP_PREFIX, SETUP_VALIDITY, nowMillis);
    }

    public Made makeApi(Tx tx, String tenant, String name, Role role, long nowMillis) {
        return make(
                tx, tenant, name, role.name().toLowerCase(java.util.Locale.ROOT), API_PREFIX, API_VALIDITY, nowMillis);
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
                .map(row ->
                        new Caller(row.tenant, row.name, Role.valueOf(row.role.toUpperCase(java.util.Locale.ROOT))));
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

    /** The row of an enrolment token that may still be used. */
    public Optional<EnrolmentTokenRow> enrolment(Tx tx, String token, long nowMillis) {
        if (!token.startsWith(ENROLMENT_PREFIX) || token.length() > 200) {
            return Optional.empty();
        }
        return tx.get(EnrolmentTokenRow.class, hash(token)).filter(row -> row.expiresAt > nowMillis);
    }

    private Made make(
            Tx tx, String tenant, String name, String role, String prefix, Duration validity, long nowMillis) {
        String text = prefix + secret();
        ApiTokenRow row = new ApiTokenRow();
        row.id = hash(text);
        row.tenant = tenant;
        row.name = name;
        row.role = role;
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

    private static String hash(String token) {
        return Digest.of(token.getBytes(StandardCharsets.UTF_8)).hex();
    }
}
