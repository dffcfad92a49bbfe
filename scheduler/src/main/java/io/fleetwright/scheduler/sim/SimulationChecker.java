package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.graph.TaskGraph;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with a recorded schedule, from the workload's figures and the stated times alone. It holds for
 * simulations without noise, link changes and contention; then durations and transfers are exact.
 */
public final class SimulationChecker {
    private static final double SLACK_MICROS = 1e-6;

    private SimulationChecker() {}

    /** One line per violation; empty when the schedule holds. */
    public static List<String> check(Workload workload, List<ScheduleEntry> schedule) {
        List<String> found = new ArrayList<>();
        Map<Long, ScheduleEntry> done = new HashMap<>();
        for (ScheduleEntry entry : schedule) {
            checkDuration(workload, entry, found);
            if (entry.completed() && done.put(key(entry.job(), entry.task()), entry) != null) {
                found.add("done twice: " + entry);
            }
        }
        checkOverlap(schedule, found);
        for (ScheduleEntry entry : schedule) {
            checkInputs(workload, entry, done, found);
        }
        return found;
    }

    private static void checkDuration(Workload workload, ScheduleEntry entry, List<String> found) {
        double execution = workload.execution(entry.app(), entry.task(), workload.clusterOf(entry.device()));
        double micros = entry.finishMicros() - entry.startMicros();
        if (execution == Workload.CANNOT_RUN) {
            found.add("cannot run there: " + entry);
        } else if (entry.completed() && Math.abs(micros - execution * entry.slowdown()) > SLACK_MICROS) {
            found.add("takes %s us: %s".formatted(execution, entry));
        } else if (micros > execution * entry.slowdown() + SLACK_MICROS) {
            found.add("cut off after its end: " + entry);
        }
    }

    private static void checkOverlap(List<ScheduleEntry> schedule, List<String> found) {
        List<ScheduleEntry> sorted = new ArrayList<>(schedule);
        sorted.sort(Comparator.comparingInt(ScheduleEntry::device)
                .thenComparingDouble(ScheduleEntry::startMicros)
                .thenComparingDouble(ScheduleEntry::finishMicros));
        for (int i = 1; i < sorted.size(); i++) {
            ScheduleEntry before = sorted.get(i - 1);
            ScheduleEntry after = sorted.get(i);
            if (before.device() == after.device() && after.startMicros() < before.finishMicros() - SLACK_MICROS) {
                found.add("overlap: %s and %s".formatted(before, after));
            }
        }
    }

    private static void checkInputs(
            Workload workload, ScheduleEntry entry, Map<Long, ScheduleEntry> done, List<String> found) {
        TaskGraph graph = workload.graph(entry.app());
        for (int e = graph.inBegin(entry.task()); e < graph.inEnd(entry.task()); e++) {
            @Nullable ScheduleEntry input = done.get(key(entry.job(), graph.inTask(e)));
            if (input == null) {
                found.add("before its input was made: " + entry);
                continue;
            }
            int from = workload.clusterOf(input.device());
            double transfer = input.device() == entry.device()
                    ? workload.transferWithin(entry.app(), e, from)
                    : workload.transfer(entry.app(), e, from, workload.clusterOf(entry.device()));
            if (entry.startMicros() < input.finishMicros() + transfer - SLACK_MICROS) {
                found.add("before its input arrived: %s, %s".formatted(entry, input));
            }
        }
    }

    private static long key(int job, int task) {
        return (long) job << Integer.SIZE | task;
    }
}
