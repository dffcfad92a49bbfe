package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.reference.Draft.Room;
import org.jspecify.annotations.Nullable;

/** Every topological order with every choice of devices, none left out; ours: the first of the shortest ones. */
final class BruteForceReference {
    private @Nullable Draft best;
    private double least = Double.POSITIVE_INFINITY;

    private BruteForceReference() {}

    static Schedule schedule(RawProblem problem) throws UnschedulableException {
        var search = new BruteForceReference();
        search.extend(new Draft(problem));
        if (search.best == null) {
            throw new UnschedulableException("nothing fits");
        }
        return search.best.toSchedule();
    }

    private void extend(Draft draft) {
        if (draft.isComplete()) {
            double makespan = draft.toSchedule().makespan();
            if (makespan < least) {
                best = draft;
                least = makespan;
            }
            return;
        }
        for (int task : draft.ready()) {
            for (int device = 0; device < draft.problem.devices(); device++) {
                if (draft.start(task, device, Room.AT_THE_END) < Double.POSITIVE_INFINITY) {
                    Draft longer = draft.copy();
                    longer.place(task, device, Room.AT_THE_END);
                    extend(longer);
                }
            }
        }
    }
}
