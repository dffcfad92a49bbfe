package io.fleetwright.scheduler.policy;

import static io.fleetwright.scheduler.policy.TaskRequest.NO_DEADLINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FleetDispatcherTest {
    /** A fleet and the plain figures to look at each device by. */
    private record Fleet(CostTable costs, Links links, FleetDispatcher dispatcher, double[] free) {
        int lookAtEach(int task, int source, double volume, double now, double deadline) {
            int best = FleetDispatcher.NONE;
            double earliest = Double.POSITIVE_INFINITY;
            for (int device = 0; device < free.length; device++) {
                double finish = finish(task, source, volume, now, device);
                if (finish < earliest) {
                    earliest = finish;
                    best = device;
                }
            }
            return earliest <= deadline ? best : FleetDispatcher.NONE;
        }

        double finish(int task, int source, double volume, double now, int device) {
            double arrival = source == FleetDispatcher.NONE ? now : now + links.transferTime(volume, source, device);
            return Math.max(arrival, free[device]) + costs.executionTime(task, device);
        }
    }

    @Test
    void eachPlacementIsTheOneThatLookingAtEachDeviceGives() {
        SeededCases.forEach(1, 200, (random, _) -> {
            Fleet fleet = fleet(random, random.nextInt(1, 200), random.nextInt(1, 6), random.nextInt(1, 4));
            int placed = 0;
            double now = 0;
            for (int step = 0; step < 200; step++) {
                now += random.nextInt(3);
                int task = random.nextInt(fleet.costs().taskCount());
                int source = random.nextBoolean() ? random.nextInt(fleet.free().length) : FleetDispatcher.NONE;
                double volume = random.nextInt(20);
                double deadline = random.nextInt(4) == 0 ? now + random.nextInt(20) : NO_DEADLINE;
                int expected = fleet.lookAtEach(task, source, volume, now, deadline);
                int device = fleet.dispatcher().place(task, source, volume, now, deadline);
                assertThat(device).as("step %d", step).isEqualTo(expected);
                if (device != FleetDispatcher.NONE) {
                    double finish = fleet.finish(task, source, volume, now, device);
                    assertThat(fleet.dispatcher().finish()).isEqualTo(finish);
                    assertThat(fleet.dispatcher().freeAt(device)).isEqualTo(finish);
                    fleet.free()[device] = finish;
                    placed++;
                }
                change(random, fleet, now);
            }
            assertThat(placed).isPositive();
        });
    }

    private static void change(SplittableRandom random, Fleet fleet, double now) {
        int device = random.nextInt(fleet.free().length);
        boolean gone = fleet.free()[device] == Double.POSITIVE_INFINITY;
        switch (random.nextInt(4)) {
            case 0 -> {
                fleet.dispatcher().lose(device);
                fleet.free()[device] = Double.POSITIVE_INFINITY;
            }
            case 1 -> {
                fleet.dispatcher().comeBack(device, now);
                fleet.free()[device] = gone ? now : fleet.free()[device];
            }
            case 2 -> {
                double at = now + random.nextInt(30);
                fleet.dispatcher().setFree(device, at);
                fleet.free()[device] = gone ? Double.POSITIVE_INFINITY : at;
            }
            default -> {}
        }
    }

    @Test
    void aPlanIsCommittedOnlyWhileItsDeviceIsAsItWas() {
        Fleet fleet = fleet(new SplittableRandom(1), 10, 1, 1);
        FleetDispatcher dispatcher = fleet.dispatcher();
        int device = dispatcher.find(0, 0, NO_DEADLINE);
        double finish = dispatcher.finish();
        int version = dispatcher.version(device);
        assertThat(dispatcher.freeAt(device)).as("find changes nothing").isZero();
        assertThat(dispatcher.commit(device, version, finish)).isTrue();
        assertThat(dispatcher.freeAt(device)).isEqualTo(finish);
        assertThat(dispatcher.commit(device, version, finish))
                .as("a second plan")
                .isFalse();
        int later = dispatcher.version(device);
        dispatcher.lose(device);
        assertThat(dispatcher.commit(device, later, finish)).isFalse();
        assertThat(dispatcher.commit(device, dispatcher.version(device), finish))
                .as("on a device that is gone")
                .isFalse();
        dispatcher.comeBack(device, 3);
        assertThat(dispatcher.freeAt(device)).isEqualTo(3);
    }

    @Test
    void nothingIsFoundWhereNothingIsThere() {
        Fleet fleet = fleet(new SplittableRandom(1), 3, 1, 1);
        for (int device = 0; device < 3; device++) {
            fleet.dispatcher().lose(device);
        }
        assertThat(fleet.dispatcher().find(0, 0, NO_DEADLINE)).isEqualTo(FleetDispatcher.NONE);
        assertThat(fleet.dispatcher().find(0, 1, 5, 0, NO_DEADLINE)).isEqualTo(FleetDispatcher.NONE);
    }

    @Test
    void badFiguresAreRefused() {
        Fleet fleet = fleet(new SplittableRandom(1), 3, 1, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fleet.dispatcher().setFree(0, Double.NaN))
                .withMessageContaining("at (NaN)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FleetDispatcher(fleet.costs(), Links.uniform(4, 1, 0), 0))
                .withMessageContaining("costs have 3 devices, links 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FleetDispatcher(fleet.costs(), fleet.links(), -1))
                .withMessageContaining("now (-1.0)");
    }

    private static Fleet fleet(SplittableRandom random, int devices, int kinds, int zones) {
        double[][] costs = new double[10][kinds];
        for (double[] row : costs) {
            Arrays.setAll(row, _ -> random.nextInt(6) == 0 ? CostTable.CANNOT_RUN : 1 + random.nextInt(10));
            row[random.nextInt(kinds)] = 1 + random.nextInt(10);
        }
        int[] kindOf = random.ints(devices, 0, kinds).toArray();
        int[] zoneOf = random.ints(devices, 0, zones).toArray();
        double[][] bandwidth = new double[zones][zones];
        double[][] latency = new double[zones][zones];
        for (int a = 0; a < zones; a++) {
            Arrays.setAll(bandwidth[a], _ -> random.nextInt(5));
            Arrays.setAll(latency[a], _ -> random.nextInt(3));
        }
        CostTable table = CostTable.perKind(costs, random.ints(10, 0, 10).toArray(), kindOf);
        Links links = Links.zoned(zoneOf, bandwidth, latency);
        return new Fleet(table, links, new FleetDispatcher(table, links, 0), new double[devices]);
    }
}
