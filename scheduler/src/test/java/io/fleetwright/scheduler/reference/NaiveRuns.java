package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.NaiveSystem.Run;
import io.fleetwright.scheduler.sim.SimulationResult;
import java.util.List;

/** A recorded schedule in the form of the naive simulators. */
final class NaiveRuns {
    private NaiveRuns() {}

    static List<Run> of(SimulationResult result) {
        return result.schedule().stream()
                .map(entry -> new Run(
                        entry.job(),
                        entry.app(),
                        entry.task(),
                        entry.device(),
                        entry.startMicros(),
                        entry.finishMicros(),
                        entry.completed()))
                .toList();
    }
}
