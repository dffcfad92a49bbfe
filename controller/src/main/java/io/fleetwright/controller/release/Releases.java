package io.fleetwright.controller.release;

import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.set.Artifact;
import io.fleetwright.trust.set.Reference;
import io.fleetwright.trust.set.ReleaseKeys;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.Snapshot;
import io.fleetwright.trust.set.Targets;
import io.fleetwright.trust.set.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The publisher's side of the signing set, one set for each tenant: a model is a line, and what some node shall run is
 * released in it. Documents are made when they are needed: when a line releases something, when a root replaces a key, and when
 * one nears its end.
 */
public final class Releases {
    private static final Duration TIMESTAMP_LIFE = Duration.ofHours(24);
    private static final Duration TIMESTAMP_LEFT_MIN = Duration.ofHours(12);
    private static final Duration DOCUMENT_LIFE = Duration.ofDays(90);
    private static final Duration DOCUMENT_LEFT_MIN = Duration.ofDays(30);
    /** Shorter artifacts are fetched in one piece. */
    private static final long CHUNKED_BYTES_MIN = 64 * 1024;

    private static final String KIND_OF_BYTES = "model";

    private final ReleaseKeys keys;

    public Releases(ReleaseKeys keys) {
        this.keys = keys;
    }

    /** The director's key, which signs each node's list. */
    public SigningKey director() {
        return keys.key(Role.DIRECTOR);
    }

    /** False when the tenant's lines, or this one's artifacts in use, are as many as a document holds. */
    public boolean hasRoom(Tx tx, DesiredSlot slot, String tenant) {
        if (tx.get(ReleaseRow.class, id(tenant, slot)).isPresent()) {
            return true;
        }
        boolean known =
                tx.get(DocumentRow.class, targetsId(tenant, slot.model())).isPresent();
        return known
                ? tx.count(ofLine(tenant, slot.model())) < Targets.ARTIFACTS_MAX
                        || unused(tx, tenant, slot.model()).isPresent()
                : tx.count(Query.of(DocumentRow.class).equal("tenant", tenant).equal("kind", "targets"))
                        < Snapshot.LINES_MAX;
    }

    /** Releases what these slots name, unless it is, and lets them go back to it. */
    public void release(Tx tx, String tenant, Collection<DesiredSlot> slots, long nowMillis) {
        for (DesiredSlot slot : slots) {
            Optional<ReleaseRow> there = tx.get(ReleaseRow.class, id(tenant, slot));
            long floor = tx.get(DocumentRow.class, targetsId(tenant, slot.model()))
                    .map(row -> row.downgradeTo)
                    .orElse(Long.MAX_VALUE);
            if (there.isEmpty()) {
                ReleaseRow added = add(tx, tenant, slot, nowMillis);
                boolean newest = tx.find(ofLine(tenant, slot.model())
                                .greater("counter", added.counter)
                                .limit(1))
                        .isEmpty();
                publish(tx, tenant, slot.model(), newest ? added.counter : Math.min(floor, added.counter), nowMillis);
            } else if (there.get().counter < floor) {
                publish(tx, tenant, slot.model(), there.get().counter, nowMillis);
            }
        }
    }

    /**
     * The slot under the version and variant that its line has released the bytes as: a line has each digest once, and a node takes
     * no list that names it otherwise. A version that came later with the same bytes is what people see, not what is signed.
     */
    public DesiredSlot asReleased(Tx tx, String tenant, DesiredSlot slot) {
        return tx.get(ReleaseRow.class, id(tenant, slot))
                .map(row -> slot.named(row.version, row.variant))
                .orElse(slot);
    }

    private static ReleaseRow add(Tx tx, String tenant, DesiredSlot slot, long nowMillis) {
        List<ReleaseRow> line = tx.find(ofLine(tenant, slot.model()));
        if (line.size() >= Targets.ARTIFACTS_MAX) {
            unused(tx, tenant, slot.model()).ifPresent(tx::delete);
        }
        ReleaseRow row = new ReleaseRow();
        row.id = id(tenant, slot);
        row.tenant = tenant;
        row.line = slot.model();
        row.digest = slot.digest().value();
        row.version = slot.version();
        row.variant = slot.variant();
        row.bytes = slot.bytes();
        tx.find(Query.of(VariantRow.class)
                        .equal("tenant", tenant)
                        .equal("digest", row.digest)
                        .limit(1))
                .forEach(variant -> {
                    row.golden = variant.golden;
                    row.memoryBytes = variant.weightBytes + variant.arenaBytes;
                });
        Artifacts artifacts = new Artifacts(tx, nowMillis);
        if (row.bytes >= CHUNKED_BYTES_MIN && artifacts.has(slot.digest())) {
            row.chunks = Digest.of(artifacts.chunkMap(slot.digest()).encode()).value();
        }
        row.counter = line.stream()
                .filter(released -> released.version.equals(slot.version()))
                .findFirst()
                .map(released -> released.counter)
                .orElseGet(() -> 1
                        + line.stream()
                                .mapToLong(released -> released.counter)
                                .max()
                                .orElse(0));
        tx.insert(row);
        return row;
    }

    /** The oldest artifact of a line that no node shall run. */
    private static Optional<ReleaseRow> unused(Tx tx, String tenant, String line) {
        return tx.find(ofLine(tenant, line)).stream()
                .sorted(Comparator.comparingLong((ReleaseRow row) -> row.counter)
                        .thenComparing(row -> row.digest))
                .filter(row ->
                        tx.count(Query.of(SlotRow.class).equal("tenant", tenant).equal("desiredDigest", row.digest))
                                == 0)
                .findFirst();
    }

    /** What stands above a list that is sent now. */
    public Desired.Release current(Tx tx, String tenant, long nowMillis) {
        DocumentRow timestamp = tx.get(DocumentRow.class, tenant + "/timestamp")
                .filter(row -> row.rootVersion == keys.rootVersion()
                        && row.expiresAt - nowMillis >= TIMESTAMP_LEFT_MIN.toMillis())
                .orElseGet(() -> bind(tx, tenant, nowMillis));
        List<String> roots = new ArrayList<>();
        for (long version = Math.max(1, keys.rootVersion() - Desired.Release.ROOTS_MAX + 1);
                version <= keys.rootVersion();
                version++) {
            roots.add(Digest.of(keys.root(version).orElseThrow()).value());
        }
        return new Desired.Release(keys.rootVersion(), roots, timestamp.content);
    }

    /** A document of the tenant, or a root, by the digest of its signed bytes. */
    public Optional<byte[]> document(Tx tx, String tenant, String digest) {
        Optional<byte[]> stored =
                tx
                        .find(Query.of(DocumentRow.class)
                                .equal("tenant", tenant)
                                .equal("digest", digest)
                                .limit(1))
                        .stream()
                        .findFirst()
                        .map(row -> row.content);
        if (stored.isPresent()) {
            return stored;
        }
        for (long version = keys.rootVersion();
                version > Math.max(0, keys.rootVersion() - Desired.Release.ROOTS_MAX);
                version--) {
            byte[] root = keys.root(version).orElseThrow();
            if (Digest.of(root).value().equals(digest)) {
                return Optional.of(root);
            }
        }
        return Optional.empty();
    }

    private void publish(Tx tx, String tenant, String line, long downgradeTo, long nowMillis) {
        targets(tx, tenant, line, downgradeTo, nowMillis);
        bind(tx, tenant, nowMillis);
    }

    private void targets(Tx tx, String tenant, String line, long downgradeTo, long nowMillis) {
        List<Artifact> artifacts = tx.find(ofLine(tenant, line)).stream()
                .map(row -> new Artifact(
                        row.counter,
                        new Digest(row.digest),
                        row.bytes,
                        KIND_OF_BYTES,
                        row.version,
                        row.variant,
                        Optional.ofNullable(row.golden).map(Digest::new),
                        facts(row)))
                .toList();
        DocumentRow row = next(tx, targetsId(tenant, line), tenant, "targets", line);
        row.downgradeTo = downgradeTo;
        Instant expires = Instant.ofEpochSecond(nowMillis / 1000).plus(DOCUMENT_LIFE);
        byte[] signed =
                new Targets(line, row.version, expires, downgradeTo, artifacts).sign(List.of(keys.key(Role.TARGETS)));
        store(tx, row, signed, expires);
    }

    private static SortedMap<String, String> facts(ReleaseRow row) {
        SortedMap<String, String> facts = new TreeMap<>();
        if (row.memoryBytes != 0) {
            facts.put("memory", String.valueOf(row.memoryBytes));
        }
        if (row.chunks != null) {
            facts.put("chunks", new Digest(row.chunks).hex());
        }
        return facts;
    }

    /** A snapshot of all lines, and the timestamp that names it; lines that near their end, or whose key was replaced, first. */
    private DocumentRow bind(Tx tx, String tenant, long nowMillis) {
        SortedMap<String, Reference> lines = new TreeMap<>();
        Query<DocumentRow> all =
                Query.of(DocumentRow.class).equal("tenant", tenant).equal("kind", "targets");
        for (DocumentRow row : tx.find(all)) {
            if (row.rootVersion != keys.rootVersion() || row.expiresAt - nowMillis < DOCUMENT_LEFT_MIN.toMillis()) {
                targets(tx, tenant, row.line, row.downgradeTo, nowMillis);
            }
        }
        for (DocumentRow row : tx.find(all)) {
            lines.put(row.line, Reference.to(row.version, row.content));
        }
        Instant now = Instant.ofEpochSecond(nowMillis / 1000);
        DocumentRow snapshot = next(tx, tenant + "/snapshot", tenant, "snapshot", "");
        store(
                tx,
                snapshot,
                new Snapshot(snapshot.version, now.plus(DOCUMENT_LIFE), lines).sign(List.of(keys.key(Role.SNAPSHOT))),
                now.plus(DOCUMENT_LIFE));
        DocumentRow timestamp = next(tx, tenant + "/timestamp", tenant, "timestamp", "");
        store(
                tx,
                timestamp,
                new Timestamp(
                                timestamp.version,
                                now.plus(TIMESTAMP_LIFE),
                                Reference.to(snapshot.version, snapshot.content))
                        .sign(List.of(keys.key(Role.TIMESTAMP))),
                now.plus(TIMESTAMP_LIFE));
        return timestamp;
    }

    private static DocumentRow next(Tx tx, String id, String tenant, String kind, String line) {
        DocumentRow row = tx.get(DocumentRow.class, id).orElseGet(() -> {
            DocumentRow fresh = new DocumentRow();
            fresh.id = id;
            fresh.tenant = tenant;
            fresh.kind = kind;
            fresh.line = line;
            tx.insert(fresh);
            return fresh;
        });
        row.version++;
        return row;
    }

    private void store(Tx tx, DocumentRow row, byte[] signed, Instant expires) {
        row.content = signed;
        row.digest = Digest.of(signed).value();
        row.rootVersion = keys.rootVersion();
        row.expiresAt = expires.toEpochMilli();
        tx.update(row);
    }

    private static Query<ReleaseRow> ofLine(String tenant, String line) {
        return Query.of(ReleaseRow.class).equal("tenant", tenant).equal("line", line);
    }

    private static String id(String tenant, DesiredSlot slot) {
        return String.join("/", tenant, slot.model(), slot.digest().value());
    }

    private static String targetsId(String tenant, String line) {
        return tenant + "/targets/" + line;
    }
}
