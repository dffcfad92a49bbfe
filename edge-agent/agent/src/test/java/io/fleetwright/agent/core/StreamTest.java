package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.agent.sensor.FolderSensor;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.StreamAnswer;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.Event;
import io.fleetwright.telemetry.wire.StreamReport.Outcome;
import io.fleetwright.telemetry.wire.StreamReport.RanOn;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream on its source, and on a node that helps, with a clock that the test moves. */
class StreamTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final Digest DIGEST = Digest.of(MODEL);
    private static final long PERIOD = 100;
    private static final long DEADLINE = 80;
    private static final long LEASE = 20_000;
    /** By the plan the answer is there after 30 ms, and the source needs 20 ms for the rest. */
    private static final StreamOrder.Help HELP = new StreamOrder.Help("other", 1, 8, 30_000, 20_000);
    /** Deadline less the rest and the margin. */
    private static final long FALLBACK = DEADLINE - 20 - 5;

    private final World world;

    StreamTest() throws Exception {
        world = new World();
    }

    @BeforeEach
    void start(@TempDir Path empty) throws Exception {
        world.sensors = new Sensors(Map.of("test", new SyntheticSensor(3), "folder", new FolderSensor(empty)));
        world.restart(false);
        world.connect();
        world.install(1, MODEL);
    }

    private static byte[] frame(long number) {
        return SyntheticSensor.frame(3, number, 4);
    }

    private static byte[] alone(byte[] input) {
        try {
            Interpreter whole = Interpreter.create(ModelReader.read(MODEL, "m"), Rounding.DOUBLE);
            byte[] output = new byte[whole.outputBytes()];
            whole.run(input, 0, output, 0);
            return output;
        } catch (io.fleetwright.runtime.graph.ModelException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private void order(long epoch, StreamOrder.Part part) {
        order("s-1", epoch, part);
    }

    private void order(String stream, long epoch, StreamOrder.Part part) {
        world.tell(Topic.Kind.DOWN_WORK, new StreamOrder(stream, epoch, part).encode());
    }

    private static StreamOrder.Source source(StreamOrder.@Nullable Help help) {
        return source("cpu0", "test", help);
    }

    private static StreamOrder.Source source(String device, String sensor, StreamOrder.@Nullable Help help) {
        return new StreamOrder.Source(LEASE, device, "m", DIGEST.value(), sensor, PERIOD, DEADLINE, help);
    }

    private static StreamOrder.Helper helper(int bits) {
        return new StreamOrder.Helper(LEASE, "cpu0", "m", DIGEST.value(), "other", 1, bits, DEADLINE);
    }

    private List<Tensor> tensors() {
        List<Tensor> out = new ArrayList<>();
        for (World.Sent message : world.sent) {
            if (message.kind() == Topic.Kind.IN_TENSOR) {
                try {
                    out.add(Tensor.decode(message.payload()));
                } catch (io.fleetwright.telemetry.wire.MalformedMessageException wrong) {
                    throw new AssertionError(wrong);
                }
            }
        }
        return out;
    }

    private static byte[] answer(long epoch, long frame, byte[] output) {
        byte[] bytes = new StreamAnswer(500, true, null, EnergyMethod.UNKNOWN, null, output).encode();
        return tensor(new StreamTask("s-1", frame, true), epoch, bytes);
    }

    private static byte[] tensor(StreamTask task, long epoch, byte[] bytes) {
        return new Tensor(
                        task.text(),
                        epoch,
                        0,
                        bytes.length,
                        bytes,
                        Digest.sha256().digest(bytes))
                .encode();
    }

    /** Ends the stream, so that all its frames are told of. */
    private List<Outcome> outcomes() {
        order(Long.MAX_VALUE, new StreamOrder.Stop());
        return world.streamReports().stream()
                .flatMap(report -> report.outcomes().stream())
                .toList();
    }

    private static long frames(List<StreamReport> reports) {
        return reports.stream()
                .mapToLong(report -> report.met() + report.missed() + report.skipped())
                .sum();
    }

    private void assertNoHole() {
        long next = 1;
        for (StreamReport report : world.streamReports()) {
            assertThat(report.from()).isEqualTo(next);
            next = report.to() + 1;
        }
    }

    // Alone.

    @Test
    void eachPeriodOneFrameIsAnsweredAsTheNetworkAnswersItAlone() {
        order(1, source(null));
        world.pass(Duration.ofMillis(4 * PERIOD + 50));
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).hasSize(5);
        for (int i = 0; i < 5; i++) {
            Outcome outcome = outcomes.get(i);
            assertThat(outcome.frame()).isEqualTo(i + 1);
            assertThat(outcome.sensorFrame()).isEqualTo(i + 1);
            assertThat(outcome.input()).isEqualTo(Digest.of(frame(i + 1)).value());
            assertThat(outcome.output()).isEqualTo(alone(frame(i + 1)));
            assertThat(outcome.ranOn()).isEqualTo(RanOn.SOURCE);
            assertThat(outcome.met()).isTrue();
        }
        assertNoHole();
    }

    @Test
    void windowsAreTwoSecondsAndMeasuredFiguresAreNotModelled() {
        order(1, source(null));
        world.pass(Duration.ofSeconds(2));
        List<StreamReport> reports = world.streamReports();
        assertThat(reports).hasSize(1);
        assertThat(reports.getFirst().met()).isEqualTo(20);
        assertThat(reports.getFirst().modelled()).isFalse();
        assertThat(reports.getFirst().energy().count()).isZero();
        assertThat(reports.getFirst().energy().method()).isEqualTo(EnergyMethod.UNKNOWN);
        assertThat(reports.getFirst().outcomes()).hasSize(StreamReport.OUTCOMES_MAX);
        assertThat(reports.getFirst().outcomes().getLast().frame()).isEqualTo(20);
    }

    @Test
    void anEmulatedBoardThatIsTooSlowSkipsWhatItCannotBegin() {
        // A modelled run takes longer than the period here, and two frames at most are begun.
        order(1, new StreamOrder.Source(LEASE, "mcu0", "m", DIGEST.value(), "test", 1, 1, null));
        world.pass(Duration.ofSeconds(3));
        outcomes();
        List<StreamReport> reports = world.streamReports();
        assertThat(frames(reports)).isBetween(3_000L, 3_002L);
        assertThat(reports.stream().mapToLong(StreamReport::skipped).sum()).isPositive();
        assertNoHole();
        assertThat(reports.stream().filter(report -> report.latency().count() > 0))
                .isNotEmpty()
                .allMatch(StreamReport::modelled);
    }

    @Test
    void aWindowThatAnotherPlanHasClosedIsToldAtOnce() {
        order(1, source(null));
        world.pass(Duration.ofMillis(PERIOD / 2));
        order(2, source(null));
        world.millis += PERIOD;
        world.core().step();
        long wait = world.core().wakeAtMicros() - world.millis * 1000;
        assertThat(wait).as("no overflow: the core would sleep for ever").isNotPositive();
        world.core().step();
        assertThat(world.streamReports()).hasSize(1);
        assertThat(world.streamReports().getFirst().epoch()).isEqualTo(1);
    }

    @Test
    void aFrameThatTheSensorDoesNotHaveIsSkippedAsEmpty() {
        order(1, source("cpu0", "folder", null));
        world.pass(Duration.ofMillis(3 * PERIOD + 50));
        assertThat(outcomes()).isEmpty();
        StreamReport report = world.streamReports().getFirst();
        assertThat(report.skipped()).isEqualTo(4);
        assertThat(report.empty()).isEqualTo(4);
        assertThat(world.runs).isZero();
    }

    @Test
    void aDriverThatFailsAndAnotherVariantMissFramesAndTheStreamGoesOn() {
        order(1, source(null));
        world.driverFails = true;
        world.pass(Duration.ofMillis(PERIOD));
        world.driverFails = false;
        world.pass(Duration.ofMillis(PERIOD));
        order(
                2,
                new StreamOrder.Source(LEASE, "cpu0", "m", "sha256:" + "0".repeat(64), "test", PERIOD, DEADLINE, null));
        world.pass(Duration.ofMillis(PERIOD));
        outcomes();
        List<StreamReport> reports = world.streamReports();
        assertThat(reports.stream().mapToLong(StreamReport::missed).sum()).isEqualTo(2);
        assertThat(reports.stream().mapToLong(StreamReport::met).sum()).isEqualTo(2);
        assertNoHole();
    }

    // Shared.

    @Test
    void theHelpersAnswerIsTheFramesAnswer() {
        order(1, source(HELP));
        assertThat(tensors()).hasSize(1);
        assertThat(tensors().getFirst().task()).isEqualTo("stream.s-1.1");
        world.pass(Duration.ofMillis(10));
        world.tensor("other", answer(1, 1, alone(frame(1))));
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.getFirst().ranOn()).isEqualTo(RanOn.HELPER);
        assertThat(outcomes.getFirst().latencyMicros()).isEqualTo(10_000);
        assertThat(outcomes.getFirst().output()).isEqualTo(alone(frame(1)));
        assertThat(world.streamReports().getFirst().modelled()).isTrue();
        assertThat(world.streamReports().getFirst().helped()).isEqualTo(1);
    }

    @Test
    void radiosCountThereAndBackAtBothEndsAndForAFrameWithoutAnAnswerWhatTheSourceSent() throws Exception {
        world.link = new Birth.Link(100_000, 0, 0, new Radio(1000.0, 100.0));
        world.restart(false);
        world.connect();
        StreamOrder.Help told = new StreamOrder.Help(
                "other", 1, 8, 30_000, 20_000, null, new Birth.Link(100_000, 0, 0.5, new Radio(10.0, 1.0)));
        order(1, source(told));
        world.pass(Duration.ofMillis(10));
        byte[] answer = answer(1, 1, alone(frame(1)));
        world.tensor("other", answer);
        long there = 24L + tensors().getLast().total();
        long back = 24L + Tensor.decode(answer).total();
        double helped = there * (1 + 0.001) + back * 2 * (0.01 + 0.1);
        world.pass(Duration.ofMillis(PERIOD - 10 + FALLBACK + 5));
        double lost = 24 + tensors().getLast().total();
        assertThat(outcomes()).extracting(Outcome::ranOn).containsExactly(RanOn.HELPER, RanOn.FALLBACK);
        List<StreamReport.OnLink> all = world.streamReports().stream()
                .map(StreamReport::onLink)
                .filter(Objects::nonNull)
                .toList();
        assertThat(all.stream().mapToLong(StreamReport.OnLink::count).sum()).isEqualTo(2);
        assertThat(all.stream().mapToDouble(StreamReport.OnLink::microjoules).sum())
                .isCloseTo(helped + lost, within(1e-6));
    }

    @Test
    void whatRadiosTakeIsUnknownWhenOneOfThemIs() throws Exception {
        world.link = new Birth.Link(100_000, 0, 0, new Radio(1000.0, 100.0));
        world.restart(false);
        world.connect();
        order(
                1,
                source(new StreamOrder.Help(
                        "other", 1, 8, 30_000, 20_000, null, new Birth.Link(100_000, 0, 0, new Radio(10.0, null)))));
        world.pass(Duration.ofMillis(10));
        world.tensor("other", answer(1, 1, alone(frame(1))));
        assertThat(outcomes()).extracting(Outcome::ranOn).containsExactly(RanOn.HELPER);
        assertThat(world.streamReports()).extracting(StreamReport::onLink).containsOnlyNulls();
    }

    @Test
    void withoutAnAnswerTheRestRunsHereJustInTime() {
        order(1, source(HELP));
        world.pass(Duration.ofMillis(FALLBACK - 1));
        assertThat(world.runs).isEqualTo(1);
        world.pass(Duration.ofMillis(1));
        assertThat(world.runs).isEqualTo(2);
        StreamReport lost = world.streamReports().getLast();
        assertThat(lost.event()).isEqualTo(Event.HELPER_LOST);
        assertThat(lost.reason()).isEqualTo("no-answer");
        assertThat(lost.epoch()).isEqualTo(1);
        world.pass(Duration.ofMillis(2 * PERIOD));
        assertThat(tensors()).as("no more is sent").hasSize(1);
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).extracting(Outcome::ranOn).containsExactly(RanOn.FALLBACK, RanOn.SOURCE, RanOn.SOURCE);
        assertThat(outcomes).allMatch(Outcome::met);
        for (Outcome outcome : outcomes) {
            assertThat(outcome.output()).isEqualTo(alone(frame(outcome.frame())));
        }
        assertNoHole();
    }

    @Test
    void aNewPlanAsksAHelperAgain() {
        order(1, source(HELP));
        world.pass(Duration.ofMillis(PERIOD - 1));
        order(1, source(HELP));
        world.pass(Duration.ofMillis(1));
        assertThat(tensors()).as("the same plan again does not").hasSize(1);
        order(2, source(HELP));
        world.pass(Duration.ofMillis(PERIOD));
        assertThat(tensors()).hasSize(2);
        assertThat(tensors().getLast().epoch()).isEqualTo(2);
        world.tensor("other", answer(1, 3, alone(frame(3))));
        world.tensor("other", answer(2, 3, alone(frame(3))));
        assertThat(outcomes()).extracting(Outcome::ranOn).containsExactly(RanOn.FALLBACK, RanOn.SOURCE, RanOn.HELPER);
    }

    @Test
    void answersThatAreLateDoubleDamagedOfAnotherPlanOrNodeCountNowhere() {
        order(3, source(HELP));
        byte[] good = answer(3, 1, alone(frame(1)));
        world.tensor("other", answer(2, 1, alone(frame(1))));
        world.tensor("third", good);
        world.tensor("other", answer(3, 2, alone(frame(1))));
        world.tensor("other", answer(3, 1, new byte[3]));
        world.tensor("other", tensor(new StreamTask("s-1", 1, true), 3, new byte[] {1, 2}));
        world.tensor("other", tensor(new StreamTask("s-2", 1, true), 3, new byte[] {1, 2}));
        world.tensor(
                "other", new Tensor("stream.s-1.1.answer", 3, 0, 4, new byte[] {1, 2, 3, 4}, new byte[32]).encode());
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED)).isEqualTo(7);
        world.tensor("other", good);
        world.tensor("other", good);
        world.pass(Duration.ofMillis(FALLBACK + 5));
        world.tensor("other", good);
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED)).isEqualTo(9);
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.getFirst().ranOn()).isEqualTo(RanOn.HELPER);
        assertThat(outcomes.getFirst().output()).isEqualTo(alone(frame(1)));
        assertThat(world.runs).isEqualTo(1);
    }

    @Test
    void theHelpersAnswerCountsWhileTheRestRunsHere() {
        order(1, source(HELP));
        world.holdRuns = true;
        world.pass(Duration.ofMillis(FALLBACK + 1));
        world.tensor("other", answer(1, 1, alone(frame(1))));
        world.holdRuns = false;
        world.runHeld();
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.getFirst().ranOn()).isEqualTo(RanOn.HELPER);
    }

    @Test
    void aLostConnectionLeavesTheSourceOnItsOwnAtOnce() {
        order(1, source(HELP));
        world.disconnect();
        world.pass(Duration.ofMillis(PERIOD));
        assertThat(world.runs).isEqualTo(3);
        world.connect();
        world.pass(Duration.ofMillis(50));
        assertThat(world.streamReports())
                .anyMatch(report -> report.event() == Event.HELPER_LOST && "link".equals(report.reason()));
        assertThat(outcomes()).extracting(Outcome::ranOn).containsExactly(RanOn.FALLBACK, RanOn.SOURCE);
    }

    // How it ends.

    @Test
    void aStopEndsItAtOnceAndWhatIsBegunCountsAsSkipped() {
        order(1, source(HELP));
        order(1, new StreamOrder.Stop());
        StreamReport report = world.streamReports().getLast();
        assertThat(report.skipped()).isEqualTo(1);
        world.pass(Duration.ofSeconds(1));
        world.tensor("other", answer(1, 1, alone(frame(1))));
        order(1, new StreamOrder.Stop());
        order("s-unknown", 1, new StreamOrder.Stop());
        order(1, source(null));
        world.pass(Duration.ofSeconds(1));
        assertThat(world.runs).isEqualTo(1);
        assertThat(frames(world.streamReports())).isEqualTo(1);
        order(2, source(null));
        world.pass(Duration.ofMillis(10));
        assertThat(outcomes().getLast().frame()).as("numbers go on").isEqualTo(2);
    }

    @Test
    void aStopOfAnOlderPlanChangesNothing() {
        order(2, source(null));
        order(1, new StreamOrder.Stop());
        order(1, source(HELP));
        world.pass(Duration.ofMillis(PERIOD));
        assertThat(outcomes()).hasSize(2);
        assertThat(tensors()).isEmpty();
    }

    @Test
    void withoutANewLeaseItEndsAndSaysSo() {
        order(1, source(null));
        world.pass(Duration.ofMillis(LEASE / 2));
        order(1, source(null));
        world.pass(Duration.ofMillis(LEASE - 1));
        world.sent.clear();
        world.pass(Duration.ofMillis(1));
        StreamReport last = world.streamReports().getLast();
        assertThat(last.event()).isEqualTo(Event.ENDED);
        assertThat(last.reason()).isEqualTo("lease");
        int runs = world.runs;
        world.pass(Duration.ofSeconds(2));
        assertThat(world.runs).isEqualTo(runs);
        order(1, source(null));
        world.pass(Duration.ofMillis(10));
        assertThat(world.runs).isEqualTo(runs + 1);
    }

    @Test
    void ordersThatCannotBeFollowedSayWhy() {
        List<String> reasons = new ArrayList<>();
        order("s-a", 1, source("gpu0", "test", null));
        order("s-b", 1, source("cpu0", "radar", null));
        for (int i = 0; i <= 8; i++) {
            order("s-" + i, 1, source(null));
        }
        world.streamReports().stream()
                .filter(report -> report.event() == Event.ENDED)
                .forEach(report -> reasons.add(String.valueOf(report.reason())));
        assertThat(reasons).containsExactly("no-such-device", "no-such-sensor", "streams-full");
    }

    @Test
    void reportsAreKeptUntilAcknowledgedAndOverAStart() throws Exception {
        order(1, source(null));
        world.disconnect();
        world.pass(Duration.ofSeconds(5));
        assertThat(world.streamReports()).isEmpty();
        world.restart(false);
        world.connect();
        world.pass(Duration.ofMillis(10));
        List<StreamReport> reports = world.streamReports();
        assertThat(reports).hasSize(2);
        assertThat(frames(reports)).isEqualTo(40);
        for (StreamReport report : reports) {
            world.acknowledge(
                    Stream.RESULT,
                    report.stamp().boot(),
                    report.stamp().sequence(),
                    report.stamp().sequence());
        }
        assertThat(world.core().unacknowledged(Stream.RESULT)).isZero();
    }

    @Test
    void aFullSpoolKeepsAPlaceForResultsAndTellsOfFramesLater() throws Exception {
        world.bounds = new io.fleetwright.agent.spool.Outbox.Bounds(1 << 20, 100_000, 1 << 20);
        world.restart(false);
        order(1, new StreamOrder.Source(600_000, "cpu0", "m", DIGEST.value(), "test", PERIOD, DEADLINE, null));
        world.pass(Duration.ofSeconds(60));
        int kept = world.core().unacknowledged(Stream.RESULT);
        assertThat(kept).isBetween(2, 20);
        world.connect();
        long told = 0;
        for (int i = 0; i < 30; i++) {
            world.pass(Duration.ofSeconds(1));
            told = frames(world.streamReports());
            world.streamReports()
                    .forEach(report -> world.acknowledge(
                            Stream.RESULT,
                            report.stamp().boot(),
                            report.stamp().sequence(),
                            report.stamp().sequence()));
        }
        assertThat(told).isGreaterThanOrEqualTo(600);
        assertNoHole();
    }

    // The helper.

    @Test
    void aHelperAnswersItsSourceWithTheRest() throws Exception {
        order(4, helper(8));
        byte[] cut = {10, 10, 10, 10};
        world.tensor("other", tensor(new StreamTask("s-1", 7, false), 4, cut));
        assertThat(tensors()).hasSize(1);
        assertThat(world.sent.getLast().topic().text()).contains("/other/in/tensor/board-1");
        Tensor sent = tensors().getFirst();
        assertThat(sent.task()).isEqualTo("stream.s-1.7.answer");
        assertThat(sent.epoch()).isEqualTo(4);
        StreamAnswer answer = StreamAnswer.decode(sent.bytes());
        assertThat(answer.output()).isEqualTo(new byte[] {127, 127, 127, 127});
        assertThat(answer.latencyMicros()).isEqualTo(1234);
        world.tensor("other", tensor(new StreamTask("s-1", 7, false), 4, cut));
        assertThat(tensors()).as("what comes again is not run again").hasSize(1);
    }

    @Test
    void aHelperTakesOnlyWhatItsOrderNames() {
        byte[] cut = {10, 10, 10, 10};
        order(4, helper(8));
        world.tensor("third", tensor(new StreamTask("s-1", 7, false), 4, cut));
        world.tensor("other", tensor(new StreamTask("s-1", 7, false), 3, cut));
        world.tensor("other", tensor(new StreamTask("s-2", 7, false), 4, cut));
        world.tensor("other", tensor(new StreamTask("s-1", 7, false), 4, new byte[5]));
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED)).isEqualTo(4);
        world.holdRuns = true;
        for (int frame = 1; frame <= 5; frame++) {
            world.tensor("other", tensor(new StreamTask("s-1", frame, false), 4, cut));
        }
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED))
                .as("four at a time")
                .isEqualTo(5);
        world.holdRuns = false;
        order(4, new StreamOrder.Stop());
        world.runHeld();
        assertThat(tensors()).isEmpty();
    }

    // Several streams on one device.

    private static StreamOrder.Source source(int priority, long deadline) {
        return new StreamOrder.Source(LEASE, "cpu0", "m", DIGEST.value(), "test", PERIOD, deadline, null, priority);
    }

    private static StreamOrder.Helper helper(int priority, long deadline) {
        return new StreamOrder.Helper(LEASE, "cpu0", "m", DIGEST.value(), "other", 1, 8, deadline, priority);
    }

    private void cut(String stream, long frame) {
        world.tensor("other", tensor(new StreamTask(stream, frame, false), 1, new byte[] {10, 10, 10, 10}));
    }

    private List<StreamReport> reports(String stream) {
        order(stream, Long.MAX_VALUE, new StreamOrder.Stop());
        return world.streamReports().stream()
                .filter(report -> report.stream().equals(stream))
                .toList();
    }

    private long skipped(String stream) {
        return reports(stream).stream().mapToLong(StreamReport::skipped).sum();
    }

    @Test
    void framesThatWaitGoByPriorityThenByDeadline() {
        world.holdRuns = true;
        order("s-runs", 1, source(0, DEADLINE));
        order("s-low", 1, source(0, DEADLINE));
        order("s-late", 1, source(4, DEADLINE));
        order("s-soon", 1, source(4, DEADLINE - 10));
        world.holdRuns = false;
        world.runHeld();
        List<Long> sensorFrames = new ArrayList<>();
        for (String stream : List.of("s-runs", "s-soon", "s-late", "s-low")) {
            sensorFrames.add(reports(stream).getFirst().outcomes().getFirst().sensorFrame());
        }
        assertThat(sensorFrames).as("the sensor's next frame went to").containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aFullQueueGivesAPlaceOfTheLowestPriorityToAHigherOneAndCountsTheFrameAsSkipped() {
        world.holdRuns = true;
        order("s-runs", 1, source(9, DEADLINE));
        for (int stream = 0; stream < 4; stream++) {
            order("s-h" + stream, 1, helper(5, DEADLINE));
            for (int frame = 1; frame <= (stream == 3 ? 3 : 4); frame++) {
                cut("s-h" + stream, frame);
            }
        }
        order("s-low", 1, source(1, DEADLINE));
        order("s-high", 1, source(2, DEADLINE));
        order("s-same", 1, source(2, DEADLINE));
        world.holdRuns = false;
        world.runHeld();
        assertThat(skipped("s-low")).as("gave its place up").isEqualTo(1);
        assertThat(skipped("s-high")).isZero();
        assertThat(skipped("s-same")).as("no place among its like").isEqualTo(1);
        assertThat(skipped("s-runs")).isZero();
        assertThat(tensors()).as("of higher ones").hasSize(15);
    }

    @Test
    void whatIsOnItsWayByAnEmulatedLinkHoldsPlacesThatAHigherPriorityTakes() {
        for (int stream = 0; stream < 4; stream++) {
            order("s-h" + stream, 1, helper(stream == 2 ? 1 : 5, DEADLINE));
            for (int frame = 1; frame <= 4; frame++) {
                byte[] bytes = {10, 10, 10, 10};
                world.tensor(
                        "other",
                        new Tensor(
                                        new StreamTask("s-h" + stream, frame, false).text(),
                                        1,
                                        0,
                                        bytes.length,
                                        bytes,
                                        Digest.sha256().digest(bytes),
                                        new Tensor.Timing(world.millis * 1000, 20_000))
                                .encode());
            }
        }
        assertThat(tensors()).isEmpty();
        order("s-same", 1, source(1, DEADLINE));
        assertThat(skipped("s-same")).as("no place among its like").isEqualTo(1);
        order("s-high", 1, source(2, DEADLINE));
        world.pass(Duration.ofMillis(30));
        assertThat(skipped("s-high")).isZero();
        assertThat(tensors())
                .extracting(Tensor::task)
                .hasSize(15)
                .filteredOn(task -> task.startsWith("stream.s-h2."))
                .hasSize(3);
    }

    @Test
    void tensorsThatWaitForAHelperGoByThePriorityOfTheirStream() {
        world.holdRuns = true;
        order("s-runs", 1, helper(0, DEADLINE));
        order("s-low", 1, helper(0, DEADLINE));
        order("s-late", 1, helper(4, DEADLINE));
        order("s-soon", 1, helper(4, DEADLINE - 10));
        for (String stream : List.of("s-runs", "s-low", "s-late", "s-soon")) {
            cut(stream, 1);
        }
        world.holdRuns = false;
        world.runHeld();
        assertThat(tensors())
                .extracting(Tensor::task)
                .containsExactly(
                        "stream.s-runs.1.answer",
                        "stream.s-soon.1.answer",
                        "stream.s-late.1.answer",
                        "stream.s-low.1.answer");
    }

    @Test
    void aNodeThatHelpsAsManyAsItMayLeavesOneOfALowerPriorityForAHigherOne() {
        for (int stream = 0; stream < 8; stream++) {
            order("s-" + stream, 1, helper(stream == 4 || stream == 5 ? 1 : 2, DEADLINE));
        }
        order("s-same", 1, helper(1, DEADLINE));
        cut("s-same", 1);
        assertThat(tensors()).as("no place among its like").isEmpty();
        cut("s-5", 1);
        assertThat(tensors()).hasSize(1);
        order("s-high", 1, helper(2, DEADLINE));
        cut("s-5", 2);
        assertThat(tensors()).as("the newest of the lowest is left alone").hasSize(1);
        cut("s-4", 1);
        cut("s-high", 1);
        assertThat(tensors()).extracting(Tensor::task).endsWith("stream.s-4.1.answer", "stream.s-high.1.answer");
    }
}
