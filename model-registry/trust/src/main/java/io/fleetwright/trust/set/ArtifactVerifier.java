package io.fleetwright.trust.set;

import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Compares an artifact's bytes with what its line says of it. */
public final class ArtifactVerifier {
    private static final int CHUNK_BYTES = 64 * 1024;

    private ArtifactVerifier() {}

    /** Reads at most one byte more than the artifact has. */
    public static SetVerdict verify(Artifact artifact, InputStream in) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        byte[] chunk = new byte[CHUNK_BYTES];
        long left = artifact.bytes();
        while (left > 0) {
            int read = in.read(chunk, 0, (int) Math.min(left, chunk.length));
            if (read < 0) {
                return rejected(Threat.TRUNCATED, "%d of %d bytes are missing".formatted(left, artifact.bytes()));
            }
            sha256.update(chunk, 0, read);
            left -= read;
        }
        if (in.read() >= 0) {
            return rejected(Threat.ENDLESS_DATA, "more than %d bytes".formatted(artifact.bytes()));
        }
        String hex = HexFormat.of().formatHex(sha256.digest());
        return hex.equals(artifact.digest().hex())
                ? new SetVerdict.Accepted()
                : rejected(Threat.HASH_MISMATCH, "sha256:%s instead of %s".formatted(hex, artifact.digest()));
    }

    private static SetVerdict rejected(Threat threat, String detail) {
        return new SetVerdict.Rejected(threat, detail);
    }
}
