package io.fleetwright.scheduler.sim;

import java.util.List;

/**
 * Power, temperature and energy of a platform.
 *
 * <p>A cluster with {@code k} busy devices draws its measured power for {@code k}; the part above leakage scales with
 * {@code f V^2}. An idle one draws leakage, {@code V c1 T^2 exp(-c2 / T) + Igate V} for the four big cores, a quarter of
 * it for little ones. Memory and GPU always draw. Five hot spots follow the power by a linear model every 20 us. The
 * coefficients were measured on an Odroid XU3.
 *
 * @see "Arda et al., DS3, IEEE TC, 2020, section on power and thermal models"
 * @see "Bhat et al., Algorithmic Optimization of Thermal and Power Management for Heterogeneous Mobile Platforms, IEEE
 *     TVLSI, 2018"
 */
final class EnergyMeter {
    private static final double BASE_WATTS_MEMORY = 0.0473;
    private static final double BASE_WATTS_GPU = 0.1201;
    private static final double LEAKAGE_C1 = 0.002488;
    private static final double LEAKAGE_C2 = 2660;
    private static final double LEAKAGE_GATE = 0.000519;
    private static final double KELVIN = 273;
    private static final double CORES_MEASURED = 4;
    private static final double AMBIENT_CELSIUS = 42;
    private static final double STEP_MICROS = 20;
    /** After so many steps of constant power nothing moves any more. */
    private static final int STEPS_MAX = 4000;

    private static final double[][] COOLING = {
        {0.9928, 0.000566, 0.004281, 0.0003725, 1.34e-5},
        {0.006084, 0.9909, 0, 0.001016, 8.863e-5},
        {0, 0.0008608, 0.993, 0, 0.0008842},
        {0.006844, -0.0005119, 0, 0.9904, 0.0003392},
        {0.0007488, 0.003932, 8.654e-5, 0.002473, 0.9905}
    };
    private static final double[] HEAT_MEMORY = {0.07423, 0, 0.6708, 0, 0.01404};
    private static final double[] HEAT_GPU = {6.898e-7, 0.001971, 2.108e-6, 0.01682, 0.03811};
    private static final double[] HEAT_BIG = {0.0471, 0.01265, 0.113, 0.01646, 0.01476};
    private static final double[] HEAT_LITTLE = {0.02399, 0, 0.02819, 0.007198, 0.03902};
    private static final double[] HEAT_NONE = new double[5];

    private final int clusters;
    private final SocCluster[] cluster;
    private final double[][] heat;
    private final double[] leakageShare;
    private final int[] point;
    private final int[] busy;
    private final int[] online;
    private final double[] watts;
    private final double[] leakagePerDevice;
    private final double[] rise = new double[5];
    private final boolean known;
    private double totalWatts;
    private double joules;
    private double now;
    private double stepEnd = STEP_MICROS;

    EnergyMeter(Workload workload, SimulationOptions.Governor governor) {
        clusters = workload.clusterCount();
        cluster = new SocCluster[clusters];
        heat = new double[clusters][];
        leakageShare = new double[clusters];
        point = new int[clusters];
        busy = new int[clusters];
        online = new int[clusters];
        watts = new double[clusters];
        leakagePerDevice = new double[clusters];
        boolean all = true;
        for (int c = 0; c < clusters; c++) {
            cluster[c] = workload.cluster(c);
            heat[c] = heat(cluster[c].type());
            leakageShare[c] = leakageShare(cluster[c].type());
            point[c] = governor == SimulationOptions.Governor.POWERSAVE
                    ? 0
                    : Math.max(0, cluster[c].points().size() - 1);
            online[c] = cluster[c].deviceIds().size();
            all &= cluster[c].powerKnown();
        }
        known = all;
        refresh();
    }

    private static double[] heat(String type) {
        return switch (type) {
            case "BIG" -> HEAT_BIG;
            case "LTL" -> HEAT_LITTLE;
            default -> HEAT_NONE;
        };
    }

    private static double leakageShare(String type) {
        return type.equals("ACC") ? 0 : type.equals("LTL") ? 0.25 : 1;
    }

    /** Joules until now; not a number where some cluster's power is unknown. */
    double joules() {
        return known ? joules : Double.NaN;
    }

    double celsiusMax() {
        double highest = rise[0];
        for (int spot = 1; spot < rise.length; spot++) {
            highest = Math.max(highest, rise[spot]);
        }
        return AMBIENT_CELSIUS + highest;
    }

    /** Power of all clusters and of memory and GPU, now. */
    double totalWatts() {
        return totalWatts;
    }

    int point(int c) {
        return point[c];
    }

    /** How much longer tasks take than at the highest frequency. */
    double slowdown(int c) {
        return slowdown(c, point[c]);
    }

    double slowdown(int c, int at) {
        List<OperatingPoint> points = cluster[c].points();
        return points.isEmpty()
                ? 1
                : points.getLast().megahertz() / points.get(at).megahertz();
    }

    void setPoint(int c, int to) {
        point[c] = to;
        refresh(c);
    }

    /** Adds to the number of busy devices of a cluster. */
    void addBusy(int c, int more) {
        busy[c] += more;
        refresh(c);
    }

    /** Adds to the number of devices that are there at all; one that is not draws nothing. */
    void addOnline(int c, int more) {
        online[c] += more;
        refresh(c);
    }

    /** Lets power flow until {@code until}, at what it is now. */
    void advance(double until) {
        int steps = 0;
        while (stepEnd <= until) {
            joules += totalWatts * (stepEnd - now) * 1e-6;
            now = stepEnd;
            stepEnd += STEP_MICROS;
            warm();
            if (++steps == STEPS_MAX) {
                skipSteps(until);
            }
        }
        joules += totalWatts * (until - now) * 1e-6;
        now = until;
    }

    /** Of a long time of constant power only the beginning is followed step by step, until temperatures have settled. */
    private void skipSteps(double until) {
        double skipped = Math.floor((until - now) / STEP_MICROS) * STEP_MICROS;
        joules += totalWatts * skipped * 1e-6;
        now += skipped;
        stepEnd += skipped;
    }

    private void warm() {
        double[] before = rise.clone();
        for (int spot = 0; spot < rise.length; spot++) {
            double sum = HEAT_MEMORY[spot] * BASE_WATTS_MEMORY + HEAT_GPU[spot] * BASE_WATTS_GPU;
            for (int other = 0; other < rise.length; other++) {
                sum += COOLING[spot][other] * before[other];
            }
            for (int c = 0; c < clusters; c++) {
                sum += heat[c][spot] * watts[c];
            }
            rise[spot] = sum;
        }
        refresh();
    }

    private void refresh() {
        double kelvin = KELVIN + celsiusMax();
        double current = LEAKAGE_C1 * kelvin * kelvin * Math.exp(-LEAKAGE_C2 / kelvin) + LEAKAGE_GATE;
        for (int c = 0; c < clusters; c++) {
            leakagePerDevice[c] = current * leakageShare[c] * volts(c) / CORES_MEASURED;
        }
        for (int c = 0; c < clusters; c++) {
            watts[c] = watts(c, busy[c], point[c]);
        }
        sum();
    }

    private void refresh(int c) {
        watts[c] = watts(c, busy[c], point[c]);
        sum();
    }

    private void sum() {
        totalWatts = BASE_WATTS_MEMORY + BASE_WATTS_GPU;
        for (int c = 0; c < clusters; c++) {
            totalWatts += watts[c];
        }
    }

    private double volts(int c) {
        List<OperatingPoint> points = cluster[c].points();
        return points.isEmpty() ? 0 : points.get(point[c]).volts();
    }

    /** Power of a cluster with {@code devices} busy at operating point {@code at}. */
    double watts(int c, int devices, int at) {
        return leakagePerDevice[c] * online[c] + dynamicWatts(c, devices, at);
    }

    /** What the busy devices of a cluster draw above leakage. */
    double dynamicWatts(int c, int devices, int at) {
        List<OperatingPoint> points = cluster[c].points();
        if (devices == 0 || points.isEmpty()) {
            return 0;
        }
        OperatingPoint running = points.get(at);
        for (PowerProfile profile : cluster[c].power()) {
            if (running.megahertz() <= profile.megahertzMax()) {
                int size = profile.watts().size();
                double above = profile.watts().get(Math.min(devices, size) - 1) - leakagePerDevice[c] * size;
                return Math.max(0, above) * running.dynamicPowerAgainst(measuredAt(points, profile));
            }
        }
        return 0;
    }

    double leakageWatts(int c) {
        return leakagePerDevice[c];
    }

    private static OperatingPoint measuredAt(List<OperatingPoint> points, PowerProfile profile) {
        OperatingPoint highest = points.getFirst();
        for (OperatingPoint candidate : points) {
            if (candidate.megahertz() <= profile.megahertzMax()) {
                highest = candidate;
            }
        }
        return highest;
    }
}
