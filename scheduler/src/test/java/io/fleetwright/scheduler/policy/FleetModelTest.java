package io.fleetwright.scheduler.policy;

import static io.fleetwright.scheduler.policy.FleetDispatcher.NONE;
import static io.fleetwright.scheduler.policy.TaskRequest.NO_DEADLINE;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Thousands of operations on a fleet, side by side with a list that is searched from end to end. */
class FleetModelTest {
    /** Figures of a fleet as its file would have them. */
    private record Figures(double[][] cost, int[] kind, int[] zone, double[][] bandwidth, double[][] latency) {
        static Figures of(SplittableRandom random, int devices, boolean whole) {
            int kinds = random.nextInt(1, 5);
            int zones = random.nextInt(1, 4);
            double[][] cost = new double[8][kinds];
            for (double[] row : cost) {
                Arrays.setAll(row, _ -> random.nextInt(5) == 0 ? CostTable.CANNOT_RUN : figure(random, 12, whole));
            }
            double[][] bandwidth = new double[zones][zones];
            double[][] latency = new double[zones][zones];
            for (int a = 0; a < zones; a++) {
                Arrays.setAll(bandwidth[a], _ -> random.nextInt(4) == 0 ? 0 : 1 << random.nextInt(3));
                Arrays.setAll(latency[a], _ -> figure(random, 4, whole));
            }
            return new Figures(
                    cost,
                    random.ints(devices, 0, kinds).toArray(),
                    random.ints(devices, 0, zones).toArray(),
                    bandwidth,
                    latency);
        }

        CostTable costs() {
            int[] tasks = new int[cost.length];
            Arrays.setAll(tasks, task -> task);
            return CostTable.perKind(cost, tasks, kind);
        }

        Links links() {
            return Links.zoned(zone, bandwidth, latency);
        }

        FleetDispatcher dispatcher(double now) {
            return new FleetDispatcher(costs(), links(), now);
        }

        /** With device {@code order[i]} in place {@code i}. */
        Figures reordered(List<Integer> order) {
            int[] kinds = order.stream().mapToInt(device -> kind[device]).toArray();
            int[] zones = order.stream().mapToInt(device -> zone[device]).toArray();
            return new Figures(cost, kinds, zones, bandwidth, latency);
        }
    }

    /** The same fleet as plain arrays. */
    private static final class Model {
        private final Figures figures;
        private final double[] free;
        private final boolean[] there;
        private final int[] changes;

        Model(Figures figures, double now) {
            this.figures = figures;
            free = new double[figures.kind.length];
            there = new boolean[free.length];
            changes = new int[free.length];
            Arrays.fill(free, now);
            Arrays.fill(there, true);
        }

        double finish(int task, int source, double volume, double now, int device) {
            double arrival = now;
            if (source != NONE && source != device) {
                double rate = figures.bandwidth[figures.zone[source]][figures.zone[device]];
                if (rate == 0) {
                    return Double.POSITIVE_INFINITY;
                }
                arrival = now + (figures.latency[figures.zone[source]][figures.zone[device]] + volume / rate);
            }
            return there[device]
                    ? Math.max(arrival, free[device]) + figures.cost[task][figures.kind[device]]
                    : Double.POSITIVE_INFINITY;
        }

        int find(int task, int source, double volume, double now, double deadline) {
            int best = NONE;
            for (int device = 0; device < free.length; device++) {
                double finish = finish(task, source, volume, now, device);
                if (finish < Double.POSITIVE_INFINITY
                        && finish <= deadline
                        && (best == NONE || finish < finish(task, source, volume, now, best))) {
                    best = device;
                }
            }
            return best;
        }

        void set(int device, double at) {
            free[device] = at;
            changes[device]++;
        }
    }

    private static double figure(SplittableRandom random, int bound, boolean whole) {
        return whole ? random.nextInt(bound) : random.nextDouble() * bound;
    }

    @Test
    void everyOperationDoesWhatTheListDoes() {
        SeededCases.forEach(1, 120, (random, _) -> {
            boolean whole = random.nextBoolean();
            double now = figure(random, 5, whole);
            Figures figures = Figures.of(random, random.nextInt(1, 60), whole);
            FleetDispatcher fleet = figures.dispatcher(now);
            Model model = new Model(figures, now);
            for (int step = 0; step < 120; step++) {
                now += figure(random, 3, whole);
                operate(random, whole, now, fleet, model);
                assertSame(fleet, model);
            }
        });
    }

    private static void operate(
            SplittableRandom random, boolean whole, double now, FleetDispatcher fleet, Model model) {
        int device = random.nextInt(model.free.length);
        double at = now + figure(random, 25, whole);
        switch (random.nextInt(10)) {
            case 0 -> {
                fleet.lose(device);
                if (model.there[device]) {
                    model.there[device] = false;
                    model.changes[device]++;
                }
            }
            case 1, 2 -> {
                fleet.comeBack(device, now);
                if (!model.there[device]) {
                    model.there[device] = true;
                    model.set(device, now);
                }
            }
            case 3 -> {
                fleet.setFree(device, at);
                if (model.there[device]) {
                    model.set(device, at);
                }
            }
            case 4 -> {
                int version = model.changes[device] - random.nextInt(3) + 1;
                boolean done = model.there[device] && version == model.changes[device];
                assertThat(fleet.commit(device, version, at)).isEqualTo(done);
                if (done) {
                    model.set(device, at);
                }
            }
            default -> place(random, whole, now, fleet, model);
        }
    }

    private static void place(SplittableRandom random, boolean whole, double now, FleetDispatcher fleet, Model model) {
        int task = random.nextInt(8);
        int source = random.nextInt(3) == 0 ? NONE : random.nextInt(model.free.length);
        double volume = random.nextInt(4) == 0 ? 0 : figure(random, 20, whole);
        double deadline = random.nextInt(3) == 0 ? now + figure(random, 25, whole) : NO_DEADLINE;
        int expected = model.find(task, source, volume, now, deadline);
        boolean keep = random.nextInt(4) > 0;
        int found = keep
                ? fleet.place(task, source, volume, now, deadline)
                : fleet.find(task, source, volume, now, deadline);
        assertThat(found).isEqualTo(expected);
        if (expected != NONE) {
            double finish = model.finish(task, source, volume, now, expected);
            assertThat(fleet.finish()).isEqualTo(finish);
            assertThat(fleet.start()).isEqualTo(finish - model.figures.cost[task][model.figures.kind[expected]]);
            if (keep) {
                model.set(expected, finish);
            }
        }
    }

    private static void assertSame(FleetDispatcher fleet, Model model) {
        for (int device = 0; device < model.free.length; device++) {
            assertThat(fleet.version(device)).isEqualTo(model.changes[device]);
            assertThat(fleet.freeAt(device))
                    .isEqualTo(model.there[device] ? model.free[device] : Double.POSITIVE_INFINITY);
        }
    }

    /** Every size around the powers of two, at which the trees grow. */
    @Test
    void aFleetOfAnySizeIsSearchedToItsLastDevice() {
        for (int devices = 1; devices <= 70; devices++) {
            var figures = new Figures(
                    new double[][] {{5}}, new int[devices], new int[devices], new double[1][1], new double[1][1]);
            FleetDispatcher fleet = figures.dispatcher(0);
            for (int round = 0; round < 2; round++) {
                for (int device = 0; device < devices; device++) {
                    assertThat(fleet.place(0, NONE, 0, 0, NO_DEADLINE)).isEqualTo(device);
                    assertThat(fleet.finish()).isEqualTo(5 * (round + 1));
                }
            }
        }
    }

    /** Which of equal devices is taken depends on their order; when it finishes does not. */
    @Test
    void devicesInAnotherOrderFinishATaskAtTheSameTime() {
        SeededCases.forEach(1, 150, (random, seed) -> {
            int devices = random.nextInt(2, 40);
            Figures figures = Figures.of(random, devices, random.nextBoolean());
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, devices).boxed().toList());
            Collections.shuffle(order, new Random(seed));
            FleetDispatcher one = figures.dispatcher(0);
            FleetDispatcher other = figures.reordered(order).dispatcher(0);
            for (int step = 0; step < 60; step++) {
                int changed = random.nextInt(devices);
                double free = random.nextInt(30);
                one.setFree(changed, free);
                other.setFree(order.indexOf(changed), free);
                int task = random.nextInt(8);
                int source = random.nextBoolean() ? NONE : random.nextInt(devices);
                int there = source == NONE ? NONE : order.indexOf(source);
                double volume = random.nextInt(9);
                int expected = one.find(task, source, volume, 0, NO_DEADLINE);
                int found = other.find(task, there, volume, 0, NO_DEADLINE);
                assertThat(found == NONE).isEqualTo(expected == NONE);
                if (found != NONE) {
                    assertThat(other.finish()).isEqualTo(one.finish());
                }
            }
        });
    }

    /** Kinds of equal cost are one kind: whether they are told apart decides nothing. */
    @Test
    void splittingAKindIntoTwoThatAreAlikeChangesNothing() {
        SeededCases.forEach(1, 150, (random, _) -> {
            int devices = random.nextInt(2, 40);
            Figures figures = Figures.of(random, devices, random.nextBoolean());
            int kinds = figures.cost[0].length;
            double[][] twice = new double[figures.cost.length][];
            Arrays.setAll(twice, task -> Arrays.copyOf(figures.cost[task], 2 * kinds));
            for (double[] row : twice) {
                System.arraycopy(row, 0, row, kinds, kinds);
            }
            int[] split = Arrays.stream(figures.kind)
                    .map(kind -> kind + kinds * random.nextInt(2))
                    .toArray();
            var apart = new Figures(twice, split, figures.zone, figures.bandwidth, figures.latency);
            FleetDispatcher one = figures.dispatcher(0);
            FleetDispatcher other = apart.dispatcher(0);
            for (int step = 0; step < 80; step++) {
                int task = random.nextInt(8);
                int source = random.nextBoolean() ? NONE : random.nextInt(devices);
                assertThat(other.place(task, source, step % 7, step, NO_DEADLINE))
                        .isEqualTo(one.place(task, source, step % 7, step, NO_DEADLINE));
            }
        });
    }

    /** The fleet and the placement of single requests agree, since both place by earliest finish. */
    @Test
    void aFleetPlacesAsTheDispatcherOfRequestsDoes() {
        SeededCases.forEach(1, 150, (random, _) -> {
            boolean whole = random.nextBoolean();
            int devices = random.nextInt(1, 20);
            Figures figures = Figures.of(random, devices, whole);
            FleetDispatcher fleet = figures.dispatcher(0);
            List<DeviceState> states = new ArrayList<>();
            for (int device = 0; device < devices; device++) {
                states.add(new DeviceState(name(device), 0));
            }
            List<TaskRequest> requests = new ArrayList<>();
            List<Integer> expected = new ArrayList<>();
            double now = 0;
            for (int step = 0; step < 30; step++) {
                now += figure(random, 2, whole);
                int task = random.nextInt(8);
                int source = random.nextBoolean() ? NONE : random.nextInt(devices);
                double volume = figure(random, 9, whole);
                double deadline = random.nextBoolean() ? NO_DEADLINE : now + figure(random, 20, whole);
                requests.add(request(figures, task, source, volume, now, deadline));
                expected.add(fleet.place(task, source, volume, now, deadline));
            }
            List<PlacementDecision> decisions = new EarliestFinish().dispatch(requests, states);
            for (int i = 0; i < decisions.size(); i++) {
                String device =
                        decisions.get(i) instanceof PlacementDecision.Placed(Placement placed) ? placed.device() : "";
                assertThat(device).isEqualTo(expected.get(i) == NONE ? "" : name(expected.get(i)));
            }
        });
    }

    private static TaskRequest request(
            Figures figures, int task, int source, double volume, double now, double deadline) {
        var options = new HashMap<String, DeviceOption>();
        Links links = figures.links();
        for (int device = 0; device < figures.kind.length; device++) {
            double cost = figures.cost[task][figures.kind[device]];
            double transfer = source == NONE ? 0 : links.transferTime(volume, source, device);
            options.put(
                    name(device),
                    transfer < Double.POSITIVE_INFINITY && cost < Double.POSITIVE_INFINITY
                            ? new DeviceOption.Runs(cost, transfer)
                            : new DeviceOption.Excluded(Exclusion.NO_LINK, "or it does not run it"));
        }
        return new TaskRequest("t", now, deadline, options);
    }

    private static String name(int device) {
        return "d%03d".formatted(device);
    }
}
