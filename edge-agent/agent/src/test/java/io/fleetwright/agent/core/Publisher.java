package io.fleetwright.agent.core;

import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.set.Artifact;
import io.fleetwright.trust.set.Reference;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.RootChain;
import io.fleetwright.trust.set.Snapshot;
import io.fleetwright.trust.set.Targets;
import io.fleetwright.trust.set.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The controller's side of the signing set: each list comes with a set that releases what it names. */
final class Publisher {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final RootChain KEYS = RootChain.generate(START);

    private static final Instant END = START.plus(Duration.ofDays(365));
    /** Everything that was ever published. */
    private static final Map<Digest, byte[]> DOCUMENTS = new ConcurrentHashMap<>();

    /** What lines say of artifacts beyond their bytes. */
    private static final Map<Digest, Said> SAID = new ConcurrentHashMap<>();

    private static long version;

    private Publisher() {}

    private record Said(Optional<Digest> golden, SortedMap<String, String> facts) {
        static final Said NOTHING = new Said(Optional.empty(), new TreeMap<>());
    }

    /** From now on the line of this artifact says what its self-test gives. */
    static void sayGolden(Digest artifact, Digest golden) {
        SAID.put(artifact, new Said(Optional.of(golden), new TreeMap<>()));
    }

    /** From now on the line of this artifact says how much memory it takes. */
    static void sayMemory(Digest artifact, long bytes) {
        SAID.put(artifact, new Said(Optional.empty(), new TreeMap<>(Map.of("memory", String.valueOf(bytes)))));
    }

    private static Said said(Digest artifact) {
        return SAID.getOrDefault(artifact, Said.NOTHING);
    }

    static byte @Nullable [] document(Digest digest) {
        return DOCUMENTS.get(digest);
    }

    static Desired list(SigningKey key, NodeAddress node, long listVersion, DesiredSlot... slots) {
        SignedList signed = key.sign(new DesiredList(node.tenant(), node.node(), listVersion, List.of(slots)));
        return new Desired(
                listVersion, signed.payload(), signed.keyId(), signed.signature(), release(KEYS, List.of(slots)));
    }

    /** A set under the newest root of {@code keys}. */
    static synchronized Desired.Release release(RootChain keys, List<DesiredSlot> slots) {
        version++;
        SortedMap<String, Map<Digest, Artifact>> lines = new TreeMap<>();
        for (DesiredSlot slot : slots) {
            lines.computeIfAbsent(slot.model(), _ -> new LinkedHashMap<>())
                    .put(
                            slot.digest(),
                            new Artifact(
                                    1,
                                    slot.digest(),
                                    slot.bytes(),
                                    "model",
                                    slot.version(),
                                    slot.variant(),
                                    said(slot.digest()).golden(),
                                    said(slot.digest()).facts()));
        }
        // A line never leaves a snapshot.
        lines.computeIfAbsent("m", _ -> Map.of());
        SortedMap<String, Reference> references = new TreeMap<>();
        lines.forEach((line, artifacts) -> {
            byte[] targets = new Targets(line, version, END, 1, List.copyOf(artifacts.values()))
                    .sign(List.of(keys.key(Role.TARGETS)));
            references.put(line, Reference.to(version, publish(targets)));
        });
        byte[] snapshot = publish(new Snapshot(version, END, references).sign(List.of(keys.key(Role.SNAPSHOT))));
        byte[] root = publish(keys.root(keys.rootVersion()).orElseThrow());
        return new Desired.Release(
                keys.rootVersion(),
                List.of(Digest.of(root).value()),
                new Timestamp(version, END, Reference.to(version, snapshot)).sign(List.of(keys.key(Role.TIMESTAMP))));
    }

    private static byte[] publish(byte[] document) {
        DOCUMENTS.put(Digest.of(document), document);
        return document;
    }
}
