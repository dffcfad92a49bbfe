package io.fleetwright.scheduler.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.policy.DeviceOption;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class BatchPlannerTest {
    private static RandomBatch tiny(SplittableRandom random) {
        return RandomBatch.of(
                random,
                random.nextInt(1, 6),
                random.nextInt(1, 4),
                random.nextInt(1, 4),
                random.nextInt(1, 4),
                random.nextInt(3) * 12,
                random.nextBoolean());
    }

    /** Beside what every build tries, {@code -Dfleetwright.batches=N} for more. */
    @Test
    void plansLieBetweenTheOptimumAndTheGreedyOne() {
        double[] sums = new double[4];
        int[] counts = new int[3];
        SeededCases.forEach(1, Integer.getInteger("fleetwright.batches", 1500), (random, _) -> {
            RandomBatch batch = tiny(random);
            JointPlan plan = BatchPlanner.plan(batch.problem());
            Comparator<PlanValue> order = PlanValue.order(plan.greedy());
            PlanValue optimum = BatchOptimum.of(batch, order);
            assertThat(order.compare(optimum, plan.value())).isLessThanOrEqualTo(0);
            assertThat(order.compare(plan.value(), plan.greedy())).isLessThanOrEqualTo(0);
            counts[0]++;
            counts[1] += order.compare(plan.value(), plan.greedy()) < 0 ? 1 : 0;
            counts[2] += order.compare(optimum, plan.value()) < 0 ? 1 : 0;
            if (optimum.late() == plan.value().late() && plan.greedy().late() == optimum.late() && optimum.flow() > 0) {
                sums[0] += plan.value().flow() / optimum.flow() - 1;
                sums[1] += plan.greedy().flow() / optimum.flow() - 1;
                sums[2]++;
            }
        });
        System.out.printf(
                "of %d better than greedy %d, behind the optimum %d; where as many are late, flow over the optimum's: %.5f, greedy %.5f (%.0f)%n",
                counts[0], counts[1], counts[2], sums[0] / sums[2], sums[1] / sums[2], sums[2]);
        // Of 1,500 it was 262, 157 and 0.014 to 0.036 when this was written.
        assertThat(counts[1]).isGreaterThan(counts[0] / 7);
        assertThat(counts[2]).isLessThan(counts[0] / 8);
        assertThat(sums[0]).isLessThan(sums[1] / 2);
    }

    @Test
    void plansKeepRoomDeadlinesExclusionsAndBlocks() {
        SeededCases.forEach(1, 600, (random, _) -> {
            RandomBatch batch = RandomBatch.of(
                    random,
                    random.nextInt(1, 60),
                    random.nextInt(1, 12),
                    random.nextInt(1, 8),
                    random.nextInt(1, 13),
                    random.nextInt(3) * 40,
                    random.nextBoolean());
            JointPlan whole = BatchPlanner.plan(batch.problem());
            check(batch, whole);
            Comparator<PlanValue> order = PlanValue.order(whole.greedy());
            for (BatchPolicy policy : BatchPolicy.values()) {
                if (policy != BatchPolicy.IMPROVED) {
                    JointPlan one = BatchPlanner.plan(batch.problem(), policy);
                    check(batch, one);
                    assertThat(order.compare(whole.value(), one.value()) <= 0
                                    || policy == BatchPolicy.LEAST_ENERGY
                                    || whole.tried().size() == 1)
                            .isTrue();
                }
            }
            assertThat(BatchPlanner.plan(batch.problem())).isEqualTo(whole);
        });
    }

    private static void check(RandomBatch batch, JointPlan plan) {
        double[] ready = batch.ready().stream().mapToDouble(Double::doubleValue).toArray();
        int[] free = batch.free().stream().mapToInt(Integer::intValue).toArray();
        int[] device = new int[batch.jobs().size()];
        double[] finish = new double[device.length];
        Arrays.fill(device, -1);
        long block = Long.MIN_VALUE;
        for (JointPlan.Step step : plan.steps()) {
            BatchProblem.Job job = batch.jobs().get(step.job());
            assertThat(batch.kinds().get(job.kind()))
                    .as("excluded devices get nothing")
                    .containsKey(step.device());
            DeviceOption.Runs runs =
                    Objects.requireNonNull(batch.kinds().get(job.kind()).get(step.device()));
            double end = BatchOptimum.end(runs, ready[step.device()]);
            assertThat(step.finish()).isEqualTo(end).isLessThanOrEqualTo(job.deadline());
            assertThat(device[step.job()]).as("a job is placed once").isEqualTo(-1);
            assertThat(job.block()).isGreaterThanOrEqualTo(block);
            block = job.block();
            ready[step.device()] = end;
            assertThat(--free[step.device()]).isGreaterThanOrEqualTo(0);
            device[step.job()] = step.device();
            finish[step.job()] = end;
        }
        for (int job = 0; job < device.length; job++) {
            for (Map.Entry<Integer, DeviceOption.Runs> run :
                    batch.kinds().get(batch.jobs().get(job).kind()).entrySet()) {
                assertThat(device[job] < 0
                                && free[run.getKey()] > 0
                                && BatchOptimum.end(run.getValue(), ready[run.getKey()])
                                        <= batch.jobs().get(job).deadline())
                        .as("no job waits that could run")
                        .isFalse();
            }
        }
        assertThat(plan.value()).isEqualTo(BatchOptimum.value(batch, device, finish, ready));
    }

    private static Map<Integer, DeviceOption.Runs> runs(double... execution) {
        Map<Integer, DeviceOption.Runs> runs = new HashMap<>();
        for (int device = 0; device < execution.length; device++) {
            runs.put(device, new DeviceOption.Runs(execution[device], 0));
        }
        return runs;
    }

    @Test
    void aShortJobDoesNotWaitBehindALongOne() {
        BatchProblem.Builder builder = new BatchProblem.Builder();
        builder.device(0, 12);
        int slow = builder.kind(runs(1000));
        int quick = builder.kind(runs(1));
        builder.job(new BatchProblem.Job(slow, 0, 1, 1e9));
        builder.job(new BatchProblem.Job(quick, 0, 1, 1e9));
        JointPlan plan = BatchPlanner.plan(builder.build());
        assertThat(plan.policy()).isEqualTo(BatchPolicy.SHORTEST_FIRST);
        assertThat(plan.steps()).containsExactly(new JointPlan.Step(1, 0, 1), new JointPlan.Step(0, 0, 1001));
        assertThat(plan.greedy().flow()).isEqualTo(2001);
        assertThat(plan.value().flow()).isEqualTo(1002);
    }

    @Test
    void whatIsABlockOlderGoesFirstHoweverLongItIs() {
        BatchProblem.Builder builder = new BatchProblem.Builder();
        builder.device(0, 1);
        int slow = builder.kind(runs(1000));
        int quick = builder.kind(runs(1));
        builder.job(new BatchProblem.Job(slow, 0, 1, 1e9));
        builder.job(new BatchProblem.Job(quick, 1, 1, 1e9));
        assertThat(BatchPlanner.plan(builder.build()).steps()).containsExactly(new JointPlan.Step(0, 0, 1000));
    }

    @Test
    void deadlinesComeBeforeFlow() {
        BatchProblem.Builder builder = new BatchProblem.Builder();
        builder.device(0, 12);
        int one = builder.kind(runs(10));
        builder.job(new BatchProblem.Job(one, 0, 2, 1000));
        builder.job(new BatchProblem.Job(one, 0, 1, 10));
        JointPlan plan = BatchPlanner.plan(builder.build());
        assertThat(plan.policy()).isEqualTo(BatchPolicy.EARLIEST_DEADLINE);
        assertThat(plan.value().late()).isZero();
        assertThat(plan.greedy().late()).isEqualTo(1);
    }

    @Test
    void energyDecidesWhereFlowSaysNothingAndAllOfItIsKnown() {
        for (boolean known : new boolean[] {true, false}) {
            BatchProblem.Builder builder = new BatchProblem.Builder();
            builder.device(0, 12);
            builder.device(0, 12);
            builder.device(0, 0);
            int one = builder.kind(Map.of(
                    0, new DeviceOption.Runs(1000, 0, OptionalDouble.of(9)),
                    1, new DeviceOption.Runs(1000, 0, OptionalDouble.of(5))));
            int other = builder.kind(
                    Map.of(2, new DeviceOption.Runs(5, 0, known ? OptionalDouble.of(1) : OptionalDouble.empty())));
            builder.job(new BatchProblem.Job(one, 0, 1, 1e9));
            builder.job(new BatchProblem.Job(other, 0, 1, 1e9));
            JointPlan plan = BatchPlanner.plan(builder.build());
            // The other job waits, as its device has no room, and costs what it costs either way.
            assertThat(plan.steps()).containsExactly(new JointPlan.Step(0, known ? 1 : 0, 1000));
            assertThat(plan.value().energy()).isEqualTo(known ? OptionalDouble.of(6) : OptionalDouble.empty());
        }
    }

    @Test
    void oneJobAndJobsOfOneKindAreLeftToTheGreedyRule() {
        BatchProblem.Builder builder = new BatchProblem.Builder();
        for (int device = 0; device < 5; device++) {
            builder.device(device, 12);
        }
        int kind = builder.kind(runs(10, 11, 12, 13, 14));
        for (int job = 0; job < 20; job++) {
            builder.job(new BatchProblem.Job(kind, 0, 1, 1e9));
        }
        JointPlan plan = BatchPlanner.plan(builder.build());
        assertThat(plan.policy()).isEqualTo(BatchPolicy.EARLIEST_FINISH);
        assertThat(plan.tried()).hasSize(1);
    }

    @Test
    void theLargestBatchStaysWithinItsLooks() {
        SplittableRandom random = new SplittableRandom(7);
        RandomBatch batch = RandomBatch.of(random, BatchProblem.JOBS_MAX, 1000, 64, 2, 0, false);
        JointPlan plan = BatchPlanner.plan(batch.problem());
        assertThat(plan.steps()).isNotEmpty();
        Set<BatchPolicy> tried = new HashSet<>();
        plan.tried().forEach(one -> tried.add(one.policy()));
        assertThat(tried)
                .contains(BatchPolicy.EARLIEST_FINISH, BatchPolicy.EARLIEST_DEADLINE, BatchPolicy.SHORTEST_FIRST);
    }

    @Test
    void whatIsOutOfRangeIsNamed() {
        BatchProblem.Builder builder = new BatchProblem.Builder();
        assertThatThrownBy(() -> builder.device(-1, 1)).hasMessageContaining("readyTime (-1.0)");
        assertThatThrownBy(() -> builder.device(0, -1)).hasMessageContaining("free (-1)");
        builder.device(0, 1);
        assertThatThrownBy(() -> builder.kind(runs(1, 2))).hasMessage("device (1) must be below 1");
        int kind = builder.kind(runs(1));
        assertThatThrownBy(() -> builder.job(new BatchProblem.Job(kind + 1, 0, 1, 1)))
                .hasMessage("kind (1) must be below 1");
        assertThatThrownBy(() -> new BatchProblem.Job(0, 0, 0, 1)).hasMessageContaining("weight (0.0)");
        assertThatThrownBy(() -> new BatchProblem.Job(0, 0, 1, -1)).hasMessageContaining("deadline (-1.0)");
        builder.job(new BatchProblem.Job(kind, 5, 1, 1));
        assertThatThrownBy(() -> builder.job(new BatchProblem.Job(kind, 4, 1, 1)))
                .hasMessage("block (4) must be at least that before (5)");
        for (int job = 1; job < BatchProblem.JOBS_MAX; job++) {
            builder.job(new BatchProblem.Job(kind, 5, 1, 1));
        }
        assertThatThrownBy(() -> builder.job(new BatchProblem.Job(kind, 5, 1, 1)))
                .hasMessage("jobs (513) must be at most 512");
    }
}
