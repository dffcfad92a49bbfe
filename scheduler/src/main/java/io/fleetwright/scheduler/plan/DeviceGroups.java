package io.fleetwright.scheduler.plan;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All devices by kind and zone: to a task whose inputs are elsewhere, those of one group differ only by their queue. */
final class DeviceGroups {
    private static final int NONE = -1;
    /** Devices per group below which looking at each is as good. */
    private static final int MEMBERS_MIN = 8;

    private record Key(int kind, int zone) {}

    private final CostTable costs;
    private final List<DeviceGroup> groups = new ArrayList<>();
    private final int[] groupOf;
    private final int[] placeOf;
    private int bestDevice;
    private double bestFinish;

    private DeviceGroups(CostTable costs, Map<Key, List<Integer>> members, Timeline[] timelines) {
        this.costs = costs;
        groupOf = new int[timelines.length];
        placeOf = new int[timelines.length];
        members.forEach((key, devices) -> {
            for (int place = 0; place < devices.size(); place++) {
                groupOf[devices.get(place)] = groups.size();
                placeOf[devices.get(place)] = place;
            }
            int[] ascending = devices.stream().mapToInt(Integer::intValue).toArray();
            groups.add(new DeviceGroup(key.kind(), key.zone(), ascending, timelines));
        });
    }

    /** The groups, or null where they are too small to be of use. */
    static @Nullable DeviceGroups ifUseful(Problem problem, Timeline[] timelines) {
        CostTable costs = problem.costs();
        Links links = problem.platform().links();
        Map<Key, List<Integer>> members = new LinkedHashMap<>();
        for (int device = 0; device < timelines.length; device++) {
            members.computeIfAbsent(new Key(costs.deviceKind(device), links.zoneOf(device)), _ -> new ArrayList<>())
                    .add(device);
        }
        return (long) members.size() * MEMBERS_MIN > timelines.length
                ? null
                : new DeviceGroups(costs, members, timelines);
    }

    void changed(int device) {
        groups.get(groupOf[device]).changed(placeOf[device]);
    }

    /** Forgets what was found for the task before. */
    void reset() {
        bestDevice = NONE;
        bestFinish = Double.POSITIVE_INFINITY;
    }

    /** Takes {@code device} for the task if that is better than what is known. */
    void offer(int device, double finish) {
        if (finish < bestFinish || (finish == bestFinish && device < bestDevice)) {
            bestDevice = device;
            bestFinish = finish;
        }
    }

    /** Offers the best device of each group that may have one; {@code arrival} is per zone. */
    void search(int task, double[] arrival, Insertion insertion) {
        int first = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < groups.size(); i++) {
            double bound = bound(task, groups.get(i), arrival);
            if (bound < least) {
                first = i;
                least = bound;
            }
        }
        search(task, groups.get(first), arrival, insertion);
        for (int i = 0; i < groups.size(); i++) {
            if (i != first) {
                search(task, groups.get(i), arrival, insertion);
            }
        }
    }

    /** The lowest device of those that finish first, or a negative number. */
    int bestDevice() {
        return bestDevice;
    }

    private void search(int task, DeviceGroup group, double[] arrival, Insertion insertion) {
        double bound = bound(task, group, arrival);
        if (bound < Double.POSITIVE_INFINITY
                && bound <= bestFinish
                && group.search(
                        arrival[group.zone], costs.executionTimeOnKind(task, group.kind), insertion, bestFinish)) {
            offer(group.bestDevice(), group.bestFinish());
        }
    }

    private double bound(int task, DeviceGroup group, double[] arrival) {
        return arrival[group.zone] + costs.executionTimeOnKind(task, group.kind);
    }
}
