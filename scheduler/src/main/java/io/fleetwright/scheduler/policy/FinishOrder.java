package io.fleetwright.scheduler.policy;

import io.fleetwright.scheduler.policy.Candidate.Impossible;
import io.fleetwright.scheduler.policy.Candidate.Possible;
import io.fleetwright.scheduler.policy.Candidate.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@link EarliestFinish} for many requests of one kind: devices are kept in the order in which they would finish the next one, so that
 * a placement costs the logarithm of their number. Decisions are those of {@code EarliestFinish}, with the candidates cut off after
 * the first few.
 */
public final class FinishOrder {
    private static final Comparator<Possible> ORDER =
            Comparator.comparingDouble(Possible::finish).thenComparing(Possible::device);

    private final int candidatesMax;
    private final Map<String, DeviceOption.Runs> runs = new HashMap<>();
    private final TreeMap<String, Impossible> excluded = new TreeMap<>();
    private final Map<String, Possible> byDevice = new HashMap<>();
    private final TreeSet<Possible> order = new TreeSet<>(ORDER);

    /**
     * @param options by device, of every device; microseconds
     * @param readyTimes by device, when it has done what it was given
     * @param candidatesMax of a decision
     * @throws IllegalArgumentException when a device has no ready time, or no candidate may be kept
     */
    public FinishOrder(Map<String, DeviceOption> options, Map<String, Double> readyTimes, int candidatesMax) {
        if (candidatesMax < 1) {
            throw new IllegalArgumentException("candidates (%d) must be at least 1".formatted(candidatesMax));
        }
        this.candidatesMax = candidatesMax;
        options.forEach((device, option) -> {
            switch (option) {
                case DeviceOption.Excluded(Exclusion reason, String detail) -> exclude(device, reason, detail);
                case DeviceOption.Runs one -> {
                    Double ready = readyTimes.get(device);
                    if (ready == null) {
                        throw new IllegalArgumentException("device '%s' has no ready time".formatted(device));
                    }
                    runs.put(device, one);
                    ready(device, ready);
                }
            }
        });
    }

    /** A device is ready at another time now; one that runs nothing of this kind changes nothing. */
    public void ready(String device, double readyTime) {
        DeviceOption.Runs option = runs.get(device);
        if (option == null) {
            return;
        }
        Possible before = byDevice.remove(device);
        if (before != null) {
            order.remove(before);
        }
        Possible now = EarliestFinish.possible(0, device, readyTime, option);
        byDevice.put(device, now);
        order.add(now);
    }

    /** A device that took nothing runs requests of this kind now, from {@code readyTime} on. */
    public void include(String device, DeviceOption.Runs option, double readyTime) {
        excluded.remove(device);
        runs.put(device, option);
        ready(device, readyTime);
    }

    /** A device takes nothing any more. */
    public void exclude(String device, Exclusion reason, String detail) {
        runs.remove(device);
        Possible before = byDevice.remove(device);
        if (before != null) {
            order.remove(before);
        }
        excluded.put(device, new Impossible(device, reason, detail));
    }

    /** True when some device runs requests of this kind. */
    public boolean isAble() {
        return !order.isEmpty();
    }

    /**
     * Places one request that is there already.
     *
     * @param deadline when it has to be done
     */
    public PlacementDecision place(String task, double deadline) {
        if (order.isEmpty() || order.first().finish() > deadline) {
            return new PlacementDecision.Refused(task, impossible(deadline, Integer.MAX_VALUE));
        }
        Possible first = order.first();
        List<Candidate> candidates = new ArrayList<>();
        for (Possible one : order) {
            if (candidates.size() == candidatesMax || one.finish() > deadline) {
                break;
            }
            candidates.add(EarliestFinish.against(first, one, EarliestFinish.whatItLostBy(first, one)));
        }
        boolean alone = candidates.size() == 1 && (order.size() == 1 || second().finish() > deadline);
        candidates.set(
                0, EarliestFinish.against(first, first, alone ? Standing.ONLY_POSSIBLE : Standing.EARLIEST_FINISH));
        candidates.addAll(impossible(deadline, candidatesMax - candidates.size()));
        return new PlacementDecision.Placed(
                new Placement(task, first.device(), first.start(), first.finish(), candidates));
    }

    /**
     * Places one request on a device that a plan of several chose for it, if that runs it by its deadline, else where it finishes first.
     *
     * @param deadline when it has to be done
     */
    public PlacementDecision place(String task, String device, double deadline) {
        Possible chosen = byDevice.get(device);
        if (chosen == null || chosen.finish() > deadline || chosen.equals(order.first())) {
            return place(task, deadline);
        }
        List<Candidate> candidates = new ArrayList<>();
        candidates.add(EarliestFinish.against(chosen, chosen, Standing.PLANNED));
        for (Possible one : order) {
            if (candidates.size() == candidatesMax || one.finish() > deadline) {
                break;
            }
            if (!one.device().equals(device)) {
                candidates.add(EarliestFinish.against(
                        chosen,
                        one,
                        ORDER.compare(one, chosen) < 0
                                ? Standing.LEFT_TO_OTHERS
                                : EarliestFinish.whatItLostBy(chosen, one)));
            }
        }
        candidates.addAll(impossible(deadline, candidatesMax - candidates.size()));
        return new PlacementDecision.Placed(new Placement(task, device, chosen.start(), chosen.finish(), candidates));
    }

    private Possible second() {
        return order.higher(order.first());
    }

    /** The first of the devices that cannot, in the order of their names. */
    private List<Impossible> impossible(double deadline, int most) {
        if (most <= 0) {
            return List.of();
        }
        TreeMap<String, Impossible> all = new TreeMap<>();
        excluded.values().stream().limit(most).forEach(one -> all.put(one.device(), one));
        for (Possible late : order.descendingSet()) {
            if (late.finish() <= deadline) {
                break;
            }
            all.put(late.device(), EarliestFinish.late(late.device(), late.finish(), deadline));
        }
        return all.values().stream().limit(most).toList();
    }
}
