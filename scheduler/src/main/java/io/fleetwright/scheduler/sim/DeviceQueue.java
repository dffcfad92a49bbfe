package io.fleetwright.scheduler.sim;

import java.util.Arrays;

/** Tasks placed on one device and not yet started, by rising key; equal keys in the order of placement. */
final class DeviceQueue {
    static final int NONE = -1;

    private int[] tasks = new int[8];
    private double[] keys = new double[8];
    private int size;

    int size() {
        return size;
    }

    int task(int position) {
        return tasks[position];
    }

    void add(int task, double key) {
        if (size == tasks.length) {
            tasks = Arrays.copyOf(tasks, 2 * size);
            keys = Arrays.copyOf(keys, 2 * size);
        }
        int at = size++;
        while (at > 0 && keys[at - 1] > key) {
            tasks[at] = tasks[at - 1];
            keys[at] = keys[at - 1];
            at--;
        }
        tasks[at] = task;
        keys[at] = key;
    }

    /** The first task whose inputs have arrived by {@code now}, or {@link #NONE}. */
    int firstArrived(double[] arrival, double now) {
        for (int i = 0; i < size; i++) {
            if (arrival[tasks[i]] <= now) {
                return tasks[i];
            }
        }
        return NONE;
    }

    void remove(int task) {
        for (int i = 0; i < size; i++) {
            if (tasks[i] == task) {
                size--;
                System.arraycopy(tasks, i + 1, tasks, i, size - i);
                System.arraycopy(keys, i + 1, keys, i, size - i);
                return;
            }
        }
    }
}
