package io.fleetwright.controller.job;

import io.fleetwright.scheduler.batch.BatchPlanner;
import io.fleetwright.scheduler.batch.BatchPolicy;
import io.fleetwright.scheduler.batch.BatchProblem;
import io.fleetwright.scheduler.batch.JointPlan;
import io.fleetwright.scheduler.batch.PlanValue;
import io.fleetwright.scheduler.policy.DeviceOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * In what order the jobs of a step are placed, and on which devices, planned together for each tenant. A plan is a wish: whoever
 * places a job looks whether its device still has room and keeps the deadline, and places it greedily if not.
 */
final class JointPlacements {
    /** A step of priority counts as so much age; what lies further apart is never reordered. */
    static final long BLOCK_MICROS = Jobs.PRIORITY_MICROS;
    /** Jobs that are planned for each attempt that devices may still have: those behind them would wait anyway. */
    private static final int JOBS_PER_PLACE = 4;

    private static final int JOBS_MIN = 16;
    private static final double WEIGHT_MAX = 100;

    private JointPlacements() {}

    /**
     * A job's turn.
     *
     * @param device that the plan has for it, absent for the one that finishes it first
     * @param together the plan, absent when it was planned alone
     */
    record Turn(
            JobRow job, @Nullable String device, @Nullable Together together) {
        static Turn alone(JobRow job) {
            return new Turn(job, null, null);
        }
    }

    /** A plan of so many jobs: what it is worth, and what placing one after the other would have been. */
    record Together(BatchPolicy policy, int jobs, PlanValue value, PlanValue greedy) {}

    /** @param waiting by their turn, those of a tenant at least */
    static List<Turn> turns(List<JobRow> waiting, PlacementRound round, long nowMillis) {
        Map<String, List<JobRow>> byTenant = new LinkedHashMap<>();
        for (JobRow job : waiting) {
            if (!job.probe && round.isAble(job)) {
                byTenant.computeIfAbsent(job.tenant, _ -> new ArrayList<>()).add(job);
            }
        }
        List<Turn> turns = new ArrayList<>();
        Set<String> planned = new HashSet<>();
        byTenant.forEach((tenant, jobs) -> plan(tenant, jobs, round, nowMillis).forEach(turn -> {
            turns.add(turn);
            planned.add(turn.job.id);
        }));
        // What the plans leave, such as jobs that are late by them, is tried as it comes.
        for (JobRow job : waiting) {
            if (!planned.contains(job.id)) {
                turns.add(Turn.alone(job));
            }
        }
        return turns;
    }

    /**
     * Jobs that the same devices can run.
     *
     * @param tried devices that others go before
     */
    private record Sort(PlacementRound.Kind kind, Set<String> tried) {
        static Sort of(JobRow job, PlacementRound round) {
            return new Sort(PlacementRound.Kind.of(job), round.tried(job));
        }
    }

    private static List<Turn> plan(String tenant, List<JobRow> jobs, PlacementRound round, long nowMillis) {
        if (jobs.size() < 2) {
            return List.of();
        }
        TreeMap<String, Integer> numbers = new TreeMap<>();
        Map<Sort, Map<String, DeviceOption.Runs>> runs = new LinkedHashMap<>();
        long options = 0;
        for (JobRow job : jobs) {
            Sort sort = Sort.of(job, round);
            if (!runs.containsKey(sort)) {
                Map<String, DeviceOption.Runs> devices = round.runs(job);
                runs.put(sort, devices);
                options += devices.size();
            }
            if (options > BatchProblem.OPTIONS_MAX) {
                return List.of();
            }
        }
        if (runs.size() == 1
                && areAllInTime(tenant, jobs, runs.values().iterator().next(), round, nowMillis)) {
            return List.of();
        }
        runs.values().forEach(devices -> devices.keySet().forEach(device -> numbers.put(device, 0)));
        if (numbers.size() > BatchProblem.DEVICES_MAX) {
            return List.of();
        }
        BatchProblem.Builder problem = new BatchProblem.Builder();
        List<String> devices = new ArrayList<>();
        long places = 0;
        for (String device : List.copyOf(numbers.keySet())) {
            int free = round.freePlaces(tenant, device);
            numbers.put(device, problem.device(round.busyMicros(round.device(tenant, device)), free));
            devices.add(device);
            places += free;
        }
        Map<Sort, Integer> kinds = new HashMap<>();
        runs.forEach((kind, on) -> {
            Map<Integer, DeviceOption.Runs> byNumber = new HashMap<>();
            on.forEach((device, one) -> byNumber.put(numbers.getOrDefault(device, 0), one));
            kinds.put(kind, problem.kind(byNumber));
        });
        int most = (int) Math.min(BatchProblem.JOBS_MAX, Math.max(JOBS_MIN, JOBS_PER_PLACE * places));
        List<JobRow> those = jobs.subList(0, Math.min(most, jobs.size()));
        for (JobRow job : those) {
            int _ = problem.job(new BatchProblem.Job(
                    kinds.getOrDefault(Sort.of(job, round), 0),
                    Math.floorDiv(job.turnMicros, BLOCK_MICROS),
                    weight(job, nowMillis),
                    Math.max(0, (job.deadlineAt - nowMillis) * 1000.0)));
        }
        JointPlan plan = BatchPlanner.plan(problem.build());
        Together together = new Together(plan.policy(), those.size(), plan.value(), plan.greedy());
        return plan.steps().stream()
                .map(step -> new Turn(
                        those.get(step.job()),
                        plan.policy() == BatchPolicy.EARLIEST_FINISH ? null : devices.get(step.device()),
                        together))
                .toList();
    }

    /**
     * True when jobs of one kind keep their deadlines on whichever device has room for them. The oldest first, each where it finishes
     * first, is the best plan then, and needs no planning.
     */
    private static boolean areAllInTime(
            String tenant, List<JobRow> jobs, Map<String, DeviceOption.Runs> on, PlacementRound round, long nowMillis) {
        double latest = 0;
        for (Map.Entry<String, DeviceOption.Runs> one : on.entrySet()) {
            DeviceOption.Runs runs = one.getValue();
            double busy = Math.max(runs.inputTransfer(), round.busyMicros(round.device(tenant, one.getKey())));
            latest = Math.max(latest, busy + PlacementRound.ATTEMPTS_PER_DEVICE_MAX * runs.executionP90());
        }
        double limit = latest / 1000 + nowMillis;
        return jobs.stream().allMatch(job -> job.deadlineAt >= limit);
    }

    /** Grows with age and priority: one step of priority, or ten seconds, counts as one; below what is due now it falls towards 0. */
    private static double weight(JobRow job, long nowMillis) {
        double steps = (nowMillis * 1000.0 - job.turnMicros) / BLOCK_MICROS;
        return steps >= 0 ? Math.min(WEIGHT_MAX, 1 + steps) : Math.max(1 / WEIGHT_MAX, 1 / (1 - steps));
    }
}
