package io.fleetwright.agent.identity;

import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What an operator hands to a board: {@code fwe1.<pin>.<secret>}, where the pin is the SHA-256 of the public key of the
 * only authority that the board shall trust.
 */
public final class EnrolmentToken {
    private static final Pattern FORM = Pattern.compile("fwe1\\.([A-Za-z0-9_-]{43})\\.[A-Za-z0-9_-]{16,100}");

    private final String text;
    private final byte[] pin;

    private EnrolmentToken(String text, byte[] pin) {
        this.text = text;
        this.pin = pin;
    }

    /**
     * Reads a token.
     *
     * @throws IllegalArgumentException when it is none; the text does not repeat it, because it is a secret
     */
    public static EnrolmentToken parse(String text) {
        var form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("the token must look like fwe1.<43 characters>.<secret>");
        }
        return new EnrolmentToken(text.strip(), Base64.getUrlDecoder().decode(form.group(1)));
    }

    /** True when this is the key hash that the token names. */
    public boolean pins(byte[] keySha256) {
        return Arrays.equals(pin, keySha256);
    }

    /** The whole token, for the controller alone. */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return "fwe1.***";
    }
}
