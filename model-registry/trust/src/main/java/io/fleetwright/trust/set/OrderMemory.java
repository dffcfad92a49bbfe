package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node remembers of its orders.
 *
 * @param epoch fingerprint of the director's keys under which the order came; another makes the version start anew
 * @param version of the last order, 0 before the first
 * @param digest of its bytes
 * @param releases highest release counter per {@code device/slot/line}, at most {@value #RELEASES_MAX}
 */
record OrderMemory(String epoch, long version, Digest digest, SortedMap<String, Long> releases) {
    static final int RELEASES_MAX = 256;

    private static final String KIND = "order-memory";
    private static final int BYTES_MAX = 64 * 1024;

    static OrderMemory none() {
        return new OrderMemory("none", 0, Digest.of(new byte[0]), new TreeMap<>());
    }

    /** The release below which the slot may not fall, 0 when it never ran this line. */
    long release(DesiredSlot slot) {
        return releases.getOrDefault(place(slot), 0L);
    }

    /** After the order; its slots are at these releases. */
    OrderMemory after(String newEpoch, long newVersion, Digest newDigest, Map<DesiredSlot, Artifact> slots)
            throws RejectedException {
        SortedMap<String, Long> now = new TreeMap<>(releases);
        slots.forEach((slot, artifact) -> now.put(place(slot), artifact.counter()));
        if (now.size() > RELEASES_MAX) {
            throw new RejectedException(
                    Threat.TOO_MANY_SLOTS, "%d slots and lines, at most %d".formatted(now.size(), RELEASES_MAX));
        }
        return new OrderMemory(newEpoch, newVersion, newDigest, now);
    }

    byte[] encode() {
        DocumentWriter out = new DocumentWriter(KIND)
                .line("epoch", epoch)
                .number("version", version)
                .line("digest", digest.value());
        releases.forEach((place, counter) -> out.line("release", place, Long.toString(counter)));
        return out.bytes(BYTES_MAX);
    }

    static OrderMemory decode(byte[] bytes) throws RejectedException {
        DocumentReader in = new DocumentReader(KIND, bytes);
        String epoch = in.word("epoch");
        long version = in.number("version");
        Digest digest = new Digest(in.word("digest"));
        SortedMap<String, Long> releases = new TreeMap<>();
        while (in.isAt("release")) {
            List<String> words = in.words("release", 2);
            releases.put(words.get(0), in.number("release", words.get(1)));
        }
        in.end();
        return new OrderMemory(epoch, version, digest, releases);
    }

    private static String place(DesiredSlot slot) {
        return slot.device() + "/" + slot.slot() + "/" + slot.model();
    }
}
