package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.model.ArtifactRow;
import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.telemetry.wire.NodeAddress;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.Status;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Outputs that no message carries. */
final class OutputsTest {
    private static final Duration ATTEMPT_OVER =
            TestFleet.SETTINGS.attemptLimit().plusMillis(1);

    private final TestFleet fleet = new TestFleet();
    private final TestBoard board;
    private final JobRow job;

    OutputsTest() {
        fleet.publish("glyphs", "1.0.0");
        board = ready("n1");
        job = fleet.submit("glyphs");
    }

    private TestBoard ready(String node) {
        TestBoard made = fleet.board(node);
        made.report(TestBoard.active("glyphs", TestFleet.digest("acme/glyphs/1.0.0/int8")));
        return made;
    }

    private static byte[] output(long seed) {
        byte[] output = new byte[20_000];
        new SplittableRandom(seed).nextBytes(output);
        return output;
    }

    private byte @Nullable [] read() {
        return fleet.output(job.id);
    }

    private void refuses(NodeAddress node, String task, long epoch) {
        assertThatThrownBy(() ->
                        fleet.core().run(scope -> fleet.core().jobs().outputs().require(scope.tx(), node, task, epoch)))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
    }

    private void say(TaskResult result) {
        board.sendOk(Topic.Kind.UP_RESULT, result.encode());
    }

    @Test
    void aJobHasTheOutputThatWasPutForIt() {
        byte[] output = output(1);
        board.put(board.lastWork(), output);
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.RUNNING);
        say(board.naming(board.lastWork(), output));
        JobRow done = fleet.job(job.id);
        assertThat(done.state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(done.output).isNull();
        assertThat(done.outputDigest).isEqualTo(Digest.of(output).value());
        assertThat(done.outputBytes).isEqualTo(output.length);
        assertThat(done.latencyMicros).isEqualTo(1500);
        assertThat(read()).isEqualTo(output);
    }

    @Test
    void aSmallOutputIsReadTheSameWay() {
        assertThat(read()).isNull();
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(read()).containsExactly(1, 2, 3);
    }

    @Test
    void aResultThatNamesWhatWasNotPutForItsAttemptIsFollowedByTheNextAttempt() {
        Work first = board.lastWork();
        say(board.naming(first, output(1)));
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(fleet.job(job.id).reason).isEqualTo("output-not-put");

        board.put(board.lastWork(), output(1));
        say(board.naming(board.lastWork(), output(2)));
        assertThat(fleet.job(job.id).epoch).as("other bytes were put").isEqualTo(3);

        say(board.naming(board.lastWork(), output(1)));
        assertThat(fleet.job(job.id).epoch)
                .as("they were put for an earlier attempt")
                .isEqualTo(4);

        board.largeResult(board.lastWork(), output(1));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void onlyTheNodeThatHasAnOpenAttemptMayPut() {
        TestBoard other = ready("n2");
        Work work = board.lastWork();
        refuses(other.address, work.task(), 1);
        refuses(new NodeAddress("other", "n1"), work.task(), 1);
        refuses(board.address, work.task(), 2);
        refuses(board.address, work.task() + ".0", 1);
        refuses(board.address, "j-00000000000000000000", 1);

        fleet.step(ATTEMPT_OVER);
        refuses(board.address, work.task(), 1);
        board.status(Status.State.ONLINE);
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        TestBoard has = board.lastWork().epoch() == 2 ? board : other;
        has.largeResult(has.lastWork(), output(1));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        refuses(has.address, work.task(), 2);
    }

    @Test
    void nothingIsTakenForAnInferenceThatHasEndedThoughItsCallerWaitsStill() throws Exception {
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        DirectInferences.Sent sent = fleet.core()
                .direct()
                .send(
                        TestFleet.TENANT,
                        new Jobs.Request(
                                "glyphs",
                                new byte[TestFleet.INPUT_BYTES],
                                null,
                                TestFleet.INPUT_BYTES,
                                Duration.ofSeconds(60),
                                null),
                        Duration.ZERO)
                .orElseThrow();
        Work work = board.lastWork();
        assertThat(work.task()).isEqualTo(sent.id());
        TaskResult result = board.resultOf(work, TaskResult.Outcome.OK);
        boolean _ = fleet.core().run(scope -> {
            JobRow open = fleet.core().jobs().outputs().require(scope.tx(), board.address, work.task(), work.epoch());
            NodeRow node =
                    scope.tx().get(NodeRow.class, board.address.toString()).orElseThrow();
            fleet.core().jobs().result(scope.tx(), scope.effects(), node, result, scope.nowMillis(), scope.nowMillis());
            assertThat(open.state).isEqualTo(Jobs.RUNNING);
            assertThatThrownBy(() ->
                            fleet.core().jobs().outputs().require(scope.tx(), board.address, work.task(), work.epoch()))
                    .isInstanceOf(Refusal.class);
            return true;
        });
        assertThat(fleet.job(sent.id()).state).isEqualTo(Jobs.SUCCEEDED);
    }

    @Test
    void theSameOutputAgainChangesNothingAndAnotherOneReplacesIt() {
        Work work = board.lastWork();
        board.put(work, output(1));
        long put = fleet.all(OutputRow.class).getFirst().createdAt;
        fleet.clock.advance(Duration.ofMillis(5));
        board.put(work, output(1));
        assertThat(fleet.all(OutputRow.class))
                .singleElement()
                .satisfies(row -> assertThat(row.createdAt).isEqualTo(put));
        board.put(work, output(2));
        assertThat(fleet.all(ArtifactRow.class))
                .extracting(row -> row.id)
                .containsExactly(Digest.of(output(2)).value());
        say(board.naming(work, output(2)));
        assertThat(read()).isEqualTo(output(2));
    }

    @Test
    void anAttemptPutsSomeDifferentOutputsAndNoMore() {
        Work work = board.lastWork();
        for (int i = 0; i < Outputs.PUTS_MAX; i++) {
            board.put(work, output(i));
        }
        assertThatThrownBy(() -> board.put(work, output(99)))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT));
        board.largeResult(work, output(Outputs.PUTS_MAX - 1));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
    }

    private void attemptOver() {
        board.status(Status.State.ONLINE);
        fleet.step(ATTEMPT_OVER);
    }

    @Test
    void anAttemptIsNotGivenUpWhileItsOutputComesAndAMomentLonger() {
        Work work = board.lastWork();
        fleet.core().jobs().outputs().begins(work.task());
        fleet.core().jobs().outputs().begins(work.task());
        attemptOver();
        fleet.core().jobs().outputs().ends(work.task());
        attemptOver();
        assertThat(fleet.job(job.id).epoch).isEqualTo(1);
        board.put(work, output(1));
        fleet.core().jobs().outputs().ends(work.task());
        fleet.step(TestFleet.SETTINGS.attemptLimit());
        assertThat(fleet.job(job.id).epoch).as("the result may be on its way").isEqualTo(1);
        attemptOver();
        assertThat(fleet.job(job.id).epoch).isEqualTo(2);
        assertThat(fleet.job(job.id).reason).isEqualTo("no-answer");
    }

    @Test
    void anAttemptWhoseOutputComesAndComesIsGivenUpInTheEnd() {
        Work work = board.lastWork();
        fleet.core().jobs().outputs().begins(work.task());
        board.status(Status.State.ONLINE);
        fleet.step(TestFleet.SETTINGS.attemptLimit().plus(Outputs.ON_THE_WAY_MAX));
        assertThat(fleet.job(job.id).epoch).isEqualTo(1);
        board.status(Status.State.ONLINE);
        fleet.step(Duration.ofMillis(1));
        assertThat(fleet.job(job.id).epoch).isGreaterThan(1);
        assertThat(fleet.job(job.id).reason).isEqualTo("no-answer");
    }

    @Test
    void aPutThatWasAnsweredOutlivesTheController() {
        Work work = board.lastWork();
        board.put(work, output(1));
        fleet.restart();
        board.birth();
        say(board.naming(work, output(1)));
        assertThat(fleet.job(job.id).state).isEqualTo(Jobs.SUCCEEDED);
        assertThat(read()).isEqualTo(output(1));
    }

    @Test
    void bytesThatSomebodyElseHasPutHereStayWhenTheOutputGoes() {
        boolean _ = fleet.core().run(scope -> {
            Artifacts.of(scope).put(output(1));
            return true;
        });
        board.put(board.lastWork(), output(1));
        board.put(board.lastWork(), output(2));
        boolean _ = fleet.core().run(scope -> {
            Artifacts.of(scope).put(output(2));
            return true;
        });
        fleet.clock.advance(Duration.ofMillis(1));
        boolean _ = fleet.core().run(scope -> {
            Artifacts.of(scope).put(output(2));
            return true;
        });
        board.put(board.lastWork(), output(3));
        assertThat(fleet.all(ArtifactRow.class)).hasSize(3);
    }

    @Test
    void whatWasPutForAJobThatDidNotSucceedIsForgotten() {
        board.put(board.lastWork(), output(1));
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.cancelled",
                        job.id,
                        scope -> fleet.core()
                                .jobs()
                                .cancel(scope.tx(), scope.effects(), TestFleet.TENANT, job.id, scope.nowMillis()));
        assertThat(fleet.all(OutputRow.class)).isEmpty();
        assertThat(fleet.all(ArtifactRow.class)).isEmpty();
    }

    @Test
    void anOutputIsKeptAsLongAsItsJobAndItsBytesFollow() {
        board.largeResult(board.lastWork(), output(1));
        fleet.step(Duration.ofDays(6));
        assertThat(read()).isEqualTo(output(1));
        fleet.step(Duration.ofDays(2));
        assertThat(fleet.all(OutputRow.class)).isEmpty();
        assertThat(fleet.all(JobRow.class)).isEmpty();
        assertThat(fleet.all(ArtifactRow.class)).isEmpty();
    }

    @Test
    void whatATenantKeepsIsBoundedAndTheOldestGo() {
        board.largeResult(board.lastWork(), output(1));
        fleet.clock.advance(Duration.ofMillis(1));
        boolean _ = fleet.core().run(scope -> {
            OutputRow large = new OutputRow();
            large.id = "j-large";
            large.tenant = TestFleet.TENANT;
            large.bytes = Outputs.BYTES_OF_TENANT_MAX - output(1).length;
            large.createdAt = scope.nowMillis();
            scope.tx().insert(large);
            OutputRow others = new OutputRow();
            others.id = "j-others";
            others.tenant = "other";
            others.bytes = Outputs.BYTES_OF_TENANT_MAX;
            scope.tx().insert(others);
            return true;
        });
        fleet.clock.advance(Duration.ofMillis(1));
        assertThat(read()).isNotNull();
        fleet.submit("glyphs");
        board.largeResult(board.lastWork(), output(2));
        assertThat(read()).isNull();
        assertThat(fleet.job(job.id).outputBytes).isEqualTo(output(1).length);
        assertThat(fleet.all(OutputRow.class))
                .extracting(row -> row.id)
                .contains("j-large", "j-others")
                .hasSize(3);
        assertThat(fleet.all(ArtifactRow.class))
                .extracting(row -> row.id)
                .containsExactly(Digest.of(output(2)).value());
    }

    @Test
    void aNodeIsToldOfTheOutputByItsDigest() throws Exception {
        JobRow told = fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.submitted",
                        "glyphs",
                        scope -> fleet.core()
                                .jobs()
                                .submit(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        new Jobs.Request(
                                                "glyphs",
                                                new byte[TestFleet.INPUT_BYTES],
                                                null,
                                                TestFleet.INPUT_BYTES,
                                                Duration.ofSeconds(60),
                                                null,
                                                null,
                                                "n1",
                                                Jobs.Bounds.NONE),
                                        scope.nowMillis()));
        Work work = board.lastWork();
        assertThat(work.task()).isEqualTo(told.id);
        board.largeResult(work, output(1));
        List<Outcome> outcomes = new java.util.ArrayList<>();
        for (var sent : fleet.transport.all()) {
            if (sent.kind() == Topic.Kind.DOWN_OUTCOME) {
                outcomes.add(Outcome.decode(sent.payload()));
            }
        }
        assertThat(outcomes).singleElement().satisfies(outcome -> {
            assertThat(outcome.state()).isEqualTo(Outcome.State.SUCCEEDED);
            assertThat(outcome.outputs()).singleElement().satisfies(one -> {
                assertThat(one.digest()).isEqualTo(Digest.of(output(1)).value());
                assertThat(one.data()).isNull();
                assertThat(one.type()).isEqualTo("int8");
            });
        });
    }
}
