package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.DesiredSlot;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What operators take on this board, told when the controller asks. */
class TimingsTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final Digest DIGEST = Digest.of(MODEL);
    private static final Duration LONG = Duration.ofSeconds(60);

    private final World world = new World();

    TimingsTest() throws Exception {
        world.connect();
        world.install(1, MODEL);
    }

    private void ask(String device, String slot) {
        world.tell(Topic.Kind.DOWN_COMMAND, new Command("c", Command.Kind.OPERATORS, null, device, slot).encode());
    }

    private void acknowledge(OperatorTimes told) {
        long sequence = told.stamp().sequence();
        world.acknowledge(Stream.RESULT, told.stamp().boot(), sequence, sequence);
    }

    private OperatorTimes askedAndAcknowledged() {
        ask("cpu0", "m");
        world.pass(LONG);
        OperatorTimes told = world.operatorTimes().getLast();
        acknowledge(told);
        return told;
    }

    @Test
    void aProgramIsTimedWhenTheControllerAsks() throws Exception {
        world.pass(LONG);
        assertThat(world.operatorTimes()).as("nobody has asked").isEmpty();
        ask("cpu0", "m");
        world.pass(LONG);
        OperatorTimes told = world.operatorTimes().getFirst();
        assertThat(told.device()).isEqualTo("cpu0");
        assertThat(told.digest()).isEqualTo(DIGEST.value());
        assertThat(told.kernels()).isEqualTo("scalar");
        assertThat(told.rounds()).isGreaterThanOrEqualTo(3);
        assertThat(told.operators()).hasSize(3).allSatisfy(one -> {
            assertThat(one.name()).isEqualTo("FULLY_CONNECTED");
            assertThat(one.p50Nanos()).isEqualTo(World.TIMER_NANOS);
        });
        assertThat(told.timing()).isEqualTo(birth().timing());
    }

    @Test
    void aProgramRunsForAWhileBeforeItIsTimed() throws Exception {
        world.timesOperatorsAfter = Optional.of(Duration.ofSeconds(30));
        world.restart(false);
        world.connect();
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(20));
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(9));
        assertThat(world.timers).isZero();
        world.pass(Duration.ofSeconds(2));
        assertThat(world.timers).as("30 s after the first question").isEqualTo(1);
        world.pass(LONG);
        acknowledge(world.operatorTimes().getLast());
        world.restart(false);
        world.connect();
        world.sent.clear();
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(1));
        assertThat(world.operatorTimes()).as("what is known is told at once").isNotEmpty();

        byte[] next = TestModels.chain(2, 4);
        world.install(2, next);
        ask("cpu0", "m");
        int before = world.timers;
        world.pass(Duration.ofSeconds(29));
        assertThat(world.timers).isEqualTo(before);
        world.pass(LONG);
        assertThat(world.operatorTimes())
                .extracting(OperatorTimes::digest)
                .contains(Digest.of(next).value());
    }

    @Test
    void anotherProgramThatComesBeforeThatRunsForAsLong() throws Exception {
        world.timesOperatorsAfter = Optional.of(Duration.ofSeconds(30));
        world.restart(false);
        world.connect();
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(20));
        world.install(2, TestModels.chain(2, 4));
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(29));
        assertThat(world.timers).isZero();
        world.pass(Duration.ofSeconds(2));
        assertThat(world.timers).isEqualTo(1);
    }

    /** A measurement of one takes 11 s, so the rest of the other is over in the middle of it. */
    @Test
    void whatWasBegunIsFinishedBeforeAnotherProgramsTurn() {
        byte[] one = TestModels.chain(30, 4);
        byte[] other = TestModels.chain(31, 4);
        world.publish(one);
        world.publish(other);
        world.desire(
                2,
                World.slot("cpu0", one),
                new DesiredSlot("cpu0", "n", "n", "1.0.0", "v", Digest.of(other), other.length));
        world.pass(Duration.ofSeconds(1));
        world.timerNanos = _ -> 15_000_000;
        ask("cpu0", "m");
        ask("cpu0", "n");
        world.pass(Duration.ofMinutes(2));
        assertThat(world.operatorTimes())
                .extracting(OperatorTimes::digest)
                .contains(Digest.of(one).value(), Digest.of(other).value());
        assertThat(world.timers).isEqualTo(4);
    }

    @Test
    void aProgramThatNobodyHasAskedForIsNotTimedInThePlaceOfTheOneThatWas() throws Exception {
        world.timesOperatorsAfter = Optional.of(Duration.ofSeconds(30));
        world.restart(false);
        world.connect();
        ask("cpu0", "m");
        world.install(2, TestModels.chain(2, 4));
        world.pass(LONG);
        assertThat(world.timers).isZero();
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.operatorTimes()).isNotEmpty();
    }

    @Test
    void aBoardThatNeverTimesOperatorsSaysSoAndDoesNot() throws Exception {
        world.timesOperatorsAfter = Optional.empty();
        world.restart(false);
        world.sent.clear();
        world.connect();
        assertThat(birth().timing()).isNull();
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.timers).isZero();
    }

    /** A slice is 20 ms of computing; the clock stands still while this world computes, so what passes is rest. */
    @Test
    void mostOfTheProcessorIsLeftToOthers() {
        world.timerNanos = _ -> 15_000_000;
        ask("cpu0", "m");
        world.pass(Duration.ofMillis(170));
        assertThat(world.timerLooks).as("a slice, then rest").isLessThanOrEqualTo(3);
        long looks = world.timerLooks;
        world.pass(Duration.ofMillis(180));
        assertThat(world.timerLooks).isBetween(looks + 1, looks + 3);
    }

    private Birth birth() throws Exception {
        return Birth.decode(world.sent.stream()
                .filter(sent -> sent.kind() == Topic.Kind.UP_BIRTH)
                .findFirst()
                .orElseThrow()
                .payload());
    }

    @Test
    void itIsToldUntilAcknowledgedAndMeasuredOnce() {
        ask("cpu0", "m");
        ask("cpu0", "m");
        world.pass(LONG);
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.operatorTimes().stream().map(OperatorTimes::stamp).distinct())
                .as("sent again, and one message")
                .hasSize(1);
        assertThat(world.operatorTimes()).hasSizeGreaterThan(1);
        acknowledge(world.operatorTimes().getLast());
        world.sent.clear();
        world.pass(LONG);
        assertThat(world.operatorTimes()).isEmpty();
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.operatorTimes()).isNotEmpty();
        assertThat(world.timers).as("measured until two agree").isEqualTo(2);
    }

    @Test
    void codeThatIsStillBeingCompiledIsMeasuredAgain() {
        world.timerNanos =
                measurement -> measurement <= 2 ? World.TIMER_NANOS * (20 >> measurement) : World.TIMER_NANOS;
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(14));
        assertThat(world.timers).as("before the second rest is over").isEqualTo(2);
        assertThat(world.operatorTimes()).isEmpty();
        world.pass(LONG);
        assertThat(world.timers).isEqualTo(4);
        assertThat(world.operatorTimes().getFirst().operators())
                .allSatisfy(one -> assertThat(one.p50Nanos()).isEqualTo(World.TIMER_NANOS));
    }

    @Test
    void whatNeverAgreesIsNotTold() {
        world.timerNanos = measurement -> World.TIMER_NANOS << measurement % 2;
        ask("cpu0", "m");
        world.pass(Duration.ofMinutes(30));
        assertThat(world.timers).isEqualTo(8);
        assertThat(world.operatorTimes()).isEmpty();
        assertThat(world.log)
                .anyMatch(line -> line.contains("operators.not_timed device=cpu0 slot=m reason=no_two_of_8"));
        world.timerNanos = _ -> World.TIMER_NANOS;
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.operatorTimes()).isNotEmpty();
    }

    @Test
    void anEmulatedDeviceAndAnEmptySlotTellNothing() {
        ask("mcu0", "m");
        ask("cpu0", "other");
        ask("gone", "m");
        world.pass(LONG);
        assertThat(world.operatorTimes()).isEmpty();
        assertThat(world.timers).isZero();
    }

    @Test
    void nothingIsMeasuredWhileADeviceOfTheNodeHasWork() {
        world.holdRuns = true;
        world.order(World.work("t-1", 1, "mcu0", DIGEST, 600_000));
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.timers).isZero();
        assertThat(world.held).as("the inference").hasSize(1);
        world.holdRuns = false;
        world.runHeld();
        world.pass(LONG);
        assertThat(world.operatorTimes()).isNotEmpty();
    }

    @Test
    void workThatComesStopsAMeasurementThatRuns() {
        world.holdRuns = true;
        ask("cpu0", "m");
        assertThat(world.held).as("a slice").hasSize(1);
        world.order(World.work("t-1", 1, "cpu0", DIGEST, 600_000));
        assertThat(world.held).as("and the inference behind it").hasSize(2);
        world.held.remove().run();
        assertThat(world.timerLooks).as("no operator was run").isEqualTo(1);
        world.holdRuns = false;
        world.runHeld();
        world.pass(LONG);
        assertThat(world.results()).extracting(result -> result.task()).contains("t-1");
        assertThat(world.operatorTimes()).isNotEmpty();
    }

    @Test
    void aNewStartTellsWhatTheOneBeforeHasMeasured() throws Exception {
        OperatorTimes before = askedAndAcknowledged();
        world.restart(false);
        world.connect();
        world.pass(LONG);
        assertThat(world.operatorTimes()).as("nobody has asked since").isEmpty();
        assertThat(askedAndAcknowledged().at(before.stamp())).isEqualTo(before);
        assertThat(world.timers).isEqualTo(2);
    }

    @Test
    void whatIsNotAcknowledgedIsToldByTheNextStart() throws Exception {
        ask("cpu0", "m");
        world.pass(LONG);
        OperatorTimes before = world.operatorTimes().getLast();
        world.restart(false);
        world.connect();
        world.pass(LONG);
        assertThat(world.operatorTimes()).isNotEmpty().allMatch(before::equals);
        assertThat(world.log).noneMatch(line -> line.contains("spool.damaged"));
    }

    @Test
    void anotherAgentMeasuresAnew() throws Exception {
        OperatorTimes before = askedAndAcknowledged();
        world.agentVersion = "newer";
        world.restart(false);
        world.connect();
        OperatorTimes after = askedAndAcknowledged();
        assertThat(after.timing()).isNotEqualTo(before.timing()).endsWith("newer");
        assertThat(world.timers).isEqualTo(4);
    }

    @Test
    void whatTheDiskHasDamagedIsMeasuredAnew() throws Exception {
        var _ = askedAndAcknowledged();
        world.disk.write("operators/cpu0/" + DIGEST.hex(), new byte[] {1, 2, 3});
        var _ = askedAndAcknowledged();
        assertThat(world.timers).isEqualTo(4);
    }

    @Test
    void onlyWhatADeviceRunsIsKept() throws Exception {
        var _ = askedAndAcknowledged();
        byte[] next = TestModels.chain(2, 4);
        world.install(2, next);
        OperatorTimes after = askedAndAcknowledged();
        assertThat(after.operators()).hasSize(2);
        assertThat(world.disk.list("operators/"))
                .extracting(item -> item.name())
                .isEqualTo(List.of("operators/cpu0/" + Digest.of(next).hex()));
    }

    @Test
    void whatComesIntoASlotDoesNotWaitForTheRestOfWhatWasThere() {
        world.timerNanos = measurement -> World.TIMER_NANOS << measurement % 2;
        ask("cpu0", "m");
        world.pass(LONG);
        assertThat(world.timers).as("the next one would come 40 s after").isEqualTo(4);
        world.timerNanos = _ -> World.TIMER_NANOS;
        byte[] next = TestModels.chain(2, 4);
        world.install(2, next);
        ask("cpu0", "m");
        world.pass(Duration.ofSeconds(9));
        assertThat(world.operatorTimes())
                .extracting(OperatorTimes::digest)
                .contains(Digest.of(next).value());
    }

    @Test
    void aMeasurementThatWasBegunDoesNotKeepTheMemoryOfAProgramThatIsGone() {
        world.holdRuns = true;
        ask("cpu0", "m");
        world.order(World.work("t-1", 1, "mcu0", DIGEST, 600_000));
        world.held.remove().run();
        world.holdRuns = false;
        assertThat(isTimerThere()).as("it goes on once the node is idle").isTrue();
        world.install(2, TestModels.chain(2, 4));
        assertThat(world.held).as("the node is not idle yet").hasSize(1);
        assertThat(isTimerThere()).isFalse();
    }

    private boolean isTimerThere() {
        for (int i = 0; i < 20 && world.lastTimer.get() != null; i++) {
            System.gc();
        }
        return world.lastTimer.get() != null;
    }
}
