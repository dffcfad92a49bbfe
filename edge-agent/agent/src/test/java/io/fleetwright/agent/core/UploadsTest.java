package io.fleetwright.agent.core;

import static io.fleetwright.agent.core.World.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.spool.OutputSink.Put;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Outputs that are too large for a result. */
class UploadsTest {
    private static final int OUTPUT_BYTES = 5000;
    private static final byte[] MODEL = TestModels.sums(2, OUTPUT_BYTES);
    private static final Digest DIGEST = Digest.of(MODEL);
    private static final long BUDGET_MILLIS = 60_000;

    private final World world;

    UploadsTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, MODEL);
    }

    private void order(String task) {
        world.order(work(task, 1, "cpu0", DIGEST, BUDGET_MILLIS));
    }

    private static byte[] expected() {
        byte[] output = new byte[OUTPUT_BYTES];
        Arrays.fill(output, (byte) 20);
        return output;
    }

    @Test
    void aLargeOutputIsPutFirstAndThenNamed() {
        world.holdPuts = true;
        order("t1");
        assertThat(world.results()).isEmpty();
        World.PutCall call = world.puts.getFirst();
        assertThat(call.task()).isEqualTo("t1");
        assertThat(call.epoch()).isEqualTo(1);
        assertThat(call.output()).isEqualTo(expected());

        call.done().accept(Put.STORED);
        TaskResult result = world.lastResult();
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.output()).isNull();
        assertThat(result.put())
                .isEqualTo(new TaskResult.PutOutput(Digest.of(expected()).value(), OUTPUT_BYTES));
        assertThat(result.latencyMicros()).isEqualTo(1234);
        assertThat(world.puts).hasSize(1);
    }

    @Test
    void anOutputOfTheSizeThatAMessageCarriesIsNotPut() {
        byte[] model = TestModels.sums(2, Limits.INLINE_TENSOR_BYTES_MAX);
        world.install(2, model);
        world.order(work("t1", 1, "cpu0", Digest.of(model), BUDGET_MILLIS));
        assertThat(world.lastResult().output()).hasSize(Limits.INLINE_TENSOR_BYTES_MAX);
        assertThat(world.puts).isEmpty();
    }

    @Test
    void theDeviceGoesOnWhileAnOutputIsPut() {
        world.holdPuts = true;
        for (int i = 0; i < 4; i++) {
            order("t" + i);
        }
        assertThat(world.runs).isEqualTo(4);
        assertThat(world.puts).as("tries at a time").hasSize(Uploads.AT_A_TIME_MAX);
        world.puts.getFirst().done().accept(Put.STORED);
        assertThat(world.results()).extracting(TaskResult::task).containsExactly("t0");
        assertThat(world.puts).hasSize(Uploads.AT_A_TIME_MAX + 1);
    }

    @Test
    void theSameOrderAgainIsIgnoredWhileItsOutputIsPutAndAnsweredAgainAfterwards() {
        world.holdPuts = true;
        order("t1");
        order("t1");
        world.puts.getFirst().done().accept(Put.STORED);
        world.acknowledgeAll();
        order("t1");
        assertThat(world.runs).isEqualTo(1);
        assertThat(world.puts).hasSize(1);
        assertThat(world.results())
                .hasSize(2)
                .allMatch(result -> result.put() != null && result.stamp().sequence() == 1);
    }

    @Test
    void anOutputIsTriedAgainAfterAWaitUntilItIsStored() {
        world.holdPuts = true;
        order("t1");
        world.puts.get(0).done().accept(Put.FAILED);
        assertThat(world.puts).as("not at once").hasSize(1);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.puts).hasSize(2);
        world.puts.get(1).done().accept(Put.STORED);
        assertThat(world.lastResult().put()).isNotNull();
    }

    @Test
    void anOutputThatTheControllerDoesNotTakeFailsTheAttempt() {
        world.putAnswer = Put.REFUSED;
        order("t1");
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(world.lastResult().reason()).isEqualTo("output-not-put");
        assertThat(world.puts).hasSize(1);
    }

    @Test
    void triesEndAndFailTheAttempt() {
        world.putAnswer = Put.FAILED;
        order("t1");
        world.pass(Duration.ofSeconds(30));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(world.lastResult().reason()).isEqualTo("output-not-put");
        assertThat(world.puts).hasSizeBetween(2, 8);
    }

    @Test
    void aTryThatNeverEndsHoldsNoResultBackLongerThanTheLimit() {
        world.holdPuts = true;
        order("t1");
        world.pass(Duration.ofNanos(Uploads.LIMIT_MICROS * 1000).plusSeconds(1));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.FAILED);
        assertThat(world.lastResult().reason()).isEqualTo("output-not-put");
        world.puts.getFirst().done().accept(Put.STORED);
        assertThat(world.results()).as("one result").hasSize(1);
    }

    @Test
    void anOutputThatIsNotPutByTheDeadlineIsExpired() {
        world.holdPuts = true;
        world.order(work("t1", 1, "cpu0", DIGEST, 2000));
        world.pass(Duration.ofSeconds(3));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.EXPIRED);
        assertThat(world.lastResult().reason()).isEqualTo("output-not-put");
    }

    @Test
    void aCancelledOutputIsForgotten() {
        world.holdPuts = true;
        order("t1");
        world.command(Command.Kind.CANCEL, "t1");
        world.puts.getFirst().done().accept(Put.STORED);
        order("t1");
        assertThat(world.results()).isEmpty();
        assertThat(world.runs).isEqualTo(1);
    }

    @Test
    void anAttemptWhoseOutputWasNotPutRunsAgainAfterARestart() throws Exception {
        world.holdPuts = true;
        order("t1");
        world.restart(false);
        world.holdPuts = false;
        world.connect();
        world.pass(Duration.ofSeconds(1));
        order("t1");
        assertThat(Objects.requireNonNull(world.lastResult().put()).bytes()).isEqualTo(OUTPUT_BYTES);
        assertThat(world.runs).isEqualTo(2);
    }

    @Test
    void aDeviceWaitsWhereTooManyOutputsAreKeptAndGoesOnWhenOneIsGone() throws Exception {
        byte[] large = TestModels.sums(2, (int) (Uploads.BYTES_MAX / 5));
        world.artifactBytesMax = 64 << 20;
        world.restart(false);
        world.connect();
        world.install(2, large);
        world.holdPuts = true;
        int before = world.runs;
        for (int i = 0; i < 7; i++) {
            world.order(work("t" + i, 1, "cpu0", Digest.of(large), BUDGET_MILLIS));
        }
        assertThat(world.runs - before).isEqualTo(5);
        world.puts.getFirst().done().accept(Put.STORED);
        assertThat(world.runs - before).isEqualTo(6);
    }

    @Test
    void anOutputBeyondTheLimitIsRefused() throws Exception {
        byte[] huge = TestModels.sums(1, Limits.OUTPUT_BYTES_MAX + 1);
        world.artifactBytesMax = 128 << 20;
        world.restart(false);
        world.connect();
        world.install(2, huge);
        world.order(work("t", 1, "cpu0", Digest.of(huge), BUDGET_MILLIS));
        assertThat(world.lastResult().reason()).isEqualTo("output-too-large");
    }
}
