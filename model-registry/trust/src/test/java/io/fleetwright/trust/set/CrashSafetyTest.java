package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Power may fail at any write: what is trusted never goes back, and the update goes through once power is there again. */
class CrashSafetyTest {
    private static final int PUBLICATIONS = 4;

    private final Releases releases = new Releases(6);
    private final byte[] firstRoot = releases.signedRoot(1);
    private final List<List<Node.Call>> updates = new ArrayList<>();

    CrashSafetyTest() {
        for (int version = 1; version <= PUBLICATIONS; version++) {
            Artifact artifact = Releases.artifact(version, "int8");
            var publication = releases.publish(version, releases.targets("glyphs", version, artifact));
            byte[] root = releases.signedRoot(version);
            var order = releases.order(version, Releases.slot("glyphs", artifact));
            updates.add(List.of(
                    verifier -> verifier.root(root),
                    verifier -> verifier.timestamp(publication.timestamp()),
                    verifier -> verifier.snapshot(publication.snapshot()),
                    verifier -> verifier.targets("glyphs", publication.targets().getOrDefault("glyphs", new byte[0])),
                    verifier -> verifier.order(order)));
        }
    }

    @Test
    void aCutAtEachWriteOfAnUpdateLetsNothingGoBackAndNothingHang() throws IOException {
        Node updated = Node.enrolled(firstRoot);
        perform(updated, updates.get(0));
        int cuts = 0;
        for (boolean cut = true; cut; cuts++) {
            Node node = new Node(updated.store.copy());
            node.clock = node.clock.plusSeconds(1);
            Map<String, Long> before = versions(node.store);
            node.store.failAfter(cuts);
            cut = !perform(node, updates.get(1));
            node.store.repair();
            Map<String, Long> after = versions(node.store);
            assertNotBehind(before, after);
            perform(node, updates.get(0));
            assertNotBehind(after, versions(node.store));
            perform(node, updates.get(1));
            assertThat(versions(node.store))
                    .allSatisfy((_, version) -> assertThat(version).isEqualTo(2));
        }
        assertThat(cuts)
                .as("root, time, timestamp, snapshot, targets, order, and the uncut run")
                .isEqualTo(7);
    }

    @Test
    void noHistoryOfRepeatsAndCutsTakesAVersionBack() {
        SeededCases.forEach(1, 20, (random, _) -> {
            Node node = Node.enrolled(firstRoot);
            Map<String, Long> before = versions(node.store);
            for (int step = 0; step < 48; step++) {
                List<Node.Call> update = updates.get(random.nextInt(Math.min(PUBLICATIONS, 1 + step / 12)));
                node.store.failAfter(random.nextInt(4) == 0 ? random.nextInt(2) : Integer.MAX_VALUE);
                perform(node, List.of(update.get(random.nextInt(update.size()))));
                Map<String, Long> after = versions(node.store);
                assertNotBehind(before, after);
                before = after;
            }
            node.store.repair();
            for (List<Node.Call> update : updates) {
                perform(node, update);
            }
            assertThat(versions(node.store))
                    .allSatisfy((_, version) -> assertThat(version).isEqualTo(PUBLICATIONS));
        });
    }

    /** True when every write went through. */
    private static boolean perform(Node node, List<Node.Call> calls) {
        var verifier = new SetVerifier(node.store, () -> node.clock, "default", "n1");
        try {
            for (Node.Call call : calls) {
                call.on(verifier);
            }
            return true;
        } catch (IOException noPower) {
            return false;
        }
    }

    private static void assertNotBehind(Map<String, Long> before, Map<String, Long> after) {
        before.forEach((name, version) -> assertThat(after.getOrDefault(name, 0L))
                .as("%s of %s after %s", name, after, before)
                .isGreaterThanOrEqualTo(version));
    }

    private static Map<String, Long> versions(MemoryStore store) throws IOException {
        TrustedSet trusted = new TrustedSet(store, () -> Releases.START);
        Root root = trusted.root().document();
        Map<String, Long> versions = new HashMap<>(Map.of("root", root.version()));
        versions.put(
                "timestamp",
                trusted.timestamp(root)
                        .map(stored -> stored.document().version())
                        .orElse(0L));
        versions.put(
                "snapshot",
                trusted.snapshot(root)
                        .map(stored -> stored.document().version())
                        .orElse(0L));
        versions.put(
                "targets",
                trusted.targets(root, "glyphs")
                        .map(stored -> stored.document().version())
                        .orElse(0L));
        versions.put("order", trusted.orders().version());
        versions.put(
                "release",
                new TreeMap<>(trusted.orders().releases())
                        .values().stream().findFirst().orElse(0L));
        return versions;
    }
}
