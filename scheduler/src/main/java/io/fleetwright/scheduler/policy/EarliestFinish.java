package io.fleetwright.scheduler.policy;

import io.fleetwright.scheduler.policy.Candidate.Impossible;
import io.fleetwright.scheduler.policy.Candidate.Possible;
import io.fleetwright.scheduler.policy.Candidate.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Each request to the device that finishes it first; the lower device id wins a tie.
 *
 * <p>Inputs travel while the device is still busy: {@code start = max(releaseTime + transfer, readyTime)}. A device
 * that would finish after the deadline is out, so a request is refused rather than placed too late.
 */
public final class EarliestFinish implements Dispatcher {
    private static final Comparator<Possible> BEST_FIRST =
            Comparator.comparingDouble(Possible::finish).thenComparing(Possible::device);

    /** Places one request. */
    public static PlacementDecision place(TaskRequest request, List<DeviceState> devices) {
        return place(request, readyTimes(devices));
    }

    @Override
    public List<PlacementDecision> dispatch(List<TaskRequest> requests, List<DeviceState> devices) {
        SortedMap<String, Double> readyTimes = readyTimes(devices);
        List<PlacementDecision> decisions = new ArrayList<>(requests.size());
        for (TaskRequest request : requests) {
            PlacementDecision decision = place(request, readyTimes);
            if (decision instanceof PlacementDecision.Placed(Placement placement)) {
                readyTimes.put(placement.device(), placement.finish());
            }
            decisions.add(decision);
        }
        return decisions;
    }

    private static SortedMap<String, Double> readyTimes(List<DeviceState> devices) {
        SortedMap<String, Double> readyTimes = new TreeMap<>();
        for (DeviceState state : devices) {
            if (readyTimes.put(state.device(), state.readyTime()) != null) {
                throw new IllegalArgumentException("device '%s' is listed more than once".formatted(state.device()));
            }
        }
        return readyTimes;
    }

    private static PlacementDecision place(TaskRequest request, SortedMap<String, Double> readyTimes) {
        List<Possible> possible = new ArrayList<>();
        List<Impossible> impossible = new ArrayList<>();
        for (Map.Entry<String, Double> entry : readyTimes.entrySet()) {
            switch (estimate(request, entry.getKey(), entry.getValue())) {
                case Possible candidate -> possible.add(candidate);
                case Impossible candidate -> impossible.add(candidate);
            }
        }
        if (possible.isEmpty()) {
            return new PlacementDecision.Refused(request.task(), impossible);
        }
        possible.sort(BEST_FIRST);
        Possible first = possible.getFirst();
        Standing reason = possible.size() == 1 ? Standing.ONLY_POSSIBLE : Standing.EARLIEST_FINISH;
        List<Candidate> candidates = new ArrayList<>(readyTimes.size());
        candidates.add(against(first, first, reason));
        for (Possible loser : possible.subList(1, possible.size())) {
            candidates.add(against(first, loser, whatItLostBy(first, loser)));
        }
        candidates.addAll(impossible);
        return new PlacementDecision.Placed(
                new Placement(request.task(), first.device(), first.start(), first.finish(), candidates));
    }

    private static Candidate estimate(TaskRequest request, String device, double readyTime) {
        return switch (request.options().get(device)) {
            case null -> new Impossible(device, Exclusion.NO_ESTIMATE, "no cost is known for this device");
            case DeviceOption.Excluded(Exclusion reason, String detail) -> new Impossible(device, reason, detail);
            case DeviceOption.Runs runs -> {
                Possible candidate = possible(request.releaseTime(), device, readyTime, runs);
                yield candidate.finish() > request.deadline()
                        ? late(device, candidate.finish(), request.deadline())
                        : candidate;
            }
        };
    }

    /** What becomes of a request on a device, whatever its deadline. */
    static Possible possible(double releaseTime, String device, double readyTime, DeviceOption.Runs runs) {
        double arrival = releaseTime + runs.inputTransfer();
        double start = Math.max(arrival, readyTime);
        return new Possible(
                device,
                start,
                start + runs.executionP90(),
                runs.inputTransfer(),
                start - arrival,
                runs.executionP90(),
                runs.energy(),
                0,
                Standing.EARLIEST_FINISH);
    }

    static Impossible late(String device, double finish, double deadline) {
        return new Impossible(
                device, Exclusion.MISSES_DEADLINE, "finish %s is after the deadline %s".formatted(finish, deadline));
    }

    static Possible against(Possible first, Possible candidate, Standing standing) {
        return new Possible(
                candidate.device(),
                candidate.start(),
                candidate.finish(),
                candidate.transfer(),
                candidate.waiting(),
                candidate.execution(),
                candidate.energy(),
                candidate.finish() - first.finish(),
                standing);
    }

    static Standing whatItLostBy(Possible first, Possible loser) {
        if (loser.finish() == first.finish()) {
            return Standing.SAME_FINISH_HIGHER_ID;
        }
        double transfer = loser.transfer() - first.transfer();
        double waiting = loser.waiting() - first.waiting();
        double execution = loser.execution() - first.execution();
        if (execution >= transfer && execution >= waiting) {
            return Standing.LONGER_EXECUTION;
        }
        return waiting >= transfer ? Standing.LONGER_WAIT : Standing.LONGER_TRANSFER;
    }
}
