package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.graph.CutTensor;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
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
        return new Work(
                task,
                1,
                "cpu0",
                "m",
                DIGEST.value(),
                0,
                1_000,
                INPUT,
                null,
                4,
                new Work.Segment(0, 1),
                new Work.Sends("other", task + ".1", bits),
                null);
    }

    private static Work back(String task, int bits) {
        return back(task, bits, 4, new Work.Segment(1, 3), 1_000);
    }

    @SuppressWarnings("NullAway") // It does not read the annotation of an array in another module's record.
    private static Work back(String task, int bits, int bytes, Work.@Nullable Segment segment, long budgetMillis) {
        return new Work(
                task,
                1,
                "cpu0",
                "m",
                DIGEST.value(),
                0,
                budgetMillis,
                null,
                null,
                bytes,
                segment,
                null,
                new Work.Expects("other", bits));
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
        assertThat(tensor.bytes()).isEqualTo(AFTER_ONE);
        TaskResult result = world.lastResult();
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.output()).isNull();
        assertThat(result.latencyMicros()).isEqualTo(1234);
        world.order(front("t", 8));
        assertThat(tensors()).hasSize(1);
        assertThat(world.runs).isEqualTo(1);
    }

    @Test
    void theBackRunsWhatItIsSentAndAnswers() {
        world.order(back("t", 8));
        assertThat(world.results()).isEmpty();
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

    @Test
    void anEmulatedLinkTakesItsTimeOneTensorAfterTheOther() throws Exception {
        world.link = new Birth.Link(1, 40, 0); // 4 bytes take 32 ms.
        world.restart(false);
        world.connect();
        assertThat(world.births().getLast().link()).isEqualTo(world.link);
        world.order(front("t", 8));
        world.order(front("u", 8));
        List<Long> after = new ArrayList<>();
        for (long passed = 0; passed < 200 && after.size() < 2; passed++) {
            while (tensors().size() > after.size()) {
                after.add(passed);
            }
            world.pass(Duration.ofMillis(1));
        }
        assertThat(after).containsExactly(72L, 104L);
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
