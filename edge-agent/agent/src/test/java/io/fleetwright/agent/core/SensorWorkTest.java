package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.sensor.FolderSensor;
import io.fleetwright.agent.sensor.MqttSensor;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Work whose input is a frame of the board's own. */
class SensorWorkTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final Digest DIGEST = Digest.of(MODEL);

    private final World world;

    SensorWorkTest() throws Exception {
        world = new World();
    }

    @BeforeEach
    void start(@TempDir Path empty) throws Exception {
        world.sensors = new Sensors(Map.of(
                "test", new SyntheticSensor(3), "camera", new MqttSensor("other"), "folder", new FolderSensor(empty)));
        world.restart(false);
        world.connect();
        world.install(1, MODEL);
    }

    private static Work work(String task, String device, String sensor, Work.@Nullable Sends sends) {
        return Work.order(task, 1, device, "m", DIGEST.value(), new Work.Source.Sensed(sensor, 4))
                .within(0, 10_000)
                .withSegment(sends == null ? null : new Work.Segment(0, 1))
                .sendingTo(sends);
    }

    private void assertFrame(TaskResult result, long number, byte[] bytes) {
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.frame())
                .isEqualTo(new TaskResult.Frame(number, Digest.of(bytes).value()));
    }

    @Test
    void theBirthNamesThem() {
        assertThat(world.births().getLast().sensors())
                .containsExactly(
                        new Birth.Sensor("camera", Birth.SensorKind.MQTT),
                        new Birth.Sensor("folder", Birth.SensorKind.FOLDER),
                        new Birth.Sensor("test", Birth.SensorKind.SYNTHETIC));
    }

    @Test
    void theAnswerIsThatOfTheFrameItNames() {
        for (long number = 1; number <= 2; number++) {
            byte[] frame = SyntheticSensor.frame(3, number, 4);
            world.order(work("t" + number, "cpu0", "test", null));
            TaskResult bySensor = world.lastResult();
            assertFrame(bySensor, number, frame);
            world.order(World.work("u" + number, DIGEST, Work.Source.here(frame)));
            assertThat(world.lastResult().output()).isEqualTo(bySensor.output());
            assertThat(world.lastResult().frame()).isNull();
        }
    }

    @Test
    void anOrderThatComesAgainTakesNoOtherFrame() {
        world.order(work("t", "cpu0", "test", null));
        world.order(work("t", "cpu0", "test", null));
        assertThat(world.results()).hasSize(2);
        assertFrame(world.lastResult(), 1, SyntheticSensor.frame(3, 1, 4));
        world.order(work("u", "cpu0", "test", null));
        assertFrame(world.lastResult(), 2, SyntheticSensor.frame(3, 2, 4));
    }

    @Test
    void theFrontOfANetworkTakesAFrameAndTellsWhich() throws Exception {
        world.order(work("t.0", "cpu0", "test", new Work.Sends("other", "t.1", 8)));
        assertFrame(world.lastResult(), 1, SyntheticSensor.frame(3, 1, 4));
        byte[] sent = world.sent.stream()
                .filter(message -> message.kind() == Topic.Kind.IN_TENSOR)
                .findFirst()
                .orElseThrow()
                .payload();
        assertThat(Tensor.decode(sent).task()).isEqualTo("t.1");
        assertThat(world.lastResult().output()).isNull();
    }

    @Test
    void theSpanIsFromTheFrameToTheOutcome() {
        long before = world.millis * 1000;
        world.order(work("t", "mcu0", "test", null));
        assertThat(world.results()).isEmpty();
        world.pass(Duration.ofSeconds(1));
        TaskResult result = world.lastResult();
        TaskResult.Span span = Objects.requireNonNull(result.span());
        long latency = Objects.requireNonNull(result.latencyMicros());
        assertThat(span.takenAtMicros()).isEqualTo(before);
        // The clock here has whole milliseconds.
        assertThat(span.doneAtMicros() - span.takenAtMicros()).isBetween(latency, latency + 1000);
    }

    @Test
    void framesOfAnotherNodeServeUntilANewerOneComes() {
        world.order(work("t", "cpu0", "camera", null));
        assertThat(world.lastResult().reason()).isEqualTo("no-frame");
        byte[] frame = {4, 3, 2, 1};
        world.tensor("another", frame(9, frame));
        world.tensor("other", frame(7, frame));
        assertThat(world.core().counted(AgentCore.Counter.TENSORS_DROPPED)).isEqualTo(1);
        world.order(work("u", "cpu0", "camera", null));
        assertFrame(world.lastResult(), 7, frame);
    }

    private static byte[] frame(long number, byte[] frame) {
        return new Tensor(
                        "sensor.camera",
                        number,
                        0,
                        frame.length,
                        frame,
                        Digest.sha256().digest(frame))
                .encode();
    }

    @Test
    void withoutAFrameOrASensorTheAttemptFailsAndTheDeviceGoesOn() {
        world.order(work("t", "cpu0", "folder", null));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(world.lastResult().reason()).isEqualTo("no-frame");
        world.order(work("u", "cpu0", "nothing", null));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(world.lastResult().reason()).isEqualTo("no-such-sensor");
        assertThat(world.runs).isZero();
        world.order(work("v", "cpu0", "test", null));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
    }
}
