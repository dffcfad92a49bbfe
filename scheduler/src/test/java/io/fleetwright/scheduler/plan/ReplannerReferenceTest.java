package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules of mending, written out over a list, against the replanner; and what must hold whatever the rules. */
class ReplannerReferenceTest {
    /** A plan under way and what has become of the world. */
    private record World(Problem problem, Schedule plan, double now, boolean[] lost) {}

    /** Mends by the rules as they are documented, one after the other. */
    private static final class Rules {
        private final World world;
        private final Problem problem;
        private final Assignment[] plan;
        private final NaivePlan list;
        private final Set<Integer> unsettled = new TreeSet<>();
        private int moved;

        Rules(World world) {
            this.world = world;
            problem = world.problem();
            plan = world.plan().assignments().stream()
                    .sorted(Comparator.comparingInt(Assignment::task))
                    .toArray(Assignment[]::new);
            list = new NaivePlan(
                    problem,
                    IntStream.range(0, world.lost().length)
                            .mapToDouble(device -> world.lost()[device]
                                    ? NaivePlan.NEVER
                                    : Math.max(
                                            world.now(),
                                            problem.platform().device(device).readyTime()))
                            .toArray());
        }

        Replanner.@Nullable Mended mended() {
            for (int task = 0; task < plan.length; task++) {
                if (isRunning(task)) {
                    double until = plan[task].start() + list.cost(task, plan[task].device());
                    plan[task] =
                            new Assignment(task, plan[task].device(), plan[task].start(), Math.max(world.now(), until));
                    list.placed.add(plan[task]);
                } else if (plan[task].finish() <= world.now()) {
                    list.placed.add(plan[task]);
                } else {
                    unsettled.add(task);
                }
            }
            List<Integer> holding = unsettled.stream().filter(this::holds).toList();
            holding.forEach(task -> list.placed.add(plan[task]));
            unsettled.removeAll(holding);
            while (!unsettled.isEmpty()) {
                int next = first();
                unsettled.remove(next);
                if (!move(next)) {
                    return null;
                }
            }
            return new Replanner.Mended(list.toSchedule(), moved);
        }

        private boolean isRunning(int task) {
            Assignment was = plan[task];
            return was.finish() > world.now()
                    && was.start() < world.now()
                    && !world.lost()[was.device()]
                    && problem.costs().canRun(task, was.device());
        }

        /** The device is there and free of what runs, the time is as planned, and the inputs arrive as planned. */
        private boolean holds(int task) {
            Assignment was = plan[task];
            double free = list.freeFrom[was.device()];
            double busy = list.on(was.device()).stream()
                    .filter(running -> running.finish() > world.now() && !unsettled.contains(running.task()))
                    .mapToDouble(Assignment::finish)
                    .reduce(free, Math::max);
            double slack = 1e-12 * Math.max(1, world.plan().makespan());
            return was.start() >= busy
                    && Math.abs(was.finish() - was.start() - list.cost(task, was.device())) <= slack
                    && inputs(task)
                            .allMatch(in -> list.arrival(
                                            plan[problem.graph().inTask(in)],
                                            problem.graph().inVolume(in),
                                            was.device())
                                    <= was.start() + slack);
        }

        private IntStream inputs(int task) {
            return IntStream.range(
                    problem.graph().inBegin(task), problem.graph().inEnd(task));
        }

        /** By old start; of equals the one that comes first in arrival order. */
        private int first() {
            List<Integer> arrival = IntStream.range(0, plan.length)
                    .mapToObj(problem.graph()::topologicalTask)
                    .toList();
            return unsettled.stream()
                    .min(Comparator.comparingDouble((Integer task) -> plan[task].start())
                            .thenComparingInt(arrival::indexOf))
                    .orElseThrow();
        }

        private boolean move(int task) {
            if (list.has(task)) {
                list.withdraw(task);
            }
            int device = list.best(task, Insertion.FILL_GAPS);
            if (device < 0) {
                return false;
            }
            list.place(task, device, Insertion.FILL_GAPS);
            moved++;
            double slack = 1e-12 * Math.max(1, world.plan().makespan());
            for (int e = problem.graph().outBegin(task); e < problem.graph().outEnd(task); e++) {
                Assignment next = plan[problem.graph().outTask(e)];
                if (list.arrival(list.of(task), problem.graph().outVolume(e), next.device()) > next.start() + slack) {
                    unsettled.add(next.task());
                }
            }
            return true;
        }
    }

    /** HEFT's plan of a problem, and then devices gone, times off, links changed, or all of it. */
    private static @Nullable World world(SplittableRandom random) {
        Problem planned = TestProblems.random(random, 20, 6);
        Schedule plan;
        try {
            plan = new Heft().schedule(planned);
        } catch (UnschedulableException _) {
            return null;
        }
        Problem problem = planned;
        if (random.nextBoolean()) {
            double[] factor = random.doubles(planned.deviceCount(), 0.5, 2).toArray();
            problem = Variants.withCosts(problem, (_, device, was) -> was * factor[device]);
        }
        if (random.nextInt(3) == 0) {
            problem = Variants.sparse(random, problem, 8);
        }
        boolean[] lost = new boolean[planned.deviceCount()];
        for (int device = 0; device < lost.length; device++) {
            lost[device] = random.nextInt(5) == 0;
        }
        // Half of the time at a moment at which something begins or ends.
        Assignment any = plan.assignments().get(random.nextInt(planned.taskCount()));
        double now = random.nextBoolean()
                ? random.nextDouble() * plan.makespan()
                : random.nextBoolean() ? any.start() : any.finish();
        return new World(problem, plan, now, lost);
    }

    private static Replanner.@Nullable Mended mended(World world) {
        try {
            return Replanner.mend(world.problem(), world.plan(), world.now(), world.lost());
        } catch (UnschedulableException _) {
            return null;
        }
    }

    @Test
    void everyTaskGoesWhereTheRulesPutIt() {
        int[] seen = new int[3];
        SeededCases.forEach(1, 700, (random, _) -> {
            World world = world(random);
            if (world == null) {
                return;
            }
            Replanner.@Nullable Mended expected = new Rules(world).mended();
            Replanner.@Nullable Mended actual = mended(world);
            assertThat(actual).isEqualTo(expected);
            seen[actual == null ? 0 : actual.moved() == 0 ? 1 : 2]++;
        });
        assertThat(seen[0]).as("without a device").isPositive();
        assertThat(seen[1]).as("unchanged").isGreaterThan(50);
        assertThat(seen[2]).as("moved").isGreaterThan(200);
    }

    /** What was mended holds, so mending it again at the same moment moves nothing. */
    @Test
    void aMendedPlanNeedsNoMending() {
        SeededCases.forEach(2000, 300, (random, _) -> {
            World world = world(random);
            Replanner.@Nullable Mended once = world == null ? null : mended(world);
            if (world == null || once == null) {
                return;
            }
            Replanner.Mended twice = Replanner.mend(world.problem(), once.schedule(), world.now(), world.lost());
            assertThat(twice.moved()).isZero();
            assertThat(twice.schedule()).isEqualTo(once.schedule());
        });
    }

    /** {@code moved} counts at least the tasks whose place or time is another one, and no task that ended. */
    @Test
    void asManyTasksMoveAsAreSaidTo() {
        SeededCases.forEach(4000, 300, (random, _) -> {
            World world = world(random);
            Replanner.@Nullable Mended mended = world == null ? null : mended(world);
            if (world == null || mended == null) {
                return;
            }
            long elsewhere = 0;
            long ended = 0;
            for (Assignment was : world.plan().assignments()) {
                Assignment is = mended.schedule().assignments().get(was.task());
                elsewhere += was.device() != is.device() || was.start() != is.start() ? 1 : 0;
                ended += was.finish() <= world.now() ? 1 : 0;
            }
            assertThat((long) mended.moved())
                    .isBetween(elsewhere, world.problem().taskCount() - ended);
        });
    }

    /** At the very beginning with every device lost but one, everything is done there, one after the other. */
    @Test
    void theLastDeviceDoesEverything() {
        SeededCases.forEach(6000, 100, (random, _) -> {
            Problem problem = Variants.withCosts(
                    TestProblems.random(random, 15, 5), (_, _, was) -> was < NaivePlan.NEVER ? was + 1 : 3);
            Schedule plan = new Heft().schedule(problem);
            int left = random.nextInt(problem.deviceCount());
            boolean[] lost = new boolean[problem.deviceCount()];
            Arrays.fill(lost, true);
            lost[left] = false;
            double work = IntStream.range(0, problem.taskCount())
                    .mapToDouble(task -> problem.costs().executionTime(task, left))
                    .sum();
            Schedule mended = Replanner.mend(problem, plan, 0, lost).schedule();
            assertThat(mended.assignments()).allMatch(one -> one.device() == left);
            double ready = problem.platform().device(left).readyTime();
            assertThat(mended.makespan())
                    .isBetween(ready + work - 1e-9, Math.max(ready, plan.makespan()) + work + 1e-9);
        });
    }

    /** Losing a device on which nothing is left to do is no loss. */
    @Test
    void anIdleDeviceIsNotMissed() {
        SeededCases.forEach(7000, 200, (random, _) -> {
            World world = world(random);
            if (world == null) {
                return;
            }
            boolean[] idle = new boolean[world.lost().length];
            for (int device = 0; device < idle.length; device++) {
                int at = device;
                idle[device] = world.plan().assignments().stream()
                        .noneMatch(one -> one.device() == at && one.finish() > world.now());
            }
            Replanner.@Nullable Mended with =
                    mended(new World(world.problem(), world.plan(), world.now(), new boolean[idle.length]));
            Replanner.@Nullable Mended without = mended(new World(world.problem(), world.plan(), world.now(), idle));
            if (with != null && with.moved() == 0) {
                assertThat(without).isEqualTo(with);
            }
        });
    }

    @Test
    void aPlanInAnyOrderIsMendedAlike() {
        SeededCases.forEach(8000, 60, (random, _) -> {
            World world = world(random);
            if (world == null) {
                return;
            }
            var backwards = new World(
                    world.problem(), Schedule.of(world.plan().assignments().reversed()), world.now(), world.lost());
            assertThat(mended(backwards)).isEqualTo(mended(world));
        });
    }

    @Test
    void aMomentThatCannotBeIsNamed() throws Exception {
        Problem problem = TestProblems.topcuoglu2002();
        Schedule plan = new Heft().schedule(problem);
        for (double now : new double[] {-1, Double.NaN, NaivePlan.NEVER}) {
            assertThatThrownBy(() -> Replanner.mend(problem, plan, now, new boolean[3]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("now (%s) must be finite and at least 0", now);
        }
        List<Assignment> other = List.of(new Assignment(10, 0, 0, 1));
        assertThatThrownBy(() -> Replanner.mend(problem, Schedule.of(other), 0, new boolean[3]))
                .hasMessage("task 10 is not one of the problem's, or is there twice");
        List<Assignment> negative = List.of(new Assignment(0, -1, 0, 1));
        assertThatThrownBy(() -> Replanner.mend(problem, Schedule.of(negative), 0, new boolean[3]))
                .hasMessage("device -1 of task 0 is not one of the problem's");
    }
}
