package io.fleetwright.trust.set;

import io.fleetwright.trust.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The Update Framework, sections 5.4 and 5.5: timestamp and snapshot. */
class FreshnessTest {
    private final Releases releases = new Releases(2);
    private final Node node = Node.enrolled(releases.signedRoot(1));

    private Targets targets(long version) {
        return releases.targets("glyphs", version, Releases.artifact(version, "int8"));
    }

    @Test
    void aTimestampIsTrustedAndMayBeRepeated() {
        var publication = releases.publish(1, targets(1));
        node.accepts(verifier -> verifier.timestamp(publication.timestamp()));
        node.accepts(verifier -> verifier.timestamp(publication.timestamp()));
    }

    @Test
    void anOlderTimestampIsARollback() {
        node.updates(releases.publish(2, targets(1)));
        node.rejects(
                Threat.ROLLED_BACK,
                verifier ->
                        verifier.timestamp(releases.publish(1, 2, targets(1)).timestamp()));
    }

    @Test
    void theSameTimestampVersionWithOtherContentIsEquivocation() {
        node.updates(releases.publish(2, targets(1)));
        releases.now = releases.now.plusSeconds(60);
        node.rejects(
                Threat.EQUIVOCATION,
                verifier ->
                        verifier.timestamp(releases.publish(2, 3, targets(1)).timestamp()));
    }

    @Test
    void anExpiredTimestampIsAFreeze() {
        var publication = releases.publish(1, targets(1));
        node.clock = Releases.START.plus(Releases.TIMESTAMP_LIFE);
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(publication.timestamp()));
        node.clock = node.clock.minusSeconds(1);
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(publication.timestamp()));
    }

    @Test
    void aClockSetBackDoesNotReviveWhatExpired() {
        var publication = releases.publish(1, targets(1));
        node.updates(publication);
        node.clock = Releases.START.plus(Releases.TIMESTAMP_LIFE);
        node.rejects(Threat.EXPIRED, verifier -> verifier.snapshot(publication.snapshot()));
        node.clock = Releases.START;
        node.rejects(Threat.EXPIRED, verifier -> verifier.snapshot(publication.snapshot()));
        node.rejects(Threat.EXPIRED, verifier -> verifier.timestamp(publication.timestamp()));
        releases.now = Releases.START.plus(Releases.TIMESTAMP_LIFE);
        node.updates(releases.publish(2, targets(1)));
    }

    @Test
    void aClockBeforeTheRootsBirthCountsAsItsBirth() {
        var publication = releases.publish(1, targets(1));
        node.clock = Instant.EPOCH;
        node.updates(publication);
    }

    @Test
    void aTimestampSignedByTheSnapshotsKeyIsRefused() {
        var reference = Reference.to(1, releases.publish(1, targets(1)).snapshot());
        byte[] forged = releases.signedTimestamp(1, reference, releases.keys(Role.SNAPSHOT));
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.timestamp(forged));
    }

    @Test
    void aTimestampWithADamagedSignatureIsRefused() {
        byte[] timestamp = releases.publish(1, targets(1)).timestamp();
        timestamp[timestamp.length - 2] = (byte) (timestamp[timestamp.length - 2] == '0' ? '1' : '0');
        node.rejects(Threat.BAD_SIGNATURE, verifier -> verifier.timestamp(timestamp));
    }

    @Test
    void aTimestampWithChangedContentIsRefused() {
        String text = Documents.text(releases.publish(1, targets(1)).timestamp());
        node.rejects(
                Threat.BAD_SIGNATURE,
                verifier -> verifier.timestamp(Documents.bytes(text.replace("version 1\n", "version 9\n"))));
    }

    @Test
    void oneStolenTimestampKeyOfTwoIsBelowTheThreshold() {
        releases.keys.put(Role.TIMESTAMP, releases.newKeys(2));
        releases.thresholds.put(Role.TIMESTAMP, 2);
        node.accepts(verifier -> verifier.root(releases.signedRoot(2)));
        var publication = releases.publish(1, targets(1));
        List<SigningKey> stolen = releases.keys(Role.TIMESTAMP).subList(0, 1);
        byte[] forged = releases.signedTimestamp(1, Reference.to(1, publication.snapshot()), stolen);
        node.rejects(Threat.BELOW_THRESHOLD, verifier -> verifier.timestamp(forged));
        node.updates(publication);
    }

    @Test
    void aNewerTimestampMayNotNameAnOlderSnapshot() {
        node.updates(releases.publish(2, targets(1)));
        node.rejects(
                Threat.ROLLED_BACK,
                verifier ->
                        verifier.timestamp(releases.publish(3, 1, targets(1)).timestamp()));
    }

    @Test
    void aNewerTimestampMayNotNameAnotherSnapshotOfTheSameVersion() {
        node.updates(releases.publish(2, targets(1)));
        node.rejects(
                Threat.EQUIVOCATION,
                verifier ->
                        verifier.timestamp(releases.publish(3, 2, targets(2)).timestamp()));
    }

    @Test
    void aNewerTimestampMayNameTheSameSnapshot() {
        var publication = releases.publish(2, targets(1));
        node.updates(publication);
        byte[] renewed =
                releases.signedTimestamp(3, Reference.to(2, publication.snapshot()), releases.keys(Role.TIMESTAMP));
        node.accepts(verifier -> verifier.timestamp(renewed));
    }

    @Test
    void aStolenTimestampKeyIsUselessAfterItsRotation() {
        node.updates(releases.publish(1, targets(1)));
        List<SigningKey> stolen = releases.keys(Role.TIMESTAMP);
        node.accepts(verifier -> verifier.root(releases.rotate(Role.TIMESTAMP, 2)));
        var publication = releases.publish(2, targets(2));
        byte[] forged = releases.signedTimestamp(2, Reference.to(2, publication.snapshot()), stolen);
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.timestamp(forged));
        node.updates(publication);
    }

    @Test
    void versionsThatAStolenKeyDroveUpAreForgottenWithTheKey() {
        node.updates(releases.publish(DocumentReader.NUMBER_MAX, targets(DocumentReader.NUMBER_MAX)));
        node.rejects(
                Threat.ROLLED_BACK,
                verifier -> verifier.timestamp(releases.publish(2, targets(2)).timestamp()));
        node.accepts(verifier -> verifier.root(releases.rotate(Role.TIMESTAMP, 2)));
        node.updates(releases.publish(2, targets(2)));
    }

    @Test
    void theSnapshotsKeyForgetsThemToo() {
        node.updates(releases.publish(DocumentReader.NUMBER_MAX, targets(DocumentReader.NUMBER_MAX)));
        node.accepts(verifier -> verifier.root(releases.rotate(Role.SNAPSHOT, 2)));
        node.updates(releases.publish(2, targets(2)));
    }

    @Test
    void anUnrelatedRotationForgetsNothing() {
        node.updates(releases.publish(5, targets(5)));
        node.accepts(verifier -> verifier.root(releases.rotate(Role.DIRECTOR, 2)));
        node.rejects(
                Threat.ROLLED_BACK,
                verifier -> verifier.timestamp(releases.publish(4, targets(5)).timestamp()));
    }

    @Test
    void aSnapshotNeedsATimestampFirst() {
        node.rejects(
                Threat.INCOMPLETE,
                verifier -> verifier.snapshot(releases.publish(1, targets(1)).snapshot()));
    }

    @Test
    void aSnapshotLongerThanNamedIsEndlessData() {
        var publication = releases.publish(1, targets(1));
        node.accepts(verifier -> verifier.timestamp(publication.timestamp()));
        byte[] longer = Arrays.copyOf(publication.snapshot(), publication.snapshot().length + 1);
        node.rejects(Threat.ENDLESS_DATA, verifier -> verifier.snapshot(longer));
    }

    @Test
    void anotherSnapshotThanNamedIsMixAndMatch() {
        node.accepts(
                verifier -> verifier.timestamp(releases.publish(1, targets(1)).timestamp()));
        releases.now = releases.now.plusSeconds(1);
        node.rejects(
                Threat.MIXED,
                verifier -> verifier.snapshot(releases.publish(1, targets(1)).snapshot()));
        node.rejects(Threat.MIXED, verifier -> verifier.snapshot(new byte[1]));
    }

    @Test
    void aSnapshotOfAnotherVersionThanNamedIsMixAndMatch() {
        byte[] snapshot = releases.publish(2, targets(1)).snapshot();
        byte[] timestamp = releases.signedTimestamp(1, Reference.to(3, snapshot), releases.keys(Role.TIMESTAMP));
        node.accepts(verifier -> verifier.timestamp(timestamp));
        node.rejects(Threat.MIXED, verifier -> verifier.snapshot(snapshot));
    }

    @Test
    void aSnapshotSignedByTheTimestampsKeyIsRefused() {
        byte[] forged = new Snapshot(1, Releases.START.plus(Releases.SNAPSHOT_LIFE), new TreeMap<>())
                .sign(releases.keys(Role.TIMESTAMP));
        byte[] timestamp = releases.signedTimestamp(1, Reference.to(1, forged), releases.keys(Role.TIMESTAMP));
        node.accepts(verifier -> verifier.timestamp(timestamp));
        node.rejects(Threat.UNKNOWN_KEY, verifier -> verifier.snapshot(forged));
    }

    @Test
    void aLineMayNotGoBack() {
        node.updates(releases.publish(1, targets(5)));
        var older = releases.publish(2, targets(4));
        node.accepts(verifier -> verifier.timestamp(older.timestamp()));
        node.rejects(Threat.ROLLED_BACK, verifier -> verifier.snapshot(older.snapshot()));
    }

    @Test
    void aLineMayNotLeave() {
        node.updates(releases.publish(1, targets(5), releases.targets("words", 1)));
        var less = releases.publish(2, targets(5));
        node.accepts(verifier -> verifier.timestamp(less.timestamp()));
        node.rejects(Threat.ROLLED_BACK, verifier -> verifier.snapshot(less.snapshot()));
    }

    @Test
    void aLineMayCome() {
        node.updates(releases.publish(1, targets(5)));
        node.updates(releases.publish(2, targets(5), releases.targets("words", 1)));
    }

    @Test
    void anExpiredSnapshotIsAFreeze() {
        SortedMap<String, Reference> none = new TreeMap<>();
        byte[] snapshot =
                new Snapshot(1, Releases.START.plus(Duration.ofMinutes(30)), none).sign(releases.keys(Role.SNAPSHOT));
        byte[] timestamp = releases.signedTimestamp(1, Reference.to(1, snapshot), releases.keys(Role.TIMESTAMP));
        node.accepts(verifier -> verifier.timestamp(timestamp));
        node.rejects(Threat.EXPIRED, verifier -> verifier.snapshot(snapshot));
    }
}
