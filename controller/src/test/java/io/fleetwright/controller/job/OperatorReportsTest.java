package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.removal.VersionRemoval;
import io.fleetwright.controller.store.Query;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.OperatorTimes;
import io.fleetwright.telemetry.wire.SlotReport;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What boards tell of operators, and what plans make of it. */
final class OperatorReportsTest {
    private static final String TIMING = "vector-256/1/1.0";
    private static final byte[] NETWORK = SharedWorld.chain(TestFleet.INPUT_BYTES, 4, 16, 16, 16);
    private static final String DIGEST = Digest.of(NETWORK).value();
    /** Products of the layers. */
    private static final long[] MACS = {64, 64, 256, 256};

    private static final double SLOW_MICROS = 100_000;
    private static final double FAST_MICROS = 1_000;
    /** The first layer takes nearly all of it, which its products do not show. */
    private static final long[] FIRST_IS_SLOW = {900_000, 40_000, 30_000, 30_000};

    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;
    private final TestBoard slow = world.slow;
    private final TestBoard fast = world.fast;

    @BeforeEach
    void boardsRunTheSameVariant() {
        world.run(NETWORK, Map.of(slow, SLOW_MICROS, fast, FAST_MICROS));
        world.link(slow, new Birth.Link(8, 2, 0));
    }

    private void born(TestBoard board, @Nullable String timing, Birth.Device... devices) {
        Birth plain = board.birthOf(devices.length == 0 ? List.of() : List.of(TestBoard.active("glyphs", DIGEST)), 0);
        born(board, plain, timing, devices.length == 0 ? plain.devices() : List.of(devices));
    }

    private void born(TestBoard board, Birth plain, @Nullable String timing, List<Birth.Device> devices) {
        board.birth(plain.withDevices(devices)
                .withSlots(List.of(TestBoard.active("glyphs", DIGEST)), 0)
                .withLink(new Birth.Link(8, 2, 0))
                .withTiming(timing));
    }

    private List<Command> asked(TestBoard board) {
        return world.commands(board).stream()
                .filter(command -> command.kind() == Command.Kind.OPERATORS)
                .toList();
    }

    private static List<OperatorTimes.Operator> operators(long... nanos) {
        try {
            List<ModelReport.OperatorReport> known =
                    ModelReport.of(ModelReader.read(NETWORK, "n").integerCore()).operators();
            List<OperatorTimes.Operator> operators = new ArrayList<>();
            for (int i = 0; i < nanos.length; i++) {
                operators.add(new OperatorTimes.Operator(
                        known.get(i).name(),
                        "int",
                        known.get(i).macs(),
                        known.get(i).bytes(),
                        nanos[i]));
            }
            return operators;
        } catch (ModelException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private OperatorTimes report(TestBoard board, List<OperatorTimes.Operator> operators) {
        return new OperatorTimes(
                world.stamp(board), TestBoard.DEVICE, DIGEST, TIMING, "vector-256", 9, 1_000, operators);
    }

    private void tell(TestBoard board, OperatorTimes times) {
        board.sendOk(Topic.Kind.UP_RESULT, times.encode());
    }

    private void tells(TestBoard board, long... nanos) {
        born(board, TIMING);
        tell(board, report(board, operators(nanos)));
    }

    private List<OperatorTimesRow> rows() {
        return fleet.all(OperatorTimesRow.class);
    }

    private List<String> broken() {
        fleet.step(Duration.ofMillis(500));
        return fleet.all(AuditRow.class).stream()
                .filter(row -> row.action.equals("rule.broken"))
                .map(row -> row.what)
                .toList();
    }

    private String why() {
        return String.valueOf(fleet.job(world.submit(new Jobs.Source("slow/cpu0", 8), null).id).why);
    }

    @Test
    void aNodeIsAskedForWhatIsNotThereWhenItSaysThatItTimesOperators() {
        assertThat(asked(slow))
                .as("its birth and its reports say nothing of it")
                .isEmpty();
        born(slow, TIMING);
        assertThat(asked(slow))
                .singleElement()
                .satisfies(command ->
                        assertThat(command.device() + "/" + command.slot()).isEqualTo("cpu0/glyphs"));
        tell(slow, report(slow, operators(FIRST_IS_SLOW)));
        fleet.transport.clear();
        born(slow, TIMING);
        slow.report(TestBoard.active("glyphs", DIGEST));
        assertThat(asked(slow)).as("it has told").isEmpty();
        born(slow, "scalar/1/1.0");
        assertThat(asked(slow)).as("with other kernels it takes another time").hasSize(1);
    }

    @Test
    void aReportOfASlotAsksToo() {
        born(slow, TIMING);
        fleet.transport.clear();
        slow.report(TestBoard.active("glyphs", DIGEST));
        assertThat(asked(slow)).hasSize(1);
        fleet.transport.clear();
        slow.report(TestBoard.active("glyphs", TestFleet.digest("unknown")));
        assertThat(asked(slow)).as("of bytes that no variant has").isEmpty();
        slow.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.EMPTY, null));
        assertThat(asked(slow)).isEmpty();
    }

    @Test
    void aSharedJobIsCutByWhatLayersTakeOnTheDevice() {
        assertThat(why())
                .as("a tenth of the products, and little to send behind them")
                .contains("\"after\":0", "\"layers\":[\"macs\",\"macs\"]");
        tells(slow, FIRST_IS_SLOW);
        assertThat(why())
                .as("nine tenths of the time: the input is sent on")
                .contains("\"after\":-1", "\"layers\":[\"measured\",\"macs\"]");
        tells(fast, 1, 1, 1, 1);
        assertThat(why()).contains("\"layers\":[\"measured\",\"measured\"]");
    }

    @Test
    void wholeRunsSayHowLongAllOfItTakes() {
        tells(slow, 10, 10, 10, 970);
        JobRow job = world.submit(new Jobs.Source("slow/cpu0", 8), null);
        SplitRow split = fleet.get(SplitRow.class, job.id);
        assertThat(split.localMicros).as("what was learned, not 1,000 ns").isEqualTo(100_000);
        SplitPartRow front = world.parts(job).getFirst();
        assertThat(front.fromOperator).isZero();
        assertThat(front.toOperator).isEqualTo(1);
        assertThat((double) front.plannedMicros).isCloseTo(0.01 * SLOW_MICROS, within(1.0));
    }

    private double learned(TestBoard board) {
        return fleet.get(CostRow.class, CostRow.key(board.address + "/cpu0", DIGEST)).meanMicros;
    }

    private long countOf(TestBoard board) {
        return fleet.get(CostRow.class, CostRow.key(board.address + "/cpu0", DIGEST)).count;
    }

    private void ran(TestBoard board, long micros) {
        Work work = board.lastWork();
        world.say(
                board,
                TaskResult.succeeded(world.stamp(board), work, work.digest())
                        .withOutput(work.sends() == null ? SharedWorld.ANSWER : null)
                        .measured(micros));
    }

    @Test
    void aDeviceThatRunsAllOfItForAnotherOneIsLearnedOfAsByAnyRun() {
        tells(slow, FIRST_IS_SLOW);
        world.submit(new Jobs.Source("slow/cpu0", 8), null);
        assertThat(fast.lastWork().segment()).isEqualTo(new Work.Segment(0, 4));
        ran(fast, 2_000);
        assertThat(learned(fast)).as("a fifth of the way to it").isCloseTo(1_200, within(0.1));
        assertThat(countOf(fast)).isEqualTo(101);
        ran(slow, 1);
        assertThat(learned(slow)).as("it has only sent the input").isEqualTo(SLOW_MICROS);
    }

    @Test
    void aStretchTellsTheLessTheSmallerItIs() {
        tells(slow, 110, 300, 300, 290);
        tells(fast, 110, 300, 300, 290);
        world.submit(new Jobs.Source("slow/cpu0", 8), null);
        Work front = slow.lastWork();
        assertThat(front.segment()).isEqualTo(new Work.Segment(0, 1));
        ran(slow, 22_000);
        assertThat(learned(slow))
                .as("twice as much: 0.11 of the network go 0.11 of a fifth of the way")
                .isCloseTo(SLOW_MICROS * 1.022, within(1.0));
        assertThat(countOf(slow)).as("the alarm's reference is of whole runs").isEqualTo(100);
        ran(fast, 1_780);
        assertThat(learned(fast)).isCloseTo(FAST_MICROS * 1.178, within(0.1));
    }

    @Test
    void aFirstStretchWhoseCodeWasColdDoesNotRuleTheDeviceOut() {
        tells(slow, FIRST_IS_SLOW);
        tells(fast, 250_000, 250_000, 250_000, 250_000);
        fleet.core().run(scope -> {
            scope.tx().deleteAll(Query.of(CostRow.class).equal("deviceId", fast.address + "/cpu0"));
            return true;
        });
        world.submit(new Jobs.Source("slow/cpu0", 8), null);
        ran(fast, 500_000);
        assertThat(learned(fast))
                .as("its operators said 1 ms, and it counts as 3")
                .isCloseTo(1_400, within(0.1));
        ran(slow, 1);
        world.submit(new Jobs.Source("slow/cpu0", 8), null);
        ran(fast, 1_000);
        assertThat(learned(fast)).isCloseTo(1_320, within(0.1));
        assertThat(countOf(fast)).isEqualTo(2);
    }

    @Test
    void aSliverOfTheNetworkTellsNothing() {
        tells(slow, 10, 10, 10, 970);
        world.submit(new Jobs.Source("slow/cpu0", 8), null);
        assertThat(slow.lastWork().segment()).isEqualTo(new Work.Segment(0, 1));
        ran(slow, 90_000);
        assertThat(learned(slow)).isEqualTo(SLOW_MICROS);
    }

    @Test
    void timesThatWholeRunsContradictDoNotCount() {
        tells(slow, 190_000_000, 4_000_000, 3_000_000, 2_900_000);
        assertThat(why()).as("199.9 ms, and a run takes 100").contains("\"layers\":[\"measured\",\"macs\"]");
        tell(slow, report(slow, operators(190_000_000, 4_000_000, 3_000_000, 3_100_000)));
        assertThat(why()).contains("\"after\":0", "\"layers\":[\"macs\",\"macs\"]");
    }

    @Test
    void theNewestReportCountsAndLastsOverARestart() {
        tells(slow, FIRST_IS_SLOW);
        tell(slow, report(slow, operators(10, 10, 10, 970)));
        fleet.restart();
        assertThat(rows()).singleElement().satisfies(row -> {
            assertThat(row.totalNanos).isEqualTo(1000);
            assertThat(row.report().operators())
                    .extracting(OperatorTimes.Operator::macs)
                    .containsExactly(64L, 64L, 256L, 256L);
        });
        born(slow, TIMING);
        born(fast, null);
        assertThat(why()).contains("\"after\":0", "\"layers\":[\"measured\",\"macs\"]");
    }

    @Test
    void aMessageThatComesAgainIsTakenOnce() {
        born(slow, TIMING);
        OperatorTimes first = report(slow, operators(FIRST_IS_SLOW));
        tell(slow, first);
        tell(slow, report(slow, operators(10, 10, 10, 970)));
        tell(slow, first);
        assertThat(rows())
                .singleElement()
                .satisfies(row -> assertThat(row.totalNanos).isEqualTo(1000));
    }

    @Test
    void operatorsThatTheVariantDoesNotHaveBreakARule() {
        born(slow, TIMING);
        tell(slow, report(slow, operators(1, 2, 3)));
        assertThat(broken())
                .containsExactly("times of operators of %s on slow/cpu0: 3 operators, and it has 4".formatted(DIGEST));
        List<OperatorTimes.Operator> wrong = new ArrayList<>(operators(FIRST_IS_SLOW));
        wrong.set(2, new OperatorTimes.Operator("FULLY_CONNECTED", "", MACS[2] + 1, 0, 5));
        born(fast, TIMING);
        tell(fast, report(fast, wrong));
        assertThat(broken()).last().asString().contains("operator 2 of 257 products");
        assertThat(rows()).isEmpty();
        assertThat(fleet.transport.acks(slow.address))
                .as("they are acknowledged all the same, or they would come for ever")
                .isNotEmpty();
    }

    @Test
    void aDeviceWhoseTimesAreModelledMeasuresNothing() {
        born(slow, TIMING, new Birth.Device(TestBoard.DEVICE, DeviceClass.CPU, "emulated", "stm32l4r5", true, null));
        assertThat(asked(slow)).isEmpty();
        tell(slow, report(slow, operators(FIRST_IS_SLOW)));
        assertThat(rows()).isEmpty();
        assertThat(broken()).containsExactly("times of operators on slow/cpu0, which measures nothing");
    }

    @Test
    void whatIsOfBeforeOrOfNothingThatIsThereIsLeftOut() {
        born(slow, "scalar/1/1.0");
        tell(slow, report(slow, operators(FIRST_IS_SLOW)));
        born(slow, TIMING);
        tell(
                slow,
                new OperatorTimes(world.stamp(slow), "cpu9", DIGEST, TIMING, "scalar", 9, 1, operators(FIRST_IS_SLOW)));
        tell(
                slow,
                new OperatorTimes(
                        world.stamp(slow),
                        TestBoard.DEVICE,
                        TestFleet.digest("gone"),
                        TIMING,
                        "scalar",
                        9,
                        1,
                        operators(FIRST_IS_SLOW)));
        assertThat(rows()).isEmpty();
        assertThat(broken()).isEmpty();
        assertThat(slow.send(
                        Topic.Kind.UP_RESULT, "{\"operators\":1}".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .as("dropped, with the reason")
                .isNotNull();
    }

    @Test
    void itGoesWithItsDeviceItsNodeAndItsVersion() {
        tells(slow, FIRST_IS_SLOW);
        tells(fast, FIRST_IS_SLOW);
        assertThat(rows()).hasSize(2);
        born(
                slow,
                slow.birthOf(List.of(), 0),
                TIMING,
                List.of(new Birth.Device("other0", DeviceClass.CPU, "cpu", null, false, null)));
        assertThat(rows()).extracting(row -> row.nodeId).containsExactly("acme/fast");
        fleet.core().run(scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, "fast"));
        assertThat(rows()).isEmpty();
    }

    @Test
    void itGoesWithTheLastVersionThatHasTheBytes() {
        tells(slow, FIRST_IS_SLOW);
        slow.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.EMPTY, null));
        fast.report(new SlotReport(TestBoard.DEVICE, "glyphs", null, SlotReport.State.EMPTY, null));
        assertThat(rows()).as("it may come back").hasSize(1);
        fleet.core().run(scope -> {
            VersionRemoval.delete(scope, TestFleet.TENANT, "glyphs", "1.0.0");
            return true;
        });
        assertThat(rows()).isEmpty();
    }

    @Test
    void beforeTheFirstRunTheSumOfItsOperatorsIsWhatANetworkTakes() {
        fleet.core().run(scope -> {
            fleet.all(CostRow.class).forEach(scope.tx()::delete);
            return true;
        });
        assertThat(String.valueOf(
                        fleet.job(world.admit(Jobs.Bounds.NONE, null, "slow/cpu0", Duration.ofSeconds(9)).id).why))
                .contains("\"costs\":\"guess\"");
        tells(slow, 5_000_000, 3_000_000, 1_000_000, 1_000_000);
        assertThat(String.valueOf(
                        fleet.job(world.admit(Jobs.Bounds.NONE, null, "slow/cpu0", Duration.ofSeconds(9)).id).why))
                .contains("\"costs\":\"operators\"")
                .contains("\"executionMs\":13.0");
    }

    @Test
    void aTaskOfAStretchTakesItsShareOfTheDevicesTime() {
        tells(slow, FIRST_IS_SLOW);
        assertThat(stretch("slow/cpu0", 0, 1)).contains("\"executionMs\":90.0", "\"layers\":\"measured\"");
        assertThat(stretch("slow/cpu0", 1, 4)).contains("\"executionMs\":10.0", "\"layers\":\"measured\"");
        assertThat(stretch("fast/cpu0", 0, 1)).contains("\"executionMs\":0.1,", "\"layers\":\"macs\"");
    }

    /** Why a task of a job of several tasks runs where it must. */
    private String stretch(String device, int from, int to) {
        double share = 0;
        for (int i = from; i < to; i++) {
            share += MACS[i] / 640.0;
        }
        double part = share;
        return fleet.core().run(scope -> {
            JobRow job = fleet.core()
                    .jobs()
                    .add(
                            scope.tx(),
                            scope.effects(),
                            TestFleet.TENANT,
                            new Jobs.Request(
                                    "glyphs",
                                    new byte[TestFleet.INPUT_BYTES],
                                    null,
                                    TestFleet.INPUT_BYTES,
                                    Duration.ofSeconds(60),
                                    device),
                            new Part("g-1", null, null, null, null, 0, new Part.Stretch(from, to, part)),
                            scope.nowMillis());
            fleet.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
            return String.valueOf(scope.tx().get(JobRow.class, job.id).orElseThrow().why);
        });
    }

    @Test
    void aStampOfAnEarlierBootIsTakenWhileTheKernelsAreTheSame() {
        born(slow, TIMING);
        OperatorTimes times = report(slow, operators(FIRST_IS_SLOW));
        tell(slow, times.at(new Stamp("00000000000000bb", 3)));
        assertThat(rows()).hasSize(1);
    }
}
