package io.fleetwright.trust.set;

import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.SigningKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The side that signs: its keys, and documents in few words. Root and targets need two of three keys, the rest one. */
final class Releases {
    static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
    static final Duration ROOT_LIFE = Duration.ofDays(365);
    static final Duration TARGETS_LIFE = Duration.ofDays(90);
    static final Duration SNAPSHOT_LIFE = Duration.ofDays(30);
    static final Duration TIMESTAMP_LIFE = Duration.ofDays(1);

    final Map<Role, List<SigningKey>> keys = new EnumMap<>(Role.class);
    final Map<Role, Integer> thresholds = new EnumMap<>(Role.class);

    /** The time at which documents are made. */
    Instant now = START;

    private long nextKey;

    Releases(long seed) {
        nextKey = seed * 1000;
        for (Role role : Role.ALL) {
            boolean many = role == Role.ROOT || role == Role.TARGETS;
            keys.put(role, newKeys(many ? 3 : 1));
            thresholds.put(role, many ? 2 : 1);
        }
    }

    List<SigningKey> newKeys(int count) {
        List<SigningKey> fresh = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fresh.add(TestKeys.key(nextKey++));
        }
        return fresh;
    }

    List<SigningKey> keys(Role role) {
        return keys.getOrDefault(role, List.of());
    }

    Root root(long version) {
        List<VerifyingKey> all = new ArrayList<>();
        Map<Role, RoleKeys> roles = new EnumMap<>(Role.class);
        keys.forEach((role, of) -> {
            of.forEach(key -> all.add(VerifyingKey.of(key)));
            roles.put(
                    role,
                    new RoleKeys(
                            thresholds.getOrDefault(role, 1),
                            of.stream().map(SigningKey::keyId).toList()));
        });
        return new Root(version, now, now.plus(ROOT_LIFE), all, roles);
    }

    byte[] signedRoot(long version) {
        return root(version).sign(keys(Role.ROOT));
    }

    /** The next root with other keys for a role, signed by the old root keys and the new ones. */
    byte[] rotate(Role role, long version) {
        Set<SigningKey> signers = new HashSet<>(keys(Role.ROOT));
        keys.put(role, newKeys(keys(role).size()));
        signers.addAll(keys(Role.ROOT));
        return root(version).sign(signers);
    }

    static byte[] bytes(String name) {
        return ("artifact " + name).getBytes(StandardCharsets.US_ASCII);
    }

    static Artifact artifact(long counter, String variant) {
        byte[] bytes = bytes(counter + variant);
        return new Artifact(
                counter,
                Digest.of(bytes),
                bytes.length,
                "tflite",
                counter + ".0.0",
                variant,
                Optional.of(Digest.of(bytes("golden"))),
                new TreeMap<>(Map.of("arena", "12000", "bits", "8")));
    }

    Targets targets(String line, long version, Artifact... artifacts) {
        long newest =
                List.of(artifacts).stream().mapToLong(Artifact::counter).max().orElse(1);
        return new Targets(line, version, now.plus(TARGETS_LIFE), newest, List.of(artifacts));
    }

    byte[] signed(Targets targets) {
        return targets.sign(keys(Role.TARGETS));
    }

    /** One publication: targets of each line, and what binds them. */
    record Publication(byte[] timestamp, byte[] snapshot, SortedMap<String, byte[]> targets) {}

    Publication publish(long version, Targets... lines) {
        return publish(version, version, lines);
    }

    Publication publish(long timestampVersion, long snapshotVersion, Targets... lines) {
        SortedMap<String, byte[]> signed = new TreeMap<>();
        SortedMap<String, Reference> references = new TreeMap<>();
        for (Targets targets : lines) {
            signed.put(targets.line(), signed(targets));
            references.put(targets.line(), Reference.to(targets.version(), signed(targets)));
        }
        byte[] snapshot = signedSnapshot(snapshotVersion, references);
        return new Publication(
                signedTimestamp(timestampVersion, Reference.to(snapshotVersion, snapshot), keys(Role.TIMESTAMP)),
                snapshot,
                signed);
    }

    byte[] signedSnapshot(long version, SortedMap<String, Reference> lines) {
        return new Snapshot(version, now.plus(SNAPSHOT_LIFE), lines).sign(keys(Role.SNAPSHOT));
    }

    byte[] signedTimestamp(long version, Reference snapshot, Collection<SigningKey> signers) {
        return new Timestamp(version, now.plus(TIMESTAMP_LIFE), snapshot).sign(signers);
    }

    static DesiredSlot slot(String line, Artifact artifact) {
        return new DesiredSlot(
                "cpu0", line, line, artifact.version(), artifact.variant(), artifact.digest(), artifact.bytes());
    }

    SignedList order(long version, DesiredSlot... slots) {
        return keys(Role.DIRECTOR).getFirst().sign(new DesiredList("default", "n1", version, List.of(slots)));
    }
}
