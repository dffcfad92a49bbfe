package io.fleetwright.scheduler.batch;

import io.fleetwright.scheduler.policy.DeviceOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A moment of jobs that wait and of devices. Times are microseconds from that moment, energies microjoules.
 *
 * <p>A device runs what it is given one after the other. A job starts when its input is there and the device is free:
 * {@code finish = max(inputTransfer, readyTime) + executionP90}.
 */
public final class BatchProblem {
    public static final int JOBS_MAX = 512;
    public static final int DEVICES_MAX = 100_000;
    /** Pairs of a kind and a device that runs it: 6 MB of figures. */
    public static final int OPTIONS_MAX = 1 << 18;

    private final double[] ready;
    private final int[] free;
    private final List<Kind> kinds;
    private final List<Job> jobs;
    private final boolean energyKnown;

    private BatchProblem(Builder builder) {
        ready = builder.ready.stream().mapToDouble(Double::doubleValue).toArray();
        free = builder.free.stream().mapToInt(Integer::intValue).toArray();
        kinds = List.copyOf(builder.kinds);
        jobs = List.copyOf(builder.jobs);
        energyKnown = kinds.stream().allMatch(kind -> Arrays.stream(kind.energy).noneMatch(Double::isNaN));
    }

    /**
     * A job that waits.
     *
     * @param kind number of a kind
     * @param block jobs of a lower one go first, whatever rule orders those of one block
     * @param weight how much it counts, above 0
     * @param deadline when it must be finished
     */
    public record Job(int kind, long block, double weight, double deadline) {
        public Job {
            if (!(weight > 0 && weight < Double.POSITIVE_INFINITY) || !(deadline >= 0)) {
                throw new IllegalArgumentException(
                        "weight (%s) must be above 0 and deadline (%s) at least 0".formatted(weight, deadline));
            }
        }
    }

    /** Devices that run jobs of one kind, those first that would finish one first if they were idle. */
    static final class Kind {
        final int[] device;
        final double[] transfer;
        final double[] execution;
        /** NaN where it is not known. */
        final double[] energy;
        /** Finish on the idle device; it grows. */
        final double[] least;

        Kind(List<Map.Entry<Integer, DeviceOption.Runs>> options) {
            int count = options.size();
            device = new int[count];
            transfer = new double[count];
            execution = new double[count];
            energy = new double[count];
            least = new double[count];
            for (int option = 0; option < count; option++) {
                DeviceOption.Runs runs = options.get(option).getValue();
                device[option] = options.get(option).getKey();
                transfer[option] = runs.inputTransfer();
                execution[option] = runs.executionP90();
                energy[option] = runs.energy().orElse(Double.NaN);
                least[option] = least(runs);
            }
        }

        static double least(DeviceOption.Runs runs) {
            return runs.inputTransfer() + runs.executionP90();
        }

        int size() {
            return device.length;
        }
    }

    /** Collects a problem; devices before kinds, kinds before jobs. */
    public static final class Builder {
        private static final Comparator<Map.Entry<Integer, DeviceOption.Runs>> FASTEST_FIRST =
                Comparator.<Map.Entry<Integer, DeviceOption.Runs>>comparingDouble(one -> Kind.least(one.getValue()))
                        .thenComparing(Map.Entry::getKey);

        private final List<Double> ready = new ArrayList<>();
        private final List<Integer> free = new ArrayList<>();
        private final List<Kind> kinds = new ArrayList<>();
        private final List<Job> jobs = new ArrayList<>();
        private int options;

        /**
         * Adds a device; lower numbers win ties.
         *
         * @param readyTime when it has done what it was given
         * @param free jobs that it may still be given now, at least 0
         * @return its number
         */
        public int device(double readyTime, int free) {
            if (!(readyTime >= 0 && readyTime < Double.POSITIVE_INFINITY) || free < 0) {
                throw new IllegalArgumentException("readyTime (%s) must be finite and at least 0, free (%d) at least 0"
                        .formatted(readyTime, free));
            }
            require("devices", ready.size() + 1, DEVICES_MAX);
            ready.add(readyTime);
            this.free.add(free);
            return ready.size() - 1;
        }

        /**
         * Adds a kind of job.
         *
         * @param runs by number of the device; a device that is missing takes no job of this kind
         * @return its number
         */
        public int kind(Map<Integer, DeviceOption.Runs> runs) {
            runs.keySet().forEach(device -> requireKnown("device", device, ready.size()));
            options += runs.size();
            require("options", options, OPTIONS_MAX);
            kinds.add(new Kind(runs.entrySet().stream().sorted(FASTEST_FIRST).toList()));
            return kinds.size() - 1;
        }

        /** Adds a job; {@code earliest-finish} gives devices to jobs in the order in which they are added. */
        public int job(Job job) {
            requireKnown("kind", job.kind, kinds.size());
            require("jobs", jobs.size() + 1, JOBS_MAX);
            if (!jobs.isEmpty() && jobs.getLast().block > job.block) {
                throw new IllegalArgumentException(
                        "block (%d) must be at least that before (%d)".formatted(job.block, jobs.getLast().block));
            }
            jobs.add(job);
            return jobs.size() - 1;
        }

        public BatchProblem build() {
            return new BatchProblem(this);
        }

        private static void require(String what, int count, int most) {
            if (count > most) {
                throw new IllegalArgumentException("%s (%d) must be at most %d".formatted(what, count, most));
            }
        }

        private static void requireKnown(String what, int number, int count) {
            if (number < 0 || number >= count) {
                throw new IllegalArgumentException("%s (%d) must be below %d".formatted(what, number, count));
            }
        }
    }

    public int jobCount() {
        return jobs.size();
    }

    public int deviceCount() {
        return ready.length;
    }

    public Job job(int number) {
        return jobs.get(number);
    }

    int kindCount() {
        return kinds.size();
    }

    Kind kind(int number) {
        return kinds.get(number);
    }

    Kind kindOf(int job) {
        return kinds.get(jobs.get(job).kind);
    }

    double[] readyTimes() {
        return ready.clone();
    }

    int[] freePlaces() {
        return free.clone();
    }

    /** True when energy may decide: it is known of every run that is possible. */
    boolean isEnergyKnown() {
        return energyKnown;
    }

    /** First job of the block behind that of {@code job}. */
    int blockEnd(int job) {
        int end = job + 1;
        while (end < jobs.size() && jobs.get(end).block == jobs.get(job).block) {
            end++;
        }
        return end;
    }
}
