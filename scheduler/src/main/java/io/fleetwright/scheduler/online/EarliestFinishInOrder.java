package io.fleetwright.scheduler.online;

import io.fleetwright.scheduler.sim.OnlinePolicy;
import io.fleetwright.scheduler.sim.SystemState;
import java.util.Arrays;

/** Task by task to the device that ends it first; placed tasks count as done for the later ones. */
public final class EarliestFinishInOrder implements OnlinePolicy {
    /** Which task comes next. */
    public enum Order {
        /** As they became ready: DS3's EFT. */
        QUEUE,
        /** Highest upward rank first: HEFT over all jobs in the system. */
        UPWARD_RANK,
        /** Earliest deadline of the job first, then highest upward rank. */
        DEADLINE
    }

    private final Order order;
    private int[] tasks = {};

    public EarliestFinishInOrder(Order order) {
        this.order = order;
    }

    @Override
    public void decide(SystemState state) {
        int count = state.readyCount();
        if (tasks.length < count) {
            tasks = Arrays.copyOf(tasks, 2 * count);
        }
        for (int i = 0; i < count; i++) {
            insert(state, state.readyTask(i), i);
        }
        for (int i = 0; i < count; i++) {
            int device = FinishEstimate.bestDevice(state, tasks[i]);
            if (device != SystemState.NONE) {
                state.place(tasks[i], device, FinishEstimate.finish(state, tasks[i], device), key(state, tasks[i]));
            }
        }
    }

    private void insert(SystemState state, int task, int count) {
        int at = count;
        while (at > 0 && comesBefore(state, task, tasks[at - 1])) {
            tasks[at] = tasks[at - 1];
            at--;
        }
        tasks[at] = task;
    }

    private boolean comesBefore(SystemState state, int task, int other) {
        return switch (order) {
            case QUEUE -> false;
            case UPWARD_RANK -> state.rank(task) > state.rank(other);
            case DEADLINE -> {
                double deadline = state.deadlineOfJob(state.slotOf(task));
                double otherDeadline = state.deadlineOfJob(state.slotOf(other));
                yield deadline < otherDeadline || (deadline == otherDeadline && state.rank(task) > state.rank(other));
            }
        };
    }

    private double key(SystemState state, int task) {
        int slot = state.slotOf(task);
        return order == Order.DEADLINE ? state.deadlineOfJob(slot) : state.jobNumber(slot);
    }
}
