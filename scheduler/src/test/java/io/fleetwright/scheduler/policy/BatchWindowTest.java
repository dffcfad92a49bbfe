package io.fleetwright.scheduler.policy;

import static io.fleetwright.scheduler.policy.FleetDispatcher.NONE;
import static io.fleetwright.scheduler.policy.TaskRequest.NO_DEADLINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.policy.BatchWindow.Order;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BatchWindowTest {
    private static final int DEVICES = 60;

    private record Task(int row, int source, double volume, double deadline) {}

    /**
     * Device 0 takes 2, 6 and 4 for tasks 0, 1 and 2; device 1, of another kind, 8, 7 and 20. Who chooses first has device 0:
     *
     * <ul>
     *   <li>by arrival 0 (to 2) and 1 on device 1 (7 against 2 + 6), 2 on device 0 to 6;
     *   <li>shortest 0, 2, 1: to 2, to 6, and 1 on device 1 to 7;
     *   <li>longest 1, 2, 0: 1 on device 0 to 6, 2 to 10, 0 on device 1 to 8;
     *   <li>the losses are 6, 1 and 16: 2 on device 0 to 4, 0 to 6, 1 on device 1 to 7.
     * </ul>
     */
    @ParameterizedTest
    @CsvSource({
        "ARRIVAL, 0 2, 1 7, 0 6",
        "SHORTEST_FIRST, 0 2, 1 7, 0 6",
        "LONGEST_FIRST, 1 8, 0 6, 0 10",
        "SUFFERAGE, 0 6, 1 7, 0 4",
    })
    void whoIsFirstChoosesFirst(Order order, String first, String second, String third) {
        CostTable costs = CostTable.perTask(new double[][] {{2, 8}, {6, 7}, {4, 20}});
        var window = new BatchWindow(new FleetDispatcher(costs, Links.uniform(2, 1, 0), 0), order, 3);
        IntStream.range(0, 3).forEach(task -> window.add(task, NONE, 0, NO_DEADLINE));
        BatchPlan plan = window.close(0);
        assertThat(IntStream.range(0, 3)
                        .mapToObj(task -> "%d %.0f".formatted(plan.device(task), plan.finish(task)))
                        .toList())
                .containsExactly(first, second, third);
    }

    @ParameterizedTest
    @EnumSource(Order.class)
    void aBatchIsPlacedAsOneByOneInItsOrder(Order order) {
        SeededCases.forEach(1, 40, (random, _) -> {
            FleetDispatcher fleet = fleet(random);
            FleetDispatcher twin = fleet.copy();
            var window = new BatchWindow(fleet, order, 100);
            double now = 0;
            for (int round = 0; round < 4; round++) {
                now += random.nextInt(10);
                List<Task> tasks = tasks(random, now);
                tasks.forEach(each -> window.add(each.row, each.source, each.volume, each.deadline));
                BatchPlan plan = window.close(now);
                assertThat(window.size()).isZero();
                assertThat(plan.size()).isEqualTo(tasks.size());
                for (int number : inOrder(order, tasks, twin, now)) {
                    Task task = tasks.get(number);
                    int device = twin.place(task.row, task.source, task.volume, now, task.deadline);
                    assertThat(plan.device(number)).isEqualTo(device);
                    if (device != NONE) {
                        assertThat(plan.finish(number)).isEqualTo(twin.finish()).isLessThanOrEqualTo(task.deadline);
                        assertThat(plan.start(number)).isEqualTo(twin.start());
                    }
                }
                assertThat(freeTimes(fleet)).containsExactly(freeTimes(twin));
            }
        });
    }

    /** The order by its definition, each device looked at. */
    private static int[] inOrder(Order order, List<Task> tasks, FleetDispatcher fleet, double now) {
        double[] key = new double[tasks.size()];
        for (int number = 0; number < key.length; number++) {
            Task task = tasks.get(number);
            int best = fleet.find(task.row, task.source, task.volume, now, NO_DEADLINE);
            double finish = best == NONE ? Double.POSITIVE_INFINITY : fleet.finish();
            double other = Double.POSITIVE_INFINITY;
            FleetDispatcher rest = fleet.copy();
            // The kind of a device is its number modulo 3.
            for (int device = 0; device < DEVICES; device++) {
                if (device % 3 == best % 3) {
                    rest.lose(device);
                }
            }
            if (rest.find(task.row, task.source, task.volume, now, NO_DEADLINE) != NONE) {
                other = rest.finish();
            }
            key[number] = best == NONE
                    ? Double.POSITIVE_INFINITY
                    : switch (order) {
                        case ARRIVAL -> 0;
                        case SHORTEST_FIRST -> finish;
                        case LONGEST_FIRST -> -finish;
                        case SUFFERAGE -> finish - other;
                    };
        }
        return IntStream.range(0, key.length)
                .boxed()
                .sorted(Comparator.comparingDouble(number -> key[number]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Two planners on copies of one fleet: the first has all that it planned, the second what the first left as it was. */
    @Test
    void aPlanOnACopyIsCommittedWhereNothingHasChanged() {
        int[] refused = new int[1];
        SeededCases.forEach(1, 40, (random, _) -> {
            FleetDispatcher fleet = fleet(random);
            FleetDispatcher before = fleet.copy();
            BatchPlan first = planOnCopy(random, fleet);
            BatchPlan second = planOnCopy(random, fleet);
            assertThat(freeTimes(fleet)).as("a plan on a copy changes nothing").containsExactly(freeTimes(before));
            assertThat(first.commit(fleet)).isEqualTo(new BitSet());
            double[] afterFirst = freeTimes(fleet);
            BitSet again = second.commit(fleet);
            BitSet taken = new BitSet();
            first.placed().forEach(number -> taken.set(first.device(number)));
            second.placed().forEach(number -> {
                int device = second.device(number);
                assertThat(again.get(number)).isEqualTo(taken.get(device));
                if (taken.get(device)) {
                    assertThat(fleet.freeAt(device)).isEqualTo(afterFirst[device]);
                } else {
                    assertThat(fleet.freeAt(device)).isGreaterThanOrEqualTo(second.finish(number));
                }
            });
            refused[0] += again.cardinality();
        });
        assertThat(refused[0]).isPositive();
    }

    private static BatchPlan planOnCopy(SplittableRandom random, FleetDispatcher fleet) {
        var window = new BatchWindow(fleet.copy(), Order.SHORTEST_FIRST, 100);
        tasks(random, 0).forEach(each -> window.add(each.row, each.source, each.volume, each.deadline));
        return window.close(0);
    }

    @Test
    void aWindowHasALimit() {
        FleetDispatcher fleet = fleet(new SplittableRandom(1));
        var window = new BatchWindow(fleet, Order.ARRIVAL, 2);
        assertThat(window.add(0, NONE, 0, NO_DEADLINE)).isZero();
        assertThat(window.isFull()).isFalse();
        assertThat(window.add(1, NONE, 0, NO_DEADLINE)).isEqualTo(1);
        assertThat(window.isFull()).isTrue();
        assertThatIllegalStateException()
                .isThrownBy(() -> window.add(2, NONE, 0, NO_DEADLINE))
                .withMessage("the window has its 2 tasks");
        assertThat(window.close(0).size()).isEqualTo(2);
        assertThat(window.close(0).size()).isZero();
        for (int max : new int[] {0, -1, BatchWindow.TASKS_MAX + 1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new BatchWindow(fleet, Order.ARRIVAL, max))
                    .withMessageContaining("tasksMax (%d)", max);
        }
    }

    private static List<Task> tasks(SplittableRandom random, double now) {
        List<Task> tasks = new ArrayList<>();
        for (int i = random.nextInt(1, 60); i > 0; i--) {
            tasks.add(new Task(
                    random.nextInt(10),
                    random.nextBoolean() ? random.nextInt(DEVICES) : NONE,
                    random.nextInt(20),
                    random.nextInt(4) == 0 ? now + random.nextInt(12) : NO_DEADLINE));
        }
        return tasks;
    }

    private static FleetDispatcher fleet(SplittableRandom random) {
        double[][] costs = new double[10][3];
        for (double[] row : costs) {
            Arrays.setAll(row, _ -> random.nextInt(6) == 0 ? CostTable.CANNOT_RUN : 1 + random.nextInt(10));
            row[random.nextInt(3)] = 1 + random.nextInt(10);
        }
        int[] kinds = IntStream.range(0, DEVICES).map(device -> device % 3).toArray();
        int[] zones = random.ints(DEVICES, 0, 2).toArray();
        Links links = Links.zoned(zones, new double[][] {{4, 1}, {1, 4}}, new double[][] {{0, 2}, {2, 0}});
        var fleet = new FleetDispatcher(
                CostTable.perKind(costs, IntStream.range(0, 10).toArray(), kinds), links, 0);
        for (int i = 0; i < 30; i++) {
            int device = random.nextInt(DEVICES);
            if (random.nextInt(4) == 0) {
                fleet.lose(device);
            } else {
                fleet.setFree(device, random.nextInt(15));
            }
        }
        return fleet;
    }

    private static double[] freeTimes(FleetDispatcher fleet) {
        return IntStream.range(0, DEVICES).mapToDouble(fleet::freeAt).toArray();
    }
}
