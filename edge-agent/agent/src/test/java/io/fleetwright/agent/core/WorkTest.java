package io.fleetwright.agent.core;

import static io.fleetwright.agent.core.World.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.agent.spool.Outbox;
import io.fleetwright.telemetry.wire.Birth;
import io.fleetwright.telemetry.wire.Command;
import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.telemetry.wire.TaskResult;
import io.fleetwright.telemetry.wire.TaskResult.Outcome;
import io.fleetwright.telemetry.wire.TelemetryFrame;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Orders, results, and the samples that inferences make. */
class WorkTest {
    private static final byte[] MODEL = TestModels.sums(2);
    private static final Digest DIGEST = Digest.of(MODEL);

    private final World world;

    WorkTest() throws Exception {
        world = new World();
        world.connect();
        world.install(1, MODEL);
    }

    private void on(String device, String task) {
        world.order(work(task, 1, device, DIGEST, 60_000));
    }

    @Test
    void workIsRunAndItsResultSaysWhatRan() {
        on("cpu0", "t1");
        TaskResult result = world.lastResult();
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.output()).containsExactly(20, 20);
        assertThat(result.digest()).isEqualTo(DIGEST.value());
        assertThat(result.latencyMicros()).isEqualTo(1234);
        assertThat(result.latencyModelled()).isFalse();
        assertThat(result.energyMicrojoules()).isNull();
        assertThat(result.energyMethod()).isEqualTo(EnergyMethod.UNKNOWN);
        assertThat(result.stamp().sequence()).isEqualTo(1);
    }

    @Test
    void theSameOrderAgainRunsOnceAndIsAnsweredAgain() {
        on("cpu0", "t1");
        on("cpu0", "t1");
        world.acknowledgeAll();
        on("cpu0", "t1");
        assertThat(world.runs).isEqualTo(1);
        assertThat(world.results()).hasSize(3).allMatch(result -> result.stamp().sequence() == 1);
        assertThat(world.core().counted(AgentCore.Counter.WORK_REPEATED)).isEqualTo(2);
        world.order(work("t1", 2, "cpu0", DIGEST, 60_000));
        assertThat(world.runs).isEqualTo(2);
    }

    @Test
    void ordersThatComeAgainWhileTheyWaitOrRunAreIgnored() {
        world.holdRuns = true;
        on("cpu0", "t1");
        on("cpu0", "t2");
        on("cpu0", "t1");
        on("cpu0", "t2");
        world.runHeld();
        assertThat(world.results()).extracting(TaskResult::task).containsExactly("t1", "t2");
        assertThat(world.runs).isEqualTo(2);
    }

    @Test
    void aResultThatNobodyAcknowledgedIsKeptOverARestartAndNotComputedAgain() throws Exception {
        on("cpu0", "t1");
        TaskResult before = world.lastResult();
        world.restart(false);
        on("cpu0", "t1");
        world.connect();
        on("cpu0", "t1");
        assertThat(world.runs).isEqualTo(1);
        assertThat(world.results()).isNotEmpty().allMatch(result -> result.equals(before));
        assertThat(world.core().unacknowledged(Stream.RESULT)).isEqualTo(1);
        world.acknowledgeAll();
        assertThat(world.core().unacknowledged(Stream.RESULT)).isZero();
        assertThat(world.disk.list("spool/result/")).isEmpty();
    }

    @Test
    void workWhoseTimeIsOverBeforeItStartsExpires() {
        world.order(work("none", 1, "cpu0", DIGEST, 0));
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.EXPIRED);
        world.holdRuns = true;
        world.order(work("first", 1, "cpu0", DIGEST, 60_000));
        world.order(work("second", 1, "cpu0", DIGEST, 1_000));
        world.pass(Duration.ofSeconds(2));
        world.runHeld();
        assertThat(world.lastResult().task()).isEqualTo("second");
        assertThat(world.lastResult().outcome()).isEqualTo(Outcome.EXPIRED);
        assertThat(world.lastResult().reason()).isEqualTo("deadline");
        assertThat(world.runs).isEqualTo(1);
    }

    @Test
    void aFullQueueRefusesAndGoesOn() {
        world.holdRuns = true;
        for (int i = 0; i < 20; i++) {
            on("cpu0", "t" + i);
        }
        assertThat(world.results())
                .hasSize(3)
                .allMatch(result -> result.outcome() == Outcome.REJECTED && "queue-full".equals(result.reason()));
        world.runHeld();
        assertThat(world.results().stream().filter(result -> result.outcome() == Outcome.OK))
                .hasSize(17);
    }

    @Test
    void wrongOrdersFailWithTheirReason() {
        world.order(work("a", 1, "gpu7", DIGEST, 1000));
        assertThat(world.lastResult().reason()).isEqualTo("no-such-device");
        world.order(work("b", 1, "cpu0", Digest.of(new byte[0]), 1000));
        assertThat(world.lastResult().reason()).isEqualTo("wrong-digest");
        world.order(World.work("c", DIGEST, new Work.Source.Here(new byte[3], 4)));
        assertThat(world.lastResult().reason()).isEqualTo("wrong-input-size");
        world.order(World.workByDigest("d", DIGEST, "nonsense"));
        assertThat(world.lastResult().reason()).isEqualTo("wrong-input-size");
        assertThat(world.runs).isZero();
    }

    @Test
    void aLargeInputIsFetchedByItsDigestAndChecked() {
        byte[] input = {5, 5, 5, 5};
        Digest digest = world.publish(input);
        world.order(World.workByDigest("t", DIGEST, digest.value()));
        assertThat(world.lastResult().output()).containsExactly(40, 40);
        Digest lie = Digest.of(new byte[] {9});
        world.store.put(lie, input);
        world.order(World.workByDigest("u", DIGEST, lie.value()));
        world.pass(Duration.ofSeconds(30));
        assertThat(world.lastResult().task()).isEqualTo("u");
        assertThat(world.lastResult().reason()).isEqualTo("fetch-failed");
    }

    @Test
    void cancelledWorkThatWaitsIsDropped() {
        world.holdRuns = true;
        on("cpu0", "t1");
        on("cpu0", "t2");
        world.command(Command.Kind.CANCEL, "t2");
        world.runHeld();
        assertThat(world.results()).extracting(TaskResult::task).containsExactly("t1");
        on("cpu0", "t2");
        assertThat(world.results()).extracting(TaskResult::task).containsExactly("t1");
    }

    @Test
    void anEmulatedResultIsNotSeenBeforeItsModelledTimeHasPassed() {
        long start = world.millis;
        on("mcu0", "t1");
        on("mcu0", "t2");
        assertThat(world.results()).isEmpty();
        long first = 0;
        while (world.results().size() < 2) {
            world.pass(Duration.ofMillis(1));
            if (first == 0 && world.results().size() == 1) {
                first = world.millis;
            }
        }
        TaskResult one = world.results().get(0);
        TaskResult two = world.results().get(1);
        assertThat(one.latencyModelled()).isTrue();
        assertThat(one.energyMethod()).isEqualTo(EnergyMethod.MODEL);
        assertThat(one.energyMicrojoules()).isPositive();
        assertThat(one.energyUncertainty()).isGreaterThanOrEqualTo(0.3);
        assertThat(one.output()).containsExactly(20, 20);
        assertThat((first - start) * 1000).isGreaterThanOrEqualTo(micros(one));
        assertThat((world.millis - start) * 1000).isGreaterThanOrEqualTo(micros(one) + micros(two));
    }

    private static long micros(TaskResult result) {
        return java.util.Objects.requireNonNull(result.latencyMicros());
    }

    @Test
    void oneDeviceDoesNotWaitForAnother() {
        on("mcu0", "slow");
        on("cpu0", "fast");
        assertThat(world.lastResult().task()).isEqualTo("fast");
    }

    @Test
    void workWaitsWhileAVariantIsReplacedOnlyAsLongAsTheTestTakes() {
        world.publish(TestModels.sums(3));
        world.holdRuns = true;
        world.desire(2, World.slot("cpu0", TestModels.sums(3)), World.slot("mcu0", MODEL));
        on("cpu0", "t1");
        world.runHeld();
        world.pass(Duration.ofSeconds(1));
        assertThat(world.results()).hasSize(1);
        assertThat(world.lastResult().digest()).isIn(DIGEST.value(), null);
    }

    @Test
    void whenTheSpoolIsFullNewWorkIsRefusedAndNoResultIsLost() throws Exception {
        World small = new World();
        small.bounds = new Outbox.Bounds(1 << 20, 128 << 10, 1 << 20);
        small.restart(false);
        small.connect();
        small.install(1, MODEL);
        int orders = 2000;
        for (int i = 0; i < orders; i++) {
            small.order(work("t" + i, 1, "cpu0", DIGEST, 60_000));
        }
        assertThat(small.disk.list("spool/result/").stream()
                        .mapToLong(item -> item.bytes())
                        .sum())
                .isLessThanOrEqualTo(128 << 10);
        for (int round = 0; round < 60; round++) {
            small.pass(Duration.ofSeconds(2));
            small.acknowledgeAll();
        }
        List<TaskResult> results = small.results().stream().distinct().toList();
        long done = results.stream()
                .filter(result -> result.outcome() == Outcome.OK)
                .count();
        long refused = results.stream()
                .filter(result -> "spool-full".equals(result.reason()))
                .count();
        assertThat(done).isEqualTo(small.runs).isPositive();
        assertThat(refused).isPositive();
        assertThat(done + refused + small.core().counted(AgentCore.Counter.WORK_IGNORED))
                .isEqualTo(orders);
        small.order(work("later", 1, "cpu0", DIGEST, 60_000));
        assertThat(small.lastResult().outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void aDiskThatFailsKeepsResultsInMemoryAndRefusesNewWork() {
        world.disconnect();
        world.holdRuns = true;
        on("cpu0", "t1");
        world.disk.failing(true);
        world.holdRuns = false;
        world.runHeld();
        on("cpu0", "t2");
        world.connect();
        assertThat(world.results())
                .extracting(TaskResult::task, TaskResult::reason)
                .contains(org.assertj.core.groups.Tuple.tuple("t1", null))
                .contains(org.assertj.core.groups.Tuple.tuple("t2", "spool-full"));
        world.disk.failing(false);
        world.pass(Duration.ofSeconds(2));
        assertThat(world.disk.list("spool/result/")).hasSize(2);
    }

    @Test
    void everyInferenceIsSampledUnderItsAlias() {
        on("cpu0", "t1");
        on("mcu0", "t2");
        world.pass(Duration.ofSeconds(8));
        Birth birth = world.births().getLast();
        List<TelemetryFrame.Sample> samples = world.frames().stream()
                .flatMap(frame -> frame.samples().stream())
                .toList();
        assertThat(value(birth, samples, "cpu0", "inference.latency")).containsExactly(1.234);
        assertThat(value(birth, samples, "mcu0", "inference.energy")).hasSize(1);
        assertThat(value(birth, samples, null, "memory.used")).contains(20.0);
        assertThat(birth.metrics())
                .filteredOn(Birth.Metric::modelled)
                .extracting(Birth.Metric::device)
                .containsOnly("mcu0");
    }

    @Test
    void theBoardsTemperatureIsToldWhereThereIsAThermometer() throws Exception {
        world.pass(Duration.ofSeconds(8));
        assertThat(world.births().getLast().metrics())
                .extracting(Birth.Metric::metric)
                .doesNotContain("temperature");
        world.celsius = 61.5;
        world.restart(false);
        world.connect();
        world.pass(Duration.ofSeconds(8));
        Birth birth = world.births().getLast();
        List<TelemetryFrame.Sample> samples = world.frames().stream()
                .flatMap(frame -> frame.samples().stream())
                .toList();
        assertThat(value(birth, samples, null, "temperature")).contains(61.5);
    }

    @Test
    void theBoardsBatteryIsToldWhereThereIsOne() throws Exception {
        world.pass(Duration.ofSeconds(8));
        assertThat(world.births().getLast().metrics())
                .extracting(Birth.Metric::metric)
                .doesNotContain("battery");
        world.battery = 17.0;
        world.restart(false);
        world.connect();
        world.pass(Duration.ofSeconds(8));
        Birth birth = world.births().getLast();
        List<TelemetryFrame.Sample> samples = world.frames().stream()
                .flatMap(frame -> frame.samples().stream())
                .toList();
        assertThat(value(birth, samples, null, "battery")).contains(17.0);
    }

    private static List<Double> value(
            Birth birth,
            List<TelemetryFrame.Sample> samples,
            @org.jspecify.annotations.Nullable String device,
            String metric) {
        int alias = birth.metrics().stream()
                .filter(m -> java.util.Objects.equals(m.device(), device)
                        && m.metric().equals(metric))
                .findFirst()
                .orElseThrow()
                .alias();
        return samples.stream()
                .filter(sample -> sample.alias() == alias)
                .map(TelemetryFrame.Sample::value)
                .toList();
    }
}
