package io.fleetwright.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.RecordedTransport;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestBoard;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import io.fleetwright.telemetry.wire.Outcome;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.Topic;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Nodes that callers wanted to hear of a job's end. */
final class NoticeTest {
    private final TestFleet fleet = new TestFleet();

    private JobRow submit(@Nullable String node) {
        return fleet.core()
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
                                                Duration.ofSeconds(30),
                                                null,
                                                null,
                                                node,
                                                Jobs.Bounds.NONE),
                                        scope.nowMillis()));
    }

    private List<Outcome> outcomes(TestBoard board) {
        List<Outcome> outcomes = new ArrayList<>();
        for (RecordedTransport.Sent sent : fleet.transport.all()) {
            if (sent.kind() == Topic.Kind.DOWN_OUTCOME && sent.to().equals(board.address)) {
                try {
                    outcomes.add(Outcome.decode(sent.payload()));
                } catch (MalformedMessageException wrong) {
                    throw new AssertionError(wrong);
                }
            }
        }
        return outcomes;
    }

    private TestBoard ready() {
        TestBoard board = fleet.board("n1");
        board.report(TestBoard.active("glyphs", fleet.publish("glyphs", "1.0.0")));
        return board;
    }

    @Test
    void theNodeHearsOfTheEndOnceWithTheOutputAndItsForm() {
        TestBoard board = ready();
        TestBoard display = fleet.board("display");
        JobRow job = submit("display");
        assertThat(outcomes(display)).isEmpty();
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(outcomes(display)).singleElement().satisfies(outcome -> {
            assertThat(outcome.job()).isEqualTo(job.id);
            assertThat(outcome.state()).isEqualTo(Outcome.State.SUCCEEDED);
            assertThat(outcome.device()).isEqualTo("n1/cpu0");
            assertThat(outcome.outputs())
                    .containsExactly(new Outcome.Output(
                            "output",
                            "int8",
                            List.of(1L, 10L),
                            Digest.of(new byte[] {1, 2, 3}).value(),
                            new byte[] {1, 2, 3}));
        });
        assertThat(outcomes(board)).isEmpty();
    }

    @Test
    void everyOtherEndIsToldWithItsReasonAndWithoutOutputs() {
        TestBoard board = ready();
        TestBoard display = fleet.board("display");
        submit("display");
        for (int attempt = 0; attempt < TestFleet.SETTINGS.attemptsMax(); attempt++) {
            board.result(board.lastWork(), TaskResult.Outcome.FAILED);
        }
        JobRow cancelled = submit("display");
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "job.cancelled",
                        cancelled.id,
                        scope -> fleet.core()
                                .jobs()
                                .cancel(
                                        scope.tx(),
                                        scope.effects(),
                                        TestFleet.TENANT,
                                        cancelled.id,
                                        scope.nowMillis()));
        assertThat(outcomes(display))
                .extracting(outcome -> outcome.state() + " " + outcome.reason() + " " + outcome.outputs())
                .containsExactly("FAILED broken []", "CANCELLED by-operator []");
    }

    @Test
    void nothingIsToldThatIsNotCommitted() {
        TestBoard board = ready();
        TestBoard display = fleet.board("display");
        submit("display");
        byte[] result = board.resultOf(board.lastWork(), TaskResult.Outcome.OK).encode();
        fleet.failCommits(true);
        assertThatThrownBy(() -> board.send(Topic.Kind.UP_RESULT, result)).isInstanceOf(StoreException.class);
        assertThat(outcomes(display)).isEmpty();
        fleet.failCommits(false);
        board.sendOk(Topic.Kind.UP_RESULT, result);
        assertThat(outcomes(display)).hasSize(1);
    }

    @Test
    void onlyANodeOfTheTenantMayBeNamed() {
        ready();
        fleet.enrol("other", "theirs");
        for (String node : List.of("theirs", "nobody", "../n1", "x".repeat(300))) {
            assertThatThrownBy(() -> submit(node)).isInstanceOfSatisfying(Refusal.class, refusal -> {
                assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND);
                assertThat(refusal.getMessage()).startsWith("there is no node").hasSizeLessThan(100);
            });
        }
        assertThat(fleet.all(JobRow.class)).isEmpty();
    }

    @Test
    void aNodeThatHasLeftMeanwhileIsNotTold() {
        TestBoard board = ready();
        TestBoard display = fleet.board("display");
        submit("display");
        fleet.core()
                .act(
                        TestFleet.TENANT,
                        "test",
                        "node.revoked",
                        "display",
                        scope -> fleet.core().removal().revoke(scope, TestFleet.TENANT, "display"));
        board.result(board.lastWork(), TaskResult.Outcome.OK);
        assertThat(outcomes(display)).isEmpty();
    }

    @Test
    void whatDoesNotFitAMessageIsToldByItsDigest() throws Exception {
        TestBoard display = fleet.board("display");
        List<Notice.Value> values = IntStream.range(0, 16)
                .mapToObj(i -> new Notice.Value(
                        "a-name-of-forty-characters-in-all-%06d".formatted(i),
                        "int8",
                        List.of(1, 1, 1, 1000),
                        i == 0 ? null : new byte[1000],
                        i == 0 ? TestFleet.digest("large") : null))
                .toList();
        fleet.core().run(scope -> {
            Notice.send(
                    scope.tx(),
                    scope.effects(),
                    TestFleet.TENANT,
                    "display",
                    new Notice.Ended("g-1", "name", Jobs.SUCCEEDED, "r".repeat(5000), null, 1),
                    values);
            return true;
        });
        Outcome outcome = outcomes(display).getFirst();
        assertThat(outcome.outputs()).hasSize(16);
        assertThat(outcome.outputs().getFirst().digest()).isEqualTo(TestFleet.digest("large"));
        assertThat(outcome.outputs().stream().filter(output -> output.data() != null))
                .hasSize(3);
        assertThat(outcome.outputs().getLast().digest())
                .isEqualTo(Digest.of(new byte[1000]).value());
    }
}
