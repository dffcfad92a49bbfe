package io.fleetwright.trust;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Name of some bytes: {@code sha256:} and 64 lower-case hexadecimal digits.
 *
 * @see "FIPS 180-4, SHA-256"
 */
public record Digest(String value) {
    private static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    public Digest {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "digest (%s) must be sha256: and 64 lower-case hexadecimal digits".formatted(abbreviate(value)));
        }
    }

    /** Digest of all of {@code bytes}. */
    public static Digest of(byte[] bytes) {
        return ofHash(sha256().digest(bytes));
    }

    /** Digest of {@code count} bytes from {@code from} on. */
    public static Digest of(byte[] bytes, int from, int count) {
        MessageDigest sha256 = sha256();
        sha256.update(bytes, from, count);
        return ofHash(sha256.digest());
    }

    /** The digest whose 32 bytes are these. */
    public static Digest ofHash(byte[] hash) {
        return new Digest(PREFIX + HexFormat.of().formatHex(hash));
    }

    /** A fresh SHA-256; every JDK has one. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("this JDK has no SHA-256", impossible);
        }
    }

    /** True when {@code text} has the form of a digest. */
    public static boolean isValid(String text) {
        return FORM.matcher(text).matches();
    }

    /** The 64 hexadecimal digits alone, fit for a file name. */
    public String hex() {
        return value.substring(PREFIX.length());
    }

    /** Its 32 bytes. */
    public byte[] hash() {
        return HexFormat.of().parseHex(hex());
    }

    @Override
    public String toString() {
        return value;
    }

    private static String abbreviate(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
