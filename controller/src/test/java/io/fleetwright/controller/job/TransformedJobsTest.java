package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Single jobs whose frame is not what the network takes, and whose answer is not what it gives. */
final class TransformedJobsTest {
    private static final Form FRAME = Form.int8(8, 12, 1);
    private static final List<String> RESIZE = List.of("resize:height=4,width=4,method=bilinear");
    private static final List<String> ARGMAX = List.of("argmax");
    private static final byte[] CLASS = {7, 0, 0, 0};
    private static final Birth.Link FAR = new Birth.Link(10, 500, 0);
    private static final Birth.Link NEAR = new Birth.Link(10_000, 2, 0);
    private static final Jobs.Source CAMERA = new Jobs.Source("slow/cpu0", 8, "cam");

    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;
    private final TestBoard slow = world.slow;
    private final TestBoard fast = world.fast;

    @BeforeEach
    void boardsRunTheSameVariant() {
        world.run(SharedWorld.chain(TestFleet.INPUT_BYTES, 4, 16, 16, 16), Map.of(slow, 100_000.0, fast, 1_000.0));
        born(slow, FAR, TransformChain.names());
        born(fast, NEAR, TransformChain.names());
        fleet.transport.clear();
    }

    private String digest() {
        return fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8").digest;
    }

    private void born(TestBoard board, Birth.Link link, List<String> orderTransforms) {
        SharedWorld.sees(board, digest(), link, orderTransforms);
    }

    private static Chains chains(@Nullable Form frame, List<String> before, List<String> after) {
        try {
            return new Chains(frame, TransformChain.parse(before), TransformChain.parse(after));
        } catch (TransformException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static Chains both() {
        return chains(FRAME, RESIZE, ARGMAX);
    }

    private JobRow submit(Chains chains, Jobs.@Nullable Source source, @Nullable String pinned) {
        return submit(chains, source, pinned, Jobs.Bounds.NONE);
    }

    private JobRow submit(Chains chains, Jobs.@Nullable Source source, @Nullable String pinned, Jobs.Bounds bounds) {
        boolean sensed = source != null && source.sensor() != null;
        byte[] input = new byte[TestFleet.INPUT_BYTES];
        return fleet.core().run(scope -> {
            JobRow job = fleet.core()
                    .jobs()
                    .admit(
                            scope.tx(),
                            scope.effects(),
                            TestFleet.TENANT,
                            new Jobs.Request(
                                    "glyphs",
                                    sensed ? null : input,
                                    null,
                                    sensed ? 0 : input.length,
                                    Duration.ofSeconds(60),
                                    pinned,
                                    source,
                                    null,
                                    bounds,
                                    chains),
                            scope.nowMillis());
            fleet.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
            return scope.tx().get(JobRow.class, job.id).orElseThrow();
        });
    }

    private void step() {
        fleet.core().run(scope -> {
            fleet.core().jobs().step(scope.tx(), scope.effects(), scope.nowMillis());
            return true;
        });
    }

    private void refused(Chains chains, Jobs.@Nullable Source source, @Nullable String pinned, String... parts) {
        assertThatThrownBy(() -> submit(chains, source, pinned))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID))
                .satisfies(refusal -> assertThat(refusal.getMessage()).contains(parts));
        assertThat(fleet.all(JobRow.class)).as("nothing is stored").isEmpty();
    }

    @Test
    void theSourceIsToldAllOfThemWhereItRunsTheNetwork() {
        JobRow job = submit(both(), CAMERA, null);
        Work work = slow.lastWork();
        assertThat(work.task()).isEqualTo(job.id);
        assertThat(work.sensor()).isEqualTo("cam");
        assertThat(work.inputBytes()).isEqualTo(TestFleet.INPUT_BYTES);
        assertThat(work.transforms()).isEqualTo(both().told());
        world.say(slow, world.transformed(slow, work, new TaskResult.Transformed(1500, 20), CLASS));
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).isEqualTo(CLASS);
        assertThat(done.answerForm).isEqualTo("int32:1");
        assertThat(done.beforeMicros).isEqualTo(1500);
        assertThat(done.afterMicros).isEqualTo(20);
        assertThat(done.chains()).isEqualTo(both());
    }

    @Test
    void whereBoardsShareTheNetworkEachEndHasItsOwn() {
        born(slow, NEAR, TransformChain.names());
        JobRow job = submit(both(), CAMERA, null);
        Work front = slow.lastWork();
        Work back = fast.lastWork();
        assertThat(front.sends()).isNotNull();
        assertThat(front.transforms()).isEqualTo(both().front().told());
        assertThat(back.sensor()).isNull();
        assertThat(back.transforms()).isEqualTo(both().back().told());
        world.say(fast, world.transformed(fast, back, new TaskResult.Transformed(0, 30), CLASS));
        world.say(slow, world.transformed(slow, front, new TaskResult.Transformed(1700, 0), CLASS));
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).isEqualTo(CLASS);
        assertThat(done.beforeMicros).isEqualTo(1700);
        assertThat(done.afterMicros).isEqualTo(30);
    }

    @Test
    void plansCountWhatTransformsAreExpectedToTake() {
        born(slow, NEAR, TransformChain.names());
        JobRow plain = submit(Chains.NONE, CAMERA, null);
        long planned = fleet.get(SplitRow.class, plain.id).plannedMicros;
        List<SplitPartRow> parts = world.parts(plain);
        fleet.transport.clear();
        // 4 x 4 values of a resized frame each made to 1 MB and back take more than a millisecond.
        Chains large = chains(
                FRAME,
                List.of("resize:height=512,width=512,method=nearest", "resize:height=4,width=4,method=nearest"),
                ARGMAX);
        Chains.Guess guess = large.guess(fleet.get(VariantRow.class, "acme/glyphs/1.0.0/int8"));
        assertThat(guess.beforeMicros()).isGreaterThan(10_000);
        JobRow job = submit(large, CAMERA, null);
        assertThat(job.chainMicros).isEqualTo(guess.micros());
        assertThat(fleet.get(SplitRow.class, job.id).plannedMicros).isEqualTo(Math.round(planned + guess.micros()));
        assertThat(world.parts(job).getFirst().plannedMicros)
                .isEqualTo(parts.getFirst().plannedMicros + Math.round(guess.beforeMicros()));
    }

    @Test
    void plansCountWhatJobsShowOnceItIsFarFromTheGuessAFewTimes() {
        double guess = 0;
        for (int i = 0; i < 4; i++) {
            JobRow job = submit(both(), CAMERA, null);
            if (i == 0) {
                guess = job.chainMicros;
            }
            assertThat(job.chainMicros)
                    .as("job %d", i)
                    .isCloseTo(i < 3 ? guess : 5_000 + guess - both().guessBefore(), within(1e-6));
            world.say(slow, world.transformed(slow, slow.lastWork(), new TaskResult.Transformed(5_000, 1), CLASS));
        }
        assertThat(submit(chains(null, List.of(), ARGMAX), CAMERA, null).chainMicros)
                .as("another chain")
                .isLessThan(guess);
    }

    @Test
    void anAgentThatDoesNotRunThemIsRefusedAndNeverTold() {
        born(slow, FAR, List.of("argmax"));
        refused(both(), CAMERA, null, "slow/cpu0 cannot run glyphs: source-runs-no-resize");
        born(slow, FAR, List.of());
        refused(chains(null, List.of(), ARGMAX), CAMERA, null, "source-runs-no-argmax");
        refused(
                chains(null, List.of(), ARGMAX),
                null,
                "slow/cpu0",
                "slow/cpu0 cannot run glyphs: device-runs-no-argmax");
        assertThat(slow.works()).isEmpty();
    }

    @Test
    void aJobWaitsForAnAgentThatRunsThem() {
        slow.status(Status.State.STOPPED);
        JobRow job = submit(both(), CAMERA, null);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.QUEUED);
        born(slow, FAR, List.of("argmax"));
        step();
        assertThat(fleet.job(job.id).reason).isEqualTo("source-runs-no-resize");
        assertThat(slow.works()).isEmpty();
        born(slow, FAR, TransformChain.names());
        step();
        assertThat(slow.lastWork().transforms()).isEqualTo(both().told());
    }

    @Test
    void anAttemptIsNotSentAgainToAnAgentThatCameBackOlder() {
        submit(both(), CAMERA, null);
        assertThat(slow.works()).hasSize(1);
        born(slow, FAR, TransformChain.names());
        int again = slow.works().size();
        assertThat(again).as("a new birth is told again").isGreaterThan(1);
        born(slow, FAR, List.of());
        assertThat(slow.works()).hasSize(again);
    }

    @Test
    void aBoardThatMakesNoAnswerShortIsNoPeer() {
        born(slow, NEAR, TransformChain.names());
        born(fast, NEAR, List.of("resize"));
        JobRow job = submit(both(), CAMERA, null);
        assertThat(job.split).isFalse();
        assertThat(slow.lastWork().transforms()).isEqualTo(both().told());
        assertThat(fast.works()).isEmpty();
        JobRow before = submit(chains(FRAME, RESIZE, List.of()), CAMERA, null);
        assertThat(before.split).as("it need not know what the source does").isTrue();
    }

    @Test
    void anAnswerThatIsNotWhatTheTransformsMakeCountsNothing() {
        JobRow job = submit(both(), CAMERA, null);
        world.say(slow, world.transformed(slow, slow.lastWork(), null, CLASS));
        assertThat(fleet.job(job.id).reason).isEqualTo(OrderTransforms.NOT_TRANSFORMED);
        step();
        world.say(slow, world.transformed(slow, slow.lastWork(), new TaskResult.Transformed(1, 1), new byte[16]));
        assertThat(fleet.job(job.id).reason).isEqualTo(OrderTransforms.NOT_TRANSFORMED);
        step();
        world.say(slow, world.transformed(slow, slow.lastWork(), new TaskResult.Transformed(1, 1), CLASS));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.job(job.id).epoch).isEqualTo(3);

        born(slow, NEAR, TransformChain.names());
        JobRow shared = submit(both(), CAMERA, null);
        world.say(fast, world.transformed(fast, fast.lastWork(), null, SharedWorld.ANSWER));
        assertThat(fleet.job(shared.id).reason).isEqualTo(OrderTransforms.NOT_TRANSFORMED);
        step();
        assertThat(slow.lastWork().transforms()).as("the source does all").isEqualTo(both().told());
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheTransformAndBothForms() {
        refused(
                chains(FRAME, List.of("resize:height=5,width=4,method=bilinear"), List.of()),
                CAMERA,
                null,
                "before: resize gives int8[5,4,1], and model glyphs 1.0.0 takes int8[1,4,4,1]");
        refused(chains(Form.int8(7), RESIZE, List.of()), CAMERA, null, "before: resize", "int8[7]");
        refused(chains(null, List.of(), List.of("nms:iouPerMille=500,topK=1,scoreMin=0")), CAMERA, null, "after: nms");
        assertThatThrownBy(() -> chains(null, RESIZE, List.of())).hasMessageContaining("frame is missing");
        assertThatThrownBy(() -> chains(FRAME, List.of(), ARGMAX)).hasMessageContaining("before has no transform");
    }

    @Test
    void anInputThatIsHereIsTransformedHereAndItsAnswerOnTheBoard() {
        Chains both = both();
        byte[] frame = new byte[FRAME.bytes()];
        frame[3] = 100;
        assertThat(both.input(frame)).hasSize(TestFleet.INPUT_BYTES);
        assertThatThrownBy(() -> both.input(new byte[7]))
                .isInstanceOf(Refusal.class)
                .hasMessage("input of 7 bytes; frame is int8[8,12,1] of 96 bytes");
        born(fast, NEAR, List.of());
        JobRow job = submit(both, null, null);
        assertThat(fast.works()).as("it would be sooner, and runs no argmax").isEmpty();
        Work work = slow.lastWork();
        assertThat(work.transforms()).isEqualTo(new StreamTransforms(null, List.of(), ARGMAX));
        assertThat(work.input()).hasSize(TestFleet.INPUT_BYTES);
        world.say(slow, world.transformed(slow, work, new TaskResult.Transformed(0, 9), CLASS));
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.beforeMicros).isNull();
        assertThat(done.afterMicros).isEqualTo(9);
        assertThat(done.chains()).as("as it was asked for").isEqualTo(both);
    }

    @Test
    void aVersionThatTheyDoNotFitIsRefusedThoughAnotherOneFits() {
        boolean _ = fleet.core().run(scope -> {
            VariantRow other = new VariantRow();
            other.id = "acme/glyphs/2.0.0/int8";
            other.tenant = TestFleet.TENANT;
            other.model = "glyphs";
            other.version = "2.0.0";
            other.versionId = "acme/glyphs/2.0.0";
            other.variant = "int8";
            other.digest = "sha256:" + "5".repeat(64);
            other.inputShape = "1,8,8,1";
            other.outputShape = "1,10";
            scope.tx().insert(other);
            return true;
        });
        Jobs.Bounds second = Jobs.Bounds.of("2.0.0", null, null, null, null, null);
        assertThatThrownBy(() -> submit(both(), CAMERA, null, second))
                .isInstanceOf(Refusal.class)
                .hasMessage("before: resize gives int8[4,4,1], and model glyphs 2.0.0 takes int8[1,8,8,1]");
        assertThatThrownBy(() -> submit(
                        chains(null, List.of(), List.of("window:length=1,hop=1", "window:length=9,hop=1")), null, null))
                .as("the one that takes such inputs gives too little for a window")
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("after: window");
        assertThat(fleet.all(JobRow.class)).isEmpty();
        assertThat(submit(both(), CAMERA, null, Jobs.Bounds.of("1.0.0", null, null, null, null, null)).state)
                .isEqualTo(Jobs.RUNNING);
    }

    @Test
    void aBoardWhoseAnswersAreSlowToShortenIsCountedWithThat() {
        born(slow, NEAR, TransformChain.names());
        Chains after = chains(null, List.of(), ARGMAX);
        for (int i = 0; i < 3; i++) {
            JobRow job = submit(after, CAMERA, null);
            assertThat(job.split).as("job %d", i).isTrue();
            world.say(slow, world.transformed(slow, slow.lastWork(), null, CLASS));
            world.say(fast, world.transformed(fast, fast.lastWork(), new TaskResult.Transformed(0, 10_000_000), CLASS));
            assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        }
        JobRow job = submit(after, CAMERA, null);
        assertThat(job.split).as("10 s there are more than the source takes").isFalse();
        assertThat(job.chainMicros).as("nothing is known of the source").isLessThan(1_000);
    }

    @Test
    void aLookAtASensorCountsAsWorkOfItsBoardUntilItIsOver() {
        double busy = fleet.core().run(scope -> {
            Form value = Form.int8(2048, 2048, 1);
            JobRow look = fleet.core()
                    .jobs()
                    .capture(
                            scope.tx(),
                            scope.effects(),
                            TestFleet.TENANT,
                            new Jobs.Capture(
                                    "slow/cpu0",
                                    "cam",
                                    value,
                                    chains(value, List.of("resize:height=2048,width=2048,method=nearest"), List.of()),
                                    Duration.ofSeconds(60)),
                            new Part("g-1", null, null, 0),
                            scope.nowMillis());
            fleet.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
            assertThat(scope.tx().get(JobRow.class, look.id).orElseThrow().state)
                    .isEqualTo(Jobs.RUNNING);
            PlacementRound next = new PlacementRound(scope.tx(), List.of(), new Faults(), scope.nowMillis());
            return next.busyMicros(next.device(TestFleet.TENANT, slow.address + "/cpu0"));
        });
        assertThat(busy).as("4 million values of 40 ns each").isBetween(160_000.0, 170_000.0);
    }
}
