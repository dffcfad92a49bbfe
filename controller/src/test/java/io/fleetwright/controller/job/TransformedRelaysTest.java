package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.chain.Chains;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.runtime.transform.Argmax;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.Resize;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transforms around a network of which each board holds a part. */
final class TransformedRelaysTest {
    private static final byte[] CLASS = {7, 0, 0, 0};
    private static final Birth.Link NEAR = new Birth.Link(10_000, 2, 0);
    private static final Chains BOTH = new Chains(
            Form.int8(8, 12, 1),
            new TransformChain(List.of(new Resize(4, 4, Resize.Method.BILINEAR))),
            new TransformChain(List.of(new Argmax())));

    private final SharedWorld world = new SharedWorld();
    private final TestFleet fleet = world.fleet;
    private final TestBoard first = world.slow;
    private final TestBoard second = world.fast;
    private List<VariantRow> parts = List.of();

    @BeforeEach
    void eachBoardHoldsAPart() {
        world.run(SharedWorld.chain(TestFleet.INPUT_BYTES, 16, 4, 16, 16), Map.of());
        parts = fleet.core().parts().cut(TestFleet.TENANT, "glyphs", "1.0.0", "int8", List.of(1), null, "test");
        born(first, 0, TransformChain.names());
        born(second, 1, TransformChain.names());
        fleet.transport.clear();
    }

    private void born(TestBoard board, int part, List<String> orderTransforms) {
        SharedWorld.sees(board, parts.get(part).digest, NEAR, orderTransforms);
    }

    private JobRow submit(Chains chains, Jobs.@Nullable Source source) {
        byte[] input = new byte[TestFleet.INPUT_BYTES];
        boolean sensed = source != null && source.sensor() != null;
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
                                    null,
                                    source,
                                    null,
                                    Jobs.Bounds.NONE,
                                    chains),
                            scope.nowMillis());
            fleet.core().jobs().place(scope.tx(), scope.effects(), scope.nowMillis());
            return scope.tx().get(JobRow.class, job.id).orElseThrow();
        });
    }

    private void says(TestBoard board, Work work, TaskResult.@Nullable Transformed took, byte @Nullable [] output) {
        world.say(board, world.transformed(board, work, took, output));
    }

    private JobRow answered(JobRow job, long beforeMicros, long afterMicros) {
        says(first, first.lastWork(), new TaskResult.Transformed(beforeMicros, 0), null);
        says(second, second.lastWork(), new TaskResult.Transformed(0, afterMicros), CLASS);
        return fleet.job(job.id);
    }

    @Test
    void theFirstPartsBoardMakesTheInputAndTheLastOnesTheAnswer() {
        JobRow job = submit(BOTH, new Jobs.Source("slow/cpu0", 8, "cam"));
        assertThat(first.lastWork().digest()).isEqualTo(parts.getFirst().digest);
        assertThat(first.lastWork().transforms()).isEqualTo(BOTH.front().told());
        assertThat(second.lastWork().digest()).isEqualTo(parts.getLast().digest);
        assertThat(second.lastWork().transforms()).isEqualTo(BOTH.back().told());
        JobRow done = answered(job, 1700, 30);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).isEqualTo(CLASS);
        assertThat(done.answerForm).isEqualTo("int32:1");
        assertThat(done.beforeMicros).isEqualTo(1700);
        assertThat(done.afterMicros).isEqualTo(30);
    }

    @Test
    void aLastPartsBoardThatMakesNoAnswerShortIsNotTold() {
        born(second, 1, List.of("resize"));
        JobRow job = submit(BOTH.back(), null);
        assertThat(job.state).isEqualTo(Jobs.QUEUED);
        assertThat(job.why).contains("\"missingPart\":\"int8.2-3\"");
        assertThat(second.works()).isEmpty();
        born(second, 1, TransformChain.names());
        fleet.step(Duration.ofMillis(200));
        assertThat(first.lastWork().transforms().isEmpty()).isTrue();
        assertThat(second.lastWork().transforms()).isEqualTo(BOTH.back().told());
        says(first, first.lastWork(), null, null);
        says(second, second.lastWork(), null, SharedWorld.ANSWER);
        assertThat(fleet.job(job.id).reason).isEqualTo(OrderTransforms.NOT_TRANSFORMED);
        fleet.step(Duration.ofMillis(200));
        assertThat(second.lastWork().epoch()).isEqualTo(2);
        assertThat(second.lastWork().transforms())
                .as("the parts are asked again, each once")
                .isEqualTo(BOTH.back().told());
        says(first, first.lastWork(), null, null);
        says(second, second.lastWork(), new TaskResult.Transformed(0, 9), CLASS);
        assertThat(fleet.job(job.id).output).isEqualTo(CLASS);
    }

    @Test
    void plansCountWhatTheTransformsTookOnTheBoardsThatRanThem() {
        Jobs.Source camera = new Jobs.Source("slow/cpu0", 8, "cam");
        for (int i = 0; i < 3; i++) {
            answered(submit(BOTH, camera), 20_000, 30_000);
        }
        JobRow job = submit(BOTH, camera);
        JobRow plain = submit(Chains.NONE, camera);
        assertThat(fleet.get(SplitRow.class, job.id).plannedMicros - fleet.get(SplitRow.class, plain.id).plannedMicros)
                .isBetween(49_000L, 51_000L);
        assertThat(world.parts(job).getFirst().plannedMicros
                        - world.parts(plain).getFirst().plannedMicros)
                .isEqualTo(20_000);
        assertThat(world.parts(job).getLast().plannedMicros - world.parts(plain).getLast().plannedMicros)
                .isEqualTo(30_000);
    }
}
