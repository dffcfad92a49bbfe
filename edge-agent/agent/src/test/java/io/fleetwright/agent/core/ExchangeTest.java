package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.driver.Program;
import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Radio;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.telemetry.wire.ZeroMask;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Stretches of a network on this board, and tensors from and to others. */
class ExchangeTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final Digest DIGEST = Digest.of(MODEL);
    private static final byte[] INPUT = {1, 2, 3, 4};
    private static final byte[] AFTER_ONE = {10, 10, 10, 10};
    private static final byte[] AFTER_ALL = {127, 127, 127, 127};

    private World world;

    ExchangeTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, MODEL);
    }

    private static Work front(String task, int bits) {
        return World.work(task, DIGEST, Work.Source.here(INPUT))
                .withSegment(new Work.Segment(0, 1))
                .sendingTo(new Work.Sends("other", task + ".1", bits));
    }

    private static Work passed(String task, Work.Segment segment, int bits, boolean sends) {
        return World.work(task, DIGEST, Work.Source.here(INPUT))
                .withSegment(segment)
                .sendingTo(sends ? new Work.Sends("other", task + ".1", bits) : null);
    }

    private static Work back(String task, int bits) {
        return back(task, bits, 4, new Work.Segment(1, 3), 1_000);
    }

    private static Work back(String task, int bits, int bytes, Work.@Nullable Segment segment, long budgetMillis) {
        return World.work(task, DIGEST, new Work.Source.Sent(new Work.Expects("other", bits), bytes))
                .within(0, budgetMillis)
                .withSegment(segment);
    }

    private static byte[] tensor(String task, long epoch, byte[] bytes) {
        return new Tensor(task, epoch, 0, bytes.length, bytes, Digest.sha256().digest(bytes)).encode();
    }

    private List<World.Sent> tensors() {
        return world.sent.stream()
                .filter(message -> message.kind() == Topic.Kind.IN_TENSOR)
                .toList();
    }

    @Test
    void theFrontSendsWhatCrossesTheCutAndSaysHowLongItTook() throws Exception {
        world.order(front("t", 8));
        assertThat(tensors()).hasSize(1);
        assertThat(tensors().getFirst().topic().text()).isEqualTo("fw/v1/acme/other/in/tensor/board-1");
        Tensor tensor = Tensor.decode(tensors().getFirst().payload());
        assertThat(tensor.task()).isEqualTo("t.1");
        // The same value everywhere: it alone and an empty mask travel.
        assertThat(tensor.bytes()).containsExactly(10, 0);
        assertThat(tensor.plain()).isEqualTo(4);
        TaskResult result = world.lastResult();
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.output()).isNull();
        assertThat(result.latencyMicros()).isEqualTo(1234);
        assertThat(result.sentBytes()).isEqualTo(2);
        world.order(front("t", 8));
        assertThat(tensors()).hasSize(1);
        assertThat(world.runs).isEqualTo(1);
    }

    @Test
    void aStretchWithoutOperatorsSendsTheInputOnAsItIs() throws Exception {
        world.order(passed("t", new Work.Segment(0, 0), 8, true));
        assertThat(tensors()).hasSize(1);
        assertThat(Tensor.decode(tensors().getFirst().payload()).bytes()).isEqualTo(INPUT);
        TaskResult result = world.lastResult();
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.output()).isNull();
        assertThat(world.runs).isZero();
        world.order(passed("packed", new Work.Segment(0, 0), 4, true));
        assertThat(world.lastResult().reason()).isEqualTo("not-packable");
        world.order(passed("nowhere", new Work.Segment(0, 0), 8, false));
        assertThat(world.lastResult().reason()).isEqualTo("no-such-segment");
        assertThat(tensors()).hasSize(1);
    }

    @Test
    void aStretchInTheMiddleTakesAndSends() throws Exception {
        world.order(World.work("t.1", DIGEST, World.sent(4))
                .withSegment(new Work.Segment(1, 2))
                .sendingTo(new Work.Sends("third", "t.2", 8)));
        world.tensor("other", tensor("t.1", 1, AFTER_ONE));
        assertThat(tensors()).hasSize(1);
        assertThat(tensors().getFirst().topic().text()).isEqualTo("fw/v1/acme/third/in/tensor/board-1");
        assertThat(Tensor.decode(tensors().getFirst().payload()).task()).isEqualTo("t.2");
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
        assertThat(world.lastResult().output()).isNull();
    }

    @Test
    void theBackRunsWhatItIsSentAndAnswers() {
        world.order(back("t", 8));
        assertThat(world.results()).isEmpty();
        assertThat(world.prepared).as("before what it runs on is there").containsExactly(new Program.Cut(1, 3));
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
        assertThat(world.lastResult().output()).isEqualTo(AFTER_ALL);
    }

    @Test
    void fourBitsArePackedAndUnpacked() throws Exception {
        world.order(front("t", 4));
        Tensor tensor = Tensor.decode(tensors().getFirst().payload());
        assertThat(tensor.bytes()).isEqualTo(CutTensor.pack(AFTER_ONE, 4));
        world.order(back("u", 4));
        world.tensor("other", tensor("u", 1, CutTensor.pack(AFTER_ONE, 4)));
        assertThat(world.lastResult().output()).isEqualTo(AFTER_ALL);
    }

    private static byte[] coded(String task, byte[] bytes, int plain) {
        return new Tensor(task, 1, 0, bytes.length, bytes, Digest.sha256().digest(bytes), Tensor.Timing.NONE, plain)
                .encode();
    }

    @Test
    void valuesThatWereLeftOutComeBack() {
        world.order(back("t", 8));
        world.tensor("other", coded("t", ZeroMask.encode(AFTER_ONE), 4));
        assertThat(world.lastResult().output()).isEqualTo(AFTER_ALL);
    }

    @Test
    void codedTensorsOfAnotherLengthEndTheAttempt() {
        List<String> reasons = new ArrayList<>();
        for (byte[] message : List.of(
                // Eight times as long as what was ordered, by a short message.
                coded("t", new byte[] {10, 0, 0, 0, 0}, 32),
                // A mask that keeps more than is there.
                coded("t", new byte[] {10, 3}, 4),
                // And one with bits beyond the end.
                coded("t", new byte[] {10, (byte) 0x80, 1}, 4))) {
            world = fresh();
            world.order(back("t", 8));
            world.tensor("other", message);
            assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
            reasons.add(String.valueOf(world.lastResult().reason()));
        }
        assertThat(reasons).containsExactly("wrong-tensor", "damaged-tensor", "damaged-tensor");
    }

    @Test
    void whatNoOrderNamesIsDropped() {
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        world.order(back("t", 8));
        world.tensor("another", tensor("t", 1, AFTER_ONE));
        world.tensor("other", tensor("t", 2, AFTER_ONE));
        world.tensor("other", tensor("u", 1, AFTER_ONE));
        world.tensor("other", new byte[] {1, 2, 3});
        assertThat(world.results()).isEmpty();
        assertThat(world.runs).isZero();
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED)).isEqualTo(4);
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_REFUSED)).isEqualTo(4);
        assertThat(world.core().counted(AgentCore.Counter.MALFORMED)).isEqualTo(1);
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        assertThat(world.runs).isEqualTo(1);
        assertThat(world.results()).hasSize(1);
        world.pass(Duration.ofSeconds(8));
        int alias = world.births().getLast().metrics().stream()
                .filter(metric -> metric.metric().equals("tensors.refused"))
                .findFirst()
                .orElseThrow()
                .alias();
        assertThat(world.frames().stream().flatMap(frame -> frame.samples().stream()))
                .filteredOn(sample -> sample.alias() == alias)
                .extracting(TelemetryFrame.Sample::value)
                .containsExactly(4.0);
    }

    @Test
    void whatComesTwiceOrTooLateIsDroppedAndBreaksNoRule() {
        world.order(back("t", 8));
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        world.order(back("u", 8));
        world.command(Command.Kind.CANCEL, "u");
        world.tensor("other", tensor("u", 1, AFTER_ONE));
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED)).isEqualTo(2);
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_REFUSED)).isZero();
    }

    @Test
    void stretchesMayComeTwiceAndInAnyOrder() {
        world.order(back("t", 8));
        byte[] sha256 = Digest.sha256().digest(AFTER_ONE);
        for (int at : new int[] {2, 0, 2, 3, 1}) {
            world.tensor(
                    "other", new Tensor("t", 1, at, 4, Arrays.copyOfRange(AFTER_ONE, at, at + 1), sha256).encode());
        }
        assertThat(world.lastResult().output()).isEqualTo(AFTER_ALL);
    }

    @Test
    void damagedAndMisshapenTensorsEndTheAttempt() {
        List<String> reasons = new ArrayList<>();
        for (byte[] message : List.of(
                new Tensor("t", 1, 0, 4, AFTER_ONE, new byte[32]).encode(),
                tensor("t", 1, new byte[5]),
                new Tensor("t", 1, 0, 4, new byte[3], new byte[32]).encode())) {
            world = fresh();
            world.order(back("t", 8));
            world.tensor("other", message);
            // The last one overlaps what is there.
            world.tensor("other", new Tensor("t", 1, 1, 4, new byte[3], new byte[32]).encode());
            assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
            reasons.add(String.valueOf(world.lastResult().reason()));
        }
        assertThat(reasons).containsExactly("damaged-tensor", "wrong-tensor", "wrong-tensor");
    }

    private static World fresh() {
        try {
            World fresh = new World();
            fresh.connect();
            fresh.install(1, MODEL);
            return fresh;
        } catch (io.fleetwright.agent.store.BlockDeviceException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void aTensorThatNeverComesEndsTheAttemptWithItsDeadline() {
        world.order(back("t", 8));
        world.pass(Duration.ofMillis(999));
        assertThat(world.results()).isEmpty();
        world.pass(Duration.ofMillis(1));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.EXPIRED);
        assertThat(world.lastResult().reason()).isEqualTo("no-tensor");
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        assertThat(world.runs).isZero();
    }

    @Test
    void aTensorThatCannotLeaveWaitsForTheConnectionAndNoLonger() {
        world.up = false;
        world.order(front("t", 8));
        world.pass(Duration.ofMillis(500));
        assertThat(tensors()).isEmpty();
        world.up = true;
        world.pass(Duration.ofMillis(50));
        assertThat(tensors()).hasSize(1);
        world.up = false;
        world.order(front("u", 8));
        world.pass(Duration.ofMillis(1_500));
        world.up = true;
        world.pass(Duration.ofSeconds(5));
        assertThat(tensors()).hasSize(1);
        assertThat(world.results())
                .filteredOn(result -> result.task().equals("u"))
                .isNotEmpty()
                .allMatch(result -> "not-sent".equals(result.reason()));
    }

    private List<Tensor.Timing> timings() throws Exception {
        List<Tensor.Timing> timings = new ArrayList<>();
        for (World.Sent message : tensors()) {
            timings.add(Tensor.decode(message.payload()).timing());
        }
        return timings;
    }

    @Test
    void tensorsLeaveAnEmulatedLinkAtOnceAndSayHowLongTheyAreOnIt() throws Exception {
        long start = world.millis * 1000;
        world.order(front("s", 8));
        assertThat(timings()).containsExactly(new Tensor.Timing(start, 0));
        world.link = new Birth.Link(1, 40, 0); // 2 bytes take 16 ms.
        world.restart(false);
        world.connect();
        assertThat(world.births().getLast().link()).isEqualTo(world.link);
        world.order(front("t", 8));
        world.order(front("u", 8));
        // One tensor after the other.
        assertThat(timings()).containsExactly(new Tensor.Timing(start, 56_000), new Tensor.Timing(start, 72_000));
    }

    @Test
    void whatTheRadioTakesIsThatOfTheBytesThatTravelled() throws Exception {
        world.link = new Birth.Link(1000, 1, 0.5, new Radio(1000.0, 500.0));
        world.restart(false);
        world.connect();
        world.order(front("t", 8));
        TaskResult front = world.lastResult();
        // Two bytes instead of four, and the header, each twice.
        assertThat(front.sentBytes()).isEqualTo(2);
        assertThat(front.onLink()).isEqualTo(new TaskResult.OnLink(2 * 26.0, null));
        world.order(expecting("u", new Birth.Link(1000, 1, 0.75, new Radio(null, 500.0))));
        world.tensor("other", coded("u", ZeroMask.encode(AFTER_ONE), 4));
        assertThat(world.lastResult().task()).isEqualTo("u");
        assertThat(world.lastResult().onLink()).isEqualTo(new TaskResult.OnLink(null, 4 * 13.0));
        // Nobody told what it takes.
        world.order(expecting("v", null));
        world.tensor("other", coded("v", ZeroMask.encode(AFTER_ONE), 4));
        assertThat(world.lastResult().task()).isEqualTo("v");
        assertThat(world.lastResult().onLink()).isNull();
    }

    private static Work expecting(String task, Birth.@Nullable Link link) {
        return World.work(task, DIGEST, new Work.Source.Sent(new Work.Expects("other", 8, link), 4))
                .withSegment(new Work.Segment(1, 3));
    }

    @Test
    void whatCannotLeaveAnEmulatedLinkIsOnItNoLonger() throws Exception {
        world.link = new Birth.Link(1, 56, 0);
        world.restart(false);
        world.connect();
        world.up = false;
        world.order(front("t", 8));
        world.pass(Duration.ofMillis(50));
        long start = world.millis * 1000;
        world.up = true;
        world.pass(Duration.ofMillis(10));
        assertThat(timings()).containsExactly(new Tensor.Timing(start + 10_000, 12_000));
    }

    private byte[] timed(String task, long sentBeforeMicros, long linkMicros) {
        return new Tensor(
                        task,
                        1,
                        0,
                        AFTER_ONE.length,
                        AFTER_ONE,
                        Digest.sha256().digest(AFTER_ONE),
                        new Tensor.Timing(world.millis * 1000 - sentBeforeMicros, linkMicros))
                .encode();
    }

    /** Milliseconds until the task is answered. */
    private long answeredAfter(String task) {
        long passed = 0;
        while (world.results().stream().noneMatch(result -> result.task().equals(task))) {
            assertThat(passed).isLessThan(1_000);
            world.pass(Duration.ofMillis(1));
            passed++;
        }
        return passed;
    }

    @Test
    void aTensorIsHeldUntilTheEmulatedLinkHasBroughtIt() {
        world.order(back("t", 8));
        world.tensor("other", timed("t", 10_000, 30_000));
        world.order(back("t", 8));
        world.tensor("other", timed("t", 10_000, 30_000));
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_REFUSED))
                .as("a stretch that comes again breaks no rule")
                .isZero();
        assertThat(world.runs).isZero();
        assertThat(answeredAfter("t")).isEqualTo(20);
        assertThat(world.results()).hasSize(1);
        world.order(back("late", 8));
        world.tensor("other", timed("late", 40_000, 30_000));
        assertThat(answeredAfter("late")).isZero();
    }

    @Test
    void clocksThatDifferHoldATensorForTheTimeOfTheLinkAtMost() {
        world.order(back("t", 8));
        world.tensor("other", timed("t", -3_600_000_000L, 30_000));
        assertThat(answeredAfter("t")).isEqualTo(30);
    }

    @Test
    void anEmulatedDeviceComputesWhileItsInputIsHeldAndItsTimeBeginsAfterwards() {
        Work slow = Work.order("t", 1, "mcu0", "m", DIGEST.value(), World.sent(4))
                .within(0, 1_000)
                .withSegment(new Work.Segment(1, 3));
        world.order(slow);
        world.holdRuns = true;
        world.tensor("other", timed("t", 0, 30_000));
        world.pass(Duration.ofMillis(40));
        assertThat(world.results()).isEmpty();
        world.runHeld();
        world.pass(Duration.ofMillis(1));
        TaskResult result = world.lastResult();
        assertThat(result.output()).isEqualTo(AFTER_ALL);
        assertThat(result.latencyModelled()).isTrue();
        TaskResult.Span span = java.util.Objects.requireNonNull(result.span());
        // It began when the link had brought its input, 10 ms before it was computed.
        assertThat(span.doneAtMicros() - span.takenAtMicros()).isBetween(10_000L, 12_000L);
    }

    @Test
    void whatIsHeldEndsWithItsDeadlineOrWhenItIsCancelled() {
        world.order(back("t", 8));
        world.tensor("other", timed("t", 0, 2_000_000));
        world.order(back("u", 8));
        world.tensor("other", timed("u", 0, 50_000));
        world.command(Command.Kind.CANCEL, "u");
        world.pass(Duration.ofSeconds(3));
        assertThat(world.results()).hasSize(1);
        assertThat(world.lastResult().task()).isEqualTo("t");
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.EXPIRED);
        assertThat(world.runs).isZero();
    }

    @Test
    void cancelledTasksNeitherWaitNorSend() {
        world.order(back("t", 8));
        world.command(Command.Kind.CANCEL, "t");
        world.tensor("other", tensor("t", 1, AFTER_ONE));
        world.up = false;
        world.order(front("u", 8));
        world.command(Command.Kind.CANCEL, "u");
        world.up = true;
        world.pass(Duration.ofSeconds(2));
        assertThat(world.results()).isEmpty();
        assertThat(tensors()).isEmpty();
    }

    @Test
    void ordersThatCannotBeDoneSayWhy() {
        world.order(back("a", 8, 4, new Work.Segment(1, 4), 1_000));
        assertThat(world.lastResult().reason()).isEqualTo("no-such-segment");
        world.order(back("b", 8, 4, null, 1_000));
        assertThat(world.lastResult().reason()).isEqualTo("no-such-segment");
        world.order(back("c", 8, 5, new Work.Segment(1, 3), 1_000));
        assertThat(world.lastResult().reason()).isEqualTo("wrong-input-size");
        for (int i = 0; i < 17; i++) {
            world.order(back("d" + i, 8));
        }
        assertThat(world.lastResult().reason()).isEqualTo("queue-full");
    }
}
