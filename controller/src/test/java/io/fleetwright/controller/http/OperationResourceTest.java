package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.http.OperationResource.Failure;
import io.fleetwright.controller.http.OperationResource.Operation;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.telemetry.wire.TaskResult;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class OperationResourceTest {
    private final TestFleet fleet = new TestFleet();
    private final TestBoard board = fleet.board("n1");

    OperationResourceTest() {
        fleet.publish("glyphs", "1");
    }

    private Optional<Operation> find(String tenant, String id) {
        return fleet.core().read(scope -> OperationResource.find(scope.tx(), tenant, id));
    }

    private Operation operation(String id) {
        return find(TestFleet.TENANT, id).orElseThrow();
    }

    @Test
    void aRolloutAndAJobAreOperationsByTheirIdsUntilTheyHaveEnded() {
        String rollout = fleet.rollOut("glyphs", "1", 100).id;
        assertThat(operation(rollout))
                .isEqualTo(new Operation(rollout, "rollout", "running", false, "/api/v1/rollouts/" + rollout, null));
        board.runsWhatIsDesired("glyphs");
        assertThat(operation(rollout).done()).isTrue();
        String job = fleet.submit("glyphs").id;
        assertThat(operation(job)).isEqualTo(new Operation(job, "job", "running", false, "/api/v1/jobs/" + job, null));
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(operation(job)).isEqualTo(new Operation(job, "job", "succeeded", true, "/api/v1/jobs/" + job, null));
    }

    @Test
    void whatHasEndedOtherwiseSaysWhy() {
        String job = fleet.submit("glyphs", Duration.ofSeconds(1), null).id;
        fleet.step(Duration.ofSeconds(2));
        assertThat(operation(job).state()).isEqualTo("expired");
        assertThat(operation(job).error()).isEqualTo(new Failure(String.valueOf(fleet.job(job).reason), null));
        RolloutRow failed = new RolloutRow();
        failed.id = "r-9";
        failed.tenant = TestFleet.TENANT;
        failed.state = "failed";
        failed.reason = "failure-threshold";
        failed.detail = "2 of 3";
        GraphRow cancelled = new GraphRow();
        cancelled.id = "g-9";
        cancelled.tenant = TestFleet.TENANT;
        cancelled.state = "cancelled";
        boolean _ = fleet.core().run(scope -> {
            scope.tx().insert(failed);
            scope.tx().insert(cancelled);
            return true;
        });
        assertThat(operation("r-9").error()).isEqualTo(new Failure("failure-threshold", "2 of 3"));
        assertThat(operation("g-9"))
                .isEqualTo(new Operation(
                        "g-9",
                        "graph-job",
                        "cancelled",
                        true,
                        "/api/v1/graph-jobs/g-9",
                        new Failure("cancelled", null)));
    }

    @Test
    void anotherTenantsAreNotThere() {
        String rollout = fleet.rollOut("glyphs", "1", 100).id;
        String job = fleet.submit("glyphs").id;
        assertThat(find("other", rollout)).isEmpty();
        assertThat(find("other", job)).isEmpty();
        assertThat(find(TestFleet.TENANT, "nothing")).isEmpty();
    }
}
