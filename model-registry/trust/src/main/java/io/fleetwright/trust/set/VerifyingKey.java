package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A public Ed25519 key. Its name is derived from it, so a key cannot claim the name of another.
 *
 * @param hex the 32 bytes of RFC 8032, section 5.1.2, as 64 lower-case hexadecimal digits
 */
public record VerifyingKey(String hex) implements Comparable<VerifyingKey> {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** SubjectPublicKeyInfo of an Ed25519 key up to the key itself, RFC 8410, section 4. */
    private static final String SPKI_HEAD = "302a300506032b6570032100";

    public VerifyingKey {
        if (!FORM.matcher(hex).matches()) {
            throw new IllegalArgumentException("key must be 64 lower-case hexadecimal digits");
        }
    }

    /** The public half. */
    public static VerifyingKey of(SigningKey key) {
        return new VerifyingKey(HexFormat.of().formatHex(key.spki()).substring(SPKI_HEAD.length()));
    }

    public String id() {
        return SigningKey.keyId(spki());
    }

    public byte[] spki() {
        return HexFormat.of().parseHex(SPKI_HEAD + hex);
    }

    /** True when the signature is this key's over these bytes; false too for 32 bytes that are no point of the curve. */
    boolean verifies(byte[] payload, byte[] signature) {
        try {
            PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki()));
            return SigningKey.verify(key, payload, signature);
        } catch (GeneralSecurityException noPoint) {
            return false;
        }
    }

    @Override
    public int compareTo(VerifyingKey other) {
        return hex.compareTo(other.hex);
    }
}
