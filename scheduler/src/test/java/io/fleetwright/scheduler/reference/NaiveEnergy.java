package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.NaivePlan.Planned;
import io.fleetwright.scheduler.reference.NaivePlan.Wishes;
import io.fleetwright.scheduler.reference.Oracle.Decision;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The energy-aware policy, restated: plans are weighed by their power over time and a price for each microsecond that jobs stay; four
 * tolls on hungry clusters times four clocks for two lines, then forty random changes of the best.
 */
final class NaiveEnergy implements Oracle {
    private static final double[] TOLLS = {0, 0.3, 1, 3};

    /** A way to work and what it comes to. */
    private record Choice(Wishes wishes, int[] point, NaivePlan plan, double cost) {}

    /** What a job was promised and is expected to take. */
    private static final class Latency {
        final int job;
        final double promised;
        double expected;

        Latency(int job, double promised) {
            this.job = job;
            this.promised = promised;
            expected = promised;
        }
    }

    private final double slack;
    private final SplittableRandom random;
    /** Above leakage, by cluster, point and busy devices; as they are at the first decision. */
    private double[][][] watts = {};

    private double firstPrice;
    private double price;
    private double promisedSum;
    private double takenSum;
    /** By slot. */
    private final Map<Integer, Latency> latencies = new TreeMap<>();

    private final Map<Integer, List<double[]>> reserved = new HashMap<>();

    NaiveEnergy(double slack, long seed) {
        this.slack = slack;
        random = new SplittableRandom(seed);
    }

    @Override
    public Decision decide(SystemState state) {
        if (watts.length == 0) {
            begin(state);
        }
        account(state);
        int[] highest =
                Arrays.stream(watts).mapToInt(points -> points.length - 1).toArray();
        if (NaivePlan.open(state).size() > 80) {
            return new Decision(
                    overloaded(state, highest), Arrays.stream(highest).boxed().toList());
        }
        Choice best = search(state, highest);
        for (int slot : NaivePlan.jobs(state)) {
            Latency latency = latencies.get(slot);
            if (latency != null) {
                latency.expected = end(state, best.plan(), slot) - state.arrivalOfJob(slot);
            }
        }
        return new Decision(
                NaiveHorizon.nextOnes(state, best.plan(), (task, device) -> micros(state, task, device, best.point())),
                Arrays.stream(best.point()).boxed().toList());
    }

    private static double micros(SystemState state, int task, int device, int[] point) {
        int cluster = state.workload().clusterOf(device);
        return state.workload().execution(state.application(state.slotOf(task)), state.node(task), cluster)
                * state.slowdown(cluster, point[cluster]);
    }

    /** Asked only where the clocks already are at their highest. */
    private static List<Placement> overloaded(SystemState state, int[] highest) {
        for (int c = 0; c < highest.length; c++) {
            if (state.operatingPoint(c) != highest[c]) {
                state.setOperatingPoint(c, highest[c]);
            }
        }
        return Oracle.earliestFinish(state).placements();
    }

    private void begin(SystemState state) {
        int clusters = state.workload().clusterCount();
        watts = new double[clusters][][];
        double all = 0;
        for (int c = 0; c < clusters; c++) {
            int devices = state.workload().cluster(c).deviceIds().size();
            int points = Math.max(1, state.workload().cluster(c).points().size());
            watts[c] = new double[points][devices + 1];
            for (int point = 0; point < points; point++) {
                for (int busy = 0; busy <= devices; busy++) {
                    watts[c][point][busy] = state.watts(c, busy, point) - state.watts(c, 0, point);
                }
            }
            all += watts[c][points - 1][devices];
        }
        firstPrice = Math.max(1e-6, all / 4);
        price = firstPrice;
    }

    // ---- the search ----

    private Choice search(SystemState state, int[] highest) {
        List<Wishes> lines = NaiveHorizon.lines(state);
        Choice best =
                new Choice(lines.getFirst(), highest, NaivePlan.of(state, lines.getFirst()), Double.POSITIVE_INFINITY);
        for (Wishes line : lines.subList(0, 2)) {
            for (double toll : TOLLS) {
                for (int down = 0; down < 4; down++) {
                    int slower = down;
                    int[] point = Arrays.stream(highest)
                            .map(top -> Math.max(0, top - slower))
                            .toArray();
                    Wishes wishes = line.copy();
                    for (int c = 0; c < point.length; c++) {
                        double[] power = watts[c][point[c]];
                        wishes.toll[c] = toll * (power[power.length - 1] / (power.length - 1)) / price;
                    }
                    best = better(state, best, wishes, point);
                }
            }
        }
        List<Integer> open = NaivePlan.open(state);
        for (int change = 0; change < 40; change++) {
            Wishes wishes = best.wishes().copy();
            int[] point = best.point().clone();
            switch (random.nextInt(4)) {
                case 0 -> {
                    int from = random.nextInt(open.size());
                    wishes.exchange(open.get(from), open.get(random.nextInt(open.size())));
                }
                case 1 -> {
                    int c = random.nextInt(point.length);
                    point[c] = Math.clamp(point[c] + (random.nextBoolean() ? 1 : -1), 0, highest[c]);
                }
                default -> {
                    int task = open.get(random.nextInt(open.size()));
                    wishes.avoidOrNot(task, random.nextInt(point.length));
                }
            }
            best = better(state, best, wishes, point);
        }
        return best;
    }

    private Choice better(SystemState state, Choice best, Wishes wishes, int[] point) {
        for (int c = 0; c < point.length; c++) {
            wishes.stretch[c] = state.slowdown(c, point[c]) / state.slowdown(c, state.operatingPoint(c));
        }
        NaivePlan plan = NaivePlan.of(state, wishes);
        double cost = microjoules(state, plan, point);
        for (int slot : NaivePlan.jobs(state)) {
            double end = end(state, plan, slot);
            cost += end < Double.POSITIVE_INFINITY ? price * (end - state.now()) : 0;
        }
        return cost < best.cost() ? new Choice(wishes, point, plan, cost) : best;
    }

    private static double end(SystemState state, NaivePlan plan, int slot) {
        double running = IntStream.range(0, state.workload().deviceCount())
                .filter(device -> !state.isIdle(device) && state.slotOf(state.runningTask(device)) == slot)
                .mapToDouble(plan::runningUntil)
                .reduce(state.now(), Math::max);
        return Math.max(running, plan.jobEnd(slot));
    }

    /** Between any two times at which something begins or ends in a cluster as many are busy as cover the time. */
    private double microjoules(SystemState state, NaivePlan plan, int[] point) {
        Workload workload = state.workload();
        List<Integer> open = NaivePlan.open(state);
        double sum = 0;
        for (int c = 0; c < point.length; c++) {
            List<double[]> busy = new ArrayList<>();
            for (int device = 0; device < workload.deviceCount(); device++) {
                if (workload.clusterOf(device) == c && !state.isIdle(device)) {
                    busy.add(new double[] {state.now(), plan.runningUntil(device)});
                }
            }
            for (int task : open) {
                Planned planned = plan.of(task);
                if (planned.device() != NaivePlan.NONE && workload.clusterOf(planned.device()) == c) {
                    busy.add(new double[] {planned.start(), planned.finish()});
                }
            }
            double[] times = busy.stream()
                    .flatMapToDouble(Arrays::stream)
                    .distinct()
                    .sorted()
                    .toArray();
            double ofCluster = 0;
            for (int i = 1; i < times.length; i++) {
                double from = times[i - 1];
                int together = (int) busy.stream()
                        .filter(interval -> interval[0] <= from && from < interval[1])
                        .count();
                double[] power = watts[c][point[c]];
                ofCluster += power[Math.min(together, power.length - 1)] * (times[i] - from);
            }
            sum += ofCluster;
        }
        return sum;
    }

    // ---- the price of time ----

    private void account(SystemState state) {
        List<Integer> jobs = NaivePlan.jobs(state);
        List<Integer> numbers = jobs.stream().map(state::jobNumber).toList();
        latencies.values().removeIf(latency -> {
            boolean gone = !numbers.contains(latency.job);
            if (gone) {
                learn(latency);
            }
            return gone;
        });
        for (int slot : jobs) {
            if (!latencies.containsKey(slot)) {
                latencies.put(slot, new Latency(state.jobNumber(slot), reserve(state, state.application(slot))));
            }
        }
    }

    /** A job that left: the price rises by half of what jobs take too long, all weighed by 0.97 for each that left since. */
    private void learn(Latency latency) {
        if (latency.promised > 0 && Double.isFinite(latency.promised) && Double.isFinite(latency.expected)) {
            promisedSum = 0.97 * promisedSum + latency.promised;
            takenSum = 0.97 * takenSum + latency.expected;
            price *= Math.exp(0.5 * (takenSum / promisedSum - 1 - slack));
            price = Math.min(firstPrice * 1e4, Math.max(firstPrice / 1e4, price));
        }
    }

    /** HEFT between what the idle platform at full speed has promised already; how long the job takes from now. */
    private double reserve(SystemState state, int app) {
        Workload workload = state.workload();
        var graph = workload.graph(app);
        List<Integer> order = IntStream.range(0, graph.taskCount())
                .map(graph::topologicalTask)
                .boxed()
                .sorted((one, other) -> Double.compare(workload.rank(app, other), workload.rank(app, one)))
                .toList();
        int[] device = new int[graph.taskCount()];
        double[] finish = new double[graph.taskCount()];
        double end = state.now();
        for (int task : order) {
            device[task] = NaivePlan.NONE;
            finish[task] = Double.POSITIVE_INFINITY;
            double begin = 0;
            for (int candidate = 0; candidate < workload.deviceCount(); candidate++) {
                int cluster = workload.clusterOf(candidate);
                double execution = workload.execution(app, task, cluster);
                if (!state.isOnline(candidate) || execution == Workload.CANNOT_RUN) {
                    continue;
                }
                double inputs = state.now();
                for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                    int from = graph.inTask(e);
                    double transfer = device[from] == NaivePlan.NONE
                            ? Double.POSITIVE_INFINITY
                            : device[from] == candidate
                                    ? workload.transferWithin(app, e, cluster)
                                    : workload.transfer(app, e, workload.clusterOf(device[from]), cluster);
                    inputs = Math.max(inputs, finish[from] + transfer);
                }
                double start = gap(candidate, inputs, execution);
                if (start + execution < finish[task]) {
                    begin = start;
                    finish[task] = start + execution;
                    device[task] = candidate;
                }
            }
            if (device[task] != NaivePlan.NONE && finish[task] > begin) {
                reserved.computeIfAbsent(device[task], _ -> new ArrayList<>()).add(new double[] {begin, finish[task]});
            }
            end = Math.max(end, finish[task]);
        }
        return end - state.now();
    }

    /** The first of the time itself and of the ends after it at which nothing that is reserved is in the way. */
    private double gap(int device, double earliest, double duration) {
        List<double[]> there = reserved.getOrDefault(device, List.of());
        return IntStream.range(-1, there.size())
                .mapToDouble(i -> i < 0 ? earliest : there.get(i)[1])
                .filter(at -> at >= earliest)
                .sorted()
                .filter(at -> there.stream().noneMatch(busy -> busy[1] > at && busy[0] < at + duration))
                .findFirst()
                .orElseThrow();
    }
}
