package io.fleetwright.controller.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestClock;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.trust.DesiredList;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SignedList;
import io.fleetwright.trust.SigningKey;
import io.fleetwright.trust.artifact.ChunkMap;
import io.fleetwright.trust.set.ReleaseKeys;
import io.fleetwright.trust.set.Role;
import io.fleetwright.trust.set.RootChain;
import io.fleetwright.trust.set.SetVerdict;
import io.fleetwright.trust.set.SetVerifier;
import io.fleetwright.trust.set.Snapshot;
import io.fleetwright.trust.set.Targets;
import io.fleetwright.trust.set.Threat;
import io.fleetwright.trust.set.TrustedStore;
import io.fleetwright.trust.set.Wanted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the publisher makes, judged by the verifier that nodes have. */
class ReleasesTest {
    private static final String TENANT = "acme";

    private final TestClock clock = new TestClock();
    private final MemoryStore rows = new MemoryStore();
    private RootChain chain = RootChain.generate(TestClock.START);
    private final Releases releases = new Releases(new ReleaseKeys() {
        @Override
        public long rootVersion() {
            return chain.rootVersion();
        }

        @Override
        public Optional<byte[]> root(long version) {
            return chain.root(version);
        }

        @Override
        public SigningKey key(Role role) {
            return chain.key(role);
        }
    });
    private final SetVerifier node = new SetVerifier(new Files(), clock, TENANT, "board");
    private long orders;

    /** A node's disk. */
    private static final class Files implements TrustedStore {
        private final Map<String, byte[]> files = new HashMap<>();

        @Override
        public Optional<byte[]> read(String name) {
            return Optional.ofNullable(files.get(name)).map(byte[]::clone);
        }

        @Override
        public void write(String name, byte[] bytes) {
            files.put(name, bytes.clone());
        }
    }

    @BeforeEach
    void enrol() throws IOException {
        assertThat(node.enrol(chain.root(1).orElseThrow())).isEqualTo(new SetVerdict.Accepted());
    }

    private <T> T run(FleetStore.Work<T> work) {
        return rows.transact(work);
    }

    /** The controller desires; the node takes roots, timestamp, whatever it misses, and the order. */
    private SetVerdict desire(DesiredSlot... slots) throws IOException {
        orders++;
        return take(order(orders, slots), release(slots));
    }

    private SignedList order(long version, DesiredSlot... slots) {
        return releases.director().sign(new DesiredList(TENANT, "board", version, List.of(slots)));
    }

    private Desired.Release release(DesiredSlot... slots) {
        return run(tx -> {
            releases.release(tx, TENANT, List.of(slots), clock.millis());
            return releases.current(tx, TENANT, clock.millis());
        });
    }

    private SetVerdict take(SignedList order, Desired.Release release) throws IOException {
        while (node.rootVersion() < release.root()) {
            String next = release.digest(node.rootVersion() + 1).orElseThrow();
            assertThat(node.root(document(next))).isEqualTo(new SetVerdict.Accepted());
        }
        SetVerdict timestamp = node.timestamp(release.timestamp());
        if (!timestamp.equals(new SetVerdict.Accepted())) {
            return timestamp;
        }
        for (Optional<Wanted> wanted = node.wanted(order); wanted.isPresent(); wanted = node.wanted(order)) {
            byte[] bytes = document(wanted.get().reference().digest().value());
            assertThat(node.offer(wanted.get(), bytes)).isEqualTo(new SetVerdict.Accepted());
        }
        return node.order(order);
    }

    private byte[] document(String digest) {
        return found(TENANT, digest).orElseThrow();
    }

    private static DesiredSlot slot(String model, String version, String variant) {
        return slot(model, version, variant, (model + version + variant).getBytes(StandardCharsets.US_ASCII));
    }

    private static DesiredSlot slot(String model, String version, String variant, byte[] bytes) {
        return new DesiredSlot("cpu0", model, model, version, variant, Digest.of(bytes), bytes.length);
    }

    private static Threat threat(SetVerdict verdict) {
        assertThat(verdict).isInstanceOf(SetVerdict.Rejected.class);
        return ((SetVerdict.Rejected) verdict).threat();
    }

    @Test
    void whatANodeShallRunIsReleasedByItsLine() throws IOException {
        assertThat(desire(slot("glyphs", "1.0.0", "int8"))).isInstanceOf(SetVerdict.Ordered.class);
        assertThat(desire(slot("glyphs", "1.0.0", "int8"), slot("words", "3", "int4")))
                .isInstanceOf(SetVerdict.Ordered.class);
        assertThat(desire()).isInstanceOf(SetVerdict.Ordered.class);
    }

    @Test
    void nothingNewIsSignedWhileNothingChanges() {
        Desired.Release first = release(slot("glyphs", "1.0.0", "int8"));
        clock.advance(Duration.ofHours(11));
        assertThat(release(slot("glyphs", "1.0.0", "int8"))).isEqualTo(first);
        clock.advance(Duration.ofHours(2));
        assertThat(release(slot("glyphs", "1.0.0", "int8"))).isNotEqualTo(first);
    }

    /** A director that is not the publisher gets nowhere: what no line has released runs nowhere. */
    @Test
    void anOrderForWhatWasNotReleasedIsRefused() throws IOException {
        desire(slot("glyphs", "1.0.0", "int8"));
        SignedList evil = order(2, slot("glyphs", "6.6.6", "evil"));
        assertThat(threat(take(evil, release()))).isEqualTo(Threat.NOT_RELEASED);
        assertThat(threat(take(order(2, slot("spyware", "1", "int8")), release())))
                .isEqualTo(Threat.WRONG_LINE);
    }

    /** Going back is an act of the publisher: an old order's slot alone does not do it. */
    @Test
    void goingBackNeedsThePublishersPermission() throws IOException {
        DesiredSlot first = slot("glyphs", "1.0.0", "int8");
        DesiredSlot second = slot("glyphs", "2.0.0", "int8");
        desire(first);
        desire(second);
        assertThat(threat(take(order(3, first), release(second)))).isEqualTo(Threat.RELEASE_ROLLED_BACK);
        orders = 3;
        assertThat(desire(first)).isInstanceOf(SetVerdict.Ordered.class);
        assertThat(desire(second)).isInstanceOf(SetVerdict.Ordered.class);
    }

    @Test
    void aLongArtifactHasTheDigestOfItsChunksInItsLine() throws IOException {
        byte[] bytes = new byte[64 * 1024];
        new SplittableRandom(1).nextBytes(bytes);
        byte[] brief = Arrays.copyOf(bytes, bytes.length - 1);
        run(tx -> List.of(new Artifacts(tx, 0).put(bytes), new Artifacts(tx, 0).put(brief)));
        DesiredSlot chunked = slot("glyphs", "1.0.0", "int8", bytes);
        DesiredSlot whole = slot("words", "1.0.0", "int8", brief);
        assertThat(desire(chunked, whole))
                .isInstanceOfSatisfying(
                        SetVerdict.Ordered.class,
                        ordered -> assertThat(ordered.order().artifacts())
                                .hasEntrySatisfying(
                                        chunked,
                                        artifact -> assertThat(artifact.facts())
                                                .isEqualTo(Map.of(
                                                        "chunks",
                                                        Digest.of(ChunkMap.of(bytes)
                                                                        .encode())
                                                                .hex())))
                                .hasEntrySatisfying(
                                        whole,
                                        artifact -> assertThat(artifact.facts()).isEmpty()));
    }

    @Test
    void variantsOfAVersionShareARelease() throws IOException {
        desire(slot("glyphs", "1.0.0", "int8"));
        desire(slot("glyphs", "2.0.0", "int8"));
        assertThat(desire(slot("glyphs", "2.0.0", "int4"))).isInstanceOf(SetVerdict.Ordered.class);
        List<ReleaseRow> released = run(tx -> tx.find(Query.of(ReleaseRow.class)));
        assertThat(released.stream().map(row -> row.version + " " + row.variant + " " + row.counter))
                .containsExactlyInAnyOrder("1.0.0 int8 1", "2.0.0 int8 2", "2.0.0 int4 2");
    }

    @Test
    void aNodeThatIsHeldBackNoticesAfterADay() throws IOException {
        Desired.Release old = release(slot("glyphs", "1.0.0", "int8"));
        SignedList order = order(1, slot("glyphs", "1.0.0", "int8"));
        clock.advance(Duration.ofHours(25));
        assertThat(threat(take(order, old))).isEqualTo(Threat.EXPIRED);
    }

    /** Through half a year every list is taken: targets and snapshot are renewed long before their end. */
    @Test
    void documentsAreRenewed() throws IOException {
        for (int week = 0; week < 26; week++) {
            assertThat(desire(slot("glyphs", "1.0.0", "int8"), slot("words", "3", "int4")))
                    .as("week %d", week)
                    .isInstanceOf(SetVerdict.Ordered.class);
            clock.advance(Duration.ofDays(7));
        }
    }

    @Test
    void everyRoleCanHaveANewKey() throws IOException {
        DesiredSlot slot = slot("glyphs", "1.0.0", "int8");
        desire(slot);
        SigningKey oldDirector = releases.director();
        for (Role role : Role.ALL) {
            chain = chain.rotate(role, SigningKey.generate(), clock.instant());
            assertThat(desire(slot)).as("%s", role).isInstanceOf(SetVerdict.Ordered.class);
        }
        assertThat(node.rootVersion()).isEqualTo(1 + Role.ALL.size());
        SignedList stolen = oldDirector.sign(new DesiredList(TENANT, "board", 99, List.of(slot)));
        assertThat(threat(take(stolen, release(slot)))).isEqualTo(Threat.UNKNOWN_KEY);
    }

    /** More artifacts than a line holds: those that no slot names make room, and nothing else does. */
    @Test
    void aFullLineMakesRoomOnlyOfWhatNobodyShallRun() {
        run(tx -> {
            for (int i = 0; i < Targets.ARTIFACTS_MAX; i++) {
                DesiredSlot slot = slot("glyphs", "1." + i, "int8");
                SlotRow row = new SlotRow();
                row.id = "slot-" + i;
                row.tenant = TENANT;
                row.desiredDigest = i == 7 ? null : slot.digest().value();
                row.reportedState = "empty";
                tx.insert(row);
                releases.release(tx, TENANT, List.of(slot), clock.millis());
            }
            return true;
        });
        DesiredSlot more = slot("glyphs", "2", "int8");
        assertThat(hasRoom(more)).isTrue();
        release(more);
        DesiredSlot evenMore = slot("glyphs", "3", "int8");
        assertThat(released(slot("glyphs", "1.7", "int8"))).isEmpty();
        assertThat(released(slot("glyphs", "1.0", "int8"))).isPresent();
        run(tx -> {
            SlotRow row = new SlotRow();
            row.id = "slot-more";
            row.tenant = TENANT;
            row.desiredDigest = more.digest().value();
            row.reportedState = "empty";
            tx.insert(row);
            return true;
        });
        assertThat(hasRoom(evenMore)).isFalse();
    }

    private boolean hasRoom(DesiredSlot slot) {
        return run(tx -> releases.hasRoom(tx, slot, TENANT));
    }

    private Optional<ReleaseRow> released(DesiredSlot slot) {
        return run(tx -> tx.get(
                ReleaseRow.class,
                TENANT + "/" + slot.model() + "/" + slot.digest().value()));
    }

    private Optional<byte[]> found(String tenant, String digest) {
        return run(tx -> releases.document(tx, tenant, digest));
    }

    @Test
    void aTenantHasAsManyLinesAsASnapshotHolds() {
        run(tx -> {
            for (int i = 0; i < Snapshot.LINES_MAX; i++) {
                assertThat(releases.hasRoom(tx, slot("line" + i, "1", "v"), TENANT))
                        .isTrue();
                releases.release(tx, TENANT, List.of(slot("line" + i, "1", "v")), clock.millis());
            }
            assertThat(releases.hasRoom(tx, slot("one-more", "1", "v"), TENANT)).isFalse();
            assertThat(releases.hasRoom(tx, slot("line3", "2", "v"), TENANT)).isTrue();
            assertThat(releases.hasRoom(tx, slot("one-more", "1", "v"), "other"))
                    .isTrue();
            return true;
        });
    }

    @Test
    void aTenantsDocumentsAreItsOwn() {
        release(slot("glyphs", "1.0.0", "int8"));
        String snapshot =
                run(tx -> tx.get(DocumentRow.class, TENANT + "/snapshot").orElseThrow().digest);
        assertThat(found("other", snapshot)).isEmpty();
        assertThat(found(TENANT, snapshot)).isPresent();
        String root = Digest.of(chain.root(1).orElseThrow()).value();
        assertThat(found("other", root)).isPresent();
    }
}
