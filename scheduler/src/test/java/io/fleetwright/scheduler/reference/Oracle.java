package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.sim.SystemState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Says what a policy is to decide, without deciding it. One instance follows one simulation. */
interface Oracle {
    /** A task given to a device, which is then expected to be free at {@code finish}. */
    record Placement(int task, int device, double finish) {}

    /** @param points clock of each cluster from now on */
    record Decision(List<Placement> placements, List<Integer> points) {}

    Decision decide(SystemState state);

    /** Placements with the clocks as they are. */
    static Decision placing(SystemState state, List<Placement> placements) {
        return new Decision(
                placements,
                IntStream.range(0, state.workload().clusterCount())
                        .map(state::operatingPoint)
                        .boxed()
                        .toList());
    }

    static List<Integer> ready(SystemState state) {
        return IntStream.range(0, state.readyCount())
                .map(state::readyTask)
                .boxed()
                .toList();
    }

    /** Rules that give each task to where it ends first, and count on it for the next ones. */
    final class EarliestEnds {
        private final SystemState state;
        private final double[] free;
        private final List<Placement> placements = new ArrayList<>();

        EarliestEnds(SystemState state) {
            this.state = state;
            free = new double[state.workload().deviceCount()];
            Arrays.setAll(free, state::estimatedFree);
        }

        private double finish(int task, int device) {
            return state.isOnline(device)
                    ? Math.max(state.now(), Math.max(free[device], state.inputArrival(task, device)))
                            + state.execution(task, device)
                    : Double.POSITIVE_INFINITY;
        }

        private Placement best(int task) {
            return IntStream.range(0, free.length)
                    .mapToObj(device -> new Placement(task, device, finish(task, device)))
                    .min(Comparator.comparingDouble(Placement::finish))
                    .orElseThrow();
        }

        private void accept(Placement placement) {
            if (placement.finish() < Double.POSITIVE_INFINITY) {
                placements.add(placement);
                free[placement.device()] = Math.max(free[placement.device()], placement.finish());
            }
        }

        /** Task after task. */
        List<Placement> inOrder(Comparator<Integer> order) {
            ready(state).stream().sorted(order).forEach(task -> accept(best(task)));
            return placements;
        }

        /** Again and again the pair that ends first. */
        List<Placement> earliestFirst() {
            List<Integer> left = new ArrayList<>(ready(state));
            while (!left.isEmpty()) {
                Placement first = left.stream()
                        .map(this::best)
                        .min(Comparator.comparingDouble(Placement::finish))
                        .orElseThrow();
                accept(first);
                left.removeIf(task -> task == first.task());
            }
            return placements;
        }

        /** Earliest deadline, then highest rank. */
        static Comparator<Integer> byDeadline(SystemState state) {
            return Comparator.comparingDouble((Integer task) -> state.deadlineOfJob(state.slotOf(task)))
                    .thenComparingDouble(task -> -state.rank(task));
        }
    }

    static Decision earliestFinish(SystemState state) {
        return placing(state, new EarliestEnds(state).earliestFirst());
    }

    static Decision queue(SystemState state) {
        return placing(state, new EarliestEnds(state).inOrder((_, _) -> 0));
    }

    static Decision upwardRank(SystemState state) {
        return placing(
                state,
                new EarliestEnds(state).inOrder(Comparator.comparingDouble((Integer task) -> -state.rank(task))));
    }

    static Decision deadline(SystemState state) {
        return placing(state, new EarliestEnds(state).inOrder(EarliestEnds.byDeadline(state)));
    }
}
