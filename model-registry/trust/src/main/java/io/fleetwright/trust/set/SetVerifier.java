package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.DesiredVerifier;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.Verdict;
import io.fleetwright.trust.set.TrustedSet.Stored;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decides what a node trusts, one document at a time: roots until there is no next, then timestamp, snapshot, the targets of
 * its lines, and its orders. A rejected document changes nothing. Not for use by two threads at once.
 *
 * @see "The Update Framework, section 5; Uptane, section 5.4.4: full verification"
 */
public final class SetVerifier {
    /** The most bytes that any document has with its signatures: read no more of one than this. */
    public static final int DOCUMENT_BYTES_MAX = Targets.BYTES_MAX + SignedDocument.SIGNATURES_BYTES_MAX;

    private final TrustedSet trusted;
    private final String tenant;
    private final String node;

    /** @param store this node's own; see {@link TrustedStore} */
    public SetVerifier(TrustedStore store, InstantSource clock, String tenant, String node) {
        this.trusted = new TrustedSet(store, clock);
        this.tenant = tenant;
        this.node = node;
    }

    /**
     * Trusts the first root, as handed over at enrolment.
     *
     * @throws IllegalStateException when there is one already
     * @throws IOException when the store fails; nothing is accepted then, and the call may be repeated
     */
    public SetVerdict enrol(byte[] signed) throws IOException {
        if (!trusted.isEmpty()) {
            throw new IllegalStateException("a root is trusted already");
        }
        return verdict(() -> {
            SignedDocument document = SignedDocument.decode(signed, Root.BYTES_MAX);
            Root.decode(document.payload()).requireSigned(document, Role.ROOT);
            trusted.saveRoot(signed);
        });
    }

    /** Trusts the next root. Its date counts only when something is accepted under it, so that old nodes catch up. */
    public SetVerdict root(byte[] signed) throws IOException {
        return verdict(() -> {
            Stored<Root> before = trusted.root();
            SignedDocument document = SignedDocument.decode(signed, Root.BYTES_MAX);
            before.document().requireSigned(document, Role.ROOT);
            Root next = Root.decode(document.payload());
            if (isRepeated("root", before.document().version(), before.payload(), next.version(), document)) {
                return;
            }
            if (next.version() != before.document().version() + 1) {
                throw new RejectedException(
                        Threat.ROOT_SKIPPED,
                        "root %d after %d"
                                .formatted(next.version(), before.document().version()));
            }
            next.requireSigned(document, Role.ROOT);
            trusted.saveRoot(signed);
        });
    }

    public SetVerdict timestamp(byte[] signed) throws IOException {
        return verdict(() -> {
            Root root = freshRoot();
            SignedDocument document = SignedDocument.decode(signed, Timestamp.BYTES_MAX);
            root.requireSigned(document, Role.TIMESTAMP);
            Timestamp next = Timestamp.decode(document.payload());
            Optional<Stored<Timestamp>> before = trusted.timestamp(root);
            boolean repeated = false;
            if (before.isPresent()) {
                Timestamp old = before.get().document();
                repeated = isRepeated("timestamp", old.version(), before.get().payload(), next.version(), document);
                requireNotBehind(old.snapshot(), next.snapshot());
            }
            requireFresh(root, "timestamp", next.expires());
            if (!repeated) {
                trusted.saveTimestamp(root, signed);
            }
        });
    }

    public SetVerdict snapshot(byte[] signed) throws IOException {
        return verdict(() -> {
            Root root = freshRoot();
            Reference meant = freshTimestamp(root).snapshot();
            meant.requireMeant("snapshot", signed);
            SignedDocument document = SignedDocument.decode(signed, Snapshot.BYTES_MAX);
            root.requireSigned(document, Role.SNAPSHOT);
            Snapshot next = Snapshot.decode(document.payload());
            requireVersion("snapshot", meant.version(), next.version());
            Optional<Stored<Snapshot>> before = trusted.snapshot(root);
            if (before.isPresent()) {
                next.requireNotBehind(before.get().document());
            }
            requireFresh(root, "snapshot", next.expires());
            trusted.saveSnapshot(root, signed);
        });
    }

    /** @param line whose targets the bytes shall be */
    public SetVerdict targets(String line, byte[] signed) throws IOException {
        return verdict(() -> {
            Root root = freshRoot();
            Reference meant = meant(freshSnapshot(root), line);
            meant.requireMeant("targets of " + line, signed);
            SignedDocument document = SignedDocument.decode(signed, Targets.BYTES_MAX);
            root.requireSigned(document, Role.TARGETS);
            Targets next = Targets.decode(document.payload());
            if (!next.line().equals(line)) {
                throw new RejectedException(Threat.WRONG_LINE, "targets of %s, not of %s".formatted(next.line(), line));
            }
            requireVersion("targets of " + line, meant.version(), next.version());
            requireFresh(root, "targets of " + line, next.expires());
            trusted.saveTargets(line, signed);
        });
    }

    /**
     * Accepts an order when a director's key signed it for this node and every artifact that it names is released by its line.
     * The same order is accepted again, since messages repeat.
     */
    public SetVerdict order(SignedList signed) throws IOException {
        try {
            Root root = freshRoot();
            OrderMemory before = trusted.orders();
            String epoch = root.fingerprint(Role.DIRECTOR);
            boolean sameKeys = before.epoch().equals(epoch);
            DesiredList list = directed(root, signed, sameKeys ? before.version() : 0);
            if (list.version() > DocumentReader.NUMBER_MAX) {
                throw new RejectedException(
                        Threat.MALFORMED,
                        "version (%d) must be at most %d".formatted(list.version(), DocumentReader.NUMBER_MAX));
            }
            Digest digest = Digest.of(signed.payload());
            if (sameKeys && list.version() == before.version() && !digest.equals(before.digest())) {
                throw new RejectedException(
                        Threat.EQUIVOCATION, "another order of version %d".formatted(list.version()));
            }
            Map<DesiredSlot, Artifact> artifacts = new HashMap<>();
            for (DesiredSlot slot : list.slots()) {
                artifacts.put(slot, released(root, slot, before.release(slot)));
            }
            trusted.saveOrders(before.after(epoch, list.version(), digest, artifacts));
            return new SetVerdict.Ordered(new VerifiedOrder(list, artifacts));
        } catch (RejectedException rejected) {
            return rejected.verdict();
        }
    }

    /** True when a first root is trusted. */
    public boolean isEnrolled() throws IOException {
        return !trusted.isEmpty();
    }

    /** Version of the trusted root. */
    public long rootVersion() throws IOException {
        return trusted.root().document().version();
    }

    /**
     * The next document without which this order cannot be judged: the snapshot that the timestamp names, then the targets of
     * the order's lines. Empty when none is missing, and when the order is to be refused whatever comes.
     */
    public Optional<Wanted> wanted(SignedList signed) throws IOException {
        try {
            Root root = freshRoot();
            DesiredList list = directed(root, signed, 0);
            Reference named = freshTimestamp(root).snapshot();
            Optional<Stored<Snapshot>> snapshot = trusted.snapshot(root).filter(stored -> isMeant(stored, named));
            if (snapshot.isEmpty()) {
                return Optional.of(new Wanted(Optional.empty(), named));
            }
            for (DesiredSlot slot : list.slots()) {
                Reference meant = meant(snapshot.get().document(), slot.model());
                if (trusted.targets(root, slot.model())
                        .filter(stored -> isMeant(stored, meant))
                        .isEmpty()) {
                    return Optional.of(new Wanted(Optional.of(slot.model()), meant));
                }
            }
            return Optional.empty();
        } catch (RejectedException refused) {
            return Optional.empty();
        }
    }

    /** Trusts a document that was {@linkplain #wanted wanted}. */
    public SetVerdict offer(Wanted wanted, byte[] signed) throws IOException {
        return wanted.line().isPresent() ? targets(wanted.line().get(), signed) : snapshot(signed);
    }

    private static boolean isMeant(Stored<?> stored, Reference meant) {
        return Digest.of(stored.signed()).equals(meant.digest());
    }

    private DesiredList directed(Root root, SignedList signed, long versionFloor) throws RejectedException {
        VerifyingKey director = root.keys().stream()
                .filter(key -> key.id().equals(signed.keyId()))
                .filter(key -> root.keysOf(Role.DIRECTOR).keyIds().contains(key.id()))
                .findFirst()
                .orElseThrow(() -> new RejectedException(Threat.UNKNOWN_KEY, "the order's key is no director's"));
        return switch (new DesiredVerifier(tenant, node, director.spki()).verify(signed, versionFloor)) {
            case Verdict.Accepted(var verified) -> verified.list();
            case Verdict.Rejected(var reason, String detail) -> throw new RejectedException(threat(reason), detail);
        };
    }

    private static Threat threat(Verdict.Reason reason) {
        return switch (reason) {
            case TOO_LARGE -> Threat.ENDLESS_DATA;
            case UNKNOWN_KEY -> Threat.UNKNOWN_KEY;
            case BAD_SIGNATURE -> Threat.BAD_SIGNATURE;
            case MALFORMED -> Threat.MALFORMED;
            case WRONG_NODE -> Threat.WRONG_NODE;
            case ROLLED_BACK -> Threat.ROLLED_BACK;
        };
    }

    private Artifact released(Root root, DesiredSlot slot, long releaseFloor) throws RejectedException, IOException {
        Targets targets = freshTargets(root, slot.model());
        Artifact artifact = targets.find(slot.digest())
                .orElseThrow(() -> new RejectedException(
                        Threat.NOT_RELEASED, "line %s has not released %s".formatted(slot.model(), slot.digest())));
        if (!artifact.isLabelled(slot)) {
            throw new RejectedException(
                    Threat.MISLABELLED,
                    "slot %s/%s: order and line differ on %s".formatted(slot.device(), slot.slot(), slot.digest()));
        }
        if (artifact.counter() < Math.min(releaseFloor, targets.downgradeTo())) {
            throw new RejectedException(
                    Threat.RELEASE_ROLLED_BACK,
                    "slot %s/%s: release %d after %d, line %s allows to go back to %d"
                            .formatted(
                                    slot.device(),
                                    slot.slot(),
                                    artifact.counter(),
                                    releaseFloor,
                                    slot.model(),
                                    targets.downgradeTo()));
        }
        return artifact;
    }

    private Root freshRoot() throws RejectedException, IOException {
        Root root = trusted.root().document();
        requireFresh(root, "root", root.expires());
        return root;
    }

    private Timestamp freshTimestamp(Root root) throws RejectedException, IOException {
        Timestamp timestamp = trusted.timestamp(root)
                .orElseThrow(() -> new RejectedException(Threat.INCOMPLETE, "no timestamp is trusted yet"))
                .document();
        requireFresh(root, "timestamp", timestamp.expires());
        return timestamp;
    }

    private Snapshot freshSnapshot(Root root) throws RejectedException, IOException {
        Reference meant = freshTimestamp(root).snapshot();
        Stored<Snapshot> snapshot = trusted.snapshot(root)
                .filter(stored -> isMeant(stored, meant))
                .orElseThrow(() -> new RejectedException(
                        Threat.INCOMPLETE, "snapshot %d is not there yet".formatted(meant.version())));
        requireFresh(root, "snapshot", snapshot.document().expires());
        return snapshot.document();
    }

    private Targets freshTargets(Root root, String line) throws RejectedException, IOException {
        Reference meant = meant(freshSnapshot(root), line);
        Stored<Targets> targets = trusted.targets(root, line)
                .filter(stored -> isMeant(stored, meant))
                .orElseThrow(() -> new RejectedException(
                        Threat.INCOMPLETE, "targets %d of %s are not there yet".formatted(meant.version(), line)));
        requireFresh(root, "targets of " + line, targets.document().expires());
        return targets.document();
    }

    private static Reference meant(Snapshot snapshot, String line) throws RejectedException {
        Reference meant = snapshot.lines().get(line);
        if (meant == null) {
            throw new RejectedException(Threat.WRONG_LINE, "there is no line %s".formatted(line));
        }
        return meant;
    }

    private void requireFresh(Root root, String what, Instant expires) throws RejectedException, IOException {
        Instant now = trusted.now(root);
        trusted.remember(root, now);
        if (!now.isBefore(expires)) {
            throw new RejectedException(Threat.EXPIRED, "%s expired at %s, it is %s".formatted(what, expires, now));
        }
    }

    /** The snapshot that a newer timestamp names is not older, and not another of the same version. */
    private static void requireNotBehind(Reference before, Reference now) throws RejectedException {
        if (now.version() < before.version()) {
            throw new RejectedException(
                    Threat.ROLLED_BACK, "snapshot %d after %d".formatted(now.version(), before.version()));
        }
        if (now.version() == before.version() && !now.equals(before)) {
            throw new RejectedException(Threat.EQUIVOCATION, "another snapshot of version %d".formatted(now.version()));
        }
    }

    /** True for what is trusted already; nothing older, and nothing else of the same version. */
    private static boolean isRepeated(String what, long before, byte[] payload, long version, SignedDocument document)
            throws RejectedException {
        if (version < before) {
            throw new RejectedException(Threat.ROLLED_BACK, "%s %d after %d".formatted(what, version, before));
        }
        if (version == before && !Arrays.equals(payload, document.payload())) {
            throw new RejectedException(Threat.EQUIVOCATION, "another %s of version %d".formatted(what, version));
        }
        return version == before;
    }

    private static void requireVersion(String what, long meant, long version) throws RejectedException {
        if (version != meant) {
            throw new RejectedException(Threat.MIXED, "%s is version %d, must be %d".formatted(what, version, meant));
        }
    }

    private static SetVerdict verdict(Step step) throws IOException {
        try {
            step.run();
            return new SetVerdict.Accepted();
        } catch (RejectedException rejected) {
            return rejected.verdict();
        }
    }

    private interface Step {
        void run() throws RejectedException, IOException;
    }
}
