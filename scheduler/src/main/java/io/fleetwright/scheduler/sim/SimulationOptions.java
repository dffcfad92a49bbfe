package io.fleetwright.scheduler.sim;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What is simulated besides the jobs; made with {@link #ds3} or {@link #real} and the methods of the builder. */
public final class SimulationOptions {
    /** How time passes. */
    public enum Semantics {
        /** The scheduler runs once per microsecond; what a task of no length sets free is seen a tick later. */
        DS3,
        /** Everything happens at its own time. */
        REAL
    }

    /** What a missed deadline does. */
    public enum Deadline {
        /** It is counted. */
        COUNTED,
        /** It is counted, and the job is given up at that moment. */
        ENFORCED
    }

    /** Clock speed of the clusters at the start; a policy may change it. */
    public enum Governor {
        PERFORMANCE,
        POWERSAVE
    }

    final Semantics semantics;
    final long seed;
    final double executionNoise;
    final double transferNoise;
    final boolean linkContention;
    final double decisionMicros;
    final double batchMicros;
    final int queueCap;
    final double horizonMicros;
    final Governor governor;
    final double powerCapWatts;
    final double[] batteryJoules;
    final List<Outage> outages;
    final List<LinkChange> linkChanges;
    final double[] deadlineMicros;
    final Deadline deadline;
    final @Nullable Tenants tenants;
    final boolean recordSchedule;
    final LongSupplier nanoClock;

    private SimulationOptions(Builder builder) {
        semantics = builder.semantics;
        seed = builder.seed;
        executionNoise = builder.executionNoise;
        transferNoise = builder.transferNoise;
        linkContention = builder.linkContention;
        decisionMicros = builder.decisionMicros;
        batchMicros = builder.batchMicros;
        queueCap = builder.queueCap;
        horizonMicros = builder.horizonMicros;
        governor = builder.governor;
        powerCapWatts = builder.powerCapWatts;
        batteryJoules = builder.batteryJoules.clone();
        outages = List.copyOf(builder.outages);
        linkChanges = List.copyOf(builder.linkChanges);
        deadlineMicros = builder.deadlineMicros.clone();
        deadline = builder.deadline;
        tenants = builder.tenants;
        recordSchedule = builder.recordSchedule;
        nanoClock = builder.nanoClock;
    }

    public static Builder ds3() {
        return new Builder(Semantics.DS3);
    }

    public static Builder real() {
        return new Builder(Semantics.REAL);
    }

    /** Transfers are whole microseconds under {@link Semantics#DS3}. */
    public static Workload.Transfers transfers(Semantics semantics) {
        return semantics == Semantics.DS3 ? Workload.Transfers.WHOLE_MICROS : Workload.Transfers.EXACT;
    }

    /** Collects options; each method checks its own value. */
    public static final class Builder {
        private final Semantics semantics;
        private long seed;
        private double executionNoise;
        private double transferNoise;
        private boolean linkContention;
        private double decisionMicros;
        private double batchMicros;
        private int queueCap = Integer.MAX_VALUE;
        private double horizonMicros = Double.POSITIVE_INFINITY;
        private Governor governor = Governor.PERFORMANCE;
        private double powerCapWatts = Double.POSITIVE_INFINITY;
        private double[] batteryJoules = {};
        private List<Outage> outages = List.of();
        private List<LinkChange> linkChanges = List.of();
        private double[] deadlineMicros = {};
        private Deadline deadline = Deadline.COUNTED;
        private @Nullable Tenants tenants;
        private boolean recordSchedule;
        private LongSupplier nanoClock = () -> 0;

        private Builder(Semantics semantics) {
            this.semantics = semantics;
        }

        /** Decides what noise does. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Standard deviation of execution times, as a part of their mean, 0 to 1. */
        public Builder executionNoise(double value) {
            executionNoise = check("execution noise", value, 0, 1);
            return this;
        }

        /** Standard deviation of transfer times, as a part of their mean, 0 to 1. */
        public Builder transferNoise(double value) {
            transferNoise = check("transfer noise", value, 0, 1);
            return this;
        }

        /**
         * One transfer at a time between any two clusters, beginning when its task is placed. Without it data leaves
         * as soon as it is there and never waits.
         */
        public Builder linkContention(boolean value) {
            linkContention = value;
            return this;
        }

        /** Time from a decision until it has effect, per task placed by the same call. */
        public Builder decisionMicros(double value) {
            decisionMicros = check("decision time", value, 0, 1e9);
            return this;
        }

        /** Ready tasks are decided on together when so much time has passed since the first of them was there. */
        public Builder batchMicros(double value) {
            batchMicros = check("batch window", value, 0, 1e9);
            return this;
        }

        /** At most so many jobs in the system; later ones wait outside, and their latency counts from admission. */
        public Builder queueCap(int value) {
            queueCap = (int) check("queue cap", value, 1, Integer.MAX_VALUE);
            return this;
        }

        /** Nothing at or after this time is simulated. */
        public Builder horizonMicros(double value) {
            horizonMicros = check("horizon", value, 0, Double.POSITIVE_INFINITY);
            return this;
        }

        public Builder governor(Governor value) {
            governor = value;
            return this;
        }

        /** No task starts while it would take the clusters' power above this. */
        public Builder powerCapWatts(double value) {
            powerCapWatts = checkPositive("power cap", value);
            return this;
        }

        /** Energy that each device has; it is gone for good when that is used up. */
        public Builder batteryJoules(double... value) {
            for (double joules : value) {
                check("battery", joules, 0, Double.POSITIVE_INFINITY);
            }
            batteryJoules = value.clone();
            return this;
        }

        public Builder outages(List<Outage> value) {
            outages = value;
            return this;
        }

        public Builder linkChanges(List<LinkChange> value) {
            linkChanges = value;
            return this;
        }

        /** Time that a job has from its arrival, by application; infinite for none. */
        public Builder deadlineMicros(Deadline rule, double... value) {
            for (double micros : value) {
                checkPositive("deadline", micros);
            }
            deadline = rule;
            deadlineMicros = value.clone();
            return this;
        }

        /** Who shares the platform; a policy may heed it, and the result says what each got. */
        public Builder tenants(Tenants value) {
            tenants = value;
            return this;
        }

        /** Keeps what ran where and when. */
        public Builder recordSchedule(boolean value) {
            recordSchedule = value;
            return this;
        }

        /** Measures how long decisions really take; without it they are taken to take none. */
        public Builder nanoClock(LongSupplier value) {
            nanoClock = value;
            return this;
        }

        public SimulationOptions build() {
            return new SimulationOptions(this);
        }

        private static double checkPositive(String what, double value) {
            if (!(value > 0)) {
                throw new InvalidWorkloadException("%s (%s) must be above 0".formatted(what, value));
            }
            return value;
        }

        private static double check(String what, double value, double min, double max) {
            if (!(value >= min && value <= max)) {
                throw new InvalidWorkloadException("%s (%s) must be %s to %s".formatted(what, value, min, max));
            }
            return value;
        }
    }

    void check(Workload workload) {
        for (Outage outage : outages) {
            if (outage.device() >= workload.deviceCount()) {
                throw new InvalidWorkloadException(
                        "outage of device %d: the platform has %d".formatted(outage.device(), workload.deviceCount()));
            }
        }
        for (LinkChange change : linkChanges) {
            if (Math.max(change.clusterA(), change.clusterB()) >= workload.clusterCount()) {
                throw new InvalidWorkloadException("link change of clusters %d and %d: the platform has %d"
                        .formatted(change.clusterA(), change.clusterB(), workload.clusterCount()));
            }
        }
        checkPowerKnown(workload);
        checkLength("batteries", batteryJoules, workload.deviceCount(), "devices");
        if (tenants != null && tenants.applicationCount() != workload.applicationCount()) {
            throw new InvalidWorkloadException("tenants of %d applications for a workload of %d"
                    .formatted(tenants.applicationCount(), workload.applicationCount()));
        }
        checkLength("deadlines", deadlineMicros, workload.applicationCount(), "applications");
    }

    /** A cap or a battery on devices whose power is not known would never be felt. */
    private void checkPowerKnown(Workload workload) {
        for (int device = 0; device < workload.deviceCount(); device++) {
            boolean battery = device < batteryJoules.length && batteryJoules[device] < Double.POSITIVE_INFINITY;
            SocCluster cluster = workload.cluster(workload.clusterOf(device));
            if ((battery || powerCapWatts < Double.POSITIVE_INFINITY) && !cluster.powerKnown()) {
                throw new InvalidWorkloadException("%s: the power of cluster '%s' is not known"
                        .formatted(
                                battery ? "battery of " + workload.deviceName(device) : "power cap", cluster.name()));
            }
        }
    }

    private static void checkLength(String what, double[] values, int wanted, String of) {
        if (values.length != 0 && values.length != wanted) {
            throw new InvalidWorkloadException(
                    "%d %s for %d %s: %s".formatted(values.length, what, wanted, of, Arrays.toString(values)));
        }
    }
}
