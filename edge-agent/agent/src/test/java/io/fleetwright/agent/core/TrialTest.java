package io.fleetwright.agent.core;

import static io.fleetwright.agent.core.World.slot;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.store.MemoryBlockDevice.Crash;
import io.fleetwright.agent.store.MemoryBlockDevice.Leaves;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.SlotReport.State;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A version that followed another one has to show itself before it may stay. */
class TrialTest {
    private static final byte[] OLD = TestModels.sums(1);
    private static final byte[] NEW = TestModels.sums(2);
    /** All outputs at the top of the range. */
    private static final byte[] SATURATED = TestModels.sums(100);

    private static final String OLD_DIGEST = Digest.of(OLD).value();
    private static final String NEW_DIGEST = Digest.of(NEW).value();
    private static final SlotReport CRASHED = fallen("crash-loop");
    private static final int STARTS_MAX = 3;
    private static final int ANSWERS = 20;
    private static final Frame INPUT = new Frame("m", "cpu0", new byte[] {1, 2, 3, 4}, null);

    private final World world;

    TrialTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, OLD);
    }

    private static SlotReport fallen(String reason) {
        return new SlotReport("cpu0", "m", OLD_DIGEST, State.FAILED, reason);
    }

    private static SlotReport now(World world) {
        return world.core().slots().stream()
                .filter(slot -> slot.device().equals("cpu0"))
                .findFirst()
                .orElseThrow();
    }

    private void update(long version, byte[] artifact) {
        world.publish(artifact);
        world.desire(version, slot("cpu0", artifact), slot("mcu0", OLD));
        world.pass(Duration.ofSeconds(1));
    }

    private void restart(int times) throws Exception {
        for (int i = 0; i < times; i++) {
            world.restart(false);
        }
    }

    private void answer(int times) {
        for (int i = 0; i < times; i++) {
            world.core().infer(INPUT, _ -> {});
        }
    }

    @Test
    void aVersionThatTheAgentDiesOfIsGivenThreeStartsThenTheOneBeforeItRuns() throws Exception {
        update(2, NEW);
        restart(STARTS_MAX - 1);
        assertThat(now(world).digest()).isEqualTo(NEW_DIGEST);
        restart(1);
        assertThat(now(world)).isEqualTo(CRASHED);
        world.connect();
        world.pass(Duration.ofSeconds(2));
        assertThat(world.births().getLast().slots()).contains(CRASHED);
        assertThat(world.lastReport("cpu0")).isEqualTo(CRASHED);
        assertThat(world.lastReport().settled()).isTrue();
        world.order(World.work("t", 1, "cpu0", Digest.of(OLD), 10_000));
        assertThat(world.results()).isNotEmpty();
    }

    @Test
    void whatItFellBackFromIsNotTriedAgainUntilAListHasNotNamedIt() throws Exception {
        update(2, NEW);
        restart(STARTS_MAX);
        world.connect();
        world.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
        world.desire(3, slot("cpu0", NEW), slot("mcu0", NEW));
        world.pass(Duration.ofMinutes(5));
        assertThat(now(world)).isEqualTo(CRASHED);
        restart(2);
        world.connect();
        world.pass(Duration.ofMinutes(5));
        assertThat(now(world)).isEqualTo(CRASHED);
        update(4, OLD);
        assertThat(now(world)).isEqualTo(new SlotReport("cpu0", "m", OLD_DIGEST, State.ACTIVE, null));
        restart(1);
        world.connect();
        update(5, NEW);
        assertThat(now(world)).isEqualTo(new SlotReport("cpu0", "m", NEW_DIGEST, State.ACTIVE, null));
    }

    @Test
    void aDriverThatFailsThreeTimesEndsTheTrial() {
        update(2, NEW);
        world.driverFails = true;
        answer(2);
        world.pass(Duration.ofSeconds(1));
        assertThat(now(world).digest()).isEqualTo(NEW_DIGEST);
        answer(1);
        world.pass(Duration.ofSeconds(1));
        assertThat(now(world)).isEqualTo(fallen("driver-failed"));
        assertThat(world.lastReport("cpu0")).isEqualTo(fallen("driver-failed"));
    }

    @Test
    void outputsThatSayNothingAnyMoreEndTheTrialUnlessTheOneBeforeWasLikeThat() throws Exception {
        answer(ANSWERS);
        update(2, SATURATED);
        assertThat(now(world).digest()).isEqualTo(Digest.of(SATURATED).value());
        answer(ANSWERS);
        world.pass(Duration.ofSeconds(1));
        assertThat(now(world)).isEqualTo(fallen("saturated"));

        byte[] likeIt = TestModels.sums(99);
        update(3, OLD);
        update(4, SATURATED);
        world.pass(Duration.ofMinutes(2));
        answer(ANSWERS);
        update(5, likeIt);
        answer(ANSWERS);
        world.pass(Duration.ofSeconds(1));
        assertThat(now(world).digest()).isEqualTo(Digest.of(likeIt).value());
    }

    @Test
    void enoughAnswersOrAQuietMinuteEndTheTrialForGood() throws Exception {
        update(2, NEW);
        answer(ANSWERS);
        world.pass(Duration.ofSeconds(1));
        restart(2 * STARTS_MAX);
        assertThat(now(world).digest()).isEqualTo(NEW_DIGEST);
        world.driverFails = true;
        answer(ANSWERS);
        world.pass(Duration.ofSeconds(1));
        assertThat(now(world).digest())
                .as("a later failure is the gates' affair")
                .isEqualTo(NEW_DIGEST);
        world.driverFails = false;

        world.connect();
        update(3, TestModels.sums(3));
        world.pass(Duration.ofSeconds(61));
        restart(2 * STARTS_MAX);
        assertThat(now(world).digest()).isEqualTo(Digest.of(TestModels.sums(3)).value());
    }

    @Test
    void goingBackToWhatRanWellIsNoTrialAndATrialCutShortKeepsWhatRanBeforeIt() throws Exception {
        update(2, NEW);
        update(3, TestModels.sums(3));
        restart(STARTS_MAX);
        assertThat(now(world)).as("past the version that never passed").isEqualTo(CRASHED);
        world.connect();
        update(4, NEW);
        update(5, OLD);
        restart(2 * STARTS_MAX);
        assertThat(now(world)).isEqualTo(new SlotReport("cpu0", "m", OLD_DIGEST, State.ACTIVE, null));
    }

    @Test
    void goingBackIsNoTrialWhereAFullDiskTookTheBytesOfWhatRanWell() throws Exception {
        byte[] third = TestModels.sums(3);
        world.publish(NEW);
        world.publish(third);
        world.desire(2, slot("cpu0", NEW), slot("mcu0", NEW));
        world.pass(Duration.ofSeconds(61));
        long large = 1L << 40;
        world.disk.capacity(large);
        long used = large - world.disk.freeBytes();
        world.disk.capacity(used + (1 << 20) + third.length - OLD.length / 2);
        world.desire(3, slot("cpu0", third), slot("mcu0", NEW));
        world.pass(Duration.ofSeconds(61));
        assertThat(now(world).digest()).isEqualTo(Digest.of(third).value());
        assertThat(world.disk.read("artifact/" + Digest.of(OLD).hex())).isEmpty();

        world.disk.capacity(Long.MAX_VALUE);
        world.desire(4, slot("cpu0", third), slot("mcu0", OLD));
        world.pass(Duration.ofSeconds(1));
        restart(2 * STARTS_MAX);
        assertThat(world.core().slots()).contains(new SlotReport("mcu0", "m", OLD_DIGEST, State.ACTIVE, null));
    }

    @Test
    void withNothingToFallBackToTheOnlyVersionStays() throws Exception {
        restart(2 * STARTS_MAX);
        assertThat(now(world).digest()).isEqualTo(OLD_DIGEST);
        world.connect();
        update(2, NEW);
        world.disk.damage("artifact/" + Digest.of(OLD).hex());
        world.driverFails = true;
        answer(3);
        world.pass(Duration.ofSeconds(1));
        assertThat(now(world).digest()).isEqualTo(NEW_DIGEST);
        assertThat(world.log).anyMatch(line -> line.startsWith("slot.nothing_to_fall_back_to"));
    }

    @Test
    void aCrashAtAnyWriteOfATrialLeavesOneVersionThatRuns() throws Exception {
        int crashes = 0;
        for (Leaves leaves : Leaves.values()) {
            for (boolean undo : new boolean[] {false, true}) {
                for (int write = 1; ; write++) {
                    World power = new World();
                    power.connect();
                    power.install(1, OLD);
                    power.publish(NEW);
                    power.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
                    power.pass(Duration.ofSeconds(1));
                    power.acknowledgeAll();
                    power.disk.crashAtWrite(write, leaves);
                    boolean crashed = false;
                    try {
                        power.driverFails = true;
                        for (int i = 0; i < 3; i++) {
                            power.core().infer(INPUT, _ -> {});
                        }
                        power.pass(Duration.ofSeconds(1));
                    } catch (Crash crash) {
                        crashed = true;
                    }
                    power.driverFails = false;
                    power.restart(undo);
                    String runs = String.valueOf(now(power).digest());
                    assertThat(runs).as("write %d %s", write, leaves).isIn(OLD_DIGEST, NEW_DIGEST);
                    power.connect();
                    power.order(World.work("t", 1, "cpu0", new Digest(runs), 10_000));
                    power.pass(Duration.ofSeconds(2));
                    assertThat(power.results()).isNotEmpty();
                    assertThat(now(power).digest()).isEqualTo(runs);
                    if (!crashed) {
                        assertThat(now(power)).isEqualTo(fallen("driver-failed"));
                        break;
                    }
                    crashes++;
                }
            }
        }
        assertThat(crashes)
                .as("two writes, of the switch and of its report, each before and after")
                .isEqualTo(8);
    }

    @Test
    void aCrashAtAnyWriteOfAStartWithATrialLeavesOneVersionThatRuns() throws Exception {
        for (Leaves leaves : Leaves.values()) {
            for (int starts = 1; starts <= STARTS_MAX; starts++) {
                World power = new World();
                power.connect();
                power.install(1, OLD);
                power.publish(NEW);
                power.desire(2, slot("cpu0", NEW), slot("mcu0", OLD));
                power.pass(Duration.ofSeconds(1));
                for (int i = 1; i < starts; i++) {
                    power.restart(false);
                }
                int crashes = 0;
                for (int write = 1; write <= 2; write++) {
                    power.disk.restart(false);
                    power.disk.crashAtWrite(write, leaves);
                    try {
                        power.bootAgain();
                    } catch (Crash crash) {
                        crashes++;
                    }
                }
                assertThat(crashes).isEqualTo(2);
                power.restart(true);
                assertThat(List.of(OLD_DIGEST, NEW_DIGEST)).contains(now(power).digest());
            }
        }
    }
}
