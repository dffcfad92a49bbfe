package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.trust.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The Update Framework, section 5.3: the chain of roots. */
class RootChainTest {
    private final Releases releases = new Releases(1);
    private final byte[] first = releases.signedRoot(1);
    private final Node node = Node.enrolled(first);

    @Test
    void theFirstRootMustBeSignedByItsOwnThreshold() {
        byte[] lone = releases.root(1).sign(releases.keys(Role.ROOT).subList(0, 1));
        new Node(new MemoryStore()).rejects(Threat.BELOW_THRESHOLD, verifier -> verifier.enrol(lone));
    }

    @Test
    void aNodeIsEnrolledOnce() {
        assertThatThrownBy(() -> new SetVerifier(node.store, () -> node.clock, "default", "n1").enrol(first))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nothingIsVerifiedBeforeTheFirstRoot() {
        assertThatThrownBy(() -> new SetVerifier(new MemoryStore(), () -> node.clock, "default", "n1").root(first))
                .hasMessage("no root is trusted yet");
    }

    @Test
    void theNextRootIsTrusted() {
        node.accepts(verifier -> verifier.root(releases.signedRoot(2)));
        node.accepts(verifier -> verifier.root(releases.signedRoot(3)));
    }

    @Test
    void aRootMayNotBeSkipped() {
        node.rejects(Threat.ROOT_SKIPPED, verifier -> verifier.root(releases.signedRoot(3)));
    }

    @Test
    void anOlderRootIsARollback() {
        node.accepts(verifier -> verifier.root(releases.signedRoot(2)));
        node.rejects(Threat.ROLLED_BACK, verifier -> verifier.root(first));
    }

    @Test
    void theSameRootAgainChangesNothing() {
        node.accepts(verifier -> verifier.root(first));
    }

    @Test
    void theSameVersionWithOtherContentIsEquivocation() {
        releases.now = Releases.START.plusSeconds(1);
        node.rejects(Threat.EQUIVOCATION, verifier -> verifier.root(releases.signedRoot(1)));
    }

    @Test
    void theNextRootMustBeSignedByThePreviousThreshold() {
        releases.keys.put(Role.ROOT, releases.newKeys(3));
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.root(releases.signedRoot(2)));
    }

    @Test
    void onePreviousKeyOfTwoIsBelowTheThreshold() {
        List<SigningKey> signers = new ArrayList<>(releases.keys(Role.ROOT).subList(0, 1));
        releases.keys.put(Role.ROOT, releases.newKeys(3));
        signers.addAll(releases.keys(Role.ROOT));
        node.rejects(
                Threat.BELOW_THRESHOLD,
                verifier -> verifier.root(releases.root(2).sign(signers)));
    }

    @Test
    void theNextRootMustBeSignedByItsOwnThresholdToo() {
        List<SigningKey> old = releases.keys(Role.ROOT);
        releases.keys.put(Role.ROOT, releases.newKeys(3));
        node.rejects(
                Threat.UNKNOWN_KEY, verifier -> verifier.root(releases.root(2).sign(old)));
    }

    @Test
    void aHigherThresholdCountsFromItsOwnRootOn() {
        releases.thresholds.put(Role.ROOT, 3);
        byte[] byTwo = releases.root(2).sign(releases.keys(Role.ROOT).subList(0, 2));
        node.rejects(Threat.BELOW_THRESHOLD, verifier -> verifier.root(byTwo));
        node.accepts(verifier -> verifier.root(releases.signedRoot(2)));
    }

    @Test
    void rootKeysRotateStepByStepAndTheOldOnesAreUselessThen() {
        List<SigningKey> old = releases.keys(Role.ROOT);
        node.accepts(verifier -> verifier.root(releases.rotate(Role.ROOT, 2)));
        node.accepts(verifier -> verifier.root(releases.rotate(Role.ROOT, 3)));
        node.rejects(
                Threat.UNKNOWN_KEY, verifier -> verifier.root(releases.root(4).sign(old)));
    }

    @Test
    void anExpiredRootStillLeadsToTheNextOne() {
        node.clock = Releases.START.plus(Releases.ROOT_LIFE);
        releases.now = node.clock;
        node.accepts(verifier -> verifier.root(releases.signedRoot(2)));
        node.updates(releases.publish(1, releases.targets("glyphs", 1)));
    }

    @Test
    void nothingIsAcceptedUnderAnExpiredRoot() {
        node.clock = Releases.START.plus(Releases.ROOT_LIFE);
        releases.now = node.clock;
        var publication = releases.publish(1, releases.targets("glyphs", 1));
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(publication.timestamp()));
    }

    @Test
    void aDamagedSignatureDoesNotCount() {
        byte[] root = releases.root(2).sign(releases.keys(Role.ROOT).subList(0, 2));
        root[root.length - 2] = (byte) (root[root.length - 2] == '0' ? '1' : '0');
        node.rejects(Threat.BAD_SIGNATURE, verifier -> verifier.root(root));
    }

    @Test
    void aDamagedSignatureBesideEnoughGoodOnesIsNoHindrance() {
        byte[] root = releases.signedRoot(2);
        root[root.length - 2] = (byte) (root[root.length - 2] == '0' ? '1' : '0');
        node.accepts(verifier -> verifier.root(root));
    }

    @Test
    void aKeyThatSignsTwiceCountsOnce() {
        byte[] lone = releases.root(2).sign(releases.keys(Role.ROOT).subList(0, 1));
        String text = new String(lone, StandardCharsets.US_ASCII);
        String twice = text + text.substring(text.indexOf("signature "));
        node.rejects(Threat.DUPLICATE_SIGNATURE, verifier -> verifier.root(twice.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void aStrangersSignatureBesideEnoughGoodOnesIsNoHindrance() {
        List<SigningKey> signers = new ArrayList<>(releases.keys(Role.ROOT));
        signers.addAll(releases.newKeys(1));
        node.accepts(verifier -> verifier.root(releases.root(2).sign(signers)));
    }

    @Test
    void keysOfAnotherRoleDoNotCount() {
        node.rejects(
                Threat.UNKNOWN_KEY, verifier -> verifier.root(releases.root(2).sign(releases.keys(Role.TARGETS))));
    }

    @Test
    void aRootKnowsItsLimits() {
        var incomplete = new EnumMap<>(releases.root(1).roles());
        assertThatThrownBy(() -> new RoleKeys(0, List.of("a"))).hasMessageContaining("threshold (0)");
        assertThatThrownBy(() -> new RoleKeys(2, List.of("a", "a"))).hasMessageContaining("threshold (2)");
        incomplete.remove(Role.SNAPSHOT);
        assertThatThrownBy(() -> new Root(
                        1, Releases.START, Releases.START, releases.root(1).keys(), incomplete))
                .hasMessageContaining("role snapshot");
        releases.keys.put(Role.DIRECTOR, releases.newKeys(2));
        releases.thresholds.put(Role.DIRECTOR, 2);
        assertThatThrownBy(() -> releases.root(2)).hasMessageContaining("director must be 1");
        releases.keys.put(Role.ROOT, releases.newKeys(Root.KEYS_MAX));
        releases.thresholds.put(Role.DIRECTOR, 1);
        assertThatThrownBy(() -> releases.root(2)).hasMessageContaining("at most 32");
    }

    @Test
    void aClockThatIsAheadIsForgivenByTheNextRoot() {
        var publication = releases.publish(1, releases.targets("glyphs", 1));
        node.clock = Releases.START.plus(Duration.ofDays(9000));
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(publication.timestamp()));
        node.clock = Releases.START.plus(Duration.ofHours(1));
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(publication.timestamp()));
        node.accepts(verifier -> verifier.root(releases.signedRoot(2)));
        node.updates(publication);
    }

    @Test
    void aDamagedStoreIsSaidAndNotWorkedAround() throws IOException {
        node.store.write("root", "x".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> new SetVerifier(node.store, () -> node.clock, "default", "n1").root(first))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("trusted root is damaged");
        assertThat(node.store.read("root")).isPresent();
    }
}
