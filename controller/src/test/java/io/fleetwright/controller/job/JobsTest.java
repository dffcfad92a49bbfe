package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.testkit.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class JobsTest {
    private static final Set<String> TERMINAL = Set.of(Jobs.SUCCEEDED, Jobs.FAILED, Jobs.EXPIRED, Jobs.CANCELLED);
    private static final Duration ATTEMPT_OVER =
            TestFleet.SETTINGS.attemptLimit().plusMillis(1);

    private final TestFleet fleet = new TestFleet();

    /** A board that runs the model and has said so. */
    private static TestBoard ready(TestFleet fleet, String node) {
        TestBoard board = fleet.board(node);
        board.report(TestBoard.active("glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8")));
        return board;
    }

    @Test
    void aJobRunsOnceAndKeepsItsOutputAndFigures() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow job = fleet.submit("glyphs");
        Work work = board.lastWork();
        assertThat(work.task()).isEqualTo(job.id);
        assertThat(work.epoch()).isEqualTo(1);
        board.result(work, TaskResult.Outcome.OK);
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).containsExactly(1, 2, 3);
        assertThat(done.latencyMicros).isEqualTo(1500);
        assertThat(done.energyMicrojoules).isNull();
        assertThat(fleet.all(CostRow.class))
                .singleElement()
                .satisfies(cost -> assertThat(cost.id).isEqualTo("acme/n1/cpu0#" + work.digest()));
    }

    @Test
    void aJobWithoutADeviceWaitsSaysWhyAndExpires() {
        fleet.publish("glyphs", "1.0.0");
        fleet.board("n1");
        JobRow job = fleet.submit("glyphs", Duration.ofSeconds(3), null);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.QUEUED);
        assertThat(fleet.job(job.id).reason).isEqualTo("no-device-can-run-it");
        assertThat(fleet.job(job.id).why).contains("not-loaded");
        fleet.step(Duration.ofSeconds(3));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.QUEUED);
        fleet.step(Duration.ofMillis(1));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.EXPIRED);
    }

    @Test
    void anUnansweredAttemptIsFollowedByTheNextAndALateResultOfItIsIgnored() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow job = fleet.submit("glyphs");
        Work first = board.lastWork();
        board.status(Status.State.ONLINE);
        fleet.step(ATTEMPT_OVER);
        Work second = board.lastWork();
        assertThat(second.epoch()).isEqualTo(2);
        board.result(first, TaskResult.Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
        board.result(second, TaskResult.Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(fleet.job(job.id).output).startsWith(2);
    }

    @Test
    void attemptsAreBounded() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow job = fleet.submit("glyphs");
        for (int attempt = 1; attempt <= TestFleet.SETTINGS.attemptsMax(); attempt++) {
            assertThat(fleet.job(job.id).epoch).isEqualTo(attempt);
            board.result(board.lastWork(), TaskResult.Outcome.FAILED);
        }
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.FAILED);
        assertThat(fleet.job(job.id).reason).isEqualTo("broken");
        assertThat(board.works()).hasSize(TestFleet.SETTINGS.attemptsMax());
    }

    @Test
    void ofALongReasonThatABoardTellsTheFrontIsKept() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow job = fleet.submit("glyphs");
        board.result(
                TaskResult.failed(board.stamp(), board.lastWork(), TaskResult.Outcome.FAILED, "no-" + "x".repeat(509)));
        assertThat(fleet.job(job.id).reason).startsWith("no-xxx").hasSize(400);
    }

    @Test
    void aPinnedJobGoesToItsDeviceAndNowhereElse() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard first = ready(fleet, "n1");
        TestBoard second = ready(fleet, "n2");
        fleet.submit("glyphs", Duration.ofSeconds(60), "n2/cpu0");
        fleet.submit("glyphs", Duration.ofSeconds(60), "n2/cpu0");
        assertThat(first.works()).isEmpty();
        assertThat(second.works()).hasSize(2);
        assertThatThrownBy(() -> fleet.submit("glyphs", Duration.ofSeconds(60), "n3/cpu0"))
                .isInstanceOf(Refusal.class)
                .hasMessage("there is no device n3/cpu0");
    }

    @Test
    void moreThanADeviceMayHaveWaitsHereAndFollowsInItsTurn() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < 2 * PlacementRound.ATTEMPTS_PER_DEVICE_MAX; i++) {
            jobs.add(fleet.submit("glyphs", Duration.ofSeconds(60), null).id);
            fleet.step(Duration.ofMillis(1));
        }
        assertThat(board.works()).hasSize(PlacementRound.ATTEMPTS_PER_DEVICE_MAX);
        JobRow waiting = fleet.job(jobs.getLast());
        assertThat(waiting.state).isEqualTo(Jobs.QUEUED);
        assertThat(waiting.reason).isEqualTo("queues-full");
        assertThat(waiting.why).contains("queue-full");
        for (int i = 0; i < jobs.size(); i++) {
            assertThat(board.works().get(i).task()).isEqualTo(jobs.get(i));
            board.result(board.works().get(i), TaskResult.Outcome.OK);
        }
        assertThat(jobs).allSatisfy(job -> {
            assertThat(fleet.job(job).state).isEqualTo(Jobs.SUCCEEDED);
            assertThat(fleet.job(job).epoch).isEqualTo(1);
        });
    }

    @Test
    void workSpreadsOverEqualDevices() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard first = ready(fleet, "n1");
        TestBoard second = ready(fleet, "n2");
        for (int i = 0; i < 10; i++) {
            fleet.submit("glyphs");
        }
        assertThat(first.works()).hasSize(5);
        assertThat(second.works()).hasSize(5);
    }

    @Test
    void aBirthBringsBackTheWorkThatIsDue() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow job = fleet.submit("glyphs");
        fleet.transport.clear();
        board.connection = 2;
        board.birth();
        assertThat(board.works()).singleElement().satisfies(work -> {
            assertThat(work.task()).isEqualTo(job.id);
            assertThat(work.epoch()).isEqualTo(1);
        });
    }

    @Test
    void cancellingEndsTheJobTellsTheDeviceAndCannotBeDoneTwice() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow job = fleet.submit("glyphs");
        cancel(fleet, TestFleet.TENANT, job.id);
        assertThat(fleet.transport.commands(board.address).getLast())
                .isEqualTo(new Command("cancel-" + job.id, Command.Kind.CANCEL, job.id));
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.CANCELLED);
        assertThat(fleet.job(job.id).output).isNull();
        assertThatThrownBy(() -> cancel(fleet, TestFleet.TENANT, job.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT));
    }

    @Test
    void tooManyOpenJobsAreRefused() {
        fleet.publish("glyphs", "1.0.0");
        for (int i = 0; i < TestFleet.SETTINGS.jobsOpenMax(); i++) {
            fleet.submit("glyphs");
        }
        assertThatThrownBy(() -> fleet.submit("glyphs"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.TOO_MANY));
        assertThat(fleet.all(JobRow.class)).hasSize(TestFleet.SETTINGS.jobsOpenMax());
    }

    @Test
    void refusesWhatNoVariantTakes() {
        fleet.publish("glyphs", "1.0.0");
        assertThatThrownBy(() -> fleet.submit("no-such-model"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
        assertThatThrownBy(() -> fleet.submit("glyphs", Duration.ofSeconds(1), "no device at all " + "x".repeat(600)))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID));
        assertThat(fleet.all(JobRow.class)).isEmpty();
    }

    @Test
    void anotherTenantsJobIsNotThereAndItsNodesGetNoWork() {
        fleet.publish("glyphs", "1.0.0");
        String digest = fleet.publish("other", "glyphs", "1.0.0", "int8");
        TestBoard foreign = fleet.enrol("other", "n1");
        foreign.birth();
        foreign.report(TestBoard.active("glyphs", digest));
        JobRow job = fleet.submit("glyphs");
        assertThat(foreign.works()).isEmpty();
        assertThat(fleet.job(job.id).reason).isEqualTo("no-devices");
        assertThatThrownBy(() -> cancel(fleet, "other", job.id))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));

        TestBoard own = ready(fleet, "n1");
        fleet.step(Duration.ofMillis(1));
        foreign.result(own.lastWork(), TaskResult.Outcome.OK);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
    }

    @Test
    void aResultThatNamesAnotherDeviceTeachesNothingAboutIt() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        fleet.submit("glyphs");
        TaskResult honest = board.resultOf(board.lastWork(), TaskResult.Outcome.OK);
        board.result(
                TaskResult.succeeded(honest.stamp(), honest.task(), honest.epoch(), "x".repeat(512), honest.digest())
                        .withOutput(honest.output())
                        .measured(1));
        assertThat(fleet.all(CostRow.class)).allMatch(cost -> cost.deviceId.equals("acme/n1/cpu0"));
    }

    @Test
    void theChoiceNamesTheEnergyThatWasLearned() {
        fleet.publish("glyphs", "1.0.0");
        TestBoard board = ready(fleet, "n1");
        JobRow first = fleet.submit("glyphs");
        assertThat(fleet.job(first.id).why).doesNotContain("energyMj");
        board.result(
                board.resultOf(board.lastWork(), TaskResult.Outcome.OK).withEnergy(420.0, EnergyMethod.EXTERNAL, 0.1));
        JobRow second = fleet.submit("glyphs");
        assertThat(fleet.job(second.id).why).contains("\"energyMj\":0.42");
    }

    @Test
    void theReasonsOfABigFleetFitTheirColumn() {
        fleet.publish("glyphs", "1.0.0");
        for (int i = 0; i < 40; i++) {
            ready(fleet, "a-board-with-quite-a-long-name-in-rack-number-%02d".formatted(i));
        }
        for (int i = 0; i < 5; i++) {
            fleet.submit("glyphs");
        }
        DeviceRow longest = new DeviceRow();
        longest.tenant = TestFleet.TENANT;
        longest.node = "x".repeat(48);
        longest.device = "y".repeat(64);
        longest.id = String.join("/", longest.tenant, longest.node, longest.device);
        fleet.core().run(scope -> {
            scope.tx().insert(longest);
            return true;
        });
        fleet.submit("glyphs", Duration.ofSeconds(60), longest.node + "/" + longest.device);
        assertThat(fleet.all(JobRow.class))
                .allSatisfy(job -> assertThat(String.valueOf(job.why).length()).isLessThanOrEqualTo(8000));
    }

    @Test
    void everyJobEndsOnceAndStaysAsItEnded() {
        SeededCases.forEach(1000, 60, (random, _) -> history(random));
    }

    /** Submissions, results in any order and number, silence, cancellations and crashes, mixed at random. */
    private static void history(SplittableRandom random) {
        TestFleet fleet = new TestFleet(random.split());
        fleet.publish("glyphs", "1.0.0");
        List<TestBoard> boards = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            boards.add(ready(fleet, "n" + i));
        }
        Map<String, JobRow> ended = new HashMap<>();
        List<String> submitted = new ArrayList<>();
        Map<TestBoard, byte[]> sentBefore = new HashMap<>();
        for (int turn = 0; turn < 80; turn++) {
            TestBoard board = boards.get(random.nextInt(boards.size()));
            switch (random.nextInt(9)) {
                case 0, 1 -> submitted.add(fleet.submit("glyphs", Duration.ofSeconds(random.nextInt(1, 40)), null).id);
                case 2 -> fleet.step(Duration.ofMillis(random.nextLong(1, 6000)));
                case 3 -> fleet.restart();
                case 4 -> board.status(random.nextInt(4) > 0 ? Status.State.ONLINE : Status.State.LOST);
                case 5 -> {
                    if (!submitted.isEmpty()) {
                        String id = submitted.get(random.nextInt(submitted.size()));
                        if (!TERMINAL.contains(fleet.job(id).state)) {
                            cancel(fleet, TestFleet.TENANT, id);
                        }
                    }
                }
                default -> {
                    List<Work> works = board.works();
                    if (!works.isEmpty()) {
                        TaskResult.Outcome[] outcomes = TaskResult.Outcome.values();
                        TaskResult.Outcome outcome = random.nextInt(3) > 0
                                ? TaskResult.Outcome.OK
                                : outcomes[random.nextInt(outcomes.length)];
                        byte[] result = board.resultOf(works.get(random.nextInt(works.size())), outcome)
                                .encode();
                        board.sendOk(Topic.Kind.UP_RESULT, result);
                        sentBefore.put(board, result);
                    }
                    byte[] again = sentBefore.get(board);
                    if (again != null) {
                        board.sendOk(Topic.Kind.UP_RESULT, again);
                    }
                }
            }
            check(fleet, ended);
        }
        fleet.step(Duration.ofSeconds(41));
        check(fleet, ended);
        assertThat(ended.keySet()).containsExactlyInAnyOrderElementsOf(submitted);
        long succeeded = ended.values().stream()
                .filter(job -> job.state.equals(Jobs.SUCCEEDED))
                .count();
        assertThat(fleet.all(CostRow.class).stream()
                        .mapToLong(cost -> cost.count)
                        .sum())
                .isEqualTo(succeeded);
    }

    private static void check(TestFleet fleet, Map<String, JobRow> ended) {
        for (JobRow job : fleet.all(JobRow.class)) {
            JobRow before = ended.get(job.id);
            if (before != null) {
                assertThat(job.state).isEqualTo(before.state);
                assertThat(job.finishedAt).isEqualTo(before.finishedAt);
                assertThat(job.epoch).isEqualTo(before.epoch);
                assertThat(job.output).isEqualTo(before.output);
            } else if (TERMINAL.contains(job.state)) {
                assertThat(job.finishedAt).isNotNull();
                assertThat(job.output != null).isEqualTo(job.state.equals(Jobs.SUCCEEDED));
                ended.put(job.id, job);
            } else {
                assertThat(job.state).isIn(Jobs.QUEUED, Jobs.RUNNING);
                assertThat(job.finishedAt).isNull();
            }
            assertThat(job.epoch).isLessThanOrEqualTo(TestFleet.SETTINGS.attemptsMax());
        }
    }

    private static void cancel(TestFleet fleet, String tenant, String id) {
        JobRow ignored = fleet.core()
                .run(scope -> fleet.core().jobs().cancel(scope.tx(), scope.effects(), tenant, id, scope.nowMillis()));
        assertThat(ignored.state).isEqualTo(Jobs.CANCELLED);
    }
}
