package io.fleetwright.scheduler.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Power, heat and energy as the papers state them, with lists and one step after the other.
 *
 * <p>The five spots of the thermal model are a vector {@code x} over the ambient 42 degrees: every 20 us {@code x' = A x + B p}, where
 * {@code p} is the power of big cores, little ones, memory and GPU. Leakage is sampled at these steps.
 *
 * @see "Bhat et al., IEEE TVLSI, 2018, equations 1 to 6"
 */
final class NaiveMeter {
    static final double MEMORY_WATTS = 0.0473;
    static final double GPU_WATTS = 0.1201;
    static final double STEP = 20;

    static final double[][] A = {
        {9.928e-1, 5.660e-4, 4.281e-3, 3.725e-4, 1.340e-5},
        {6.084e-3, 9.909e-1, 0.000e+0, 1.016e-3, 8.863e-5},
        {0.000e+0, 8.608e-4, 9.930e-1, 0.000e+0, 8.842e-4},
        {6.844e-3, -5.119e-4, 0.000e+0, 9.904e-1, 3.392e-4},
        {7.488e-4, 3.932e-3, 8.654e-5, 2.473e-3, 9.905e-1}
    };

    /** One row a spot; columns: big, little, memory, GPU. */
    static final double[][] B = {
        {4.710e-2, 2.399e-2, 7.423e-2, 6.898e-7},
        {1.265e-2, 0.000e+0, 0.000e+0, 1.971e-3},
        {1.130e-1, 2.819e-2, 6.708e-1, 2.108e-6},
        {1.646e-2, 7.198e-3, 0.000e+0, 1.682e-2},
        {1.476e-2, 3.902e-2, 1.404e-2, 3.811e-2}
    };

    /** A cluster and what goes on in it. */
    static final class Part {
        final SocCluster cluster;
        int point;
        int busy;
        int online;
        double leakage;

        Part(SocCluster cluster) {
            this.cluster = cluster;
            point = cluster.points().size() - 1;
            online = cluster.deviceIds().size();
        }

        private OperatingPoint now() {
            return cluster.points().get(point);
        }

        /** The profile of the lowest bound that holds, scaled from the highest frequency at which it was measured. */
        double dynamic(int busyDevices) {
            if (busyDevices == 0) {
                return 0;
            }
            return cluster.power().stream()
                    .filter(profile -> now().megahertz() <= profile.megahertzMax())
                    .min(Comparator.comparingDouble(PowerProfile::megahertzMax))
                    .map(profile -> {
                        OperatingPoint measured = cluster.points().stream()
                                .filter(point -> point.megahertz() <= profile.megahertzMax())
                                .max(Comparator.comparingDouble(OperatingPoint::megahertz))
                                .orElseThrow();
                        List<Double> watts = profile.watts();
                        double total = watts.get(Math.min(busyDevices, watts.size()) - 1);
                        double scale = now().megahertz()
                                * Math.pow(now().volts(), 2)
                                / (measured.megahertz() * Math.pow(measured.volts(), 2));
                        return Math.max(0, total - watts.size() * leakage) * scale;
                    })
                    .orElse(0.0);
        }

        double watts() {
            return online * leakage + dynamic(busy);
        }

        private void sample(double kelvin) {
            double current = 0.002488 * kelvin * kelvin * Math.exp(-2660 / kelvin) + 0.000519;
            double share = switch (cluster.type()) {
                case "ACC" -> 0;
                case "LTL" -> 0.25;
                default -> 1;
            };
            leakage = share * current * now().volts() / 4;
        }
    }

    final List<Part> parts;
    private double[] rise = new double[5];
    private double now;
    private long steps;
    double joules;

    NaiveMeter(List<SocCluster> clusters) {
        parts = clusters.stream().map(Part::new).toList();
        sample();
    }

    double celsius() {
        double highest = rise[0];
        for (double spot : rise) {
            highest = Math.max(highest, spot);
        }
        return 42 + highest;
    }

    double totalWatts() {
        return MEMORY_WATTS
                + GPU_WATTS
                + parts.stream().mapToDouble(Part::watts).sum();
    }

    private double watts(String type) {
        return parts.stream()
                .filter(part -> part.cluster.type().equals(type))
                .mapToDouble(Part::watts)
                .sum();
    }

    void advance(double until) {
        while ((steps + 1) * STEP <= until) {
            flow((steps + 1) * STEP);
            steps++;
            double[] power = {watts("BIG"), watts("LTL"), MEMORY_WATTS, GPU_WATTS};
            rise = plus(times(A, rise), times(B, power));
            sample();
        }
        flow(until);
    }

    private void flow(double until) {
        joules += totalWatts() * (until - now) / 1e6;
        now = until;
    }

    private void sample() {
        double kelvin = celsius() + 273;
        parts.forEach(part -> part.sample(kelvin));
    }

    static double[] times(double[][] matrix, double[] vector) {
        double[] product = new double[matrix.length];
        for (int row = 0; row < product.length; row++) {
            for (int column = 0; column < vector.length; column++) {
                product[row] += matrix[row][column] * vector[column];
            }
        }
        return product;
    }

    static double[] plus(double[] one, double[] other) {
        double[] sum = one.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += other[i];
        }
        return sum;
    }

    /** The energy of a whole recorded run: devices become busy and idle at its times. */
    static double joules(Workload workload, SimulationResult result) {
        record Change(double at, int cluster, int more) {}
        List<SocCluster> clusters = new ArrayList<>();
        for (int c = 0; c < workload.clusterCount(); c++) {
            clusters.add(workload.cluster(c));
        }
        var meter = new NaiveMeter(clusters);
        List<Change> changes = new ArrayList<>();
        for (ScheduleEntry run : result.schedule()) {
            int cluster = workload.clusterOf(run.device());
            changes.add(new Change(run.startMicros(), cluster, 1));
            changes.add(new Change(run.finishMicros(), cluster, -1));
        }
        changes.sort(Comparator.comparingDouble(Change::at).thenComparingInt(Change::more));
        for (Change change : changes) {
            meter.advance(change.at());
            meter.parts.get(change.cluster()).busy += change.more();
        }
        meter.advance(result.endMicros());
        return meter.joules;
    }
}
