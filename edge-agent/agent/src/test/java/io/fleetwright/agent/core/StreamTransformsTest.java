package io.fleetwright.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.sensor.FolderSensor;
import io.fleetwright.agent.sensor.Sensor;
import io.fleetwright.agent.sensor.SensorFrame;
import io.fleetwright.agent.sensor.Sensors;
import io.fleetwright.agent.sensor.SyntheticSensor;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.StreamAnswer;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.Event;
import io.fleetwright.telemetry.wire.StreamReport.Outcome;
import io.fleetwright.telemetry.wire.StreamReport.RanOn;
import io.fleetwright.telemetry.wire.StreamTask;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.ValueForm;
import io.fleetwright.trust.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream whose frames are not what the network takes, and whose answer is not what it gives. */
class StreamTransformsTest {
    private static final byte[] MODEL = TestModels.sums(1, 2);
    private static final byte[] LAYERS = TestModels.chain(3, 4);
    private static final Form FRAME = Form.int8(12, 4);
    private static final List<String> BEFORE =
            List.of("normalise:offset=-3,multiplier=1,divisor=16,zeroPoint=0", "window:length=1,hop=1");
    private static final StreamTransforms BOTH =
            new StreamTransforms(new ValueForm("int8", List.of(12, 4)), BEFORE, List.of("argmax"));
    private static final long PERIOD = 100;
    private static final long DEADLINE = 80;
    private static final StreamOrder.Help HELP = new StreamOrder.Help("other", 1, 8, 30_000, 20_000);
    private static final long FALLBACK = DEADLINE - 20 - 5;

    private final World world;
    private byte[] model = MODEL;

    StreamTransformsTest() throws Exception {
        world = new World();
    }

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        Files.write(folder.resolve("input"), new byte[] {1, 2, 3, 4});
        world.sensors = new Sensors(Map.of(
                "test", new SyntheticSensor(3), "folder", new FolderSensor(folder), "crowded", new CrowdedSensor()));
        world.restart(false);
        world.connect();
    }

    /** Its first frame is too large for the board's memory. */
    private static final class CrowdedSensor implements Sensor {
        private final SyntheticSensor frames = new SyntheticSensor(3);
        private boolean crowded = true;

        @Override
        public Birth.SensorKind kind() {
            return Birth.SensorKind.SYNTHETIC;
        }

        @Override
        public Optional<SensorFrame> take(int bytes) {
            if (crowded) {
                crowded = false;
                throw new OutOfMemoryError("a frame of %d bytes".formatted(bytes));
            }
            return frames.take(bytes);
        }
    }

    private void install(byte[] bytes) throws Exception {
        model = bytes;
        world.install(1, bytes);
    }

    private void order(StreamOrder.@Nullable Help help, String sensor, StreamTransforms transforms) {
        world.tell(
                Topic.Kind.DOWN_WORK,
                new StreamOrder(
                                "s-1",
                                1,
                                new StreamOrder.Source(
                                        20_000,
                                        "cpu0",
                                        "m",
                                        Digest.of(model).value(),
                                        sensor,
                                        PERIOD,
                                        DEADLINE,
                                        help,
                                        0,
                                        transforms))
                        .encode());
    }

    /** Ends the stream, so that all its frames are told of. */
    private List<Outcome> outcomes() {
        world.tell(Topic.Kind.DOWN_WORK, new StreamOrder("s-1", Long.MAX_VALUE, new StreamOrder.Stop()).encode());
        return world.streamReports().stream()
                .flatMap(report -> report.outcomes().stream())
                .toList();
    }

    private static byte[] frame(long number) {
        return SyntheticSensor.frame(3, number, FRAME.bytes());
    }

    /** The network of one board, with nothing around it. */
    private byte[] network(byte[] input) throws Exception {
        Interpreter whole = Interpreter.create(ModelReader.read(model, "m"), Rounding.DOUBLE);
        byte[] output = new byte[whole.outputBytes()];
        whole.run(input, 0, output, 0);
        return output;
    }

    private byte[] between(long number) throws Exception {
        return network(TransformChain.parse(BEFORE).apply(FRAME, frame(number)));
    }

    private byte[] direct(long number, List<String> after) throws Exception {
        byte[] output = between(number);
        return TransformChain.parse(after).apply(Form.int8(1, output.length), output);
    }

    private long took(StreamReport.Chain chain) {
        return world.streamReports().stream()
                .flatMap(report -> report.transforms().stream())
                .filter(one -> one.chain() == chain)
                .mapToLong(one -> one.latency().count())
                .sum();
    }

    @Test
    void answersAreTheSameBytesAsTheTransformsAndTheNetworkGiveOneAfterTheOther() throws Exception {
        install(MODEL);
        order(null, "test", BOTH);
        world.pass(Duration.ofMillis(4 * PERIOD + 50));
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).hasSize(5);
        for (Outcome outcome : outcomes) {
            assertThat(outcome.input())
                    .as("of the frame as the sensor gave it")
                    .isEqualTo(Digest.of(frame(outcome.sensorFrame())).value());
            assertThat(outcome.output()).isEqualTo(direct(outcome.sensorFrame(), List.of("argmax")));
            assertThat(outcome.form()).isEqualTo(new ValueForm("int32", List.of(1)));
            assertThat(outcome.met()).isTrue();
        }
        assertThat(took(StreamReport.Chain.BEFORE)).isEqualTo(5);
        assertThat(took(StreamReport.Chain.AFTER)).isEqualTo(5);
    }

    @Test
    void oneSideMayBeAlone() throws Exception {
        install(MODEL);
        order(null, "test", new StreamTransforms(BOTH.frame(), BEFORE, List.of()));
        world.pass(Duration.ofMillis(50));
        Outcome only = outcomes().getFirst();
        assertThat(only.output()).isEqualTo(between(1));
        assertThat(only.form()).isNull();
        assertThat(took(StreamReport.Chain.AFTER)).isZero();
    }

    @Test
    void aFrameThatIsTheInputHasAShortAnswerToo() throws Exception {
        install(MODEL);
        order(null, "folder", new StreamTransforms(null, List.of(), List.of("threshold:atLeast=10")));
        world.pass(Duration.ofMillis(50));
        Outcome only = outcomes().getFirst();
        assertThat(only.output()).containsExactly(1, 1);
        assertThat(only.form()).isEqualTo(new ValueForm("int8", List.of(1, 2)));
        assertThat(took(StreamReport.Chain.BEFORE)).isZero();
    }

    @Test
    void theHelperIsSentWhatCrossesTheCutAndItsAnswerIsMadeShortHere() throws Exception {
        install(LAYERS);
        order(HELP, "test", BOTH);
        world.pass(Duration.ofMillis(10));
        byte[] answer = new StreamAnswer(500, true, null, EnergyMethod.UNKNOWN, null, between(1)).encode();
        world.tensor(
                "other",
                new Tensor(
                                new StreamTask("s-1", 1, true).text(),
                                1,
                                0,
                                answer.length,
                                answer,
                                Digest.sha256().digest(answer))
                        .encode());
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).extracting(Outcome::ranOn).containsExactly(RanOn.HELPER);
        assertThat(outcomes.getFirst().output()).isEqualTo(direct(1, List.of("argmax")));
        assertThat(outcomes.getFirst().form()).isEqualTo(new ValueForm("int32", List.of(1)));
        assertThat(took(StreamReport.Chain.AFTER)).isEqualTo(1);
    }

    @Test
    void withoutAHelpersAnswerTheSameBytesComeFromHere() throws Exception {
        install(LAYERS);
        order(HELP, "test", BOTH);
        world.pass(Duration.ofMillis(PERIOD + FALLBACK + 5));
        List<Outcome> outcomes = outcomes();
        assertThat(outcomes).extracting(Outcome::ranOn).containsExactly(RanOn.FALLBACK, RanOn.SOURCE);
        for (Outcome outcome : outcomes) {
            assertThat(outcome.output()).isEqualTo(direct(outcome.sensorFrame(), List.of("argmax")));
        }
        assertThat(took(StreamReport.Chain.BEFORE)).isEqualTo(2);
    }

    @Test
    void aTransformThatIsUnknownHereEndsTheStreamByName() throws Exception {
        install(MODEL);
        order(null, "test", new StreamTransforms(null, List.of(), List.of("blur:radius=3")));
        StreamReport refused = world.streamReports().getFirst();
        assertThat(refused.event()).isEqualTo(Event.ENDED);
        assertThat(refused.reason()).isEqualTo("no-such-transform");
        world.pass(Duration.ofMillis(3 * PERIOD));
        assertThat(world.runs).isZero();
    }

    @Test
    void aStreamThatIsToldToGoOnWithoutThemEndsByName() throws Exception {
        install(MODEL);
        order(null, "test", BOTH);
        world.pass(Duration.ofMillis(50));
        order(null, "test", BOTH);
        world.pass(Duration.ofMillis(PERIOD));
        assertThat(world.runs).as("the same again is a new lease").isEqualTo(2);
        order(null, "test", StreamTransforms.NONE);
        world.pass(Duration.ofMillis(3 * PERIOD));
        assertThat(world.runs).isEqualTo(2);
        StreamReport last = world.streamReports().getLast();
        assertThat(last.event()).isEqualTo(Event.ENDED);
        assertThat(last.reason()).isEqualTo("transforms-changed");
        order(null, "test", StreamTransforms.NONE);
        order(null, "test", BOTH);
        world.pass(Duration.ofMillis(3 * PERIOD));
        assertThat(world.runs).as("the same again begins nothing").isEqualTo(2);
    }

    @Test
    void aFrameThatTheBoardHasNoMemoryForIsSkippedAndTheNextOneRuns() throws Exception {
        install(MODEL);
        order(null, "crowded", BOTH);
        world.pass(Duration.ofMillis(2 * PERIOD + 50));
        assertThat(outcomes()).extracting(Outcome::frame).containsExactly(2L, 3L);
        assertThat(world.streamReports().getFirst().skipped()).isEqualTo(1);
    }

    @Test
    void whatDoesNotFitTheProgramRunsNothingAndIsMissed() throws Exception {
        install(MODEL);
        order(null, "test", new StreamTransforms(BOTH.frame(), List.of("window:length=2,hop=1"), List.of()));
        world.pass(Duration.ofMillis(2 * PERIOD + 50));
        assertThat(outcomes()).isEmpty();
        assertThat(world.runs).isZero();
        assertThat(world.streamReports().getFirst().missed()).isEqualTo(3);
    }

    @Test
    void onlyAnAnswerOfFewValuesIsTransformedOnTheCoresThread() throws Exception {
        StreamTransforms after = new StreamTransforms(null, List.of(), List.of("threshold:atLeast=10"));
        install(TestModels.sums(1, 1 << 16));
        order(null, "folder", after);
        world.pass(Duration.ofMillis(50));
        assertThat(outcomes().getFirst().form()).isEqualTo(new ValueForm("int8", List.of(1, 1 << 16)));
        assertThat(world.runs).isEqualTo(1);
    }

    @Test
    void oneOfMoreValuesIsMissed() throws Exception {
        install(TestModels.sums(1, (1 << 16) + 1));
        order(null, "folder", new StreamTransforms(null, List.of(), List.of("argmax")));
        world.pass(Duration.ofMillis(50));
        assertThat(outcomes()).isEmpty();
        assertThat(world.runs).isZero();
    }

    @Test
    void theBirthNamesTheTransformsThatRunHere() throws Exception {
        Birth birth = Birth.decode(world.sent.stream()
                .filter(message -> message.kind() == Topic.Kind.UP_BIRTH)
                .map(World.Sent::payload)
                .findFirst()
                .orElseThrow());
        assertThat(birth.transforms()).isEqualTo(TransformChain.names()).contains("resize", "argmax");
    }
}
