package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import io.fleetwright.trust.SignedList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Damaged copies of each document of a valid set. A copy is refused and nothing is stored, or it says the same: damage to a
 * signature that was not needed. {@code ./fleetwright fuzz trust} tries as many as one likes.
 */
class MutatedSetTest {
    private static final int CASES = Integer.getInteger("fleetwright.mutations", 20_000);
    private static final long FIRST_SEED = Long.getLong("fleetwright.mutations.seed", 1);

    private final Releases releases = new Releases(7);
    private final List<Target> targets = new ArrayList<>();
    private final SignedList order;
    private final Node beforeOrder;

    /** A document, what checks it, and the node that waits for it. */
    private record Target(byte[] document, Check check, Node node) {}

    private interface Check {
        SetVerdict on(Node node, byte[] document);
    }

    MutatedSetTest() {
        Node node = Node.enrolled(releases.signedRoot(1));
        Artifact artifact = Releases.artifact(1, "int8");
        var publication = releases.publish(
                1, releases.targets("glyphs", 1, artifact), releases.targets("words", 1, Releases.artifact(2, "int4")));
        add(node, releases.rotate(Role.ROOT, 2), (on, bytes) -> on.run(verifier -> verifier.root(bytes)));
        add(node, publication.timestamp(), (on, bytes) -> on.run(verifier -> verifier.timestamp(bytes)));
        add(node, publication.snapshot(), (on, bytes) -> on.run(verifier -> verifier.snapshot(bytes)));
        publication
                .targets()
                .forEach((line, signed) ->
                        add(node, signed, (on, bytes) -> on.run(verifier -> verifier.targets(line, bytes))));
        order = releases.order(1, Releases.slot("glyphs", artifact));
        beforeOrder = new Node(node.store.copy());
    }

    private void add(Node node, byte[] document, Check check) {
        targets.add(new Target(document, check, new Node(node.store.copy())));
        assertThat(check.on(node, document)).isEqualTo(new SetVerdict.Accepted());
    }

    @Test
    void noDamagedDocumentIsTrusted() {
        int[] same = new int[1];
        SeededCases.forEach(FIRST_SEED, CASES, (random, _) -> {
            if (random.nextInt(targets.size() + 1) == 0) {
                damageOrder(random);
                return;
            }
            Target target = targets.get(random.nextInt(targets.size()));
            byte[] damaged = damaged(random, target.document());
            if (Arrays.equals(damaged, target.document())) {
                return;
            }
            Node node = new Node(target.node().store.copy());
            if (target.check().on(node, damaged) instanceof SetVerdict.Rejected) {
                assertThat(node.store.trusted()).isEqualTo(target.node().store.trusted());
            } else {
                assertThat(payload(damaged)).isEqualTo(payload(target.document()));
                same[0]++;
            }
        });
        assertThat(same[0]).as("damage to needless signatures").isLessThan(CASES / 4);
    }

    private void damageOrder(SplittableRandom random) {
        boolean inPayload = random.nextBoolean();
        byte[] payload = inPayload ? damaged(random, order.payload()) : order.payload();
        byte[] signature = inPayload ? order.signature() : damaged(random, order.signature());
        if (!Arrays.equals(payload, order.payload()) || !Arrays.equals(signature, order.signature())) {
            beforeOrder.rejects(
                    Threat.BAD_SIGNATURE,
                    verifier -> verifier.order(new SignedList(payload, order.keyId(), signature)));
        }
    }

    private static byte[] payload(byte[] document) throws RejectedException {
        return SignedDocument.decode(document, Targets.BYTES_MAX).payload();
    }

    private static byte[] damaged(SplittableRandom random, byte[] document) {
        byte[] bytes = document.clone();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            bytes = damagedOnce(random, bytes);
        }
        return bytes;
    }

    private static byte[] damagedOnce(SplittableRandom random, byte[] bytes) {
        int at = random.nextInt(bytes.length);
        int until = random.nextInt(at, Math.min(bytes.length, at + 200)) + 1;
        byte[] piece = Arrays.copyOfRange(bytes, at, until);
        return switch (random.nextInt(6)) {
            case 0 -> spliced(bytes, at, at + 1, new byte[] {(byte) random.nextInt()});
            case 1 -> spliced(bytes, at, at + 1, new byte[] {(byte) (bytes[at] ^ 1 << random.nextInt(7))});
            case 2 -> at == 0 ? bytes : spliced(bytes, at, until, new byte[0]);
            case 3 -> spliced(bytes, at, at, piece);
            case 4 -> {
                int other = random.nextInt(bytes.length);
                yield spliced(bytes, other, Math.min(bytes.length, other + piece.length), piece);
            }
            default -> spliced(bytes, at, at, new byte[] {(byte) " \n\r0af-".charAt(random.nextInt(7))});
        };
    }

    /** The bytes with those from {@code from} to {@code to} replaced. */
    private static byte[] spliced(byte[] bytes, int from, int to, byte[] by) {
        byte[] out = new byte[from + by.length + bytes.length - to];
        System.arraycopy(bytes, 0, out, 0, from);
        System.arraycopy(by, 0, out, from, by.length);
        System.arraycopy(bytes, to, out, from + by.length, bytes.length - to);
        return out;
    }
}
