package io.fleetwright.trust.set;

import java.nio.charset.StandardCharsets;

/** Documents as text and back. */
final class Documents {
    private Documents() {}

    static String text(byte[] document) {
        return new String(document, StandardCharsets.ISO_8859_1);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
