package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.SignedList;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Uptane, section 3.3, against a node with two lines: the director and the release side are attacked one at a time and together
 * with the network. Eavesdropping is left to the transport, since nothing here is secret: EavesdropTest listens to it.
 */
class UptaneThreatsTest {
    private static final Artifact GLYPHS_1 = Releases.artifact(1, "int8");
    private static final Artifact GLYPHS_2 = Releases.artifact(2, "int8");
    private static final Artifact WORDS_1 = Releases.artifact(1, "int4");
    private static final DesiredSlot GLYPHS_1_SLOT = Releases.slot("glyphs", GLYPHS_1);
    private static final DesiredSlot GLYPHS_2_SLOT = Releases.slot("glyphs", GLYPHS_2);
    private static final DesiredSlot WORDS_1_SLOT = Releases.slot("words", WORDS_1);

    private final Releases releases = new Releases(4);
    private final Node node = Node.enrolled(releases.signedRoot(1));

    @BeforeEach
    void update() {
        node.updates(releases.publish(
                1, releases.targets("glyphs", 1, GLYPHS_1, GLYPHS_2), releases.targets("words", 1, WORDS_1)));
    }

    @Test
    void fromTheRootToTheArtifactEverythingFits() throws IOException {
        VerifiedOrder order = node.obeys(releases.order(1, GLYPHS_2_SLOT, WORDS_1_SLOT));
        assertThat(order.list().slots()).containsExactly(GLYPHS_2_SLOT, WORDS_1_SLOT);
        Artifact glyphs = order.artifacts().get(GLYPHS_2_SLOT);
        assertThat(glyphs).isEqualTo(GLYPHS_2);
        assertThat(ArtifactVerifier.verify(GLYPHS_2, new ByteArrayInputStream(Releases.bytes("2int8"))))
                .isEqualTo(new SetVerdict.Accepted());
        assertThat(order.artifacts()).containsEntry(WORDS_1_SLOT, WORDS_1);
    }

    @Test
    void dropRequestWhatIsHeldBackTooLongStopsAllThatIsNew() {
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
        node.clock = Releases.START.plus(Releases.TIMESTAMP_LIFE);
        node.rejects(Threat.EXPIRED, verifier -> verifier.order(releases.order(2, GLYPHS_2_SLOT)));
    }

    @Test
    void slowRetrievalWhatArrivesAfterItsDateIsRefused() {
        var next = releases.publish(2, releases.targets("glyphs", 2, GLYPHS_2), releases.targets("words", 1, WORDS_1));
        node.accepts(verifier -> verifier.timestamp(next.timestamp()));
        node.clock = Releases.START.plus(Releases.TIMESTAMP_LIFE);
        node.rejects(Threat.EXPIRED, verifier -> verifier.snapshot(next.snapshot()));
    }

    @Test
    void freezeOldMetadataIsNotServedForEver() {
        var frozen = releases.publish(
                1, releases.targets("glyphs", 1, GLYPHS_1, GLYPHS_2), releases.targets("words", 1, WORDS_1));
        node.clock = Releases.START.plus(Releases.TIMESTAMP_LIFE).plus(Duration.ofDays(1));
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(frozen.timestamp()));
    }

    @Test
    void partialBundleAnOrderIsTakenWholeOrNotAtAll() {
        var next = releases.publish(2, releases.targets("glyphs", 2, GLYPHS_2), releases.targets("words", 2, WORDS_1));
        node.accepts(verifier -> verifier.timestamp(next.timestamp()));
        node.accepts(verifier -> verifier.snapshot(next.snapshot()));
        node.accepts(verifier ->
                verifier.targets("glyphs", next.targets().firstEntry().getValue()));
        node.rejects(Threat.INCOMPLETE, verifier -> verifier.order(releases.order(1, GLYPHS_2_SLOT, WORDS_1_SLOT)));
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
    }

    @Test
    void rollbackOfAnOrder() {
        SignedList first = releases.order(1, GLYPHS_2_SLOT);
        node.obeys(releases.order(2, GLYPHS_2_SLOT));
        node.rejects(Threat.ROLLED_BACK, verifier -> verifier.order(first));
    }

    @Test
    void anOrderMayBeRepeatedButNotReplacedUnderItsVersion() {
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
        node.rejects(Threat.EQUIVOCATION, verifier -> verifier.order(releases.order(1, WORDS_1_SLOT)));
    }

    @Test
    void rollbackOfASlotNeedsThePermissionOfItsLine() {
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
        node.rejects(Threat.RELEASE_ROLLED_BACK, verifier -> verifier.order(releases.order(2, GLYPHS_1_SLOT)));
        Targets permitting =
                new Targets("glyphs", 2, Releases.START.plus(Releases.TARGETS_LIFE), 1, List.of(GLYPHS_1, GLYPHS_2));
        node.updates(releases.publish(2, permitting, releases.targets("words", 1, WORDS_1)));
        node.obeys(releases.order(2, GLYPHS_1_SLOT));
        node.obeys(releases.order(3, GLYPHS_2_SLOT));
    }

    @Test
    void aSlotRemembersItsReleaseWhileItIsEmpty() {
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
        node.obeys(releases.order(2));
        node.rejects(Threat.RELEASE_ROLLED_BACK, verifier -> verifier.order(releases.order(3, GLYPHS_1_SLOT)));
    }

    @Test
    void endlessDataInAnOrder() {
        byte[] endless = new byte[DesiredList.BYTES_MAX + 1];
        var director = releases.keys(Role.DIRECTOR).getFirst();
        node.rejects(
                Threat.ENDLESS_DATA,
                verifier -> verifier.order(new SignedList(endless, director.keyId(), director.sign(endless))));
    }

    @Test
    void mixAndMatchOfAnOrderWithTargetsThatWithdrewItsArtifact() {
        node.updates(
                releases.publish(2, releases.targets("glyphs", 2, GLYPHS_2), releases.targets("words", 1, WORDS_1)));
        node.rejects(Threat.NOT_RELEASED, verifier -> verifier.order(releases.order(1, GLYPHS_1_SLOT)));
    }

    @Test
    void mixAndMatchOfLabels() {
        DesiredSlot asAnotherVariant = Releases.slot("words", GLYPHS_1);
        node.rejects(Threat.NOT_RELEASED, verifier -> verifier.order(releases.order(1, asAnotherVariant)));
        for (DesiredSlot wrong : List.of(
                slot(GLYPHS_1.version(), "int4", GLYPHS_1.bytes()),
                slot("9.0.0", GLYPHS_1.variant(), GLYPHS_1.bytes()),
                slot(GLYPHS_1.version(), GLYPHS_1.variant(), GLYPHS_1.bytes() + 1))) {
            node.rejects(Threat.MISLABELLED, verifier -> verifier.order(releases.order(1, wrong)));
        }
    }

    private static DesiredSlot slot(String version, String variant, long bytes) {
        return new DesiredSlot("cpu0", "glyphs", "glyphs", version, variant, GLYPHS_1.digest(), bytes);
    }

    @Test
    void arbitrarySoftwareByAStolenDirectorIsRefused() {
        Artifact never = Releases.artifact(3, "evil");
        node.rejects(
                Threat.NOT_RELEASED, verifier -> verifier.order(releases.order(1, Releases.slot("glyphs", never))));
        node.rejects(Threat.WRONG_LINE, verifier -> verifier.order(releases.order(1, Releases.slot("evil", never))));
    }

    @Test
    void arbitrarySoftwareByStolenReleaseKeysIsRefusedWithoutTheDirector() {
        SignedList order = releases.keys(Role.TARGETS)
                .getFirst()
                .sign(new DesiredList("default", "n1", 1, List.of(GLYPHS_1_SLOT)));
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.order(order));
    }

    @Test
    void aForgedOrderIsRefused() {
        SignedList order = releases.order(1, GLYPHS_1_SLOT);
        byte[] payload = order.payload().clone();
        payload[payload.length - 2] ^= 1;
        node.rejects(
                Threat.BAD_SIGNATURE,
                verifier -> verifier.order(new SignedList(payload, order.keyId(), order.signature())));
        byte[] garbage = "fleetwright-desired 1\n".getBytes(StandardCharsets.US_ASCII);
        var director = releases.keys(Role.DIRECTOR).getFirst();
        node.rejects(
                Threat.MALFORMED,
                verifier -> verifier.order(new SignedList(garbage, director.keyId(), director.sign(garbage))));
    }

    @Test
    void anOrderForAnotherNodeOrTenantIsRefused() {
        var director = releases.keys(Role.DIRECTOR).getFirst();
        for (DesiredList list : List.of(
                new DesiredList("default", "n2", 1, List.of(GLYPHS_1_SLOT)),
                new DesiredList("other", "n1", 1, List.of(GLYPHS_1_SLOT)))) {
            node.rejects(Threat.WRONG_NODE, verifier -> verifier.order(director.sign(list)));
        }
    }

    @Test
    void aStolenDirectorsVersionsAreForgottenWithItsKey() {
        node.obeys(releases.order(DocumentReader.NUMBER_MAX, GLYPHS_2_SLOT));
        SignedList old = releases.order(DocumentReader.NUMBER_MAX, GLYPHS_2_SLOT);
        node.accepts(verifier -> verifier.root(releases.rotate(Role.DIRECTOR, 2)));
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.order(old));
        node.rejects(Threat.RELEASE_ROLLED_BACK, verifier -> verifier.order(releases.order(1, GLYPHS_1_SLOT)));
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
    }

    @Test
    void anOrderVersionBeyondAllUseIsRefusedAndNotRemembered() {
        node.rejects(
                Threat.MALFORMED,
                verifier -> verifier.order(releases.order(DocumentReader.NUMBER_MAX + 1, GLYPHS_2_SLOT)));
        node.obeys(releases.order(1, GLYPHS_2_SLOT));
    }

    @Test
    void whatIsRememberedOfSlotsIsBounded() {
        int perOrder = 32;
        for (int version = 1; version <= OrderMemory.RELEASES_MAX / perOrder; version++) {
            node.obeys(releases.order(version, slots(version, perOrder)));
        }
        node.rejects(Threat.TOO_MANY_SLOTS, verifier -> verifier.order(releases.order(99, slots(99, 1))));
    }

    private static DesiredSlot[] slots(int version, int count) {
        List<DesiredSlot> slots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            slots.add(new DesiredSlot(
                    "cpu0",
                    "s%d-%d".formatted(version, i),
                    "glyphs",
                    GLYPHS_1.version(),
                    GLYPHS_1.variant(),
                    GLYPHS_1.digest(),
                    GLYPHS_1.bytes()));
        }
        return slots.toArray(DesiredSlot[]::new);
    }

    @Test
    void aNodeWithoutMetadataObeysNobody() {
        Node fresh = Node.enrolled(releases.signedRoot(1));
        fresh.rejects(Threat.INCOMPLETE, verifier -> verifier.order(releases.order(1, GLYPHS_1_SLOT)));
        assertThat(fresh.store.trusted()).hasSize(1);
    }

    @Test
    void twoLinesThatWereNeverCurrentTogetherAreRefused() {
        var lines = new TreeMap<String, Reference>();
        byte[] glyphs2 = releases.signed(releases.targets("glyphs", 2, GLYPHS_2));
        lines.put("glyphs", Reference.to(2, glyphs2));
        lines.put("words", Reference.to(2, releases.signed(releases.targets("words", 2))));
        byte[] snapshot = releases.signedSnapshot(2, lines);
        node.accepts(verifier -> verifier.timestamp(
                releases.signedTimestamp(2, Reference.to(2, snapshot), releases.keys(Role.TIMESTAMP))));
        node.accepts(verifier -> verifier.snapshot(snapshot));
        node.accepts(verifier -> verifier.targets("glyphs", glyphs2));
        byte[] oldWords = releases.signed(releases.targets("words", 1, WORDS_1));
        node.rejects(Threat.ENDLESS_DATA, verifier -> verifier.targets("words", oldWords));
        node.rejects(Threat.INCOMPLETE, verifier -> verifier.order(releases.order(1, WORDS_1_SLOT)));
    }
}
