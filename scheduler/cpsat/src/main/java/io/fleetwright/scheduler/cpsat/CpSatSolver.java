package io.fleetwright.scheduler.cpsat;

import com.google.ortools.Loader;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.CpSolverStatus;
import io.fleetwright.scheduler.optimum.LowerBounds;
import io.fleetwright.scheduler.optimum.ProvingSolver;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.Solution;

/**
 * Google's CP-SAT: one optional interval per task and device, no overlap on a device, least makespan.
 *
 * <p>It runs one thread for a limited amount of work, not of time, so it gives the same answer every time.
 */
public final class CpSatSolver implements ProvingSolver {
    /** In the solver's unit of work, about a second each. */
    private static final double WORK_MAX = 60;
    /** Edges times device pairs, beyond which the model would be too large. */
    private static final long TRANSFERS_MAX = 1_000_000;
    /** Tasks times devices, likewise. */
    private static final long INTERVALS_MAX = 200_000;

    @Override
    public String name() {
        return "cp-sat";
    }

    @Override
    public Solution solve(Problem problem, Schedule known) {
        double bound = LowerBounds.of(problem);
        long devices = problem.deviceCount();
        if (problem.taskCount() * devices > INTERVALS_MAX
                || problem.graph().edgeCount() * devices * devices > TRANSFERS_MAX) {
            return new Solution(known, bound);
        }
        Loader.loadNativeLibraries();
        var model = new ScheduleModel(problem, known, bound);
        var solver = new CpSolver();
        solver.getParameters().setNumWorkers(1).setRandomSeed(1).setMaxDeterministicTime(WORK_MAX);
        CpSolverStatus status = solver.solve(model.model());
        return switch (status) {
            case OPTIMAL, FEASIBLE -> {
                Schedule found = model.read(solver);
                yield new Solution(
                        found.makespan() < known.makespan() ? found : known,
                        Math.max(bound, model.bound(solver.bestObjectiveBound())));
            }
            case UNKNOWN -> new Solution(known, bound);
            case INFEASIBLE, MODEL_INVALID, UNRECOGNIZED ->
                throw new IllegalStateException("the solver calls a problem that has a schedule " + status);
        };
    }
}
