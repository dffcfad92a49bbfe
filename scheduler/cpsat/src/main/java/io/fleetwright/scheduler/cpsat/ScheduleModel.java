package io.fleetwright.scheduler.cpsat;

import com.google.ortools.sat.BoolVar;
import com.google.ortools.sat.CpModel;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.IntVar;
import com.google.ortools.sat.IntervalVar;
import com.google.ortools.sat.LinearExpr;
import com.google.ortools.sat.Literal;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Insertion;
import io.fleetwright.scheduler.plan.PartialSchedule;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.scheduler.platform.CostTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A problem in the solver's terms, with a known schedule as its hint and as an upper bound. */
final class ScheduleModel {
    private final Problem problem;
    private final TaskGraph graph;
    private final TimeScale scale;
    private final long horizon;
    private final CpModel model = new CpModel();
    private final IntVar[] start;
    private final IntVar[] end;
    /** {@code [task][device]}; null where the task does not run. */
    private final @Nullable BoolVar[][] runsOn;

    ScheduleModel(Problem problem, Schedule known, double bound) {
        this.problem = problem;
        graph = problem.graph();
        scale = TimeScale.of(problem, known.makespan());
        horizon = scale.up(known.makespan());
        int tasks = problem.taskCount();
        start = new IntVar[tasks];
        end = new IntVar[tasks];
        runsOn = new @Nullable BoolVar[tasks][problem.deviceCount()];
        List<List<IntervalVar>> onDevice = new ArrayList<>();
        for (int device = 0; device < problem.deviceCount(); device++) {
            onDevice.add(new ArrayList<>());
        }
        for (int task = 0; task < tasks; task++) {
            start[task] = model.newIntVar(0, horizon, "start" + task);
            end[task] = model.newIntVar(0, horizon, "end" + task);
            addIntervals(task, onDevice);
        }
        onDevice.forEach(model::addNoOverlap);
        for (int task = 0; task < tasks; task++) {
            for (int e = graph.inBegin(task); e < graph.inEnd(task); e++) {
                addTransfer(graph.inTask(e), task, graph.inVolume(e));
            }
        }
        IntVar makespan = model.newIntVar(scale.down(bound), horizon, "makespan");
        model.addMaxEquality(makespan, end);
        model.minimize(makespan);
        hint(known);
    }

    CpModel model() {
        return model;
    }

    /** The makespan that corresponds to a bound on the objective. */
    double bound(double objectiveBound) {
        return Math.ceil(objectiveBound - 1e-6) / scale.unitsPerTime();
    }

    /** The solver's order and devices, with the real times. */
    Schedule read(CpSolver solver) {
        Integer[] order = new Integer[problem.taskCount()];
        Arrays.setAll(order, graph::topologicalTask);
        // Stable: tasks of equal start stay in topological order; what ends sooner is out of the way first.
        Arrays.sort(order, Comparator.comparingLong((Integer task) -> solver.value(start[task])));
        var partial = new PartialSchedule(problem);
        for (int task : order) {
            try {
                partial.place(task, deviceOf(task, solver), Insertion.APPEND);
            } catch (UnschedulableException impossible) {
                throw new IllegalStateException("the solver used a link that is not there", impossible);
            }
        }
        return partial.toSchedule();
    }

    private int deviceOf(int task, CpSolver solver) {
        for (int device = 0; device < runsOn[task].length; device++) {
            BoolVar here = runsOn[task][device];
            if (here != null && solver.booleanValue(here)) {
                return device;
            }
        }
        throw new IllegalStateException("the solver put task %d nowhere".formatted(task));
    }

    private void addIntervals(int task, List<List<IntervalVar>> onDevice) {
        List<Literal> choices = new ArrayList<>();
        for (int device = 0; device < problem.deviceCount(); device++) {
            double execution = problem.costs().executionTime(task, device);
            if (execution == CostTable.CANNOT_RUN) {
                continue;
            }
            BoolVar here = model.newBoolVar("task%d on %d".formatted(task, device));
            runsOn[task][device] = here;
            choices.add(here);
            onDevice.get(device)
                    .add(model.newOptionalIntervalVar(
                            start[task],
                            LinearExpr.constant(scale.down(execution)),
                            end[task],
                            here,
                            "task%d during %d".formatted(task, device)));
            long ready = scale.down(problem.platform().device(device).readyTime());
            if (ready > 0) {
                model.addGreaterOrEqual(start[task], ready).onlyEnforceIf(here);
            }
        }
        model.addExactlyOne(choices);
    }

    private void addTransfer(int from, int to, double volume) {
        model.addGreaterOrEqual(start[to], end[from]);
        for (int source = 0; source < problem.deviceCount(); source++) {
            for (int target = 0; target < problem.deviceCount(); target++) {
                BoolVar there = runsOn[from][source];
                BoolVar here = runsOn[to][target];
                double transfer = problem.platform().links().transferTime(volume, source, target);
                if (there == null || here == null || transfer == 0) {
                    continue;
                }
                if (transfer == Double.POSITIVE_INFINITY) {
                    model.addBoolOr(new Literal[] {there.not(), here.not()});
                } else {
                    LinearExpr arrival = LinearExpr.affine(end[from], 1, Math.min(horizon, scale.down(transfer)));
                    model.addGreaterOrEqual(start[to], arrival).onlyEnforceIf(new Literal[] {there, here});
                }
            }
        }
    }

    private void hint(Schedule known) {
        for (Assignment assignment : known.assignments()) {
            model.addHint(start[assignment.task()], scale.down(assignment.start()));
            for (int device = 0; device < problem.deviceCount(); device++) {
                BoolVar here = runsOn[assignment.task()][device];
                if (here != null) {
                    model.addHint(here, device == assignment.device());
                }
            }
        }
    }
}
