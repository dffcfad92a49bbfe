package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.time.Instant;
import java.util.Collection;

/**
 * Says which snapshot is the newest, for a short time: without a fresh one nothing new is accepted, so nobody can hold a node
 * back unnoticed.
 *
 * @param version from 1, growing
 * @param expires some hours after it was made
 * @see "The Update Framework, section 5.4"
 */
public record Timestamp(long version, Instant expires, Reference snapshot) {
    public static final int BYTES_MAX = 4 * 1024;

    private static final String KIND = "timestamp";

    public Timestamp {
        Versions.require(version, expires);
    }

    /** The signed document. */
    public byte[] sign(Collection<SigningKey> signers) {
        return SignedDocument.sign(encode(), signers);
    }

    byte[] encode() {
        return new DocumentWriter(KIND)
                .number("version", version)
                .time("expires", expires)
                .line("snapshot", String.join(" ", snapshot.words()))
                .bytes(BYTES_MAX);
    }

    static Timestamp decode(byte[] payload) throws RejectedException {
        DocumentReader in = new DocumentReader(KIND, payload);
        long version = in.number("version");
        Instant expires = in.time("expires");
        try {
            Reference snapshot = Reference.read(in, in.words("snapshot", 3));
            in.end();
            Timestamp timestamp = new Timestamp(version, expires, snapshot);
            in.requireCanonical(timestamp.encode());
            return timestamp;
        } catch (IllegalArgumentException wrong) {
            throw in.refused(wrong);
        }
    }
}
