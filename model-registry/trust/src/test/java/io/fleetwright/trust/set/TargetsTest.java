package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.trust.SigningKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The Update Framework, sections 5.6 and 5.7: what is released, and its bytes. */
class TargetsTest {
    private static final Artifact ARTIFACT = Releases.artifact(1, "int8");

    private final Releases releases = new Releases(3);
    private final Node node = Node.enrolled(releases.signedRoot(1));
    private final Targets glyphs = releases.targets("glyphs", 1, ARTIFACT);

    /** A publication whose line "glyphs" is these bytes. */
    private void bind(byte[] targets, long version) {
        SortedMap<String, Reference> lines = new TreeMap<>();
        lines.put("glyphs", Reference.to(version, targets));
        byte[] snapshot = releases.signedSnapshot(1, lines);
        byte[] timestamp = releases.signedTimestamp(1, Reference.to(1, snapshot), releases.keys(Role.TIMESTAMP));
        node.accepts(verifier -> verifier.timestamp(timestamp));
        node.accepts(verifier -> verifier.snapshot(snapshot));
    }

    @Test
    void targetsNeedATimestampAndASnapshotFirst() {
        var publication = releases.publish(1, glyphs);
        node.rejects(Threat.INCOMPLETE, verifier -> verifier.targets("glyphs", releases.signed(glyphs)));
        node.accepts(verifier -> verifier.timestamp(publication.timestamp()));
        node.rejects(Threat.INCOMPLETE, verifier -> verifier.targets("glyphs", releases.signed(glyphs)));
    }

    @Test
    void targetsOfTheFormerSnapshotAreNotEnough() {
        node.updates(releases.publish(1, glyphs));
        var next = releases.publish(2, releases.targets("glyphs", 2));
        node.accepts(verifier -> verifier.timestamp(next.timestamp()));
        node.rejects(Threat.INCOMPLETE, verifier -> verifier.targets("glyphs", releases.signed(glyphs)));
        node.accepts(verifier -> verifier.snapshot(next.snapshot()));
        node.rejects(Threat.ENDLESS_DATA, verifier -> verifier.targets("glyphs", releases.signed(glyphs)));
        node.rejects(
                Threat.INCOMPLETE, verifier -> verifier.order(releases.order(1, Releases.slot("glyphs", ARTIFACT))));
    }

    @Test
    void otherTargetsThanNamedAreMixAndMatch() {
        bind(releases.signed(glyphs), 1);
        Targets other = releases.targets("glyphs", 1, Releases.artifact(2, "int8"));
        node.rejects(Threat.MIXED, verifier -> verifier.targets("glyphs", releases.signed(other)));
    }

    @Test
    void longerTargetsThanNamedAreEndlessData() {
        byte[] signed = releases.signed(glyphs);
        bind(signed, 1);
        node.rejects(
                Threat.ENDLESS_DATA,
                verifier -> verifier.targets("glyphs", Arrays.copyOf(signed, signed.length + 100)));
    }

    @Test
    void targetsOfAnotherVersionThanNamedAreMixAndMatch() {
        bind(releases.signed(glyphs), 2);
        node.rejects(Threat.MIXED, verifier -> verifier.targets("glyphs", releases.signed(glyphs)));
    }

    @Test
    void targetsSignedByOneKeyOfTwoAreBelowTheThreshold() {
        byte[] lone = glyphs.sign(releases.keys(Role.TARGETS).subList(0, 1));
        bind(lone, 1);
        node.rejects(Threat.BELOW_THRESHOLD, verifier -> verifier.targets("glyphs", lone));
    }

    @Test
    void targetsSignedByTheOnlineKeysAreRefused() {
        List<SigningKey> online = new ArrayList<>(releases.keys(Role.TIMESTAMP));
        online.addAll(releases.keys(Role.SNAPSHOT));
        online.addAll(releases.keys(Role.DIRECTOR));
        byte[] forged = glyphs.sign(online);
        bind(forged, 1);
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.targets("glyphs", forged));
    }

    @Test
    void targetsOfAnotherLineAreRefused() {
        byte[] words = releases.signed(releases.targets("words", 1));
        bind(words, 1);
        node.rejects(Threat.WRONG_LINE, verifier -> verifier.targets("glyphs", words));
        node.rejects(Threat.WRONG_LINE, verifier -> verifier.targets("words", words));
    }

    @Test
    void expiredTargetsAreAFreeze() {
        byte[] old = new Targets("glyphs", 1, Releases.START, 1, List.of()).sign(releases.keys(Role.TARGETS));
        bind(old, 1);
        node.rejects(Threat.EXPIRED, verifier -> verifier.targets("glyphs", old));
    }

    @Test
    void whatARotatedTargetsKeySignedIsTrustedNoMore() {
        node.updates(releases.publish(1, glyphs));
        node.obeys(releases.order(1, Releases.slot("glyphs", ARTIFACT)));
        node.accepts(verifier -> verifier.root(releases.rotate(Role.TARGETS, 2)));
        node.rejects(
                Threat.INCOMPLETE, verifier -> verifier.order(releases.order(2, Releases.slot("glyphs", ARTIFACT))));
        node.updates(releases.publish(2, releases.targets("glyphs", 2, ARTIFACT)));
        node.obeys(releases.order(2, Releases.slot("glyphs", ARTIFACT)));
    }

    @Test
    void targetsKnowTheirLimits() {
        assertThatThrownBy(() -> releases.targets("glyphs", 1, ARTIFACT, ARTIFACT))
                .hasMessageContaining("a digest twice");
        assertThatThrownBy(() -> releases.targets("Glyphs", 1)).hasMessageContaining("line (Glyphs)");
        assertThatThrownBy(() -> releases.targets("glyphs", 0)).hasMessageContaining("version (0)");
        Artifact[] many = new Artifact[Targets.ARTIFACTS_MAX + 1];
        Arrays.setAll(many, i -> Releases.artifact(i + 1, "int8"));
        assertThatThrownBy(() -> releases.targets("glyphs", 1, many)).hasMessageContaining("artifacts (257)");
    }

    @Test
    void theLargestTargetsFitIntoTheirBound() {
        Artifact[] many = new Artifact[Targets.ARTIFACTS_MAX];
        Arrays.setAll(many, i -> Releases.artifact(i + 1, "int8"));
        node.updates(releases.publish(1, releases.targets("glyphs", 1, many)));
        node.obeys(releases.order(1, Releases.slot("glyphs", many[255])));
    }

    @Test
    void anArtifactIsItsBytesAndNothingElse() throws IOException {
        byte[] bytes = Releases.bytes("1int8");
        assertThat(verify(bytes)).isEqualTo(new SetVerdict.Accepted());
        assertThat(threat(Arrays.copyOf(bytes, bytes.length - 1))).isEqualTo(Threat.TRUNCATED);
        assertThat(threat(Arrays.copyOf(bytes, bytes.length + 1))).isEqualTo(Threat.ENDLESS_DATA);
        bytes[0] ^= 1;
        assertThat(threat(bytes)).isEqualTo(Threat.HASH_MISMATCH);
    }

    @Test
    void anEndlessArtifactIsReadOneByteTooFarAndNoFurther() throws IOException {
        int[] read = new int[1];
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                read[0]++;
                return 0;
            }

            @Override
            public int read(byte[] chunk, int from, int length) {
                read[0] += length;
                return length;
            }
        };
        assertThat(ArtifactVerifier.verify(ARTIFACT, endless)).isInstanceOf(SetVerdict.Rejected.class);
        assertThat(read[0]).isEqualTo((int) ARTIFACT.bytes() + 1);
    }

    private static SetVerdict verify(byte[] bytes) throws IOException {
        return ArtifactVerifier.verify(ARTIFACT, new ByteArrayInputStream(bytes));
    }

    private static Threat threat(byte[] bytes) throws IOException {
        return ((SetVerdict.Rejected) verify(bytes)).threat();
    }
}
