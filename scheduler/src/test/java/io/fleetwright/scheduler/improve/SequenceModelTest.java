package io.fleetwright.scheduler.improve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.scheduler.TestProblems;
import io.fleetwright.scheduler.graph.GraphFamily;
import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.RandomChoice;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.plan.Variants;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Orders and pins against a plain list of tasks and the times that the definition gives. */
class SequenceModelTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    /** The order and the pins, and when each task ends by their definition. */
    private record Model(Problem problem, List<Integer> order, int[] device) {
        static Model of(Problem problem, Sequence sequence) {
            return new Model(
                    problem,
                    new ArrayList<>(IntStream.range(0, problem.taskCount())
                            .mapToObj(sequence::taskAt)
                            .toList()),
                    IntStream.range(0, problem.taskCount())
                            .map(sequence::device)
                            .toArray());
        }

        /** The task before it on its device, in order; negative if it is the first. */
        int before(int task) {
            return order.subList(0, order.indexOf(task)).reversed().stream()
                    .filter(other -> device[other] == device[task])
                    .findFirst()
                    .orElse(-1);
        }

        double arrival(int in, int task) {
            int from = problem.graph().inTask(in);
            return finish(from)
                    + problem.platform().links().transferTime(problem.graph().inVolume(in), device[from], device[task]);
        }

        double start(int task) {
            int before = before(task);
            double free = before < 0 ? problem.platform().device(device[task]).readyTime() : finish(before);
            return inputs(task).mapToDouble(in -> arrival(in, task)).reduce(free, Math::max);
        }

        double finish(int task) {
            return start(task) + problem.costs().executionTime(task, device[task]);
        }

        IntStream inputs(int task) {
            return IntStream.range(
                    problem.graph().inBegin(task), problem.graph().inEnd(task));
        }

        IntStream outputs(int task) {
            return IntStream.range(
                    problem.graph().outBegin(task), problem.graph().outEnd(task));
        }

        double makespan() {
            return order.stream().mapToDouble(this::finish).max().orElseThrow();
        }

        /** The positions at which no input would come after it and no successor before it. */
        List<Integer> positions(int task) {
            List<Integer> others = new ArrayList<>(order);
            others.remove(Integer.valueOf(task));
            return IntStream.rangeClosed(0, others.size())
                    .filter(at -> inputs(task)
                                    .allMatch(
                                            e -> others.indexOf(problem.graph().inTask(e)) < at)
                            && outputs(task)
                                    .allMatch(
                                            e -> others.indexOf(problem.graph().outTask(e)) >= at))
                    .boxed()
                    .toList();
        }

        void move(int task, int position) {
            order.remove(Integer.valueOf(task));
            order.add(position, task);
        }
    }

    private static Sequence sequence(Problem problem, long seed) throws Exception {
        return new Sequence(problem, new RandomChoice(seed).schedule(problem));
    }

    @Test
    void anySequenceOfMovesLeavesTheOrderOfTheList() {
        SeededCases.forEach(1, 120, (random, seed) -> {
            Problem any = TestProblems.random(random, 8, 3);
            // Times of 0 to 3 and no transfers: much ends at the same moment on several devices.
            Problem problem = seed % 2 == 0
                    ? any
                    : Variants.withLinks(
                            Variants.withCosts(any, (_, _, was) -> Math.ceil(was / 8)),
                            Links.uniform(any.deviceCount(), 1e9, 0));
            Sequence sequence = sequence(problem, seed);
            Model model = Model.of(problem, sequence);
            for (int step = 0; step < 20; step++) {
                int task = random.nextInt(problem.taskCount());
                List<Integer> positions = model.positions(task);
                assertThat(sequence.firstPosition(task)).isEqualTo(positions.getFirst());
                assertThat(sequence.lastPosition(task)).isEqualTo(positions.getLast());
                if (random.nextBoolean()) {
                    int position = positions.get(random.nextInt(positions.size()));
                    sequence.move(task, position);
                    model.move(task, position);
                } else {
                    int device = random.nextInt(problem.deviceCount());
                    sequence.pin(task, device);
                    model.device()[task] = device;
                }
                assertThat(IntStream.range(0, problem.taskCount())
                                .map(sequence::taskAt)
                                .boxed())
                        .isEqualTo(model.order());
                assertThat(sequence.position(task)).isEqualTo(model.order().indexOf(task));
                if (step % 4 == 3) {
                    assertEvaluated(sequence, model);
                }
            }
        });
    }

    private static void assertEvaluated(Sequence sequence, Model model) {
        double makespan = model.makespan();
        assertThat(sequence.evaluate()).isEqualTo(makespan);
        if (makespan == NEVER) {
            return;
        }
        for (Assignment assignment : sequence.toSchedule().assignments()) {
            int task = assignment.task();
            assertThat(assignment)
                    .isEqualTo(new Assignment(task, model.device()[task], model.start(task), model.finish(task)));
        }
        assertThat(ScheduleChecker.check(model.problem(), sequence.toSchedule()))
                .isEmpty();
        assertChain(sequence, model);
    }

    /** Each task of the chain starts when the next one lets it: by its data, or by leaving the device. */
    private static void assertChain(Sequence sequence, Model model) {
        int[] chain = new int[model.order().size()];
        int length = sequence.criticalChain(chain);
        assertThat(model.finish(chain[0])).isEqualTo(model.makespan());
        for (int i = 0; i + 1 < length; i++) {
            int task = chain[i];
            int holder = chain[i + 1];
            boolean byData = model.inputs(task)
                    .anyMatch(in -> model.problem().graph().inTask(in) == holder
                            && model.arrival(in, task) == model.start(task));
            assertThat(byData || (model.before(task) == holder && model.finish(holder) == model.start(task)))
                    .isTrue();
        }
        // Nothing holds back the last one but its device's ready time, or the beginning.
        int first = chain[length - 1];
        assertThat(model.start(first))
                .isEqualTo(
                        model.problem().platform().device(model.device()[first]).readyTime());
    }

    @Test
    void aPinWhereATaskCannotBeLastsForEverUntilItIsTakenBack() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem any = TestProblems.random(random, 8, 3);
            if (any.deviceCount() == 1) {
                return;
            }
            Problem problem = Variants.withCosts(
                    any, (task, device, was) -> device == 0 && task == 0 ? NEVER : was < NEVER ? was : 2);
            Sequence sequence = sequence(problem, seed);
            double before = sequence.evaluate();
            int device = sequence.device(0);
            sequence.pin(0, 0);
            assertThat(sequence.evaluate()).isEqualTo(NEVER);
            sequence.pin(0, device);
            assertThat(sequence.evaluate()).isEqualTo(before);
        });
    }

    /** Starting everything as early as the order allows is what the form does; a later plan shrinks to the same. */
    @Test
    void aPlanWithSlackIsEvaluatedWithout() {
        SeededCases.forEach(1, 100, (random, seed) -> {
            Problem problem = TestProblems.random(random, 10, 3);
            Sequence tight = sequence(problem, seed);
            double makespan = tight.evaluate();
            double[] late = new double[1];
            List<Assignment> slack = new ArrayList<>();
            tight.toSchedule().assignments().stream()
                    .sorted((a, b) -> Integer.compare(tight.position(a.task()), tight.position(b.task())))
                    .forEach(one -> {
                        late[0] += random.nextInt(3);
                        slack.add(new Assignment(
                                one.task(), one.device(), one.start() + late[0], one.finish() + late[0]));
                    });
            Sequence again = new Sequence(problem, Schedule.of(slack));
            assertThat(again.evaluate()).isCloseTo(makespan, within(1e-9 * (1 + makespan)));
        });
    }

    @ParameterizedTest
    @EnumSource(GraphFamily.class)
    void onOneDeviceEveryOrderTakesAllTheWork(GraphFamily family) throws Exception {
        TaskGraph graph = family.graph(3, 7);
        double[][] costs = new double[graph.taskCount()][1];
        IntStream.range(0, costs.length).forEach(task -> costs[task][0] = 1 + task % 3);
        Problem problem = TestProblems.problem(graph, costs);
        double work = Arrays.stream(costs).mapToDouble(row -> row[0]).sum();
        Sequence sequence = sequence(problem, 1);
        var random = new SplittableRandom(5);
        int[] chain = new int[graph.taskCount()];
        for (int step = 0; step < 50; step++) {
            int task = random.nextInt(graph.taskCount());
            sequence.move(task, random.nextInt(sequence.firstPosition(task), sequence.lastPosition(task) + 1));
            assertThat(sequence.evaluate()).isEqualTo(work);
            // One after the other without a break: all of them hold the makespan.
            assertThat(sequence.criticalChain(chain)).isEqualTo(graph.taskCount());
        }
    }
}
