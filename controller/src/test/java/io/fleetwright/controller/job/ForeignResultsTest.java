package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.audit.Breaches;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.telemetry.wire.Stamp;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node says of work that is not its own ends in the audit log and nowhere else. */
final class ForeignResultsTest {
    private static final Duration TICK = Duration.ofMillis(500);

    private final TestFleet fleet = new TestFleet();
    private TestBoard board = fleet.board("n1");
    private TestBoard stranger = fleet.board("n2");
    private String digest = "";
    private long sequence = 1000;

    @BeforeEach
    void oneBoardRunsTheModel() {
        digest = fleet.publish("glyphs", "1.0.0");
        board.report(TestBoard.active("glyphs", digest));
    }

    private TaskResult result(TestBoard from, String task, long epoch, String device, String variant) {
        return TaskResult.succeeded(new Stamp(from.boot, ++sequence), task, epoch, device, variant)
                .withOutput(new byte[] {1})
                .measured(1500);
    }

    private void say(TestBoard from, TaskResult result) {
        from.sendOk(Topic.Kind.UP_RESULT, result.encode());
    }

    private List<String> broken() {
        fleet.step(TICK);
        return fleet.all(AuditRow.class).stream()
                .filter(row -> row.action.equals("rule.broken"))
                .map(row -> row.who + " " + row.what)
                .toList();
    }

    @Test
    void aResultFromANodeThatWasNotGivenTheAttemptIsNoted() {
        JobRow job = fleet.submit("glyphs");
        say(stranger, result(stranger, job.id, 1, "cpu0", digest));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
        assertThat(broken())
                .containsExactly(
                        "node:n2 result of n2/cpu0 for attempt 1 at task %s, which it was not given".formatted(job.id));
    }

    @Test
    void aResultFromAnotherDeviceOfTheRightNodeIsNoted() {
        JobRow job = fleet.submit("glyphs");
        say(board, result(board, job.id, 1, "npu0", digest));
        assertThat(fleet.job(job.id).state).as("it does not count").isEqualTo(Jobs.RUNNING);
        assertThat(fleet.all(CostRow.class)).isEmpty();
        assertThat(broken()).singleElement().asString().contains("n1/npu0 for attempt 1");
    }

    @Test
    void anAttemptThatWasNeverMadeAndATaskThatIsNotThereAreNoted() {
        JobRow job = fleet.submit("glyphs");
        say(board, result(board, job.id, 7, "cpu0", digest));
        assertThat(broken())
                .containsExactly("node:n1 result for attempt 7 at task %s, of which there were 1".formatted(job.id));
        say(stranger, result(stranger, "j-made-up", 1, "cpu0", digest));
        assertThat(broken()).contains("node:n2 result for task j-made-up, which is not there");
    }

    @Test
    void aTaskOfAnotherTenantIsNotThereEither() {
        JobRow job = fleet.submit("glyphs");
        TestBoard foreign = fleet.enrol("other", "n1");
        foreign.birth();
        say(foreign, result(foreign, job.id, 1, "cpu0", digest));
        assertThat(broken()).containsExactly("node:n1 result for task %s, which is not there".formatted(job.id));
        assertThat(fleet.all(AuditRow.class))
                .filteredOn(row -> row.action.equals("rule.broken"))
                .extracting(row -> row.tenant)
                .containsExactly("other");
    }

    @Test
    void aResultOfAnotherVariantIsNotedAndTheJobTriedAgain() {
        JobRow job = fleet.submit("glyphs");
        say(board, result(board, job.id, 1, "cpu0", TestFleet.digest("another")));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(broken()).singleElement().asString().contains("result of " + TestFleet.digest("another"), digest);
    }

    @Test
    void workForADeviceThatHasLeftIsNoted() {
        JobRow job = fleet.submit("glyphs");
        Work work = board.lastWork();
        TaskResult plain = board.resultOf(work, TaskResult.Outcome.FAILED);
        say(board, TaskResult.failed(plain.stamp(), job.id, 1, "cpu0", TaskResult.Outcome.FAILED, "no-such-device"));
        assertThat(broken())
                .containsExactly(
                        "node:n1 work for n1/cpu0, which the node does not have any more (task %s)".formatted(job.id));
    }

    @Test
    void whatAnEarlierAttemptStillSaysBreaksNoRule() {
        JobRow job = fleet.submit("glyphs");
        Work first = board.lastWork();
        stranger.report(TestBoard.active("glyphs", digest));
        board.status(Status.State.LOST);
        fleet.step(TestFleet.SETTINGS.attemptLimit().plusMillis(1));
        Work second = stranger.lastWork();
        assertThat(second.epoch()).isEqualTo(2);
        board.result(first, TaskResult.Outcome.OK);
        stranger.result(second, TaskResult.Outcome.OK);
        stranger.result(second, TaskResult.Outcome.OK);
        board.result(first, TaskResult.Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(broken()).isEmpty();
    }

    @Test
    void aResultThatIsOlderThanJobsAreKeptBreaksNoRule() {
        String old = "j-%011x%08x"
                .formatted(fleet.clock.millis() - Duration.ofDays(8).toMillis(), 1);
        say(board, result(board, old, 1, "cpu0", digest));
        assertThat(broken()).isEmpty();
    }

    @Test
    void aNodeThatRepeatsItselfGetsOneEntryAnHourWithTheNumber() {
        JobRow job = fleet.submit("glyphs");
        for (int i = 0; i < 5; i++) {
            say(stranger, result(stranger, job.id, 1, "cpu0", digest));
        }
        assertThat(broken()).singleElement().asString().endsWith("(5 times)");
        for (int i = 0; i < 40; i++) {
            say(stranger, result(stranger, job.id, 1, "cpu0", digest));
            fleet.step(TICK);
        }
        assertThat(broken()).hasSize(1);
        fleet.step(Breaches.WINDOW);
        assertThat(broken()).hasSize(2).last().asString().endsWith("(40 times)");
    }

    @Test
    void anEntryWhoseTransactionFailedIsWrittenLater() {
        JobRow job = fleet.submit("glyphs");
        say(stranger, result(stranger, job.id, 1, "cpu0", digest));
        fleet.failCommits(true);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> fleet.step(TICK))
                .isInstanceOf(io.fleetwright.controller.store.FleetStore.StoreException.class);
        fleet.failCommits(false);
        assertThat(broken()).hasSize(1);
    }

    @Test
    void attemptsThatANodeTookWithItWhenItLeftAreNoted() {
        fleet.submit("glyphs");
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "node.revoked",
                        "n1",
                        scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, "n1"));
        assertThat(what("work.withdrawn")).isEqualTo("1 attempts of node n1, which has left");
    }

    private @Nullable String what(String action) {
        return fleet.all(AuditRow.class).stream()
                .filter(row -> row.action.equals(action))
                .map(row -> row.what)
                .findFirst()
                .orElse(null);
    }
}
