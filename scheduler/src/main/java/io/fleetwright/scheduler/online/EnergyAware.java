package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import io.fleetwright.scheduler.sim.Workload;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Spends little energy at a bounded loss of speed: plans everything that is left of all jobs as {@link RollingHorizon}
 * does, and varies besides the order which clusters a task keeps off and at which clock each cluster runs.
 *
 * <p>A plan costs its energy, and for each microsecond that a job stays in the system the {@link LatencyPrice}, which
 * keeps the bound.
 */
public final class EnergyAware implements OnlinePolicy {
    /** With more tasks left than this, all clocks are at their highest and ETF decides. */
    private static final int WINDOW_TASKS = 80;

    private static final int CHANGES = 40;
    /** How strongly plans at first keep off hungry clusters, against what their power is worth. */
    private static final double[] TOLLS = {0, 0.3, 1, 3};

    private static final int POINTS_DOWN = 4;
    /** Microseconds are worth this part of the energy that everything at full power takes in them, at first. */
    private static final double PRICE_PART = 0.25;
    /** Where no power is known, latency alone counts. */
    private static final double PRICE_MIN = 1e-6;

    private final double slack;
    private final SplittableRandom random;
    private final OnlinePolicy overload = new EarliestFinishFirst(EarliestFinishFirst.Tie.FIRST);
    private final Window window = new Window();
    private @Nullable Search search;

    /**
     * @param slack how much longer many jobs may take on average than on the same platform at full speed, 0 to 10, as a part of
     *     that time
     * @param seed decides which changes are tried
     */
    public EnergyAware(double slack, long seed) {
        if (!(slack >= 0 && slack <= 10)) {
            throw new IllegalArgumentException("slack (%s) must be 0 to 10".formatted(slack));
        }
        this.slack = slack;
        random = new SplittableRandom(seed);
    }

    @Override
    public void decide(SystemState state) {
        if (search == null) {
            search = new Search(state);
        }
        search.price.account(state);
        if (window.collect(state, WINDOW_TASKS)) {
            search.run(state);
            window.follow(state);
        } else {
            search.fullSpeed(state);
            overload.decide(state);
        }
    }

    /** What depends on the platform. */
    private final class Search {
        private final int clusters;
        private final PlanEnergy energy;
        private final LatencyPrice price;
        private final int[] point;
        private final int[] pointKept;
        /** By device: the job of what it runs, or {@link SystemState#NONE}. */
        private final int[] runningJob;

        private double[] end = {};
        private double[] endKept = {};
        private double least;

        Search(SystemState state) {
            Workload workload = state.workload();
            clusters = workload.clusterCount();
            energy = new PlanEnergy(state);
            double beginning = Math.max(PRICE_MIN, PRICE_PART * energy.wattsOfAll());
            price = new LatencyPrice(new FastReference(workload), slack, beginning);
            runningJob = new int[workload.deviceCount()];
            point = new int[clusters];
            pointKept = new int[clusters];
        }

        void fullSpeed(SystemState state) {
            for (int c = 0; c < clusters; c++) {
                state.setOperatingPoint(c, energy.highestPoint(c));
            }
        }

        void run(SystemState state) {
            least = Double.POSITIVE_INFINITY;
            for (int device = 0; device < runningJob.length; device++) {
                int task = state.runningTask(device);
                runningJob[device] = task == SystemState.NONE ? SystemState.NONE : state.slotOf(task);
            }
            Arrays.fill(window.avoided, 0);
            prioritizeByArrival(state);
            tryTollsAndClocks(state);
            prioritizeByWorkLeft();
            tryTollsAndClocks(state);
            for (int change = 0; change < CHANGES; change++) {
                window.restore();
                for (int c = 0; c < clusters; c++) {
                    setPoint(state, c, pointKept[c]);
                }
                disturb(state);
                keepIfBetter(state);
            }
            for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                price.expect(slot, endKept[slot] - state.arrivalOfJob(slot));
            }
            for (int c = 0; c < clusters; c++) {
                state.setOperatingPoint(c, pointKept[c]);
            }
        }

        private void prioritizeByArrival(SystemState state) {
            for (int i = 0; i < window.size(); i++) {
                window.priority[i] = state.jobNumber(window.slot(i)) * 1e6 - window.rank(i);
            }
        }

        private void prioritizeByWorkLeft() {
            for (int i = 0; i < window.size(); i++) {
                window.priority[i] = window.workLeft(window.slot(i)) * 1e3 - window.rank(i);
            }
        }

        private void tryTollsAndClocks(SystemState state) {
            for (double toll : TOLLS) {
                for (int down = 0; down < POINTS_DOWN; down++) {
                    for (int c = 0; c < clusters; c++) {
                        setPoint(state, c, Math.max(0, energy.highestPoint(c) - down));
                        window.toll[c] = toll * energy.wattsPerDevice(c, point[c]) / price.microjoulesPerMicro();
                    }
                    keepIfBetter(state);
                }
            }
        }

        private void setPoint(SystemState state, int cluster, int to) {
            point[cluster] = to;
            window.stretch[cluster] =
                    state.slowdown(cluster, to) / state.slowdown(cluster, state.operatingPoint(cluster));
        }

        private void disturb(SystemState state) {
            int size = window.size();
            switch (random.nextInt(4)) {
                case 0 -> {
                    int from = random.nextInt(size);
                    int to = random.nextInt(size);
                    double swapped = window.priority[from];
                    window.priority[from] = window.priority[to];
                    window.priority[to] = swapped;
                }
                case 1 -> {
                    int c = random.nextInt(clusters);
                    int to = point[c] + (random.nextBoolean() ? 1 : -1);
                    setPoint(state, c, Math.clamp(to, 0, energy.highestPoint(c)));
                }
                default -> window.avoided[random.nextInt(size)] ^= 1L << random.nextInt(clusters);
            }
        }

        private void keepIfBetter(SystemState state) {
            window.plan(state);
            if (window.isAsKept() && Arrays.equals(point, pointKept)) {
                return;
            }
            double cost = energy.microjoules(state, window, point);
            for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                if (slot >= end.length) {
                    end = Arrays.copyOf(end, 2 * slot + 16);
                    endKept = Arrays.copyOf(endKept, end.length);
                }
                end[slot] = Math.max(state.now(), window.jobEnd(slot));
            }
            for (int device = 0; device < runningJob.length; device++) {
                if (runningJob[device] != SystemState.NONE) {
                    int slot = runningJob[device];
                    end[slot] = Math.max(end[slot], window.runningUntil(device));
                }
            }
            for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                if (end[slot] < Double.POSITIVE_INFINITY) {
                    cost += price.microjoulesPerMicro() * (end[slot] - state.now());
                }
            }
            if (cost < least) {
                least = cost;
                window.keep();
                System.arraycopy(point, 0, pointKept, 0, clusters);
                System.arraycopy(end, 0, endKept, 0, end.length);
            }
        }
    }
}
