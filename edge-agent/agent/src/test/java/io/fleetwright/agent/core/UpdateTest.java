package io.fleetwright.agent.core;

import static io.fleetwright.agent.core.World.KEY;
import static io.fleetwright.agent.core.World.NODE;
import static io.fleetwright.agent.core.World.list;
import static io.fleetwright.agent.core.World.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.store.MemoryBlockDevice.Crash;
import io.fleetwright.agent.store.MemoryBlockDevice.Leaves;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.SelfTest;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Desired;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Reported;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.SlotReport.State;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import io.fleetwright.trust.SigningKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Desired lists: what is trusted, what is installed, and what a crash leaves. */
class UpdateTest {
    private static final byte[] OLD = TestModels.sums(1);
    private static final byte[] NEW = TestModels.sums(2);
    private static final byte[] OLDER = TestModels.sums(3);
    private static final Digest OLD_DIGEST = Digest.of(OLD);
    private static final Digest NEW_DIGEST = Digest.of(NEW);

    private final World world;

    UpdateTest() throws Exception {
        world = new World();
        world.connect();
    }

    private String running(String device) {
        return String.valueOf(slotNow(device).digest());
    }

    private SlotReport slotNow(String device) {
        return world.core().slots().stream()
                .filter(slot -> slot.device().equals(device))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aListIsInstalledAndReported() {
        world.install(1, OLD);
        assertThat(world.lastReport().settled()).isTrue();
        assertThat(world.lastReport().version()).isEqualTo(1);
        assertThat(world.lastReport().slots())
                .containsExactly(
                        new SlotReport("cpu0", "m", OLD_DIGEST.value(), State.ACTIVE, null),
                        new SlotReport("mcu0", "m", OLD_DIGEST.value(), State.ACTIVE, null));
        assertThat(world.reports().getFirst().settled()).isFalse();
        assertThat(world.fetches).isEqualTo(1);
        world.disconnect();
        world.connect();
        Birth birth = world.births().getLast();
        assertThat(birth.appliedVersion()).isEqualTo(1);
        assertThat(birth.slots()).allMatch(slot -> slot.state() == State.ACTIVE);
    }

    @Test
    void aCrashAtAnyWriteOfAnUpdateLeavesTheOldOrTheNewVariantNeverNone() throws Exception {
        int crashes = 0;
        for (Leaves leaves : Leaves.values()) {
            for (boolean undo : new boolean[] {false, true}) {
                for (int write = 1; ; write++) {
                    World power = new World();
                    power.connect();
                    power.install(1, OLD);
                    power.acknowledgeAll();
                    power.disk.crashAtWrite(write, leaves);
                    boolean crashed = false;
                    try {
                        power.install(2, NEW);
                    } catch (Crash crash) {
                        crashed = true;
                    }
                    if (!crashed) {
                        break;
                    }
                    crashes++;
                    power.restart(undo);
                    for (SlotReport slot : power.core().slots()) {
                        assertThat(slot.digest())
                                .as("write %d %s %s", write, leaves, slot.device())
                                .isIn(OLD_DIGEST.value(), NEW_DIGEST.value());
                    }
                    String runs = String.valueOf(power.core().slots().getFirst().digest());
                    power.connect();
                    power.order(World.work("t", 1, "cpu0", new Digest(runs), 10_000));
                    // Settled or not, by itself or because the controller sends the list again.
                    power.desire(2, slot("cpu0", NEW), slot("mcu0", NEW));
                    power.pass(Duration.ofSeconds(2));
                    assertThat(power.results()).isNotEmpty();
                    assertThat(power.core().slots())
                            .allMatch(slot -> NEW_DIGEST.value().equals(slot.digest()));
                    assertThat(power.lastReport().settled()).isTrue();
                    assertThat(power.core().appliedVersion()).isEqualTo(2);
                }
            }
        }
        assertThat(crashes).isGreaterThan(20);
    }

    @Test
    void whatAnswersOtherwiseThanItsLineSaysIsNotSwitchedOn() throws Exception {
        byte[] right = TestModels.sums(1, 3);
        byte[] wrong = TestModels.sums(-1, 3);
        Digest golden = new Digest("sha256:"
                + HexFormat.of()
                        .formatHex(SelfTest.of(ModelReader.read(right, "m").integerCore())));
        Publisher.sayGolden(Digest.of(right), golden);
        Publisher.sayGolden(Digest.of(wrong), golden);
        world.install(1, right);
        assertThat(running("cpu0")).isEqualTo(Digest.of(right).value());
        world.install(2, wrong);
        assertThat(slotNow("cpu0"))
                .isEqualTo(new SlotReport("cpu0", "m", Digest.of(right).value(), State.FAILED, "self-test-failed"));
    }

    @Test
    void whatNeedsMoreMemoryThanThereIsIsNotEvenFetched() {
        byte[] large = TestModels.sums(43);
        Publisher.sayMemory(Digest.of(large), Long.MAX_VALUE / 100);
        world.publish(large);
        world.desire(1, slot("mcu0", large));
        world.pass(Duration.ofSeconds(2));
        assertThat(slotNow("mcu0").state()).isEqualTo(State.FAILED);
        assertThat(slotNow("mcu0").reason()).isEqualTo("out-of-memory");
        assertThat(world.fetches).isZero();
    }

    @Test
    void anInterruptedUpdateGoesOnWithoutBeingToldAgain() throws Exception {
        world.install(1, OLD);
        world.publish(NEW);
        world.holdRuns = true;
        world.desire(2, slot("cpu0", NEW), slot("mcu0", NEW));
        world.holdRuns = false;
        world.restart(false);
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
        world.connect();
        world.pass(Duration.ofSeconds(1));
        assertThat(running("cpu0")).isEqualTo(NEW_DIGEST.value());
        assertThat(world.lastReport().settled()).isTrue();
    }

    @Test
    void aRefusedListIsReportedWithItsReasonUntilOneIsTaken() {
        world.install(5, OLD);
        world.publish(NEW);
        Desired good = list(KEY, NODE, 6, slot("cpu0", NEW));
        byte[] forged = new Desired(6, good.list(), good.keyId(), new byte[64], good.release()).encode();
        world.tell(Topic.Kind.DOWN_DESIRED, forged);
        world.pass(Duration.ofSeconds(1));
        Reported refusal = world.lastReport();
        assertThat(refusal.refused()).isEqualTo(new Reported.Refused(6, "bad-signature"));
        assertThat(refusal.version()).isEqualTo(5);
        assertThat(refusal.settled()).isTrue();
        assertThat(refusal.slots())
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.digest()).isEqualTo(OLD_DIGEST.value()));
        world.tell(Topic.Kind.DOWN_DESIRED, good.encode());
        world.pass(Duration.ofSeconds(5));
        assertThat(world.lastReport().version()).isEqualTo(6);
        assertThat(world.lastReport().refused()).isNull();
        assertThat(running("cpu0")).isEqualTo(NEW_DIGEST.value());
    }

    @Test
    void aRefusalIsToldOnceAMinuteHoweverOftenTheListComes() {
        world.install(5, OLD);
        Desired good = list(KEY, NODE, 6, slot("cpu0", OLD));
        byte[] forged = new Desired(6, good.list(), good.keyId(), new byte[64], good.release()).encode();
        int before = world.reports().size();
        for (int second = 0; second < 50; second++) {
            world.tell(Topic.Kind.DOWN_DESIRED, forged);
            world.pass(Duration.ofSeconds(1));
        }
        assertThat(world.reports()).hasSize(before + 1);
        for (int second = 0; second < 60; second++) {
            world.tell(Topic.Kind.DOWN_DESIRED, forged);
            world.pass(Duration.ofSeconds(1));
        }
        assertThat(world.reports()).hasSize(before + 2);
        for (int version = 7; version < 107; version++) { // Ever other ones, ten a second.
            world.tell(
                    Topic.Kind.DOWN_DESIRED,
                    new Desired(version, good.list(), good.keyId(), new byte[64], good.release()).encode());
            world.pass(Duration.ofMillis(100));
        }
        world.pass(Duration.ofSeconds(2));
        assertThat(world.reports().size()).isBetween(before + 3, before + 15);
        assertThat(world.lastReport().refused()).isEqualTo(new Reported.Refused(106, "bad-signature"));
    }

    @Test
    void aListThatCannotBeReadIsReportedWithoutAVersion() {
        world.install(5, OLD);
        world.tell(Topic.Kind.DOWN_DESIRED, "{\"version\":".getBytes(StandardCharsets.UTF_8));
        world.pass(Duration.ofSeconds(2));
        assertThat(world.lastReport().refused()).isEqualTo(new Reported.Refused(0, "unreadable"));
        world.tell(Topic.Kind.DOWN_DESIRED, new byte[Limits.STATE_BYTES_MAX + 1]);
        world.pass(Duration.ofSeconds(2));
        assertThat(world.lastReport().refused()).isEqualTo(new Reported.Refused(0, "too-large"));
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
    }

    @Test
    void aNodeThatNeverHadAListReportsTheRefusalToo() {
        world.connect();
        world.tell(
                Topic.Kind.DOWN_DESIRED,
                list(SigningKey.generate(), NODE, 1, slot("cpu0", NEW)).encode());
        world.pass(Duration.ofSeconds(2));
        assertThat(world.reports()).singleElement().satisfies(report -> {
            assertThat(report.version()).isZero();
            assertThat(report.settled()).isFalse();
            assertThat(report.slots()).isEmpty();
            assertThat(report.refused()).isEqualTo(new Reported.Refused(1, "unknown-key"));
        });
    }

    @Test
    void listsThatAreNotToBeTrustedChangeNothing() {
        world.install(5, OLD);
        world.publish(NEW);
        DesiredSlot wanted = slot("cpu0", NEW);
        Desired good = list(KEY, NODE, 6, wanted);
        byte[] bent = good.list().clone();
        bent[bent.length - 3] ^= 1;
        List<Desired> bad = List.of(
                list(SigningKey.generate(), NODE, 6, wanted),
                new Desired(6, bent, good.keyId(), good.signature(), good.release()),
                new Desired(6, good.list(), good.keyId(), new byte[64], good.release()),
                list(KEY, new NodeAddress("acme", "board-2"), 6, wanted),
                list(KEY, new NodeAddress("other", "board-1"), 6, wanted));
        for (Desired desired : bad) {
            world.tell(Topic.Kind.DOWN_DESIRED, desired.encode());
        }
        world.desire(4, wanted);
        world.pass(Duration.ofSeconds(5));
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
        assertThat(world.core().counted(AgentCore.Counter.LISTS_REJECTED)).isEqualTo(bad.size());
        assertThat(world.core().counted(AgentCore.Counter.LISTS_OLD)).isEqualTo(1);
        assertThat(world.fetches).isEqualTo(1);
    }

    @Test
    void theVersionFloorSurvivesARestart() throws Exception {
        world.install(5, OLD);
        world.restart(true);
        world.connect();
        world.publish(NEW);
        world.desire(4, slot("cpu0", NEW));
        world.pass(Duration.ofSeconds(2));
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
        assertThat(world.core().counted(AgentCore.Counter.LISTS_OLD)).isEqualTo(1);
    }

    @Test
    void theFloorHoldsEvenWhileTheNewerListIsNotAppliedYet() throws Exception {
        world.install(1, OLD);
        world.desire(7, slot("cpu0", NEW));
        world.disconnect();
        world.restart(false);
        world.connect();
        world.desire(6, slot("cpu0", OLD));
        assertThat(world.core().counted(AgentCore.Counter.LISTS_OLD)).isEqualTo(1);
    }

    @Test
    void bytesWithAnotherHashAreFetchedAgainAndThenRefusedWhileTheOldVariantRuns() {
        world.install(1, OLD);
        byte[] wrong = NEW.clone();
        wrong[wrong.length - 1] ^= 1;
        world.store.put(NEW_DIGEST, wrong);
        world.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
        world.pass(Duration.ofMinutes(5));
        assertThat(world.lastReport("cpu0"))
                .isEqualTo(new SlotReport("cpu0", "m", OLD_DIGEST.value(), State.FAILED, "hash-mismatch"));
        assertThat(world.lastReport().settled()).isTrue();
        assertThat(world.fetches).isEqualTo(1 + 6);
        world.order(World.work("t", 1, "cpu0", OLD_DIGEST, 10_000));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
        assertThat(world.disk.list("artifact/")).hasSize(1);

        world.publish(NEW);
        world.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
        world.pass(Duration.ofSeconds(1));
        assertThat(world.lastReport("cpu0").state()).isEqualTo(State.ACTIVE);
    }

    @Test
    void anArtifactThatCannotBeFetchedFailsAfterSomeTries() {
        world.desire(1, slot("cpu0", NEW));
        world.pass(Duration.ofMinutes(5));
        assertThat(world.lastReport("cpu0")).isEqualTo(new SlotReport("cpu0", "m", null, State.FAILED, "fetch-failed"));
        assertThat(world.fetches).isEqualTo(6);
    }

    @Test
    void nothingIsFetchedWithoutAConnection() {
        world.desire(1, slot("cpu0", NEW));
        world.disconnect();
        int before = world.fetches;
        world.pass(Duration.ofMinutes(30));
        assertThat(world.fetches).isEqualTo(before);
        world.publish(NEW);
        world.connect();
        world.pass(Duration.ofMinutes(1));
        assertThat(running("cpu0")).isEqualTo(NEW_DIGEST.value());
    }

    @Test
    void badArtifactsAreRefusedWithTheirReason() throws Exception {
        world.install(1, OLD);
        byte[] garbage = "no model at all, just text".getBytes(StandardCharsets.UTF_8);
        assertThat(reasonFor(2, garbage)).isEqualTo("malformed-model");
        assertThat(reasonFor(3, Arrays.copyOf(NEW, NEW.length - 40))).isEqualTo("malformed-model");
        assertThat(reasonFor(4, new byte[(1 << 20) + 1])).isEqualTo("too-large");
        world.disk.capacity(1000);
        assertThat(reasonFor(5, TestModels.sums(3))).isEqualTo("no-space");
        world.disk.capacity(Long.MAX_VALUE);
        world.cpuMemoryBytes = 8L;
        world.restart(false);
        world.connect();
        assertThat(reasonFor(6, NEW)).isEqualTo("out-of-memory");
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
        assertThat(running("mcu0")).isEqualTo(OLD_DIGEST.value());
    }

    private String reasonFor(long version, byte[] artifact) {
        world.publish(artifact);
        world.desire(version, slot("cpu0", artifact), slot("mcu0", OLD));
        world.pass(Duration.ofSeconds(10));
        assertThat(world.lastReport().version()).isEqualTo(version);
        assertThat(world.lastReport().settled()).isTrue();
        SlotReport report = world.lastReport("cpu0");
        assertThat(report.state()).isEqualTo(State.FAILED);
        assertThat(report.digest()).isEqualTo(OLD_DIGEST.value());
        return String.valueOf(report.reason());
    }

    @Test
    void aListForADeviceThatIsNotHereFailsThatSlotAlone() {
        world.publish(OLD);
        world.desire(1, slot("cpu0", OLD), slot("npu9", OLD));
        world.pass(Duration.ofSeconds(1));
        assertThat(world.lastReport("npu9").reason()).isEqualTo("no-such-device");
        assertThat(world.lastReport("cpu0").state()).isEqualTo(State.ACTIVE);
    }

    @Test
    void slotsThatTheListDoesNotNameAreEmptiedAndTheirArtifactsDeleted() {
        world.install(1, OLD);
        world.desire(2);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.lastReport().slots())
                .hasSize(2)
                .allMatch(slot -> slot.state() == State.EMPTY && slot.digest() == null);
        assertThat(world.disk.list("artifact/")).isEmpty();
        world.order(World.work("t", 1, "cpu0", OLD_DIGEST, 10_000));
        assertThat(world.lastResult().reason()).isEqualTo("wrong-digest");
    }

    @Test
    void theSameVersionAgainIsReportedAgain() {
        world.install(1, OLD);
        int before = world.reports().size();
        world.desire(1, slot("cpu0", OLD), slot("mcu0", OLD));
        assertThat(world.reports()).hasSize(before + 1);
        assertThat(world.lastReport().settled()).isTrue();
        assertThat(world.fetches).isEqualTo(1);
    }

    @Test
    void whatRanBeforeStaysOnDiskAndNothingElse() {
        world.install(1, OLD);
        world.install(2, NEW);
        assertThat(world.disk.list("artifact/")).hasSize(2);
        world.pass(Duration.ofMinutes(1));
        world.install(3, TestModels.sums(3));
        assertThat(world.disk.list("artifact/"))
                .extracting(item -> item.name().substring("artifact/".length()))
                .containsExactlyInAnyOrder(
                        NEW_DIGEST.hex(), Digest.of(TestModels.sums(3)).hex());
    }

    @Test
    void aNodeThatStartsOfflineServesWhatItHad() throws Exception {
        world.install(1, OLD);
        world.restart(true);
        world.order(World.work("t", 1, "cpu0", OLD_DIGEST, 10_000));
        world.connect();
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void aDamagedArtifactIsNeverRunTheOneBeforeItRunsAndTheRightOneIsFetchedAgain() throws Exception {
        world.install(1, OLD);
        world.install(2, NEW);
        world.disk.damage("artifact/" + NEW_DIGEST.hex());
        world.restart(false);
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
        world.connect();
        world.pass(Duration.ofSeconds(1));
        assertThat(running("cpu0")).isEqualTo(NEW_DIGEST.value());
        assertThat(world.lastReport().settled()).isTrue();
    }

    @Test
    void damagedDocumentsAreSurvived() throws Exception {
        world.install(1, OLD);
        world.disk.damage("slots");
        world.disk.damage("desired");
        world.restart(false);
        world.connect();
        world.desire(1, slot("cpu0", OLD), slot("mcu0", OLD));
        world.pass(Duration.ofSeconds(1));
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
    }

    @Test
    void aDiskThatFailsMeanwhileOnlyDelaysTheUpdate() {
        world.install(1, OLD);
        world.publish(NEW);
        world.disk.failing(true);
        world.desire(2, slot("cpu0", NEW), slot("mcu0", NEW));
        world.pass(Duration.ofSeconds(5));
        assertThat(running("cpu0")).isEqualTo(OLD_DIGEST.value());
        world.disk.failing(false);
        world.desire(2, slot("cpu0", NEW), slot("mcu0", NEW));
        world.pass(Duration.ofSeconds(5));
        assertThat(running("cpu0")).isEqualTo(NEW_DIGEST.value());
    }

    @Test
    void aReportWaitsUntilTheOneBeforeItIsStored() {
        world.storesReports = false;
        world.install(1, OLD);
        world.install(2, NEW);
        world.pass(Duration.ofSeconds(30));
        assertThat(world.reports()).allMatch(report -> report.stamp().sequence() == 1);
        world.acknowledgeAll();
        world.storesReports = true;
        world.sent.clear();
        world.pass(Duration.ofSeconds(30));
        assertThat(world.reports())
                .extracting(report -> report.stamp().sequence())
                .startsWith(2L)
                .isSorted();
        assertThat(world.lastReport().settled()).isTrue();
        assertThat(world.lastReport().version()).isEqualTo(2);
    }

    @Test
    void aSelfTestThatIsNotWantedAnyMoreIsStoppedAndOneThatStillIsGoesOn() {
        world.install(1, OLD);
        world.publish(NEW);
        world.publish(OLDER);
        world.holdRuns = true;
        world.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
        int admitted = world.admitted;
        world.desire(3, slot("cpu0", NEW));
        world.runHeld();
        assertThat(world.admitted).isEqualTo(admitted + 1);

        world.desire(4, slot("cpu0", OLDER));
        world.desire(5, slot("cpu0", NEW));
        world.runHeld();
        assertThat(world.admitted).isEqualTo(admitted + 1);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.lastReport("cpu0"))
                .isEqualTo(new SlotReport("cpu0", "m", NEW_DIGEST.value(), State.ACTIVE, null));
    }

    @Test
    void aDownloadThatIsNotWantedAnyMoreIsStoppedAndOneThatStillIsGoesOn() {
        world.install(1, OLD);
        world.publish(NEW);
        world.holdFetches = true;
        world.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
        assertThat(world.fetches).isEqualTo(2);
        world.desire(3, slot("cpu0", NEW));
        assertThat(world.stoppedFetches).isEmpty();
        world.desire(4, slot("cpu0", OLD));
        assertThat(world.stoppedFetches).containsExactly(NEW_DIGEST);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.lastReport("cpu0"))
                .isEqualTo(new SlotReport("cpu0", "m", OLD_DIGEST.value(), State.ACTIVE, null));
        assertThat(world.lastReport().settled()).isTrue();
    }

    @Test
    void withoutSpaceNotAByteIsFetched() {
        world.publish(NEW);
        world.disk.capacity(1 << 19);
        world.desire(1, slot("cpu0", NEW));
        world.pass(Duration.ofSeconds(2));
        assertThat(world.lastReport("cpu0")).isEqualTo(new SlotReport("cpu0", "m", null, State.FAILED, "no-space"));
        assertThat(world.fetches).isZero();
    }

    @Test
    void triesAreSpreadAndTheirNumberIsBounded() {
        List<Long> at = new java.util.ArrayList<>();
        world.desire(1, slot("cpu0", NEW));
        for (long until = world.millis + Duration.ofMinutes(5).toMillis(); world.millis < until; ) {
            int before = world.fetches;
            world.pass(Duration.ofMillis(1));
            if (world.fetches > before) {
                at.add(world.millis);
            }
        }
        assertThat(world.fetches).isEqualTo(6);
        List<Long> waits = new java.util.ArrayList<>();
        for (int i = 1; i < at.size(); i++) {
            waits.add(at.get(i) - at.get(i - 1));
        }
        assertThat(waits).doesNotHaveDuplicates().allMatch(wait -> wait <= 30_001);
        assertThat(waits).anyMatch(wait -> wait > 1_000);
    }

    @Test
    void aNewerListDuringAnUpdateWins() {
        world.publish(OLD);
        world.publish(NEW);
        world.holdRuns = true;
        world.desire(1, slot("cpu0", OLD), slot("mcu0", OLD));
        world.desire(2, slot("cpu0", NEW), slot("mcu0", NEW));
        world.holdRuns = false;
        world.runHeld();
        world.pass(Duration.ofSeconds(1));
        assertThat(running("cpu0")).isEqualTo(NEW_DIGEST.value());
        assertThat(world.lastReport().version()).isEqualTo(2);
        assertThat(world.log).noneMatch(line -> line.contains("slot.active") && line.contains(OLD_DIGEST.value()));
    }
}
