package io.fleetwright.scheduler.policy;

import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Links;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Earliest finish over a large fleet: each task to the device that finishes it first, the lowest of equals, in a time
 * that grows with the kinds of device and the zones, and with the logarithm of how many of each there are.
 *
 * <p>Devices of one kind in one zone differ only by when they are free, so they stand in one tree by that. The device
 * that has the input itself is looked at besides, since nothing need travel there.
 *
 * <p>Placements may be planned on a {@link #copy} and committed later: {@link #version} of a device moves with every
 * change, and {@link #commit} refuses a placement whose device has moved on. Not thread-safe.
 *
 * @see "Schwarzkopf et al., Omega, EuroSys 2013, section 3.4 (optimistic commit)"
 */
public final class FleetDispatcher {
    public static final int NONE = -1;
    public static final int DEVICES_MAX = 1_000_000;
    private static final double GONE = Double.POSITIVE_INFINITY;

    private record Key(int kind, int zone) {}

    private final CostTable costs;
    private final Links links;
    private final double[] freeAt;
    private final int[] version;
    private final int[] groupOf;
    private final int[] placeOf;
    private final int[] kindOfGroup;
    private final int[] zoneOfGroup;
    private final int[][] members;
    /** Per group a complete binary tree: the least free time below each node; leaves from half of its length on. */
    private final double[][] tree;

    private double start;
    private double finish;

    /**
     * A fleet whose devices are all there and free from {@code now} on.
     *
     * @throws IllegalArgumentException if costs and links are not of the same devices
     */
    public FleetDispatcher(CostTable costs, Links links, double now) {
        Times.check("now", now);
        int devices = costs.deviceCount();
        if (devices != links.deviceCount() || devices > DEVICES_MAX) {
            throw new IllegalArgumentException("costs have %d devices, links %d; there may be %d"
                    .formatted(devices, links.deviceCount(), DEVICES_MAX));
        }
        this.costs = costs;
        this.links = links;
        freeAt = new double[devices];
        version = new int[devices];
        groupOf = new int[devices];
        placeOf = new int[devices];
        Arrays.fill(freeAt, now);
        Map<Key, List<Integer>> byKey = new LinkedHashMap<>();
        for (int device = 0; device < devices; device++) {
            byKey.computeIfAbsent(new Key(costs.deviceKind(device), links.zoneOf(device)), _ -> new ArrayList<>())
                    .add(device);
        }
        kindOfGroup = byKey.keySet().stream().mapToInt(Key::kind).toArray();
        zoneOfGroup = byKey.keySet().stream().mapToInt(Key::zone).toArray();
        members = byKey.values().stream()
                .map(group -> group.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
        tree = new double[members.length][];
        for (int group = 0; group < members.length; group++) {
            int leaves = Math.max(1, Integer.highestOneBit(2 * members[group].length - 1));
            tree[group] = new double[2 * leaves];
            Arrays.fill(tree[group], GONE);
            for (int place = 0; place < members[group].length; place++) {
                groupOf[members[group][place]] = group;
                placeOf[members[group][place]] = place;
                update(members[group][place]);
            }
        }
    }

    private FleetDispatcher(FleetDispatcher other) {
        costs = other.costs;
        links = other.links;
        groupOf = other.groupOf;
        placeOf = other.placeOf;
        kindOfGroup = other.kindOfGroup;
        zoneOfGroup = other.zoneOfGroup;
        members = other.members;
        freeAt = other.freeAt.clone();
        version = other.version.clone();
        tree = new double[other.tree.length][];
        Arrays.setAll(tree, group -> other.tree[group].clone());
    }

    /** One to plan on: it begins with what is known here and goes its own way. */
    public FleetDispatcher copy() {
        return new FleetDispatcher(this);
    }

    /**
     * The device for a task without input.
     *
     * @return {@link #NONE} if no device that is there runs it by the deadline
     */
    public int find(int task, double now, double deadline) {
        return find(task, NONE, 0, now, deadline);
    }

    /**
     * The device for a task; {@link #start} and {@link #finish} then say when. Nothing changes.
     *
     * @param task row of the cost table
     * @param source device that has the input, or {@link #NONE}
     * @param volume of the input, in the unit of the links
     * @param now not before this
     * @param deadline the finish must not be after it; {@link TaskRequest#NO_DEADLINE} for none
     * @return {@link #NONE} if no device that is there runs it by the deadline
     */
    public int find(int task, int source, double volume, double now, double deadline) {
        int best = NONE;
        double earliest = Double.POSITIVE_INFINITY;
        if (source != NONE && freeAt[source] < GONE) {
            double end = Math.max(now, freeAt[source]) + costs.executionTime(task, source);
            if (end < Double.POSITIVE_INFINITY) {
                best = source;
                earliest = end;
            }
        }
        int zone = source == NONE ? NONE : links.zoneOf(source);
        for (int group = 0; group < tree.length; group++) {
            double end = finishInGroup(group, task, zone, volume, now);
            if (end < earliest || (end == earliest && end < Double.POSITIVE_INFINITY)) {
                double execution = costs.executionTimeOnKind(task, kindOfGroup[group]);
                int device = lowestFinishingBy(group, arrivalInGroup(group, zone, volume, now), execution, end);
                if (end < earliest || device < best) {
                    best = device;
                    earliest = end;
                }
            }
        }
        if (best == NONE || earliest > deadline) {
            return NONE;
        }
        finish = earliest;
        start = earliest - costs.executionTime(task, best);
        return best;
    }

    /** Earliest finish of a task on devices of another kind than {@code device} is; infinite if none of them runs it. */
    double finishOnOtherKind(int device, int task, int source, double volume, double now) {
        int kind = costs.deviceKind(device);
        double earliest = source == NONE || costs.deviceKind(source) == kind
                ? Double.POSITIVE_INFINITY
                : Math.max(now, freeAt[source]) + costs.executionTime(task, source);
        int zone = source == NONE ? NONE : links.zoneOf(source);
        for (int group = 0; group < tree.length; group++) {
            if (kindOfGroup[group] != kind) {
                earliest = Math.min(earliest, finishInGroup(group, task, zone, volume, now));
            }
        }
        return earliest;
    }

    /** @param zone where the input is, or {@link #NONE} */
    private double finishInGroup(int group, int task, int zone, double volume, double now) {
        return Math.max(arrivalInGroup(group, zone, volume, now), tree[group][1])
                + costs.executionTimeOnKind(task, kindOfGroup[group]);
    }

    private double arrivalInGroup(int group, int zone, double volume, double now) {
        return zone == NONE ? now : now + links.transferTimeBetweenZones(volume, zone, zoneOfGroup[group]);
    }

    private int lowestFinishingBy(int group, double arrival, double execution, double end) {
        double[] free = tree[group];
        int leaves = free.length / 2;
        int node = 1;
        while (node < leaves) {
            node *= 2;
            if (Math.max(arrival, free[node]) + execution > end) {
                node++;
            }
        }
        return members[group][node - leaves];
    }

    /** When the task of the last {@link #find} that found a device would start, up to rounding. */
    public double start() {
        return start;
    }

    /** When the task of the last {@link #find} that found a device would end. */
    public double finish() {
        return finish;
    }

    /** {@link #find}, and the device is busy until that finish. */
    public int place(int task, int source, double volume, double now, double deadline) {
        int device = find(task, source, volume, now, deadline);
        if (device != NONE) {
            setFree(device, finish);
        }
        return device;
    }

    /** Moves with every change of the device. */
    public int version(int device) {
        return version[device];
    }

    /**
     * Makes a device busy until {@code until} if nothing has changed there since {@code expectedVersion}.
     *
     * @return whether it has been done
     */
    public boolean commit(int device, int expectedVersion, double until) {
        if (version[device] != expectedVersion || freeAt[device] == GONE) {
            return false;
        }
        setFree(device, until);
        return true;
    }

    /** What is known now of when a device has done what it was given; of no effect while it is gone. */
    public void setFree(int device, double at) {
        Times.check("at", at);
        if (freeAt[device] < GONE) {
            change(device, at);
        }
    }

    /** When a device has done what it was given; infinite while it is gone. */
    public double freeAt(int device) {
        return freeAt[device];
    }

    /** Nothing is placed on the device until {@link #comeBack}. */
    public void lose(int device) {
        if (freeAt[device] < GONE) {
            change(device, GONE);
        }
    }

    /** The device is there again, and free from {@code now} on. */
    public void comeBack(int device, double now) {
        Times.check("now", now);
        if (freeAt[device] == GONE) {
            change(device, now);
        }
    }

    private void change(int device, double at) {
        freeAt[device] = at;
        version[device]++;
        update(device);
    }

    private void update(int device) {
        double[] free = tree[groupOf[device]];
        int node = free.length / 2 + placeOf[device];
        free[node] = freeAt[device];
        for (node /= 2; node > 0; node /= 2) {
            free[node] = Math.min(free[2 * node], free[2 * node + 1]);
        }
    }
}
