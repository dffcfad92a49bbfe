package io.fleetwright.tests.simulation;

import io.fleetwright.agent.core.AgentCore;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.DesiredVerifier;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.Verdict;
import io.fleetwright.trust.set.ReleaseKeys;
import io.fleetwright.trust.set.Role;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What must hold on one board at every write to its disk and every power cut. It reads the files by itself: what the agent
 * has in memory proves nothing.
 */
final class BoardChecks {
    private static final String SIGNATURE = "\nsignature ";
    private static final int DIGEST_BYTES = 32;
    private static final int FILE_BYTES_MAX = 1024 * 1024;
    private static final int LINES_MAX = 1024;
    /** Documents tell their end in whole seconds. */
    private static final long SECOND_MILLIS = 1000;

    private final String who;
    private final CrashingDevice disk;
    private final LongSupplier wall;
    private final DesiredVerifier director;
    private final PublicKey releaser;
    /** What the node was told, by version. */
    private final Map<Long, Digest> told = new HashMap<>();
    /** {@code device/slot digest}: named in a signed list, and in a signed release at that time. */
    private final Set<String> allowed = new HashSet<>();
    /** Version of each document of the signing set on disk. */
    private final Map<String, Long> versions = new HashMap<>();

    private long admitted;
    /** Digest by {@code device/slot}, as the disk has it. */
    private Map<String, String> active = Map.of();

    BoardChecks(long seed, NodeAddress address, CrashingDevice disk, LongSupplier wallMillis, ReleaseKeys keys) {
        this.who = "seed %d, %s".formatted(seed, address);
        this.disk = disk;
        this.wall = wallMillis;
        this.director = new DesiredVerifier(
                address.tenant(), address.node(), keys.key(Role.DIRECTOR).spki());
        try {
            this.releaser = KeyFactory.getInstance("Ed25519")
                    .generatePublic(
                            new X509EncodedKeySpec(keys.key(Role.TARGETS).spki()));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * A list leaves the controller.
     *
     * @param targets the document that says what the line has released, as the controller has it now
     */
    void sent(byte[] payload, Optional<byte[]> targets) {
        Desired desired = desired(payload);
        DesiredList list = list(desired);
        Digest content = Digest.of(desired.list());
        Digest before = told.putIfAbsent(desired.version(), content);
        Invariant.ONE_DISPATCH.require(
                list.version() == desired.version() && (before == null || before.equals(content)),
                "%s was told two lists of version %d",
                who,
                desired.version());
        Release release = targets.filter(this::isReleased).map(Release::of).orElse(Release.NONE);
        for (DesiredSlot slot : list.slots()) {
            if (release.counters.containsKey(slot.digest().value())) {
                allowed.add("%s/%s %s"
                        .formatted(slot.device(), slot.slot(), slot.digest().value()));
            }
        }
    }

    private DesiredList list(Desired desired) {
        Verdict verdict = director.verify(new SignedList(desired.list(), desired.keyId(), desired.signature()), 0);
        Invariant.VERIFIED_BYTES.require(
                verdict instanceof Verdict.Accepted, "%s: a list is not the director's: %s", who, verdict);
        return ((Verdict.Accepted) verdict).verified().list();
    }

    private Desired desired(byte[] bytes) {
        try {
            return Desired.decode(bytes);
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("%s: a list is malformed".formatted(who), wrong);
        }
    }

    private boolean isReleased(byte[] document) {
        String text = new String(document, StandardCharsets.US_ASCII);
        int end = text.indexOf(SIGNATURE) + 1;
        String[] words = text.substring(end).strip().split(" ", -1);
        return end > 0
                && words.length == 3
                && SigningKey.verify(
                        releaser, Arrays.copyOf(document, end), HexFormat.of().parseHex(words[2]));
    }

    /** What one line has released. */
    private record Release(long downgradeTo, Map<String, Long> counters) {
        static final Release NONE = new Release(Long.MAX_VALUE, Map.of());

        static Release of(byte[] document) {
            Map<String, Long> counters = new HashMap<>();
            for (String line : lines(document)) {
                String[] words = line.split(" ", -1);
                if (words[0].equals("artifact")) {
                    counters.put(words[2], Long.parseLong(words[1]));
                }
            }
            return new Release(number(document, "downgrade-to"), counters);
        }
    }

    private static List<String> lines(byte[] document) {
        return new String(document, StandardCharsets.US_ASCII).lines().toList();
    }

    private static long number(byte[] document, String name) {
        return lines(document).stream()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    /** A file was replaced. */
    void written(String name) {
        if (name.startsWith("trust/")) {
            document(name);
        } else if (name.equals("desired")) {
            admitted();
        } else if (name.equals("slots")) {
            Map<String, Line> lines = slots();
            lines.forEach(this::switchedOn);
            for (String place : active.keySet()) {
                Invariant.ALWAYS_RUNNABLE.require(
                        lines.containsKey(place) || !isDesired(place),
                        "%s: %s was emptied, and its list names something",
                        who,
                        place);
            }
            Map<String, String> now = new HashMap<>();
            lines.forEach((place, line) -> now.put(place, line.digest()));
            active = now;
        }
    }

    /** A document's version, or the latest time that was seen. */
    private void document(String name) {
        byte[] document = trusted(name).orElse(new byte[0]);
        long version = Math.max(number(document, "version"), number(document, "seen"));
        long before = versions.getOrDefault(name, 0L);
        Invariant.NEVER_BACK.require(version >= before, "%s: %s went from %d to %d", who, name, before, version);
        versions.put(name, version);
    }

    private void admitted() {
        long version = desired(file("desired")).version();
        Invariant.NEVER_BACK.require(version >= admitted, "%s: list %d after %d", who, version, admitted);
        admitted = version;
        byte[] timestamp = trusted(folder() + "timestamp").orElseThrow();
        long left = number(timestamp, "expires") * SECOND_MILLIS - wall.getAsLong();
        Invariant.NEVER_BACK.require(
                left > -SECOND_MILLIS, "%s: list %d was let in %d ms after its end", who, version, -left);
    }

    private void switchedOn(String place, Line line) {
        Invariant.VERIFIED_BYTES.require(
                allowed.contains(place + " " + line.digest()),
                "%s: %s runs %s, which no list and release name",
                who,
                place,
                line.digest());
        requireWhole(place, line.digest());
        String before = active.get(place);
        if (before != null && !before.equals(line.digest()) && !before.equals(line.refused)) {
            String name = folder() + "targets-" + place.substring(place.indexOf('/') + 1);
            Release release = trusted(name).map(Release::of).orElse(Release.NONE);
            long from = release.counters.getOrDefault(before, 0L);
            long to = release.counters.getOrDefault(line.digest(), -1L);
            Invariant.NEVER_BACK.require(
                    to >= from || to >= release.downgradeTo,
                    "%s: %s went from release %d to %d, and %d is the least allowed",
                    who,
                    place,
                    from,
                    to,
                    release.downgradeTo);
        }
    }

    private void requireWhole(String place, String digest) {
        byte[] bytes = file("artifact/" + new Digest(digest).hex());
        Invariant.ALWAYS_RUNNABLE.require(
                bytes.length > 0, "%s: %s is to run %s, which is not there", who, place, digest);
        Invariant.VERIFIED_BYTES.require(
                Digest.of(bytes).value().equals(digest), "%s: %s runs other bytes than %s", who, place, digest);
    }

    private boolean isDesired(String place) {
        return list(desired(file("desired"))).slots().stream()
                .anyMatch(slot -> place.equals(slot.device() + "/" + slot.slot()));
    }

    /** The process has ended at any moment: the next start finds this disk. */
    void powerCut() {
        Map<String, Line> lines = slots();
        Invariant.ALWAYS_RUNNABLE.require(
                lines.keySet().equals(active.keySet()), "%s: on are %s, not %s", who, lines.keySet(), active);
        lines.forEach((place, line) -> requireWhole(place, line.digest()));
    }

    /** The agent has started from the disk. */
    void started(AgentCore core) {
        disk.list("trust/").forEach(item -> document(item.name()));
        for (String place : active.keySet()) {
            int slash = place.indexOf('/');
            Invariant.ALWAYS_RUNNABLE.require(
                    core.inputBytes(place.substring(slash + 1)).containsKey(place.substring(0, slash)),
                    "%s: %s does not run after a start",
                    who,
                    place);
        }
    }

    /** What the device says to run is what its disk has switched on. */
    void said(String place, @Nullable String digest) {
        Invariant.TRUE_SUCCESS.require(
                digest != null && digest.equals(active.get(place)),
                "%s: %s says %s, the disk has %s",
                who,
                place,
                digest,
                active);
    }

    /** Digests that are on trial. */
    Set<String> onTrial() {
        Set<String> digests = new HashSet<>();
        slots().values().stream().filter(line -> line.onTrial).forEach(line -> digests.add(line.digest()));
        return digests;
    }

    private record Line(
            String place,
            String role,
            @Nullable String digestOrNull,
            @Nullable String refused,
            boolean onTrial) {
        String digest() {
            return digestOrNull == null ? "" : digestOrNull;
        }
    }

    /** Active lines that hold something, by {@code device/slot}. */
    private Map<String, Line> slots() {
        byte[] bytes = file("slots");
        Map<String, Line> found = new TreeMap<>();
        if (bytes.length == 0) {
            return found;
        }
        try {
            for (Line line : Json.read(bytes, FILE_BYTES_MAX)
                    .objects(
                            "slots",
                            LINES_MAX,
                            in -> new Line(
                                    in.text("device") + "/" + in.text("slot"),
                                    in.text("role"),
                                    in.has("digest") ? in.text("digest") : null,
                                    in.has("refused") ? in.text("refused") : null,
                                    in.has("trialStarts")))) {
                if (line.role.equals("active") && line.digestOrNull != null) {
                    Invariant.ALWAYS_RUNNABLE.require(
                            found.put(line.place, line) == null, "%s: two versions are on in %s", who, line.place);
                }
            }
        } catch (MalformedMessageException wrong) {
            throw new AssertionError("%s: the file slots is malformed".formatted(who), wrong);
        }
        return found;
    }

    private String folder() {
        return disk.list("trust/").stream()
                .map(item -> item.name().substring(0, item.name().lastIndexOf('/') + 1))
                .findFirst()
                .orElse("trust/");
    }

    private Optional<byte[]> trusted(String name) {
        return disk.read(name).map(bytes -> Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length));
    }

    private byte[] file(String name) {
        return disk.read(name).orElse(new byte[0]);
    }
}
