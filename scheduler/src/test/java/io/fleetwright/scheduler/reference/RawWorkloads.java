package io.fleetwright.scheduler.reference;

import io.fleetwright.scheduler.reference.RawProblem.Edge;
import io.fleetwright.scheduler.reference.RawWorkload.App;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Seeded small workloads: whole microseconds with many equal times, or real ones, so that no two things coincide. */
public final class RawWorkloads {
    private final SplittableRandom random;
    private final boolean whole;

    private RawWorkloads(SplittableRandom random, boolean whole) {
        this.random = random;
        this.whole = whole;
    }

    public static RawWorkload whole(SplittableRandom random) {
        return new RawWorkloads(random, true).make();
    }

    public static RawWorkload real(SplittableRandom random) {
        return new RawWorkloads(random, false).make();
    }

    /** Jobs with the given mean distance, as {@code [micros, app]}. */
    public static List<double[]> arrivals(SplittableRandom random, int apps, int count, int meanMicros, boolean whole) {
        List<double[]> arrivals = new ArrayList<>();
        double at = 0;
        for (int job = 0; job < count; job++) {
            double gap = whole ? random.nextInt(2 * meanMicros) : random.nextDouble() * 2 * meanMicros;
            at += whole && random.nextInt(3) == 0 ? random.nextInt(3) : gap;
            arrivals.add(new double[] {at, random.nextInt(apps)});
        }
        return arrivals;
    }

    private RawWorkload make() {
        int clusters = random.nextInt(1, 4);
        int[] sizes = new int[clusters];
        Arrays.setAll(sizes, _ -> random.nextInt(1, 4));
        double[][] megahertz = new double[clusters][];
        double[][] volts = new double[clusters][];
        double[][] watts = new double[clusters][];
        double[][] bandwidth = new double[clusters][clusters];
        for (int a = 0; a < clusters; a++) {
            megahertz[a] = new double[] {500, 1000, 2000};
            volts[a] = new double[] {0.8, 1, 1.25};
            watts[a] = new double[sizes[a]];
            double first = 0.5 + random.nextDouble();
            Arrays.setAll(watts[a], busy -> first * (busy + 1));
            for (int b = 0; b <= a; b++) {
                bandwidth[a][b] = whole ? random.nextInt(1, 6) : 0.5 + 3 * random.nextDouble();
                bandwidth[b][a] = bandwidth[a][b];
            }
        }
        List<App> apps = new ArrayList<>();
        for (int app = random.nextInt(1, 4); app > 0; app--) {
            apps.add(app(clusters));
        }
        // A cluster that runs nothing is no part of the platform.
        Arrays.setAll(apps.getFirst().cost()[0], _ -> micros());
        return new RawWorkload(
                apps,
                sizes,
                megahertz,
                volts,
                watts,
                bandwidth,
                whole ? random.nextInt(1, 20) : 1 + random.nextDouble());
    }

    private App app(int clusters) {
        int tasks = random.nextInt(1, 8);
        double[][] cost = new double[tasks][clusters];
        for (double[] row : cost) {
            Arrays.setAll(row, _ -> random.nextInt(5) == 0 ? Double.POSITIVE_INFINITY : micros());
            row[random.nextInt(clusters)] = micros();
        }
        double density = random.nextDouble();
        List<Edge> edges = new ArrayList<>();
        for (int from = 0; from < tasks; from++) {
            for (int to = from + 1; to < tasks; to++) {
                if (random.nextDouble() < density) {
                    edges.add(new Edge(from, to, whole ? random.nextInt(30) : 1 + 30 * random.nextDouble()));
                }
            }
        }
        return new App(cost, edges);
    }

    private double micros() {
        return whole ? random.nextInt(random.nextInt(3) == 0 ? 3 : 30) : 1 + 30 * random.nextDouble();
    }
}
