package io.fleetwright.controller.oidc;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.lang.JoseException;

/** One issuer of ID tokens and the audience that its tokens must name (OpenID Connect Core 1.0, section 3.1.3.7). */
final class Issuer {
    private static final Duration SKEW = Duration.ofSeconds(30);
    private static final int VALID_MINUTES_MAX = 24 * 60;
    /** Signatures by a public key alone: a shared secret or none at all never counts. */
    private static final String[] ALGORITHMS = {
        AlgorithmIdentifiers.RSA_USING_SHA256,
        AlgorithmIdentifiers.RSA_PSS_USING_SHA256,
        AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256
    };

    private final String issuer;
    private final String audience;
    private final IssuerKeys keys;
    private final InstantSource clock;

    Issuer(String issuer, String audience, URI keys, InstantSource clock) {
        this.issuer = issuer;
        this.audience = audience;
        this.keys = new IssuerKeys(keys, clock);
        this.clock = clock;
    }

    /** The issuer's name. */
    String name() {
        return issuer;
    }

    /**
     * The claims of a token that this issuer signed for this audience and that is good now.
     *
     * @throws IdTokenException when it is no such token
     */
    JwtClaims verify(String token) throws IdTokenException {
        JsonWebKey key = key(token);
        JwtConsumer consumer = new JwtConsumerBuilder()
                .setRequireExpirationTime()
                .setRequireSubject()
                .setMaxFutureValidityInMinutes(VALID_MINUTES_MAX)
                .setAllowedClockSkewInSeconds((int) SKEW.toSeconds())
                .setEvaluationTime(NumericDate.fromMilliseconds(clock.millis()))
                .setExpectedIssuer(issuer)
                .setExpectedAudience(audience)
                .setJwsAlgorithmConstraints(ConstraintType.PERMIT, ALGORITHMS)
                .setVerificationKey(key.getKey())
                .build();
        try {
            return consumer.processToClaims(token);
        } catch (InvalidJwtException invalid) {
            throw new IdTokenException(
                    invalid.getErrorDetails().stream()
                            .findFirst()
                            .map(error -> "the ID token does not count: " + reason(error.getErrorCode()))
                            .orElse("the ID token does not count"),
                    invalid);
        }
    }

    /** In words of ours: the library's own texts repeat what is in the token. */
    private static String reason(int code) {
        return switch (code) {
            case ErrorCodes.EXPIRED -> "it has expired";
            case ErrorCodes.EXPIRATION_MISSING, ErrorCodes.EXPIRATION_TOO_FAR_IN_FUTURE ->
                "it does not say that it ends, or ends too late";
            case ErrorCodes.NOT_YET_VALID, ErrorCodes.ISSUED_AT_INVALID_FUTURE -> "it is not valid yet";
            case ErrorCodes.AUDIENCE_MISSING, ErrorCodes.AUDIENCE_INVALID -> "it is for another audience";
            case ErrorCodes.ISSUER_MISSING, ErrorCodes.ISSUER_INVALID -> "it is of another issuer";
            case ErrorCodes.SIGNATURE_INVALID, ErrorCodes.SIGNATURE_MISSING -> "its signature is not the issuer's";
            default -> "it is no token that is taken here (%d)".formatted(code);
        };
    }

    private JsonWebKey key(String token) throws IdTokenException {
        String id;
        try {
            JsonWebSignature signature = new JsonWebSignature();
            signature.setCompactSerialization(token);
            id = signature.getKeyIdHeaderValue();
        } catch (JoseException malformed) {
            throw new IdTokenException("this is no signed token", malformed);
        }
        if (id == null) {
            throw new IdTokenException("the ID token names no key");
        }
        return keys.with(id).stream()
                .filter(key -> id.equals(key.getKeyId()))
                .findFirst()
                .orElseThrow(() -> new IdTokenException("the issuer has no key of that id"));
    }

    /** Whom an unverified token says that it is from; good for finding the issuer, and for nothing else. */
    static String claimedIssuer(String token) throws IdTokenException {
        try {
            String claimed = new JwtConsumerBuilder()
                    .setSkipAllValidators()
                    .setDisableRequireSignature()
                    .setSkipSignatureVerification()
                    .build()
                    .processToClaims(token)
                    .getIssuer();
            if (claimed == null) {
                throw new IdTokenException("the ID token names no issuer");
            }
            return claimed;
        } catch (InvalidJwtException | MalformedClaimException malformed) {
            throw new IdTokenException("this is no ID token", malformed);
        }
    }
}
