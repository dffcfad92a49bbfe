package io.fleetwright.controller.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What proves to a receiver that a message is this controller's and how old it is. */
final class Signature {
    static final String HEADER = "Fleetwright-Signature";

    private Signature() {}

    /** {@code t=<seconds>,v1=<hex>}, where the hex is the HMAC-SHA256 (RFC 2104) of {@code <seconds>.<body>}. */
    static String of(String secret, String body, long atSeconds) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] code = mac.doFinal("%d.%s".formatted(atSeconds, body).getBytes(StandardCharsets.UTF_8));
            return "t=%d,v1=%s".formatted(atSeconds, HexFormat.of().formatHex(code));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("this JDK has no HMAC-SHA256", impossible);
        }
    }
}
