package io.fleetwright.scheduler.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Start-time fair queueing of device time, each application being a tenant of weight 1. A tenant that had nothing to run
 * begins at the virtual time, one whose tasks waited at most a longest task per device before it. Ours: a line per tenant
 * and cluster that is the first of the fastest for the task; what is planned for a busy device moves its line alone; of
 * equal tags the first line, in a line the oldest job, then as the tasks became ready.
 *
 * @see "Goyal, Vin, Cheng, 1996, section 2"
 */
final class NaiveFairShare implements NaivePolicies.Policy {
    private record Line(int tenant, int cluster) {}

    private final Map<Integer, Double> startTag = new HashMap<>();
    private final List<Integer> waiting = new ArrayList<>();
    private double virtualTime;
    private double longest;

    @Override
    public void decide(NaiveSystem system, List<Work> ready) {
        double[] free = IntStream.range(0, system.online.length)
                .mapToDouble(device -> free(system, device))
                .toArray();
        List<Integer> open = new ArrayList<>(IntStream.range(0, free.length)
                .filter(device -> system.online[device] && system.isIdle(device) && !isQueued(system, device))
                .boxed()
                .toList());
        if (open.isEmpty()) {
            return;
        }
        Map<Line, List<Work>> lines = lines(ready);
        Map<Line, Double> planned = new HashMap<>();
        for (int tenant :
                lines.keySet().stream().map(Line::tenant).distinct().sorted().toList()) {
            double from = waiting.contains(tenant) ? virtualTime - free.length * longest : virtualTime;
            startTag.merge(tenant, from, Math::max);
        }
        waiting.clear();
        while (!open.isEmpty() && lines.values().stream().anyMatch(line -> !line.isEmpty())) {
            Map.Entry<Line, List<Work>> first = lines.entrySet().stream()
                    .filter(line -> !line.getValue().isEmpty())
                    .min(Comparator.comparingDouble((Map.Entry<Line, List<Work>> line) ->
                                    tag(line.getKey()) + planned.getOrDefault(line.getKey(), 0.0))
                            .thenComparingInt(line -> line.getKey().tenant())
                            .thenComparingInt(line -> line.getKey().cluster()))
                    .orElseThrow();
            Line lowest = first.getKey();
            Work next = first.getValue().removeFirst();
            double[] finish = IntStream.range(0, free.length)
                    .mapToDouble(device -> finish(system, next, device, free[device]))
                    .toArray();
            double earliest = Arrays.stream(finish).min().orElseThrow();
            int device = IntStream.range(0, finish.length)
                    .filter(candidate -> finish[candidate] == earliest)
                    .findFirst()
                    .orElseThrow();
            if (earliest == Double.POSITIVE_INFINITY) {
                waiting.add(lowest.tenant());
                continue;
            }
            free[device] = earliest;
            double step = system.execution(next, device);
            if (open.removeIf(candidate -> candidate == device)) {
                virtualTime = Math.max(virtualTime, tag(lowest));
                startTag.merge(lowest.tenant(), step, Double::sum);
                longest = Math.max(longest, step);
                system.place(next, device, earliest);
            } else {
                planned.merge(lowest, step, Double::sum);
                waiting.add(lowest.tenant());
            }
        }
        lines.forEach((line, left) -> {
            if (!left.isEmpty()) {
                waiting.add(line.tenant());
            }
        });
    }

    private double tag(Line line) {
        return startTag.getOrDefault(line.tenant(), 0.0);
    }

    private static Map<Line, List<Work>> lines(List<Work> ready) {
        Map<Line, List<Work>> lines = new HashMap<>();
        ready.stream()
                .sorted(Comparator.comparingInt(work -> work.job.number))
                .forEach(work -> lines.computeIfAbsent(
                                new Line(work.job.app, fastestCluster(work)), _ -> new ArrayList<>())
                        .add(work));
        return lines;
    }

    private static int fastestCluster(Work work) {
        double[] cost = work.job.graph.cost()[work.task];
        double least = Arrays.stream(cost).min().orElseThrow();
        return IntStream.range(0, cost.length)
                .filter(cluster -> cost[cluster] == least)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isQueued(NaiveSystem system, int device) {
        return system.placed.stream().anyMatch(work -> work.device == device);
    }

    private static double free(NaiveSystem system, int device) {
        double running = system.running.stream()
                .filter(work -> work.device == device)
                .mapToDouble(work -> work.finish)
                .reduce(system.now, Math::max);
        return isQueued(system, device) ? Math.max(running, system.free[device]) : running;
    }

    private static double finish(NaiveSystem system, Work work, int device, double free) {
        return system.online[device]
                ? Math.max(system.now, Math.max(free, system.inputArrival(work, device)))
                        + system.execution(work, device)
                : Double.POSITIVE_INFINITY;
    }
}
