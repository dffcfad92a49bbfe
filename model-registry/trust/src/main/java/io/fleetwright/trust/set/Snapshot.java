package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.SigningKey;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which versions of the lines belong together.
 *
 * <p>A node runs several lines. Without this document an attacker who holds back one of them could combine lines that were
 * never current at once; the timestamp could list them itself, but its key is online, and stealing that must not be enough.
 *
 * @param version from 1, growing
 * @param lines the targets of each line, at most {@value #LINES_MAX}; a line never leaves
 * @see "The Update Framework, section 5.5"
 */
public record Snapshot(long version, Instant expires, SortedMap<String, Reference> lines) {
    public static final int BYTES_MAX = 16 * 1024;
    public static final int LINES_MAX = 64;

    private static final String KIND = "snapshot";

    public Snapshot {
        lines = Collections.unmodifiableSortedMap(new TreeMap<>(lines));
        Versions.require(version, expires);
        if (lines.size() > LINES_MAX) {
            throw new IllegalArgumentException("lines (%d) must be at most %d".formatted(lines.size(), LINES_MAX));
        }
        for (String line : lines.keySet()) {
            if (!DesiredSlot.isName(line)) {
                throw new IllegalArgumentException("line (%s) must be a name".formatted(line));
            }
        }
    }

    /** The signed document. */
    public byte[] sign(Collection<SigningKey> signers) {
        return SignedDocument.sign(encode(), signers);
    }

    byte[] encode() {
        DocumentWriter out = new DocumentWriter(KIND).number("version", version).time("expires", expires);
        lines.forEach((line, targets) -> out.line("line", line, String.join(" ", targets.words())));
        return out.bytes(BYTES_MAX);
    }

    static Snapshot decode(byte[] payload) throws RejectedException {
        DocumentReader in = new DocumentReader(KIND, payload);
        long version = in.number("version");
        Instant expires = in.time("expires");
        SortedMap<String, Reference> lines = new TreeMap<>();
        try {
            while (in.isAt("line")) {
                List<String> words = in.words("line", 4);
                lines.put(words.getFirst(), Reference.read(in, words.subList(1, words.size())));
            }
            in.end();
            Snapshot snapshot = new Snapshot(version, expires, lines);
            in.requireCanonical(snapshot.encode());
            return snapshot;
        } catch (IllegalArgumentException wrong) {
            throw in.refused(wrong);
        }
    }

    /** No line of the trusted snapshot may leave or go back. */
    void requireNotBehind(Snapshot trusted) throws RejectedException {
        for (Map.Entry<String, Reference> before : trusted.lines.entrySet()) {
            Reference now = lines.get(before.getKey());
            if (now == null || now.version() < before.getValue().version()) {
                throw new RejectedException(
                        Threat.ROLLED_BACK,
                        "line %s is %s, was at version %d"
                                .formatted(
                                        before.getKey(),
                                        now == null ? "gone" : "at version " + now.version(),
                                        before.getValue().version()));
            }
        }
    }
}
