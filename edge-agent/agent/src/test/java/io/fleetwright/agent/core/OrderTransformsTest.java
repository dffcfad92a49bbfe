package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.sensor.FolderSensor;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.ValueForm;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.telemetry.wire.ZeroMask;
import io.fleetwright.trust.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Single orders whose frame is not what the network takes, whose answer is not what it gives, or that want the frame itself. */
class OrderTransformsTest {
    private static final byte[] MODEL = TestModels.chain(3, 4);
    private static final Digest DIGEST = Digest.of(MODEL);
    private static final Form FRAME = Form.int8(12, 4);
    private static final List<String> BEFORE =
            List.of("normalise:offset=-3,multiplier=1,divisor=64,zeroPoint=0", "window:length=1,hop=1");
    private static final List<String> AFTER = List.of("normalise:offset=3,multiplier=1,divisor=2,zeroPoint=-5");
    private static final StreamTransforms BOTH =
            new StreamTransforms(new ValueForm("int8", FRAME.shape()), BEFORE, AFTER);
    private static final StreamTransforms FRONT =
            new StreamTransforms(new ValueForm("int8", FRAME.shape()), BEFORE, List.of());
    private static final StreamTransforms BACK = new StreamTransforms(null, List.of(), AFTER);
    private static final int LARGE = 8192;

    private final World world;

    OrderTransformsTest() throws Exception {
        world = new World();
    }

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        Files.write(folder.resolve("input"), new byte[] {1, 2, 3, 4});
        world.sensors = new Sensors(Map.of("test", new SyntheticSensor(3), "folder", new FolderSensor(folder)));
        world.restart(false);
        world.connect();
        world.install(1, MODEL);
    }

    private static Work work(
            String task,
            String sensor,
            long inputBytes,
            Work.@Nullable Segment segment,
            Work.@Nullable Sends sends,
            StreamTransforms transforms) {
        return World.work(task, DIGEST, new Work.Source.Sensed(sensor, inputBytes))
                .within(0, 10_000)
                .withSegment(segment)
                .sendingTo(sends)
                .withTransforms(transforms);
    }

    private static Work whole(String task, StreamTransforms transforms) {
        return work(task, "test", 4, null, null, transforms);
    }

    private static Work capture(String task, String sensor, long bytes, StreamTransforms transforms) {
        return Work.order(task, 1, "cpu0", "", "", new Work.Source.Sensed(sensor, bytes))
                .within(0, 10_000)
                .withSegment(new Work.Segment(0, 0))
                .withTransforms(transforms);
    }

    private static byte[] frame(long number) {
        return SyntheticSensor.frame(3, number, FRAME.bytes());
    }

    private static byte[] input(long number) throws Exception {
        return TransformChain.parse(BEFORE).apply(FRAME, frame(number));
    }

    /** The network of one board, with nothing around it. */
    private static byte[] network(byte[] input) throws Exception {
        Interpreter whole = Interpreter.create(ModelReader.read(MODEL, "m"), Rounding.DOUBLE);
        byte[] output = new byte[whole.outputBytes()];
        whole.run(input, 0, output, 0);
        return output;
    }

    private static byte[] answer(byte[] output) throws Exception {
        return TransformChain.parse(AFTER).apply(Form.int8(1, output.length), output);
    }

    private void assertRefused(Work work, String reason) {
        world.order(work);
        assertThat(world.lastResult().task()).isEqualTo(work.task());
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(world.lastResult().reason()).isEqualTo(reason);
        assertThat(world.lastResult().transformed()).isNull();
    }

    @Test
    void theBirthNamesThem() {
        assertThat(world.births().getLast().orderTransforms()).isEqualTo(TransformChain.names());
    }

    @Test
    void anAnswerHasTheBytesThatTheTransformsAndTheNetworkGiveOneAfterTheOther() throws Exception {
        Set<String> answers = new HashSet<>();
        for (long number = 1; number <= 5; number++) {
            world.order(whole("t" + number, BOTH));
            TaskResult result = world.lastResult();
            assertThat(result.outcome()).isEqualTo(Outcome.OK);
            assertThat(result.output()).isEqualTo(answer(network(input(number))));
            assertThat(result.frame())
                    .as("of the frame as the sensor gave it")
                    .isEqualTo(new TaskResult.Frame(
                            number, Digest.of(frame(number)).value()));
            assertThat(result.transformed()).isNotNull();
            answers.add(Arrays.toString(result.output()));
        }
        assertThat(answers).as("frames that are told apart").hasSizeGreaterThan(1);
    }

    @Test
    void eachSideMayBeAlone() throws Exception {
        world.order(whole("front", FRONT));
        assertThat(world.lastResult().output()).isEqualTo(network(input(1)));
        byte[] given = {1, 2, 3, 4};
        world.order(World.work("back", DIGEST, Work.Source.here(given))
                .within(0, 10_000)
                .withTransforms(BACK));
        assertThat(world.lastResult().output()).isEqualTo(answer(network(given)));
        assertThat(world.lastResult().frame()).isNull();
        assertThat(world.lastResult().transformed()).isNotNull();
    }

    @Test
    void anotherBoardIsSentWhatTheTransformsMade() throws Exception {
        world.order(work("t.0", "test", 4, new Work.Segment(0, 0), new Work.Sends("other", "t.1", 8), FRONT));
        Tensor passed = sent("t.1");
        assertThat(passed.plain() == 0 ? passed.bytes() : ZeroMask.decode(passed.bytes(), passed.plain()))
                .isEqualTo(input(1));
        assertThat(world.lastResult().output()).isNull();
        assertThat(world.lastResult().transformed()).isNotNull();
        world.order(work("u.0", "test", 4, new Work.Segment(0, 1), new Work.Sends("other", "u.1", 8), FRONT));
        byte[] crossing = sent("u.1").encode();
        // The rest of the network, here in place of the other board, with the answer made short where it ends.
        world.order(World.work("u.1", DIGEST, World.sent(4))
                .within(0, 10_000)
                .withSegment(new Work.Segment(1, 3))
                .withTransforms(BACK));
        world.tensor("other", crossing);
        assertThat(world.lastResult().output()).isEqualTo(answer(network(input(2))));
    }

    private Tensor sent(String task) throws Exception {
        for (World.Sent message : world.sent) {
            if (message.kind() == Topic.Kind.IN_TENSOR) {
                Tensor tensor = Tensor.decode(message.payload());
                if (tensor.task().equals(task)) {
                    return tensor;
                }
            }
        }
        throw new AssertionError("no tensor for " + task);
    }

    @Test
    void aFrameThatIsWantedItselfAsksNoSlot() throws Exception {
        world.install(2, TestModels.chain(2, 3));
        world.order(capture("raw", "test", FRAME.bytes(), StreamTransforms.NONE));
        TaskResult raw = world.lastResult();
        assertThat(raw.outcome()).isEqualTo(Outcome.OK);
        assertThat(raw.digest()).isNull();
        assertThat(raw.output()).isEqualTo(frame(1));
        assertThat(Objects.requireNonNull(raw.frame()).digest())
                .isEqualTo(Digest.of(frame(1)).value());
        world.order(capture("made", "test", 4, FRONT));
        assertThat(world.lastResult().output()).isEqualTo(input(2));
        assertThat(Objects.requireNonNull(world.lastResult().frame()).digest())
                .isEqualTo(Digest.of(frame(2)).value());
        assertThat(world.runs).as("no network ran").isZero();
    }

    @Test
    void aLargeFrameIsPutToTheControllerOnceAndComesAgainWithoutAnotherLook() {
        Work order = capture("raw", "test", LARGE, StreamTransforms.NONE);
        world.order(order);
        Digest digest = Digest.of(SyntheticSensor.frame(3, 1, LARGE));
        assertThat(world.lastResult().put()).isEqualTo(new TaskResult.PutOutput(digest.value(), LARGE));
        world.order(order);
        assertThat(world.results()).hasSize(2);
        assertThat(world.lastResult().put()).isEqualTo(new TaskResult.PutOutput(digest.value(), LARGE));
    }

    @Test
    void whatDoesNotFitOrIsUnknownHereIsRefusedAndNeverRunsWithout() {
        ValueForm form = new ValueForm("int8", FRAME.shape());
        assertRefused(
                whole("unknown", new StreamTransforms(form, List.of("sharpen:by=3"), List.of())),
                "transforms-do-not-fit");
        assertRefused(
                whole("other-input", new StreamTransforms(form, List.of("window:length=2,hop=1"), List.of())),
                "transforms-do-not-fit");
        assertRefused(
                whole(
                        "two-inputs",
                        new StreamTransforms(null, List.of(), List.of("nms:iouPerMille=500,topK=1,scoreMin=0"))),
                "transforms-do-not-fit");
        assertRefused(work("other-bytes", "test", 5, null, null, FRONT), "wrong-input-size");
        assertRefused(capture("other-value", "test", 5, FRONT), "transforms-do-not-fit");
        assertRefused(capture("no-sensor", "gone", 4, FRONT), "no-such-sensor");
        assertRefused(capture("too-large", "test", 9 << 20, StreamTransforms.NONE), "transforms-do-not-fit");
        assertRefused(work("short-frame", "folder", 4, null, null, FRONT), "no-frame");
        assertThat(world.runs).isZero();
        world.order(whole("after", BOTH));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.OK);
    }
}
