package io.fleetwright.telemetry.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code down/desired}: a signed list of what each slot shall run, and what proves that it is of today. The wire carries
 * both unread; the verifier in {@code trust} decides.
 *
 * @param version version inside the list, for logs and for ignoring old ones early; the signed one counts
 * @param list the list's bytes
 * @param keyId name of the signing key
 * @param signature Ed25519 signature over {@code list}
 * @param release what stands above the list
 */
public record Desired(long version, byte[] list, String keyId, byte[] signature, Release release) {
    /**
     * The signing set as it is now; what it names is fetched by digest.
     *
     * @param root version of the newest root
     * @param roots digests of the newest roots, at most {@value #ROOTS_MAX}, the newest last; a node takes those that it lacks
     * @param timestamp the signed timestamp
     */
    public record Release(long root, List<String> roots, byte[] timestamp) {
        public static final int ROOTS_MAX = 4;

        public Release {
            roots = List.copyOf(roots);
            if (root < 1 || roots.size() > Math.min(ROOTS_MAX, root)) {
                throw new IllegalArgumentException("%d digests of root %d".formatted(roots.size(), root));
            }
        }

        /** Digest of the root of a version, if it is among them. */
        public Optional<String> digest(long version) {
            long at = roots.size() - 1 - (root - version);
            return at >= 0 && at < roots.size() ? Optional.of(roots.get((int) at)) : Optional.empty();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Release that
                    && root == that.root
                    && roots.equals(that.roots)
                    && Arrays.equals(timestamp, that.timestamp);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(timestamp);
        }
    }

    public byte[] encode() {
        byte[] bytes = Json.write(out -> out.field("version", version)
                .bytes("list", list)
                .field("keyId", keyId)
                .bytes("signature", signature)
                .field("root", release.root())
                .strings("roots", release.roots())
                .bytes("timestamp", release.timestamp()));
        if (bytes.length > Limits.STATE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "desired document of %d bytes, at most %d".formatted(bytes.length, Limits.STATE_BYTES_MAX));
        }
        return bytes;
    }

    public static Desired decode(byte[] bytes) throws MalformedMessageException {
        Json.Node in = Json.read(bytes, Limits.STATE_BYTES_MAX);
        long root = in.number("root", 1, Long.MAX_VALUE);
        List<String> roots = in.strings("roots", Release.ROOTS_MAX);
        if (roots.size() > root) {
            throw new MalformedMessageException("%d digests of root %d".formatted(roots.size(), root));
        }
        return new Desired(
                in.number("version", 1, Long.MAX_VALUE),
                in.bytes("list", Limits.STATE_BYTES_MAX),
                in.text("keyId"),
                in.bytes("signature", 256),
                new Release(root, roots, in.bytes("timestamp", Limits.STATE_BYTES_MAX)));
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
