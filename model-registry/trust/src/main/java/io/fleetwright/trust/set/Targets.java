package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What one line has released and still stands by; an artifact that is not here runs nowhere.
 *
 * @param line name of the line: the model's
 * @param version from 1, growing
 * @param downgradeTo least release to which a slot may go back: the signed permission without which a slot only goes forward
 * @param artifacts at most {@value #ARTIFACTS_MAX}, by counter and digest, no digest twice
 * @see "The Update Framework, section 5.6"
 */
public record Targets(String line, long version, Instant expires, long downgradeTo, List<Artifact> artifacts) {
    public static final int BYTES_MAX = 128 * 1024;
    public static final int ARTIFACTS_MAX = 256;

    private static final String KIND = "targets";

    public Targets {
        artifacts = artifacts.stream().sorted().toList();
        Versions.require(version, expires);
        Versions.requireNumber("downgradeTo", downgradeTo);
        if (!DesiredSlot.isName(line)) {
            throw new IllegalArgumentException("line (%s) must be a name".formatted(line));
        }
        if (artifacts.size() > ARTIFACTS_MAX) {
            throw new IllegalArgumentException(
                    "artifacts (%d) must be at most %d".formatted(artifacts.size(), ARTIFACTS_MAX));
        }
        if (artifacts.stream().map(Artifact::digest).distinct().count() != artifacts.size()) {
            throw new IllegalArgumentException("line %s has a digest twice".formatted(line));
        }
    }

    /** The signed document. */
    public byte[] sign(Collection<SigningKey> signers) {
        return SignedDocument.sign(encode(), signers);
    }

    Optional<Artifact> find(Digest digest) {
        return artifacts.stream()
                .filter(artifact -> artifact.digest().equals(digest))
                .findFirst();
    }

    byte[] encode() {
        DocumentWriter out = new DocumentWriter(KIND)
                .line("line", line)
                .number("version", version)
                .time("expires", expires)
                .number("downgrade-to", downgradeTo);
        artifacts.forEach(artifact -> out.line("artifact", String.join(" ", artifact.words())));
        return out.bytes(BYTES_MAX);
    }

    static Targets decode(byte[] payload) throws RejectedException {
        DocumentReader in = new DocumentReader(KIND, payload);
        String line = in.word("line");
        long version = in.number("version");
        Instant expires = in.time("expires");
        long downgradeTo = in.number("downgrade-to");
        List<Artifact> artifacts = new ArrayList<>();
        try {
            while (in.isAt("artifact")) {
                artifacts.add(Artifact.read(in));
            }
            in.end();
            Targets targets = new Targets(line, version, expires, downgradeTo, artifacts);
            in.requireCanonical(targets.encode());
            return targets;
        } catch (IllegalArgumentException wrong) {
            throw in.refused(wrong);
        }
    }
}
