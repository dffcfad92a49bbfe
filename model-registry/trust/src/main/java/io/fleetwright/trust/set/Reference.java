package io.fleetwright.trust.set;

import io.fleetwright.trust.Digest;
import java.util.List;

/**
 * Which document is meant: its version, and length and digest of its signed bytes.
 *
 * @param version from 1
 * @param bytes from 1
 */
public record Reference(long version, long bytes, Digest digest) {
    public Reference {
        Versions.requireNumber("version", version);
        Versions.requireNumber("bytes", bytes);
    }

    /** The reference to a signed document. */
    public static Reference to(long version, byte[] signed) {
        return new Reference(version, signed.length, Digest.of(signed));
    }

    /** Accepts only the bytes that are meant; the length first, so that too many are not hashed. */
    void requireMeant(String what, byte[] signed) throws RejectedException {
        if (signed.length != bytes) {
            throw new RejectedException(
                    signed.length > bytes ? Threat.ENDLESS_DATA : Threat.MIXED,
                    "%s has %d bytes, must have %d".formatted(what, signed.length, bytes));
        }
        if (!Digest.of(signed).equals(digest)) {
            throw new RejectedException(Threat.MIXED, "%s is not the one named".formatted(what));
        }
    }

    List<String> words() {
        return List.of(Long.toString(version), Long.toString(bytes), digest.value());
    }

    /** @throws IllegalArgumentException when the digest has not its form */
    static Reference read(DocumentReader in, List<String> words) throws RejectedException {
        if (words.size() != 3) {
            throw new IllegalArgumentException("a reference has a version, a length and a digest");
        }
        return new Reference(
                in.number("version", words.get(0)), in.number("bytes", words.get(1)), new Digest(words.get(2)));
    }
}
