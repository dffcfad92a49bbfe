package io.fleetwright.scheduler.batch;

import io.fleetwright.scheduler.policy.DeviceOption;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Every order of the jobs that keeps blocks, with every device or none for each, but none waits that could run: the best value there is. Shares nothing with the planner. */
final class BatchOptimum {
    private final RandomBatch batch;
    private final Comparator<PlanValue> order;
    private final int[] device;
    private final double[] finish;
    private final boolean[] done;
    private @Nullable PlanValue best;

    private BatchOptimum(RandomBatch batch, Comparator<PlanValue> order) {
        this.batch = batch;
        this.order = order;
        device = new int[batch.jobs().size()];
        finish = new double[device.length];
        done = new boolean[device.length];
    }

    static PlanValue of(RandomBatch batch, Comparator<PlanValue> order) {
        BatchOptimum search = new BatchOptimum(batch, order);
        search.next(
                0,
                batch.ready().stream().mapToDouble(Double::doubleValue).toArray(),
                batch.free().stream().mapToInt(Integer::intValue).toArray());
        if (search.best == null) {
            throw new AssertionError("no plan at all");
        }
        return search.best;
    }

    /** What a plan comes to, by the definition. {@code device} is -1 for a job that waits; {@code finish} is of those that do not. */
    static PlanValue value(RandomBatch batch, int[] device, double[] finish, double[] ready) {
        double[] again = ready.clone();
        double late = 0;
        double flow = 0;
        double energy = 0;
        for (int job = 0; job < device.length; job++) {
            BatchProblem.Job one = batch.jobs().get(job);
            Map<Integer, DeviceOption.Runs> runs = batch.kinds().get(one.kind());
            int where = device[job];
            double end = finish[job];
            if (where < 0) {
                end = Double.POSITIVE_INFINITY;
                for (int d = 0; d < ready.length; d++) {
                    DeviceOption.Runs run = runs.get(d);
                    if (run != null && end(run, again[d]) < end) {
                        end = end(run, again[d]);
                        where = d;
                    }
                }
                if (end <= one.deadline()) {
                    again[where] = end;
                } else {
                    late += one.weight();
                    end = one.deadline();
                    where = -1;
                }
            }
            flow += one.weight() * end;
            energy += where < 0
                    ? 0
                    : Objects.requireNonNull(runs.get(where)).energy().orElse(Double.NaN);
        }
        boolean known = batch.kinds().stream()
                .flatMap(runs -> runs.values().stream())
                .allMatch(run -> run.energy().isPresent());
        return new PlanValue(late, flow, known ? OptionalDouble.of(energy) : OptionalDouble.empty());
    }

    static double end(DeviceOption.Runs run, double ready) {
        return Math.max(run.inputTransfer(), ready) + run.executionP90();
    }

    /** True when a job waits although a device has room that keeps its deadline. */
    private boolean couldRun(double[] ready, int[] free) {
        for (int job = 0; job < device.length; job++) {
            BatchProblem.Job one = batch.jobs().get(job);
            if (device[job] < 0
                    && batch.kinds().get(one.kind()).entrySet().stream()
                            .anyMatch(run -> free[run.getKey()] > 0
                                    && end(run.getValue(), ready[run.getKey()]) <= one.deadline())) {
                return true;
            }
        }
        return false;
    }

    private void next(int decided, double[] ready, int[] free) {
        if (decided == device.length) {
            if (couldRun(ready, free)) {
                return;
            }
            PlanValue value = value(batch, device, finish, ready);
            if (best == null || order.compare(value, best) < 0) {
                best = value;
            }
            return;
        }
        long block = Long.MAX_VALUE;
        for (int job = 0; job < device.length; job++) {
            block = done[job] ? block : Math.min(block, batch.jobs().get(job).block());
        }
        for (int job = 0; job < device.length; job++) {
            if (!done[job] && batch.jobs().get(job).block() == block) {
                done[job] = true;
                device[job] = -1;
                next(decided + 1, ready, free);
                for (Map.Entry<Integer, DeviceOption.Runs> run :
                        batch.kinds().get(batch.jobs().get(job).kind()).entrySet()) {
                    int where = run.getKey();
                    double end = end(run.getValue(), ready[where]);
                    if (free[where] > 0 && end <= batch.jobs().get(job).deadline()) {
                        double before = ready[where];
                        device[job] = where;
                        finish[job] = end;
                        ready[where] = end;
                        free[where]--;
                        next(decided + 1, ready, free);
                        ready[where] = before;
                        free[where]++;
                    }
                }
                done[job] = false;
            }
        }
    }
}
