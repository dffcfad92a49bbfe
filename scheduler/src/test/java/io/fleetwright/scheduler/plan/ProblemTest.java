package io.fleetwright.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.optimum.BruteForce;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Needs;
import io.fleetwright.scheduler.platform.Offer;
import io.fleetwright.testkit.SeededCases;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory, location and tenant constraints on who may run what. */
class ProblemTest {
    private static final double NO = CostTable.CANNOT_RUN;

    /** Three tasks of 10, 20 and 30 MB on devices of 15, 25 and 64 MB; each device is quicker than the next. */
    private static final Problem PROBLEM = TestProblems.problem(
            TaskGraph.builder().tasks(3).build(), new double[][] {{1, 2, 3}, {1, 2, 3}, {1, 2, 3}});

    private static final double[] NEED = {10, 20, 30};

    @ParameterizedTest
    @CsvSource({
        // Sizes of the three devices, and for each task the devices that may have it.
        "15, 25, 64, 012, 12, 2",
        "30, 30, 30, 012, 012, 012",
        "10, 20, 30, 012, 12, 2",
        "Infinity, 0, 0, 0, 0, 0",
        "9, Infinity, 19, 12, 1, 1",
        "0, 29.9, 30, 12, 12, 2",
    })
    void aTaskRunsWhereItFits(double a, double b, double c, String first, String second, String third) {
        Problem within = within(PROBLEM, NEED, new double[] {a, b, c});
        assertThat(List.of(devices(within, 0), devices(within, 1), devices(within, 2)))
                .containsExactly(first, second, third);
    }

    @ParameterizedTest
    @CsvSource({"29, 29, 29, 2", "19, 19, 25, 2", "19, 19, 19, 1", "0, 5, 9.9, 0"})
    void aTaskThatFitsNowhereIsNamed(double a, double b, double c, int task) {
        assertThatThrownBy(() -> within(PROBLEM, NEED, new double[] {a, b, c}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("task %d ('t%d') runs on no device: one has ", task, task)
                .hasMessageContaining("%s of the %s that it takes".formatted(a, NEED[task]));
    }

    static List<Object[]> lengths() {
        return List.of(
                new Object[] {
                    new double[2], new double[3], "demands of 2 tasks and offers of 3 devices given, there are 3 and 3"
                },
                new Object[] {
                    new double[3], new double[4], "demands of 3 tasks and offers of 4 devices given, there are 3 and 3"
                },
                new Object[] {
                    new double[0], new double[0], "demands of 0 tasks and offers of 0 devices given, there are 3 and 3"
                });
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void aFigureForEachTaskAndDeviceIsNeeded(double[] need, double[] size, String message) {
        assertThatThrownBy(() -> within(PROBLEM, need, size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** Nothing is copied where there is nothing to forbid. */
    @Test
    void whereEverythingFitsTheProblemIsTheSame() {
        assertThat(within(PROBLEM, NEED, new double[] {30, 31, 1e9})).isSameAs(PROBLEM);
        assertThat(within(PROBLEM, NEED, new double[] {29, 31, 1e9})).isNotSameAs(PROBLEM);
    }

    /** Memory is a restriction like any other, whichever comes first. */
    @Test
    void memoryAndLocationAddUp() {
        SeededCases.forEach(1, 100, (random, _) -> {
            Problem problem = TestProblems.random(random, 8, 4);
            double[] need = new double[problem.taskCount()];
            double[] size = new double[problem.deviceCount()];
            Arrays.setAll(need, _ -> random.nextInt(10));
            Arrays.setAll(size, _ -> random.nextInt(6, 14));
            int home = random.nextInt(problem.deviceCount());
            size[home] = 20;
            // Tenants keep odd tasks at home; the home device is large, but it need not run the task.
            CostTable.Permission tenant = (task, device) -> task % 2 == 0 || device == home;
            Problem everywhere = Variants.withCosts(problem, (_, _, was) -> was < NO ? was : 5);
            Problem one = within(everywhere, need, size).restrictedTo(tenant);
            Problem other = within(everywhere.restrictedTo(tenant), need, size);
            for (int task = 0; task < need.length; task++) {
                for (int device = 0; device < size.length; device++) {
                    boolean allowed = need[task] <= size[device] && tenant.allows(task, device);
                    assertThat(one.costs().canRun(task, device))
                            .isEqualTo(allowed)
                            .isEqualTo(other.costs().canRun(task, device));
                }
            }
            for (Assignment assignment : new Heft().schedule(one).assignments()) {
                assertThat(need[assignment.task()]).isLessThanOrEqualTo(size[assignment.device()]);
                assertThat(tenant.allows(assignment.task(), assignment.device()))
                        .isTrue();
            }
        });
    }

    /** What may be used less can only take longer; the optimum of what is forbidden for nobody is the same. */
    @Test
    void aRestrictionNeverShortensTheOptimum() {
        SeededCases.forEach(1, 40, (random, _) -> {
            Problem problem = Variants.withCosts(TestProblems.random(random, 5, 3), (_, _, was) -> was < NO ? was : 9);
            int forbidden = random.nextInt(problem.deviceCount());
            int task = random.nextInt(problem.taskCount());
            double free = new BruteForce().schedule(problem).makespan();
            assertThat(new BruteForce()
                            .schedule(problem.restrictedTo((_, _) -> true))
                            .makespan())
                    .isEqualTo(free);
            if (problem.deviceCount() > 1) {
                Problem restricted = problem.restrictedTo((any, device) -> any != task || device != forbidden);
                assertThat(new BruteForce().schedule(restricted).makespan()).isGreaterThanOrEqualTo(free);
            }
        });
    }

    @Test
    void aTaskWithoutADeviceIsNamedByItsNumberAndItsName() {
        TaskGraph graph =
                TaskGraph.builder().task("camera").task("detect").task("show").build();
        Problem problem = TestProblems.problem(graph, new double[][] {{1, NO}, {1, 1}, {NO, 1}});
        assertThatThrownBy(() -> problem.restrictedTo((_, device) -> device == 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task 2 ('show') runs on no device");
        assertThatThrownBy(() -> problem.restrictedTo((_, device) -> device == 1))
                .hasMessage("task 0 ('camera') runs on no device");
        assertThatThrownBy(() -> problem.restrictedTo((task, _) -> task == 0))
                .hasMessage("task 1 ('detect') runs on no device");
    }

    private static String devices(Problem problem, int task) {
        StringBuilder devices = new StringBuilder();
        IntStream.range(0, problem.deviceCount())
                .filter(device -> problem.costs().canRun(task, device))
                .forEach(devices::append);
        return devices.toString();
    }

    private static Problem within(Problem problem, double[] need, double[] size) {
        return problem.constrainedBy(
                Arrays.stream(need)
                        .mapToObj(memory -> new Needs(Set.of(), "", memory, Set.of(), ""))
                        .toList(),
                Arrays.stream(size).mapToObj(Offer.EVERYTHING::withMemory).toList());
    }

    /** Two kinds of device, neither of which has what the task needs: each says what it lacks. */
    @Test
    void aTaskThatNoDeviceMayTakeIsToldWhatEachKindLacks() {
        Needs conv = new Needs(Set.of("conv"), "int4", 0, Set.of(), "");
        Offer old = Offer.EVERYTHING.withOperators(Set.of("add"));
        Offer wide = new Offer(Set.of(), Set.of("int8"), 1, "", Set.of());
        assertThatThrownBy(() ->
                        PROBLEM.constrainedBy(List.of(Needs.NOTHING, conv, Needs.NOTHING), List.of(old, wide, old)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task 1 ('t1') runs on no device: one lacks conv; another computes in int8, not in int4");
        Problem placed =
                PROBLEM.constrainedBy(List.of(Needs.NOTHING, conv, conv), List.of(old, Offer.EVERYTHING, wide));
        assertThat(List.of(devices(placed, 0), devices(placed, 1), devices(placed, 2)))
                .containsExactly("012", "1", "1");
    }
}
