package io.fleetwright.telemetry.wire;

import java.util.Arrays;

/**
 * {@code down/desired}: a signed list of what each slot shall run. The wire carries it unread; the verifier in
 * {@code trust} decides.
 *
 * @param version version inside the list, for logs and for ignoring old ones early; the signed one counts
 * @param list the list's bytes
 * @param keyId name of the signing key
 * @param signature Ed25519 signature over {@code list}
 */
public record Desired(long version, byte[] list, String keyId, byte[] signature) {
    public byte[] encode() {
        byte[] bytes = Json.write(out -> out.field("version", version)
                .bytes("list", list)
                .field("keyId", keyId)
                .bytes("signature", signature));
        if (bytes.length > Limits.STATE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "desired document of %d bytes, at most %d".formatted(bytes.length, Limits.STATE_BYTES_MAX));
        }
        return bytes;
    }

    public static Desired decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        return new Desired(
                in.number("version", 1, Long.MAX_VALUE),
                in.bytes("list", Limits.STATE_BYTES_MAX),
                in.text("keyId"),
                in.bytes("signature", 256));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Desired that && Arrays.equals(encode(), that.encode());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(list);
    }
}
