package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Jobs, ready tasks and queues of the state against plain lists, over random lives of jobs. */
class SystemStateModelTest {
    private static final String[] GRAPHS = {"a", "a b c d; a>b 1; a>c 2; b>d 3; c>d 4", "a b c; a>c 1; b>c 2"};

    private record Placed(int task, double key) {}

    /** The same in lists. */
    private static final class Model {
        final SystemState state;
        final List<Integer> jobs = new ArrayList<>();
        final List<Integer> ready = new ArrayList<>();
        final List<List<Placed>> queues = new ArrayList<>();
        final List<Integer> done = new ArrayList<>();
        final Map<Integer, Integer> numbers = new HashMap<>();
        int entered;
        int most;

        Model(SystemState state) {
            this.state = state;
            for (int device = 0; device < state.workload().deviceCount(); device++) {
                queues.add(new ArrayList<>());
            }
        }

        List<Integer> tasks(int slot) {
            return IntStream.range(0, graph(slot).taskCount())
                    .mapToObj(node -> state.taskOf(slot, node))
                    .toList();
        }

        TaskGraph graph(int slot) {
            return state.workload().graph(state.application(slot));
        }

        private boolean inputsAreDone(int task) {
            TaskGraph graph = graph(state.slotOf(task));
            int node = state.node(task);
            return IntStream.range(graph.inBegin(node), graph.inEnd(node))
                    .allMatch(e -> done.contains(state.taskOf(state.slotOf(task), graph.inTask(e))));
        }

        void enter(int app) {
            int slot = state.addJob(app, entered);
            assertThat(jobs).doesNotContain(slot);
            jobs.add(slot);
            numbers.put(slot, entered++);
            most = Math.max(most, jobs.size());
            tasks(slot).stream().filter(this::inputsAreDone).forEach(ready::add);
        }

        void place(int task, int device, double key) {
            state.place(task, device, 0, key);
            ready.removeIf(other -> other == task);
            queues.get(device).add(new Placed(task, key));
        }

        void recall(int task) {
            state.recall(task);
            queues.forEach(queue -> queue.removeIf(placed -> placed.task() == task));
            ready.add(task);
        }

        void finish(int task) {
            state.queue[state.device(task)].remove(task);
            state.status[task] = SystemState.DONE;
            queues.forEach(queue -> queue.removeIf(placed -> placed.task() == task));
            done.add(task);
            int slot = state.slotOf(task);
            TaskGraph graph = graph(slot);
            for (int e = graph.outBegin(state.node(task)); e < graph.outEnd(state.node(task)); e++) {
                int next = state.taskOf(slot, graph.outTask(e));
                if (--state.waitingFor[next] == 0) {
                    state.makeReady(next);
                }
                if (inputsAreDone(next)) {
                    ready.add(next);
                }
            }
        }

        void leave(int slot) {
            for (int task : tasks(slot)) {
                if (state.isPlaced(task)) {
                    state.queue[state.device(task)].remove(task);
                }
                state.status[task] = SystemState.WAITING;
                ready.removeIf(other -> other == task);
                done.removeIf(other -> other == task);
                queues.forEach(queue -> queue.removeIf(placed -> placed.task() == task));
            }
            state.compactReady();
            state.removeJob(slot);
            jobs.removeIf(other -> other == slot);
        }

        void assertSame() {
            List<Integer> slots = new ArrayList<>();
            for (int slot = state.firstJob(); slot != SystemState.NONE; slot = state.nextJob(slot)) {
                slots.add(slot);
                assertThat(state.jobNumber(slot)).isEqualTo(numbers.get(slot));
            }
            assertThat(slots).isEqualTo(jobs);
            assertThat(state.liveJobs()).isEqualTo(jobs.size());
            assertThat(IntStream.range(0, state.readyCount()).mapToObj(state::readyTask))
                    .isEqualTo(ready);
            assertThat(state.taskLimit()).isEqualTo(most * state.workload().tasksMax());
            for (int device = 0; device < queues.size(); device++) {
                List<Placed> queue = new ArrayList<>(queues.get(device));
                queue.sort(Comparator.comparingDouble(Placed::key));
                DeviceQueue real = state.queue[device];
                assertThat(state.queueLength(device)).isEqualTo(queue.size());
                assertThat(IntStream.range(0, real.size()).mapToObj(real::task))
                        .isEqualTo(queue.stream().map(Placed::task).toList());
            }
        }
    }

    private static SystemState state() {
        Scenario scenario = Scenario.on("A 2: a=1 b=1 c=1 d=1", "B 1: a=2 b=2 c=2 d=2");
        for (int app = 0; app < GRAPHS.length; app++) {
            scenario.app("app" + app, GRAPHS[app]);
        }
        return new SystemState(scenario.workload(), SimulationOptions.real().build());
    }

    @Test
    void itIsTheSameAsListsWhateverHappens() {
        SeededCases.forEach(1, 25, (random, _) -> {
            var model = new Model(state());
            for (int step = 0; step < 250; step++) {
                step(random, model);
                model.state.compactReady();
                model.assertSame();
            }
            assertThat(model.entered).isGreaterThan(20);
        });
    }

    private static void step(SplittableRandom random, Model model) {
        int moves = random.nextInt(1, 5);
        for (int move = 0; move < moves; move++) {
            List<Integer> placed = model.queues.stream()
                    .flatMap(List::stream)
                    .map(Placed::task)
                    .toList();
            switch (random.nextInt(8)) {
                case 0, 1 -> model.enter(random.nextInt(GRAPHS.length));
                case 2, 3, 4 -> {
                    if (!model.ready.isEmpty()) {
                        int task = model.ready.get(random.nextInt(model.ready.size()));
                        model.place(task, random.nextInt(3), random.nextInt(4));
                    }
                }
                case 5 -> {
                    if (!placed.isEmpty()) {
                        model.recall(placed.get(random.nextInt(placed.size())));
                    }
                }
                case 6 -> {
                    if (!placed.isEmpty()) {
                        model.finish(placed.get(random.nextInt(placed.size())));
                    }
                }
                default -> {
                    if (!model.jobs.isEmpty() && random.nextInt(3) == 0) {
                        model.leave(model.jobs.get(random.nextInt(model.jobs.size())));
                    }
                }
            }
        }
    }

    /** 200 jobs in at once, then out from the middle, and in again: slots are used again before new ones. */
    @Test
    void slotsOfJobsThatLeftAreUsedAgain() {
        var model = new Model(state());
        IntStream.range(0, 200).forEach(_ -> model.enter(1));
        int limit = model.state.taskLimit();
        assertThat(limit).isEqualTo(200 * 4);
        IntStream.range(0, 100).forEach(_ -> model.leave(model.jobs.get(50)));
        IntStream.range(0, 100).forEach(_ -> model.enter(0));
        model.assertSame();
        assertThat(model.state.taskLimit()).isEqualTo(limit);
        model.enter(2);
        assertThat(model.state.taskLimit()).isEqualTo(limit + 4);
    }

    @Test
    void aTaskIsPlacedAndRecalledOnlyInItsTurn() {
        SystemState state = state();
        int slot = state.addJob(1, 0);
        int first = state.taskOf(slot, 0);
        int last = state.taskOf(slot, 3);
        assertThatThrownBy(() -> state.place(last, 0, 0)).hasMessage("task %d is not ready".formatted(last));
        assertThatThrownBy(() -> state.recall(first)).hasMessage("task %d is not placed".formatted(first));
        state.place(first, 2, 5);
        assertThatThrownBy(() -> state.place(first, 1, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(state.device(first)).isEqualTo(2);
        assertThat(state.estimatedFree(2)).isEqualTo(5);
        state.recall(first);
        state.place(first, 1, 3);
        assertThat(state.device(first)).isEqualTo(1);
    }

    /** An estimate never goes back: 9, then 9 again for a 4, then 12. */
    @Test
    void theEstimateOfADeviceIsTheHighestThatWasSaid() {
        SystemState state = state();
        List<Double> free = new ArrayList<>();
        for (double estimate : new double[] {9, 4, 12}) {
            state.place(state.taskOf(state.addJob(0, free.size()), 0), 0, estimate);
            free.add(state.estimatedFree(0));
        }
        assertThat(free).containsExactly(9.0, 9.0, 12.0);
    }

    /** Three waiting tasks of 1 us; the data of the second, placed with volume 2 from B, is there at 2: 1, then 3, then 4. */
    @Test
    void aRefreshedEstimateIsTheSumOfWhatWaits() {
        SystemState state = state();
        int joined = state.addJob(2, 0);
        state.place(state.taskOf(joined, 0), 0, 50);
        state.refreshEstimate(0);
        assertThat(state.estimatedFree(0)).isEqualTo(1);
        for (int node = 0; node < 2; node++) {
            int task = state.taskOf(joined, node);
            if (node == 1) {
                state.place(task, 2, 50);
            }
            state.queue[state.device(task)].remove(task);
            state.status[task] = SystemState.DONE;
        }
        state.makeReady(state.taskOf(joined, 2));
        state.place(state.taskOf(state.addJob(0, 1), 0), 0, 50);
        state.place(state.taskOf(joined, 2), 0, 50, 1);
        state.place(state.taskOf(state.addJob(0, 2), 0), 0, 50);
        state.refreshEstimate(0);
        assertThat(state.estimatedFree(0)).isEqualTo(4);
        state.refreshEstimate(1);
        assertThat(state.estimatedFree(1)).isZero();
    }
}
