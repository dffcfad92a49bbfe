package io.fleetwright.controller.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.graph.TransformReader;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.LatencyHistogram;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.StreamOrder;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.ValueForm;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams whose source resizes frames before the network and takes the class of its answer behind it. */
final class StreamTransformsTest extends StreamFleet {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Form FRAME = Form.int8(8, 12, 1);
    private static final List<String> RESIZE = List.of("resize:height=4,width=4,method=bilinear");
    private static final List<String> ARGMAX = List.of("argmax");

    @BeforeEach
    void theSourceRunsTransforms() {
        born(TransformChain.names());
        fleet.transport.clear();
    }

    private void born(List<String> transforms) {
        slow.birth(slow.birthOf(List.of(TestBoard.active("glyphs", digest)), 0)
                .withLink(new Birth.Link(10_000, 2, 0))
                .withSensors(List.of(TestBoard.CAM))
                .withTransforms(transforms));
    }

    private static Chains chains(@Nullable Form frame, List<String> before, List<String> after) {
        try {
            return new Chains(frame, TransformChain.parse(before), TransformChain.parse(after));
        } catch (TransformException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static Streams.Request request(Chains chains, long period, long deadline, @Nullable String notify) {
        return new Streams.Request(
                "glyphs",
                "slow/cpu0",
                "cam",
                Duration.ofMillis(period),
                Duration.ofMillis(deadline),
                8,
                null,
                null,
                0,
                notify,
                null,
                chains);
    }

    private LiveStreamRow create(Chains chains) {
        return create(request(chains, 200, 150, null));
    }

    private LiveStreamRow whole() {
        return create(chains(FRAME, RESIZE, ARGMAX));
    }

    /** All boards stay there meanwhile. */
    private void pass(Duration time) {
        for (long seconds = 0; seconds < time.toSeconds(); seconds += 5) {
            fleet.clock.advance(Duration.ofSeconds(5));
            List.of(slow, fast, quick).forEach(board -> board.status(Status.State.ONLINE));
            fleet.core().step();
        }
    }

    private StreamTransforms told() {
        return ((StreamOrder.Source) orders(slow).getLast().part()).transforms();
    }

    private void change(Consumer<VariantRow> how) {
        fleet.core().run(scope -> {
            VariantRow row =
                    scope.tx().get(VariantRow.class, "acme/glyphs/1.0.0/int8").orElseThrow();
            how.accept(row);
            scope.tx().update(row);
            return true;
        });
    }

    private void refused(Chains chains, String... parts) {
        assertThatThrownBy(() -> create(chains))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID))
                .satisfies(refusal -> assertThat(refusal.getMessage()).contains(parts));
        assertThat(fleet.all(LiveStreamRow.class)).as("nothing is stored").isEmpty();
    }

    private StreamReport seen(LiveStreamRow row, long frames, double beforeMicros, double afterMicros) {
        StreamReport plain = reportOf(row, now(row).epoch, 1, frames, null, "");
        return new StreamReport(
                new Stamp(slow.boot, ++sequence),
                plain.stream(),
                plain.epoch(),
                plain.from(),
                plain.to(),
                plain.met(),
                0,
                0,
                0,
                0,
                0,
                false,
                plain.latency(),
                plain.latencyMaxMicros(),
                plain.energy(),
                List.of(),
                plain.atMillis(),
                plain.windowMillis(),
                null,
                null,
                List.of(new StreamReport.Outcome(
                        frames,
                        frames,
                        "sha256:" + "ab".repeat(32),
                        new byte[] {7, 0, 0, 0},
                        60_000,
                        true,
                        StreamReport.RanOn.SOURCE,
                        new ValueForm("int32", List.of(1)))),
                null,
                List.of(
                        took(StreamReport.Chain.BEFORE, beforeMicros, frames),
                        took(StreamReport.Chain.AFTER, afterMicros, frames)));
    }

    private static StreamReport.Took took(StreamReport.Chain chain, double micros, long frames) {
        return new StreamReport.Took(
                chain, new LatencyHistogram(new TreeMap<>(Map.of(LatencyHistogram.bucket(micros), frames))));
    }

    private void window(LiveStreamRow row, double beforeMicros, double afterMicros) {
        slow.sendOk(
                Topic.Kind.UP_RESULT, seen(row, 10, beforeMicros, afterMicros).encode());
    }

    @Test
    void theSourceIsToldWhatItDoesToFramesAndAnswers() {
        LiveStreamRow row = whole();
        assertThat(row.state).isEqualTo(Streams.RUNNING);
        assertThat(told()).isEqualTo(new StreamTransforms(new ValueForm("int8", List.of(8, 12, 1)), RESIZE, ARGMAX));
        assertThat(now(row).chains()).isEqualTo(chains(FRAME, RESIZE, ARGMAX));
        pass(StreamOrders.RENEWAL);
        assertThat(told().after()).as("with each new lease").isEqualTo(ARGMAX);
        assertThat(now(row).epoch).isEqualTo(1);
        fleet.transport.clear();
        create(chains(null, List.of(), ARGMAX));
        assertThat(told()).isEqualTo(new StreamTransforms(null, List.of(), ARGMAX));
        create(Chains.NONE);
        assertThat(told()).isEqualTo(StreamTransforms.NONE);
    }

    @Test
    void aSourceMayNameATransformTwice() {
        born(List.of("argmax", "resize", "argmax"));
        assertThat(whole().state).isEqualTo(Streams.RUNNING);
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheTransformAndBothForms() {
        refused(
                chains(FRAME, List.of("resize:height=4,width=5,method=nearest"), List.of()),
                "resize gives int8[4,5,1]",
                "glyphs 1.0.0 takes int8[1,4,4,1]");
        refused(chains(Form.int8(96), RESIZE, List.of()), "before: resize", "int8[h,w,c]", "int8[96]");
        refused(
                chains(Form.int8(1, 4, 4, 1), List.of("argmax"), List.of()),
                "argmax gives int32[1,4,4]",
                "takes int8[1,4,4,1]");
        refused(
                chains(null, List.of(), List.of("resize:height=4,width=5,method=nearest")),
                "after: resize",
                "int8[1,10]");
        refused(
                chains(null, List.of(), List.of("nms:iouPerMille=500,topK=3,scoreMin=0")),
                "after: nms",
                "boxes and scores");
        change(row -> row.outputShape = "256,256,2");
        refused(chains(null, List.of(), ARGMAX), "glyphs 1.0.0 gives int8[256,256,2]", "at most 65536 elements");
    }

    @Test
    void transformsAndFrameGoTogether() {
        assertThatThrownBy(() -> chains(null, RESIZE, List.of())).hasMessageContaining("frame is missing");
        assertThatThrownBy(() -> chains(FRAME, List.of(), ARGMAX)).hasMessageContaining("frame is int8[8,12,1]");
        assertThatThrownBy(() -> chains(Form.int32(1025, 1024, 1), RESIZE, ARGMAX))
                .hasMessageContaining("at most 4194304");
    }

    @Test
    void aCallersTransformsAreReadByTheFieldThatHasThem() throws Exception {
        assertThat(TransformReader.chain("before", MAPPER.readTree("""
                        [{"transform":"resize","parameters":{"height":4,"width":4}},{"transform":"normalise"}]""")).texts())
                .containsExactly(RESIZE.getFirst(), "normalise:offset=0,multiplier=1,divisor=1,zeroPoint=0");
        assertThat(TransformReader.form("frame", MAPPER.readTree("{\"shape\":[8,12,1]}")))
                .isEqualTo(FRAME);
        assertThat(TransformReader.form("frame", null)).isNull();
        assertThat(TransformReader.chain("after", null)).isEqualTo(TransformChain.NONE);
        for (List<String> wrong : List.of(
                List.of("{}", "before must be an array"),
                List.of("[1]", "before[0] must be an object"),
                List.of("[{\"transform\":\"blur\"}]", "blur (before[0])"),
                List.of("[{\"transform\":\"argmax\"},{\"transform\":\"resize\"}]", "before[1].parameters.height"),
                List.of("[{\"transform\":\"argmax\",\"axis\":1}]", "before[0].axis is unknown"),
                List.of(
                        "[{\"transform\":\"resize\",\"parameters\":{\"height\":0,\"width\":1}}]",
                        "before[0]: height (0)"),
                List.of("[{},{},{},{},{}]", "at most 4"))) {
            assertThatThrownBy(() -> TransformReader.chain("before", MAPPER.readTree(wrong.getFirst())))
                    .as(wrong.getFirst())
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining(wrong.getLast());
        }
        assertThatThrownBy(() -> TransformReader.form("frame", MAPPER.readTree("{\"shape\":[0]}")))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("frame");
    }

    @Test
    void anAgentThatRunsNoSuchTransformIsNeverTold() {
        born(List.of("argmax"));
        assertThatThrownBy(this::whole).hasMessageContaining("source-runs-no-resize");
        create(chains(null, List.of(), ARGMAX));
        born(TransformChain.names());
        LiveStreamRow row = whole();
        fleet.transport.clear();
        born(List.of());
        assertThat(now(row).state).isEqualTo(Streams.WAITING);
        assertThat(now(row).reason).isEqualTo("source-runs-no-resize");
        assertThat(orders(slow)).as("neither at its birth nor later").isEmpty();
        pass(StreamOrders.RENEWAL);
        assertThat(orders(slow)).isEmpty();
        born(TransformChain.names());
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        assertThat(told().after()).isEqualTo(ARGMAX);
    }

    @Test
    void anotherVariantThatTakesSomethingElseWaitsByName() {
        LiveStreamRow row = whole();
        fleet.transport.clear();
        change(variant -> variant.inputShape = "1,2,8,1");
        fleet.step(Duration.ofSeconds(3));
        assertThat(now(row).state).isEqualTo(Streams.WAITING);
        assertThat(now(row).reason).isEqualTo("transforms-do-not-fit");
        change(variant -> variant.inputShape = "4,4,1");
        fleet.step(Duration.ofSeconds(3));
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
    }

    @Test
    void aSourceThatIsAwayWaitsAndIsAskedWhenItComes() {
        slow.status(Status.State.LOST);
        LiveStreamRow row = whole();
        assertThat(row.state).isEqualTo(Streams.WAITING);
        assertThat(row.reason).isEqualTo(StreamFacts.OFFLINE);
        born(TransformChain.names());
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        assertThat(told().before()).isEqualTo(RESIZE);
    }

    @Test
    void plansCountWithTheValuesUntilWindowsShowWhatTransformsTake() {
        LiveStreamRow row = whole();
        StreamPlanRow plain = plan(create(Chains.NONE));
        StreamPlanRow guessed = plan(row);
        assertThat(row.beforeMicros).isCloseTo(16 * 0.04, within(1e-9));
        assertThat(row.afterMicros).isCloseTo(10 * 0.04, within(1e-9));
        assertThat(guessed.afterMicros).isEqualTo(1);
        window(row, 20_000, 2_000);
        window(row, 20_000, 2_000);
        assertThat(now(row).epoch).as("two windows may be chance").isEqualTo(1);
        window(row, 20_000, 2_000);
        StreamPlanRow seen = plan(row);
        assertThat(seen.epoch).isEqualTo(2);
        assertThat(seen.cause).isEqualTo("source-transforms");
        assertThat((double) seen.beforeMicros).isCloseTo(20_000, within(1_000.0));
        assertThat((double) seen.afterMicros).isCloseTo(2_000, within(100.0));
        assertThat(seen.plannedMicros - seen.beforeMicros - seen.afterMicros)
                .as("the network and its link are what they are without")
                .isCloseTo(plain.plannedMicros, within(2L));
        assertThat(seen.p90Micros - guessed.p90Micros).isBetween(20_000L, 24_000L);
        assertThat(seen.localMicros).isEqualTo(seen.beforeMicros + plain.localMicros + seen.afterMicros);
        assertThat(seen.frontShare).isEqualTo(plain.frontShare);
        assertThat(seen.localBackMicros).isCloseTo(plain.localBackMicros + seen.afterMicros, within(2L));
        assertThat(seen.why).contains("beforeMs", "afterMs");
        for (int i = 0; i < 20; i++) {
            window(row, i % 2 == 0 ? 21_500 : 19_000, 2_100);
        }
        assertThat(now(row).epoch)
                .as("what spreads by less than a fifth changes nothing")
                .isEqualTo(2);
    }

    @Test
    void whatTransformsTakeIsTakenFromTheSource() {
        LiveStreamRow row = create(request(chains(FRAME, RESIZE, ARGMAX), 200, 190, null));
        assertThat(plan(row).keeps).isTrue();
        for (int i = 0; i < 3; i++) {
            window(row, 250_000, 10);
        }
        assertThat(plan(row).keeps).isFalse();
        assertThat(now(row).state).isEqualTo(Streams.DEGRADED);
        assertThatThrownBy(() -> create(request(Chains.NONE, 200, 2, null))).hasMessageContaining("soonest");
    }

    @Test
    void aSecondStreamOfTheSourceFindsItBusyWithTransforms() {
        quick.status(Status.State.LOST);
        fast.status(Status.State.LOST);
        LiveStreamRow row = create(request(chains(FRAME, RESIZE, ARGMAX), 400, 400, null));
        for (int i = 0; i < 3; i++) {
            window(row, 200_000, 10);
        }
        assertThat(plan(row).keeps).isTrue();
        assertThatThrownBy(() -> create(request(Chains.NONE, 300, 300, null)))
                .as("100 of 300 ms, and 300 of 400 are taken")
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.DEADLINE_UNREACHABLE))
                .hasMessageContaining("(slow)");
        create(request(Chains.NONE, 500, 500, null));
    }

    @Test
    void aGuessRefusesNothing() {
        change(row -> {
            row.inputShape = "1,1024,1024,4";
            row.outputShape = "1,10";
        });
        Chains large = chains(Form.int8(4, 4, 4), List.of("resize:height=1024,width=1024,method=bilinear"), List.of());
        LiveStreamRow row = create(request(large, 200, 150, null));
        assertThat(row.beforeMicros).isGreaterThan(150_000);
        assertThat(row.state).isEqualTo(Streams.DEGRADED);
        for (int i = 0; i < 3; i++) {
            window(row, 5_000, 10);
        }
        assertThat(now(row).state).isEqualTo(Streams.RUNNING);
        assertThat(plan(row).cause).isEqualTo("source-transforms");
    }

    @Test
    void theNodeToNotifyHearsTheShortAnswerAndWindowsKeepIt() throws Exception {
        LiveStreamRow row = create(request(chains(FRAME, RESIZE, ARGMAX), 200, 150, "fast"));
        window(row, 900, 10);
        Outcome told = Outcome.decode(fleet.transport.all().stream()
                .filter(sent -> sent.kind() == Topic.Kind.DOWN_OUTCOME)
                .map(sent -> sent.payload())
                .findFirst()
                .orElseThrow());
        assertThat(told.outputs()).singleElement().satisfies(value -> {
            assertThat(value.type()).isEqualTo("int32");
            assertThat(value.shape()).containsExactly(1L);
            assertThat(value.data()).containsExactly(7, 0, 0, 0);
        });
        StreamWindowRow window = fleet.all(StreamWindowRow.class).getFirst();
        assertThat(new String(
                        java.util.Objects.requireNonNull(window.outcomes), java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"form\":{\"type\":\"int32\",\"shape\":[1]}");
        assertThat(LatencyHistogram.parse(window.beforeLatency).count()).isEqualTo(10);
        assertThat(LatencyHistogram.parse(window.afterLatency).count()).isEqualTo(10);
    }
}
