package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.Oracle.Decision;
import io.fleetwright.scheduler.reference.Oracle.Placement;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Fair shares of tenants with weights, restated over maps: the step of a task is its time over its tenant's weight.
 *
 * @see "Goyal, Vin, Cheng, 1996, section 2, equations 4 and 5"
 */
final class NaiveShares implements Oracle {
    /** What waits of one tenant for one cluster, in the order of jobs. */
    private static final class Line {
        final int tenant;
        final List<Integer> tasks = new ArrayList<>();
        double ahead;

        Line(int tenant) {
            this.tenant = tenant;
        }
    }

    private final Map<Integer, Double> tags = new HashMap<>();
    private final Set<Integer> kept = new HashSet<>();
    private double virtualTime;
    private double longestStep;

    @Override
    public Decision decide(SystemState state) {
        List<Placement> placements = new ArrayList<>();
        int devices = state.workload().deviceCount();
        double[] free = new double[devices];
        Arrays.setAll(free, device -> freeAt(state, device));
        Set<Integer> open = new HashSet<>();
        for (int device = 0; device < devices; device++) {
            if (state.isOnline(device) && state.isIdle(device) && state.queueLength(device) == 0) {
                open.add(device);
            }
        }
        if (open.isEmpty()) {
            return Oracle.placing(state, placements);
        }
        List<Line> lines = lines(state);
        lines.stream().map(line -> line.tenant).distinct().forEach(tenant -> {
            double back = kept.contains(tenant) ? devices * longestStep : 0;
            tags.merge(tenant, virtualTime - back, Math::max);
        });
        kept.clear();
        while (!open.isEmpty()) {
            Optional<Line> lowest = lines.stream()
                    .filter(line -> !line.tasks.isEmpty())
                    .min(Comparator.comparingDouble(line -> tag(line.tenant) + line.ahead));
            if (lowest.isEmpty()) {
                break;
            }
            Line line = lowest.get();
            int task = line.tasks.removeFirst();
            Placement best = IntStream.range(0, devices)
                    .mapToObj(device -> new Placement(task, device, finish(state, task, device, free[device])))
                    .min(Comparator.comparingDouble(Placement::finish))
                    .orElseThrow();
            if (best.finish() == Double.POSITIVE_INFINITY) {
                kept.add(line.tenant);
                continue;
            }
            double step = state.execution(task, best.device())
                    / state.tenants().tenant(line.tenant).weight();
            free[best.device()] = best.finish();
            if (open.remove(best.device())) {
                placements.add(best);
                virtualTime = Math.max(virtualTime, tag(line.tenant));
                tags.merge(line.tenant, step, Double::sum);
                longestStep = Math.max(longestStep, step);
            } else {
                line.ahead += step;
                kept.add(line.tenant);
            }
        }
        lines.stream().filter(line -> !line.tasks.isEmpty()).forEach(line -> kept.add(line.tenant));
        return Oracle.placing(state, placements);
    }

    private double tag(int tenant) {
        return tags.getOrDefault(tenant, 0.0);
    }

    /** By tenant and then by the first cluster that runs the task fastest. */
    private static List<Line> lines(SystemState state) {
        int clusters = state.workload().clusterCount();
        List<Line> lines = IntStream.range(0, state.tenants().count() * clusters)
                .mapToObj(line -> new Line(line / clusters))
                .toList();
        Oracle.ready(state).stream()
                .sorted(Comparator.comparingInt(task -> state.jobNumber(state.slotOf(task))))
                .forEach(task -> lines.get(state.tenantOfJob(state.slotOf(task)) * clusters + fastest(state, task))
                        .tasks
                        .add(task));
        return lines;
    }

    private static int fastest(SystemState state, int task) {
        Workload workload = state.workload();
        int app = state.application(state.slotOf(task));
        return IntStream.range(0, workload.clusterCount())
                .boxed()
                .min(Comparator.comparingDouble(cluster -> workload.execution(app, state.node(task), cluster)))
                .orElseThrow();
    }

    private static double freeAt(SystemState state, int device) {
        double running = state.isIdle(device) ? state.now() : state.finish(state.runningTask(device));
        return state.queueLength(device) == 0 ? running : Math.max(running, state.estimatedFree(device));
    }

    private static double finish(SystemState state, int task, int device, double free) {
        return state.isOnline(device)
                ? Math.max(state.now(), Math.max(free, state.inputArrival(task, device)))
                        + state.execution(task, device)
                : Double.POSITIVE_INFINITY;
    }
}
