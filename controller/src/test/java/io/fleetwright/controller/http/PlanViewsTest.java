package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.Jobs;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import org.junit.jupiter.api.Test;

final class PlanViewsTest {
    private final TestFleet fleet = new TestFleet();

    private PlanViews.Plan plan(String tenant, String id) {
        return fleet.core().run(scope -> PlanViews.plan(scope.tx(), tenant, id));
    }

    private PlanViews.Why why(String id, String task) {
        return fleet.core().run(scope -> PlanViews.why(scope.tx(), TestFleet.TENANT, id, task));
    }

    @Test
    void aJobsPlanHasOneTaskWithItsDeviceAndBothTimes() {
        fleet.publish("glyphs", "1.0.0");
        JobRow job = fleet.submit("glyphs");
        PlanViews.Plan waiting = plan(TestFleet.TENANT, job.id);
        assertThat(waiting.state()).isEqualTo(Jobs.QUEUED);
        assertThat(waiting.tasks()).singleElement().satisfies(task -> {
            assertThat(task.device()).isNull();
            assertThat(task.plannedMs()).isNull();
        });

        TestBoard board = fleet.board("n1");
        board.report(TestBoard.active("glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8")));
        fleet.step(java.time.Duration.ofMillis(1));
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        PlanViews.Plan done = plan(TestFleet.TENANT, job.id);
        assertThat(done.number()).isEqualTo(1);
        assertThat(done.tasks()).singleElement().satisfies(task -> {
            assertThat(task.task()).isEqualTo("all");
            assertThat(task.state()).isEqualTo(Jobs.SUCCEEDED);
            assertThat(task.device()).isEqualTo("n1/cpu0");
            assertThat(task.plannedMs()).isPositive();
            assertThat(task.observedMs()).isEqualTo(1.5);
        });
        assertThat(why(job.id, "all").why().path("chosen").asText()).isEqualTo("n1/cpu0");
    }

    @Test
    void whatWasPlannedForAnAttemptThatFailedIsNotKnownOnceItWaitsAgain() {
        String digest = fleet.publish("glyphs", "1.0.0");
        TestBoard board = fleet.board("n1");
        board.report(TestBoard.active("glyphs", digest));
        JobRow job = fleet.submit("glyphs");
        board.status(Status.State.LOST);
        board.result(board.lastWork(), TaskResult.Outcome.FAILED);
        fleet.step(java.time.Duration.ofMillis(1));
        PlanViews.Plan waiting = plan(TestFleet.TENANT, job.id);
        assertThat(waiting.state()).isEqualTo(Jobs.QUEUED);
        assertThat(waiting.tasks())
                .singleElement()
                .satisfies(task -> assertThat(task.plannedMs()).isNull());
    }

    @Test
    void whatIsNotThereIsNamed() {
        fleet.publish("glyphs", "1.0.0");
        JobRow job = fleet.submit("glyphs");
        assertThatThrownBy(() -> plan("other", job.id))
                .isInstanceOf(Refusal.class)
                .hasMessage("there is no plan " + job.id);
        assertThatThrownBy(() -> plan(TestFleet.TENANT, "j-none"))
                .isInstanceOf(Refusal.class)
                .hasMessage("there is no plan j-none");
        assertThatThrownBy(() -> why(job.id, "7"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("of that name in %s; there are all".formatted(job.id));
    }
}
