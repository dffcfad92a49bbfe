package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.core.Placing;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class JointPlacementsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Placing GREEDY = new Placing(Placing.Policy.EARLIEST_FINISH, Map.of());

    private final TestFleet fleet = new TestFleet();

    /** A board that runs models which are known to take so long there; it is away. */
    private static TestBoard away(TestFleet fleet, String node, Map<String, Integer> millis) {
        TestBoard board = fleet.board(node);
        millis.forEach((model, takes) -> {
            String digest = TestFleet.digest("acme/" + model + "/1.0.0/int8");
            board.report(TestBoard.active(model, digest));
            CostRow cost = new CostRow();
            cost.id = CostRow.key("acme/" + node + "/cpu0", digest);
            cost.tenant = TestFleet.TENANT;
            cost.deviceId = "acme/" + node + "/cpu0";
            cost.digest = digest;
            cost.meanMicros = takes * 1000.0;
            cost.count = 100;
            cost.energyMethod = EnergyMethod.UNKNOWN.wireName();
            boolean _ = fleet.core().run(scope -> {
                scope.tx().insert(cost);
                return true;
            });
        });
        board.status(Status.State.LOST);
        return board;
    }

    /** All of them are there again, and what waited for them is placed in one step. */
    private static void back(TestFleet fleet, TestBoard... boards) {
        for (TestBoard board : boards) {
            board.status(Status.State.ONLINE);
        }
        fleet.step(Duration.ZERO);
    }

    private static List<String> tasks(TestBoard board) {
        return board.works().stream().map(Work::task).toList();
    }

    @Test
    void shortJobsThatWaitWithALongOneGoFirstAndTheReasonSaysSo() {
        fleet.publish("slow", "1.0.0");
        fleet.publish("quick", "1.0.0");
        TestBoard board = away(fleet, "n1", Map.of("slow", 1000, "quick", 1));
        String slow = fleet.submit("slow").id;
        String first = fleet.submit("quick").id;
        String second = fleet.submit("quick").id;
        back(fleet, board);
        assertThat(tasks(board)).containsExactly(first, second, slow);
        assertThat(fleet.job(slow).why)
                .contains("\"policy\":\"shortest-first\"")
                .contains(
                        "\"together\":{\"jobs\":3,\"late\":0.0,\"greedyLate\":0.0,\"flowMs\":1005.0,\"greedyFlowMs\":3003.0}");
        String alone = fleet.submit("quick").id;
        assertThat(fleet.job(alone).why).contains("\"policy\":\"earliest-finish\"");
    }

    @Test
    void byEarliestFinishTheyWaitForTheirTurn() {
        TestFleet greedy = new TestFleet(new SplittableRandom(1), TestFleet.SETTINGS.placing(GREEDY));
        greedy.publish("slow", "1.0.0");
        greedy.publish("quick", "1.0.0");
        TestBoard board = away(greedy, "n1", Map.of("slow", 1000, "quick", 1));
        String slow = greedy.submit("slow").id;
        String quick = greedy.submit("quick").id;
        back(greedy, board);
        assertThat(tasks(board)).containsExactly(slow, quick);
        assertThat(greedy.job(quick).why)
                .contains("\"policy\":\"earliest-finish\"")
                .doesNotContain("together");
    }

    @Test
    void aJobThatWouldBeLateGoesFirst() {
        fleet.publish("slow", "1.0.0");
        TestBoard board = away(fleet, "n1", Map.of("slow", 1000));
        String first = fleet.submit("slow", LONG, null).id;
        String hurried = fleet.submit("slow", Duration.ofMillis(1500), null).id;
        back(fleet, board);
        assertThat(tasks(board)).containsExactly(hurried, first);
        assertThat(fleet.job(first).why).contains("\"policy\":\"earliest-deadline\"", "\"greedyLate\":1.0");
    }

    @Test
    void aDeviceIsLeftToWhoHasNoOther() {
        fleet.publish("both", "1.0.0");
        fleet.publish("one", "1.0.0");
        TestBoard near = away(fleet, "n1", Map.of("both", 10, "one", 10));
        TestBoard far = away(fleet, "n2", Map.of("both", 12));
        String both = fleet.submit("both").id;
        String one = fleet.submit("one").id;
        back(fleet, near, far);
        assertThat(tasks(near)).containsExactly(one);
        assertThat(tasks(far)).containsExactly(both);
        assertThat(fleet.job(both).why)
                .contains(
                        "\"chosen\":\"n2/cpu0\"",
                        "\"policy\":\"sufferage\"",
                        "\"flowMs\":22.0",
                        "\"greedyFlowMs\":30.0");
    }

    /** Ten seconds of turn are never reordered, so that what keeps arriving cannot keep a long job from its place. */
    @Test
    void aLongJobIsPassedOverForAWhileOnly() {
        fleet.publish("slow", "1.0.0");
        fleet.publish("quick", "1.0.0");
        TestBoard board = away(fleet, "n1", Map.of("slow", 1000, "quick", 1));
        back(fleet, board);
        for (int i = 0; i < PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            fleet.submit("quick", LONG, null);
        }
        String slow = fleet.submit("slow", LONG, null).id;
        for (int i = 0; i < 4; i++) {
            fleet.submit("quick", LONG, null);
        }
        int answered = 0;
        List<String> before = new ArrayList<>();
        while (!tasks(board).contains(slow) && answered < 80) {
            fleet.clock.advance(Duration.ofMillis(300));
            board.status(Status.State.ONLINE);
            before.add(fleet.submit("quick", LONG, null).id);
            board.result(board.works().get(answered++), TaskResult.Outcome.OK);
        }
        long passing = before.stream().filter(tasks(board)::contains).count();
        assertThat(tasks(board)).contains(slow);
        assertThat(answered).isBetween(3, 40);
        assertThat(passing).isLessThan(10_000 / 300 + 1);
        assertThat(fleet.job(slow).epoch).isEqualTo(1);
    }

    @Test
    void whatWaitsStaysQueuedWithItsReason() {
        fleet.publish("slow", "1.0.0");
        fleet.publish("quick", "1.0.0");
        TestBoard board = away(fleet, "n1", Map.of("slow", 1000, "quick", 1));
        for (int i = 0; i < 10; i++) {
            fleet.submit("slow", LONG, null);
            fleet.submit("quick", LONG, null);
        }
        back(fleet, board);
        List<JobRow> jobs = fleet.all(JobRow.class);
        assertThat(board.works()).hasSize(PlacementRound.ATTEMPTS_PER_DEVICE_MAX);
        assertThat(jobs).filteredOn(job -> job.model.equals("quick")).allMatch(job -> job.state.equals(Jobs.RUNNING));
        assertThat(jobs)
                .filteredOn(job -> job.state.equals(Jobs.QUEUED))
                .hasSize(8)
                .allSatisfy(job -> {
                    assertThat(job.reason).isEqualTo("queues-full");
                    assertThat(job.why).contains("queue-full");
                });
    }
}
