package io.fleetwright.scheduler.plan;

import static io.fleetwright.scheduler.TestProblems.figure;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Devices in groups against the same devices looked at one by one. */
class DeviceGroupsTest {
    /** The same problem, with devices that are known to be alike and with each of its own kind. */
    private record Twins(Problem grouped, Problem single) {}

    @Test
    void groupsGiveTheSameDeviceAsLookingAtEach() {
        SeededCases.forEach(1, 300, (random, _) -> {
            Twins twins = twins(random, random.nextBoolean());
            var grouped = new PartialSchedule(twins.grouped());
            var single = new PartialSchedule(twins.single());
            assertThat(DeviceGroups.ifUseful(twins.grouped(), timelines(twins.grouped())))
                    .isNotNull();
            assertThat(DeviceGroups.ifUseful(twins.single(), timelines(twins.single())))
                    .isNull();
            for (int task = 0; task < twins.single().taskCount(); task++) {
                Insertion insertion = random.nextInt(4) == 0 ? Insertion.APPEND : Insertion.FILL_GAPS;
                int device = choice(single, task, insertion);
                assertThat(choice(grouped, task, insertion)).isEqualTo(device);
                if (device < 0) {
                    return;
                }
                // Now and then elsewhere, so that gaps come about, and once more after being taken back.
                if (random.nextInt(3) == 0) {
                    int other = random.nextInt(twins.single().deviceCount());
                    device = single.earliestStart(task, other, insertion) < Double.POSITIVE_INFINITY ? other : device;
                }
                place(List.of(grouped, single), task, device, insertion);
                if (random.nextInt(4) == 0) {
                    grouped.withdraw(task);
                    single.withdraw(task);
                    place(List.of(grouped, single), task, device, insertion);
                }
            }
            assertThat(grouped.toSchedule()).isEqualTo(single.toSchedule());
        });
    }

    @Test
    void heftOnGroupsIsHeft() {
        SeededCases.forEach(1, 150, (random, _) -> {
            // Whole figures, so that mean costs do not depend on the order of summation; many ties.
            Twins twins = twins(random, true);
            Schedule schedule;
            try {
                schedule = new Heft().schedule(twins.single());
            } catch (UnschedulableException _) {
                return;
            }
            assertThat(new Heft().schedule(twins.grouped())).isEqualTo(schedule);
            assertThat(ScheduleChecker.check(twins.grouped(), schedule)).isEmpty();
        });
    }

    private static int choice(PartialSchedule partial, int task, Insertion insertion) {
        try {
            return partial.earliestFinishDevice(task, insertion);
        } catch (UnschedulableException _) {
            return -1;
        }
    }

    private static void place(List<PartialSchedule> schedules, int task, int device, Insertion insertion)
            throws UnschedulableException {
        for (PartialSchedule schedule : schedules) {
            schedule.place(task, device, insertion);
        }
    }

    private static Timeline[] timelines(Problem problem) {
        Timeline[] timelines = new Timeline[problem.deviceCount()];
        for (int device = 0; device < timelines.length; device++) {
            timelines[device] = new Timeline(0);
        }
        return timelines;
    }

    private static Twins twins(SplittableRandom random, boolean whole) {
        int kinds = random.nextInt(1, 4);
        int zones = random.nextInt(1, 3);
        int devices = random.nextInt(8 * kinds * zones, 12 * kinds * zones);
        int tasks = random.nextInt(1, 200);
        var graph = TaskGraph.builder().tasks(tasks);
        for (int to = 1; to < tasks; to++) {
            for (int from = Math.max(0, to - 30); from < to; from++) {
                if (random.nextInt(15) == 0) {
                    graph.edge(from, to, figure(random, 40, whole));
                }
            }
        }
        int[] kindOfDevice = new int[devices];
        int[] zoneOfDevice = new int[devices];
        List<Device> all = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            kindOfDevice[device] = random.nextInt(kinds);
            zoneOfDevice[device] = random.nextInt(zones);
            all.add(new Device("d" + device, random.nextInt(4) == 0 ? figure(random, 30, whole) : 0));
        }
        kindOfDevice[0] = 0;
        double[][] perKind = new double[tasks][kinds];
        double[][] perDevice = new double[tasks][devices];
        int[] kindOfTask = new int[tasks];
        for (int task = 0; task < tasks; task++) {
            kindOfTask[task] = task;
            for (int kind = 0; kind < kinds; kind++) {
                boolean runs = kind == 0 || random.nextInt(4) != 0;
                perKind[task][kind] = runs ? figure(random, 20, whole) : CostTable.CANNOT_RUN;
            }
            for (int device = 0; device < devices; device++) {
                perDevice[task][device] = perKind[task][kindOfDevice[device]];
            }
        }
        double[][] bandwidth = new double[zones][zones];
        double[][] latency = new double[zones][zones];
        for (int a = 0; a < zones; a++) {
            for (int b = 0; b < zones; b++) {
                bandwidth[a][b] = random.nextInt(8) == 0 ? 0 : 1 << random.nextInt(3);
                latency[a][b] = figure(random, 3, whole);
            }
        }
        var platform = new Platform(all, Links.zoned(zoneOfDevice, bandwidth, latency));
        return new Twins(
                new Problem(graph.build(), platform, CostTable.perKind(perKind, kindOfTask, kindOfDevice)),
                new Problem(graph.build(), platform, CostTable.perTask(perDevice)));
    }
}
