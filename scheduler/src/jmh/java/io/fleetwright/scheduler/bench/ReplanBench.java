package io.fleetwright.scheduler.bench;

import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Replanner;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.UnschedulableException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/** One device in a hundred is lost when a part of the plan has been done. */
final class ReplanBench {
    private static final int WARM_UPS = 3;

    private ReplanBench() {}

    static String run(LargeProblem shape, double done, int runs) throws UnschedulableException {
        Problem problem = shape.make(1, LargeProblem.Devices.ALIKE);
        Schedule schedule = new Heft().schedule(problem);
        double now = done * schedule.makespan();
        double[] millis = new double[runs];
        var random = new SplittableRandom(2);
        int moved = 0;
        double makespan = 0;
        for (int run = -WARM_UPS; run < runs; run++) {
            boolean[] lost = new boolean[problem.deviceCount()];
            for (int gone = 0; gone < lost.length / 100; ) {
                int device = random.nextInt(lost.length);
                if (!lost[device]) {
                    lost[device] = true;
                    gone++;
                }
            }
            long before = System.nanoTime();
            var mended = Replanner.mend(problem, schedule, now, lost);
            double took = (System.nanoTime() - before) / 1e6;
            if (!ScheduleChecker.check(problem, mended.schedule()).isEmpty()) {
                throw new IllegalStateException("not a valid schedule: " + shape);
            }
            if (run >= 0) {
                millis[run] = took;
                moved = Math.max(moved, mended.moved());
                makespan = Math.max(makespan, mended.schedule().makespan());
            }
        }
        Arrays.sort(millis);
        return String.format(
                Locale.ROOT,
                "{\"tasks\":%d,\"devices\":%d,\"window\":%d,\"done\":%.2f,\"lost\":%d,\"movedMax\":%d,\"makespan\":%.1f,"
                        + "\"mendedMakespanMax\":%.1f,\"minMs\":%.1f,\"medianMs\":%.1f,\"maxMs\":%.1f,\"runs\":%d}",
                shape.tasks(),
                shape.devices(),
                shape.window(),
                done,
                shape.devices() / 100,
                moved,
                schedule.makespan(),
                makespan,
                millis[0],
                millis[runs / 2],
                millis[runs - 1],
                runs);
    }
}
