package io.fleetwright.scheduler.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The online policies, restated over plain lists. */
final class NaivePolicies {
    /** Places some of the ready tasks. */
    interface Policy {
        void decide(NaiveSystem system, List<Work> ready);
    }

    private NaivePolicies() {}

    /** A new one; some count what they have done. */
    static Policy named(String name) {
        return switch (name) {
            case "met" -> NaivePolicies::met;
            case "stf" -> NaivePolicies::stf;
            case "eft" -> (system, ready) -> inOrder(system, ready);
            case "heft-rt" -> NaivePolicies::heft;
            case "etf" -> (system, ready) -> earliestFirst(system, ready, (_, devices) -> devices.getFirst());
            case "etf-lb" -> {
                List<Integer> given = new ArrayList<>();
                yield (system, ready) -> earliestFirst(system, ready, (_, devices) -> {
                    int least = devices.stream()
                            .min(Comparator.comparingLong(device ->
                                    given.stream().filter(device::equals).count()))
                            .orElseThrow();
                    given.add(least);
                    return least;
                });
            }
            case "fair" -> new NaiveFairShare();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /**
     * MET as DS3 has it: of the equally fast devices the one with fewest tasks of this call, then the first; if some of
     * them are busy and some are not, as many are left out as are busy, from the first busy one on.
     */
    private static void met(NaiveSystem system, List<Work> ready) {
        List<Integer> given = new ArrayList<>();
        for (Work work : ready) {
            List<Integer> fastest = new ArrayList<>(fastest(system, work, _ -> true));
            List<Integer> busy =
                    fastest.stream().filter(device -> !system.isIdle(device)).toList();
            if (!busy.isEmpty() && busy.size() < fastest.size()) {
                int from = fastest.indexOf(busy.getFirst());
                fastest.subList(from, Math.min(fastest.size(), from + busy.size()))
                        .clear();
            }
            fastest.stream()
                    .filter(device -> system.inputArrival(work, device) < Double.POSITIVE_INFINITY)
                    .min(Comparator.comparingLong(
                            device -> given.stream().filter(device::equals).count()))
                    .ifPresent(device -> {
                        given.add(device);
                        placeAfterQueue(system, work, device);
                    });
        }
    }

    private static void stf(NaiveSystem system, List<Work> ready) {
        for (Work work : ready) {
            fastest(system, work, device -> system.inputArrival(work, device) < Double.POSITIVE_INFINITY).stream()
                    .findFirst()
                    .ifPresent(device -> placeAfterQueue(system, work, device));
        }
    }

    private static List<Integer> fastest(NaiveSystem system, Work work, Function<Integer, Boolean> allowed) {
        List<Integer> devices = IntStream.range(0, system.online.length)
                .boxed()
                .filter(device -> system.online[device] && allowed.apply(device))
                .filter(device -> system.execution(work, device) < Double.POSITIVE_INFINITY)
                .toList();
        double shortest = devices.stream()
                .mapToDouble(device -> system.execution(work, device))
                .min()
                .orElse(Double.NaN);
        return devices.stream()
                .filter(device -> system.execution(work, device) == shortest)
                .toList();
    }

    private static void placeAfterQueue(NaiveSystem system, Work work, int device) {
        system.place(work, device, Math.max(system.now, system.free[device]) + system.execution(work, device));
    }

    private static void inOrder(NaiveSystem system, List<Work> works) {
        for (Work work : works) {
            List<Integer> devices = earliest(system, work);
            if (!devices.isEmpty()) {
                system.place(work, devices.getFirst(), system.estimate(work, devices.getFirst()));
            }
        }
    }

    private static void heft(NaiveSystem system, List<Work> ready) {
        double[][] ranks = IntStream.range(0, system.workload.apps().size())
                .mapToObj(system.workload::ranks)
                .toArray(double[][]::new);
        inOrder(
                system,
                ready.stream()
                        .sorted(Comparator.comparingDouble(work -> -ranks[work.job.app][work.task]))
                        .toList());
    }

    /** Which of several devices with the same finish. */
    private interface Tie {
        int choose(Work work, List<Integer> devices);
    }

    /** Each task that is better than those before it in the list has its device chosen, and the last of them is placed. */
    private static void earliestFirst(NaiveSystem system, List<Work> ready, Tie tie) {
        List<Work> left = new ArrayList<>(ready);
        while (!left.isEmpty()) {
            @Nullable Work best = null;
            int chosen = -1;
            double least = Double.POSITIVE_INFINITY;
            for (Work work : left) {
                List<Integer> devices = earliest(system, work);
                if (!devices.isEmpty() && system.estimate(work, devices.getFirst()) < least) {
                    best = work;
                    chosen = tie.choose(work, devices);
                    least = system.estimate(work, chosen);
                }
            }
            if (best == null) {
                return;
            }
            left.remove(best);
            system.place(best, chosen, least);
        }
    }

    /** Devices of the earliest finish; none if there is no finite one. */
    private static List<Integer> earliest(NaiveSystem system, Work work) {
        double[] finish = IntStream.range(0, system.online.length)
                .mapToDouble(device -> system.estimate(work, device))
                .toArray();
        double least = Arrays.stream(finish).min().orElseThrow();
        return IntStream.range(0, finish.length)
                .filter(device -> finish[device] == least && least < Double.POSITIVE_INFINITY)
                .boxed()
                .toList();
    }
}
