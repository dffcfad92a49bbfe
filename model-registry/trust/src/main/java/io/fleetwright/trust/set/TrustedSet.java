package io.fleetwright.trust.set;

import io.fleetwright.trust.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is trusted, as documents. Each is stored by itself, and every rule holds whichever of the writes a crash leaves out:
 * what a document says about another is checked when the other is used, not assumed from the order of writing.
 *
 * <p>Timestamp and snapshot are stored with the fingerprint of their keys. Once a root replaces one of those keys they count
 * as absent, so versions that a stolen key drove up do not lock out what comes after: recovery from fast-forward.
 */
final class TrustedSet {
    private static final String ROOT = "root";
    private static final String TIMESTAMP = "timestamp";
    private static final String SNAPSHOT = "snapshot";
    private static final String ORDER = "order";
    private static final String TIME = "time";
    private static final String TIME_KIND = "time-memory";

    private final TrustedStore store;
    private final InstantSource clock;
    /** By name, which bytes under which keys had good signatures when they were last read; the bytes are read each time. */
    private final Map<String, String> vouched = new HashMap<>();

    TrustedSet(TrustedStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * A stored document.
     *
     * @param signed its bytes with their signatures
     */
    record Stored<T>(byte[] signed, byte[] payload, T document) {}

    boolean isEmpty() throws IOException {
        return store.read(ROOT).isEmpty();
    }

    Stored<Root> root() throws IOException {
        byte[] signed = store.read(ROOT).orElseThrow(() -> new IllegalStateException("no root is trusted yet"));
        try {
            SignedDocument document = SignedDocument.decode(signed, Root.BYTES_MAX);
            return new Stored<>(signed, document.payload(), Root.decode(document.payload()));
        } catch (RejectedException damaged) {
            throw damaged(ROOT, damaged);
        }
    }

    void saveRoot(byte[] signed) throws IOException {
        store.write(ROOT, signed);
    }

    Optional<Stored<Timestamp>> timestamp(Root root) throws IOException {
        return readOfEpoch(TIMESTAMP, root, Role.TIMESTAMP, Timestamp.BYTES_MAX, Timestamp::decode);
    }

    void saveTimestamp(Root root, byte[] signed) throws IOException {
        saveOfEpoch(TIMESTAMP, root, signed);
    }

    Optional<Stored<Snapshot>> snapshot(Root root) throws IOException {
        return readOfEpoch(SNAPSHOT, root, Role.SNAPSHOT, Snapshot.BYTES_MAX, Snapshot::decode);
    }

    void saveSnapshot(Root root, byte[] signed) throws IOException {
        saveOfEpoch(SNAPSHOT, root, signed);
    }

    Optional<Stored<Targets>> targets(Root root, String line) throws IOException {
        Optional<byte[]> signed = store.read("targets-" + line);
        return signed.isEmpty()
                ? Optional.empty()
                : verified("targets-" + line, signed.get(), root, Role.TARGETS, Targets.BYTES_MAX, Targets::decode);
    }

    void saveTargets(String line, byte[] signed) throws IOException {
        store.write("targets-" + line, signed);
    }

    OrderMemory orders() throws IOException {
        Optional<byte[]> bytes = store.read(ORDER);
        try {
            return bytes.isEmpty() ? OrderMemory.none() : OrderMemory.decode(bytes.get());
        } catch (RejectedException | IllegalArgumentException damaged) {
            throw damaged(ORDER, damaged);
        }
    }

    void saveOrders(OrderMemory orders) throws IOException {
        store.write(ORDER, orders.encode());
    }

    /** The clock's time, but never before what was seen under this root, nor before the root was made. */
    Instant now(Root root) throws IOException {
        Instant floor = seen(root);
        Instant now = clock.instant();
        return now.isAfter(floor) ? now : floor;
    }

    /** Keeps the time, so that a clock set back does not bring back what has expired. */
    void remember(Root root, Instant now) throws IOException {
        if (now.getEpochSecond() > seen(root).getEpochSecond()) {
            store.write(
                    TIME,
                    new DocumentWriter(TIME_KIND)
                            .number("root", root.version())
                            .number("seen", Math.min(now.getEpochSecond(), DocumentReader.NUMBER_MAX))
                            .bytes(Timestamp.BYTES_MAX));
        }
    }

    private Instant seen(Root root) throws IOException {
        Optional<byte[]> bytes = store.read(TIME);
        if (bytes.isEmpty()) {
            return root.issued();
        }
        try {
            DocumentReader in = new DocumentReader(TIME_KIND, bytes.get());
            boolean sameRoot = in.number("root") == root.version();
            Instant seen = in.time("seen");
            return sameRoot && seen.isAfter(root.issued()) ? seen : root.issued();
        } catch (RejectedException damaged) {
            throw damaged(TIME, damaged);
        }
    }

    private <T> Optional<Stored<T>> readOfEpoch(String name, Root root, Role role, int bytesMax, Decoder<T> decoder)
            throws IOException {
        Optional<byte[]> bytes = store.read(name);
        byte[] epoch = epoch(root);
        if (bytes.isEmpty() || !Arrays.equals(epoch, Arrays.copyOf(bytes.get(), epoch.length))) {
            return Optional.empty();
        }
        byte[] signed = Arrays.copyOfRange(bytes.get(), epoch.length, bytes.get().length);
        return verified(name, signed, root, role, bytesMax, decoder);
    }

    private void saveOfEpoch(String name, Root root, byte[] signed) throws IOException {
        byte[] epoch = epoch(root);
        byte[] bytes = Arrays.copyOf(epoch, epoch.length + signed.length);
        System.arraycopy(signed, 0, bytes, epoch.length, signed.length);
        store.write(name, bytes);
    }

    private static byte[] epoch(Root root) {
        String line = "epoch " + root.fingerprint(Role.TIMESTAMP, Role.SNAPSHOT) + "\n";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    /** A stored document, if the root's keys of today still vouch for it. */
    private <T> Optional<Stored<T>> verified(
            String name, byte[] signed, Root root, Role role, int bytesMax, Decoder<T> decoder) throws IOException {
        SignedDocument document;
        T decoded;
        try {
            document = SignedDocument.decode(signed, bytesMax);
            decoded = decoder.decode(document.payload());
        } catch (RejectedException damaged) {
            throw damaged(name, damaged);
        }
        String bytesAndKeys = Digest.of(signed).hex() + root.fingerprint(role);
        if (!bytesAndKeys.equals(vouched.get(name)) && !root.isSigned(document, role)) {
            return Optional.empty();
        }
        vouched.put(name, bytesAndKeys);
        return Optional.of(new Stored<>(signed, document.payload(), decoded));
    }

    /** Going on without it could undo a rollback's refusal. */
    private static IOException damaged(String name, Exception cause) {
        return new IOException("trusted %s is damaged: %s".formatted(name, cause.getMessage()), cause);
    }

    private interface Decoder<T> {
        T decode(byte[] payload) throws RejectedException;
    }
}
