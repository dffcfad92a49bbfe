package io.fleetwright.scheduler.policy;

import io.fleetwright.scheduler.policy.Candidate.Impossible;
import io.fleetwright.scheduler.policy.Candidate.Possible;
import io.fleetwright.scheduler.policy.Candidate.Standing;
import io.fleetwright.scheduler.policy.DeviceOption.Excluded;
import io.fleetwright.scheduler.policy.DeviceOption.Runs;
import io.fleetwright.scheduler.policy.PlacementDecision.Placed;
import io.fleetwright.scheduler.policy.PlacementDecision.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;

/** The rule of earliest finish, said again with plain loops, and the fleets to try it on. */
public final class NaiveDispatch {
    private static final List<Exclusion> REASONS = List.of(Exclusion.values());

    private NaiveDispatch() {}

    /** Figures of one device for one request. */
    private record Figures(String device, double start, double finish, double waiting, Runs runs) {
        boolean before(Figures other) {
            return finish < other.finish || (finish == other.finish && device.compareTo(other.device) < 0);
        }
    }

    static List<PlacementDecision> dispatch(List<TaskRequest> requests, List<DeviceState> devices) {
        Map<String, Double> free = new HashMap<>();
        devices.forEach(state -> free.put(state.device(), state.readyTime()));
        List<PlacementDecision> decisions = new ArrayList<>();
        for (TaskRequest request : requests) {
            PlacementDecision decision = decide(request, free);
            if (decision instanceof Placed placed) {
                free.put(placed.placement().device(), placed.placement().finish());
            }
            decisions.add(decision);
        }
        return decisions;
    }

    private static PlacementDecision decide(TaskRequest request, Map<String, Double> free) {
        List<Figures> able = new ArrayList<>();
        List<Impossible> unable = new ArrayList<>();
        for (String device : free.keySet()) {
            DeviceOption option = request.options().get(device);
            if (option instanceof Runs runs) {
                double arrival = request.releaseTime() + runs.inputTransfer();
                double start = free.get(device) > arrival ? free.get(device) : arrival;
                double finish = start + runs.executionP90();
                if (finish <= request.deadline()) {
                    able.add(new Figures(device, start, finish, start - arrival, runs));
                } else {
                    unable.add(new Impossible(
                            device,
                            Exclusion.MISSES_DEADLINE,
                            "finish " + finish + " is after the deadline " + request.deadline()));
                }
            } else if (option instanceof Excluded excluded) {
                unable.add(new Impossible(device, excluded.reason(), excluded.detail()));
            } else {
                unable.add(new Impossible(device, Exclusion.NO_ESTIMATE, "no cost is known for this device"));
            }
        }
        List<Impossible> impossible = new ArrayList<>();
        while (!unable.isEmpty()) {
            Impossible lowest = unable.getFirst();
            for (Impossible each : unable) {
                lowest = each.device().compareTo(lowest.device()) < 0 ? each : lowest;
            }
            impossible.add(lowest);
            unable.remove(lowest);
        }
        if (able.isEmpty()) {
            return new Refused(request.task(), impossible);
        }
        boolean alone = able.size() == 1;
        Figures best = first(able);
        List<Candidate> candidates = new ArrayList<>();
        while (!able.isEmpty()) {
            Figures next = first(able);
            able.remove(next);
            candidates.add(new Possible(
                    next.device,
                    next.start,
                    next.finish,
                    next.runs.inputTransfer(),
                    next.waiting,
                    next.runs.executionP90(),
                    next.runs.energy(),
                    next.finish - best.finish,
                    next.equals(best)
                            ? alone ? Standing.ONLY_POSSIBLE : Standing.EARLIEST_FINISH
                            : whyLost(best, next)));
        }
        candidates.addAll(impossible);
        return new Placed(new Placement(request.task(), best.device, best.start, best.finish, candidates));
    }

    private static Figures first(List<Figures> all) {
        Figures first = all.getFirst();
        for (Figures each : all) {
            first = each.before(first) ? each : first;
        }
        return first;
    }

    /** The greatest of the three differences; of equal ones the execution, then the wait. */
    private static Standing whyLost(Figures best, Figures loser) {
        if (best.finish == loser.finish) {
            return Standing.SAME_FINISH_HIGHER_ID;
        }
        double[] lost = {
            loser.runs.executionP90() - best.runs.executionP90(),
            loser.waiting - best.waiting,
            loser.runs.inputTransfer() - best.runs.inputTransfer()
        };
        Standing[] names = {Standing.LONGER_EXECUTION, Standing.LONGER_WAIT, Standing.LONGER_TRANSFER};
        int greatest = 0;
        for (int i = 1; i < lost.length; i++) {
            greatest = lost[i] > lost[greatest] ? i : greatest;
        }
        return names[greatest];
    }

    /** Some devices, some requests; whole figures make ties, few devices make queues. */
    public static Snapshot snapshot(SplittableRandom random) {
        boolean whole = random.nextBoolean();
        Set<String> names = new HashSet<>();
        for (int i = random.nextInt(10); i >= 0; i--) {
            names.add("d" + random.nextInt(30));
        }
        List<DeviceState> devices = names.stream()
                .map(name -> new DeviceState(name, random.nextInt(3) == 0 ? 0 : figure(random, 30, whole)))
                .toList();
        List<TaskRequest> requests = new ArrayList<>();
        double release = 0;
        for (int task = random.nextInt(12); task >= 0; task--) {
            release += random.nextInt(3) == 0 ? figure(random, 10, whole) : 0;
            Map<String, DeviceOption> options = new HashMap<>();
            for (String name : names) {
                if (random.nextInt(8) > 0) {
                    options.put(name, option(random, whole));
                }
            }
            options.put("stranger", option(random, whole));
            double deadline = random.nextInt(3) == 0 ? release + figure(random, 40, whole) : TaskRequest.NO_DEADLINE;
            requests.add(new TaskRequest("t" + task, release, deadline, options));
        }
        return new Snapshot(requests, devices);
    }

    private static DeviceOption option(SplittableRandom random, boolean whole) {
        if (random.nextInt(6) == 0) {
            return new Excluded(REASONS.get(random.nextInt(REASONS.size())), "because " + random.nextInt(9));
        }
        double transfer = random.nextBoolean() ? 0 : figure(random, 12, whole);
        double energy = random.nextInt(5);
        return new Runs(
                figure(random, 15, whole), transfer, energy == 0 ? OptionalDouble.empty() : OptionalDouble.of(energy));
    }

    private static double figure(SplittableRandom random, int bound, boolean whole) {
        return whole ? random.nextInt(bound) : random.nextDouble() * bound;
    }
}
