package io.fleetwright.scheduler.sim;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.heft.Ranks;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Platform;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Applications on a platform, with every figure in a flat table: what each task costs on each cluster, how long each
 * edge takes between any two clusters. Devices are positions {@code 0 .. deviceCount-1} over the computing clusters;
 * tasks of all applications are numbered in one row, "kinds". Immutable, safe to share between threads.
 */
public final class Workload {
    public static final double EXECUTION_MICROS_MAX = 1e12;
    public static final double CANNOT_RUN = Double.POSITIVE_INFINITY;
    private static final long TRANSFERS_MAX = 16_000_000;

    private final Soc soc;
    private final List<Application> applications;
    private final TaskGraph[] graphs;
    private final Map<String, Integer> applicationByName = new HashMap<>();
    private final SocCluster[] clusters;
    private final int[] clusterOfDevice;
    private final int[] deviceNumber;
    private final int[] firstKind;
    private final int[] firstEdge;
    private final double[] execution;
    private final double[] transfer;
    private final double[] transferWithin;
    private final double[] rank;
    private final Transfers transfers;
    private final int tasksMax;

    /** How the time of a transfer follows from volume and bandwidth. */
    public enum Transfers {
        /** Whole microseconds, cut off; also within one device. */
        WHOLE_MICROS,
        /** The quotient; nothing within one device. */
        EXACT
    }

    /**
     * @throws InvalidWorkloadException if there is no application, two have one name, or a task runs on no device; the
     *     message names it
     */
    public Workload(Soc soc, List<Application> applications, Transfers transfers) {
        this.soc = soc;
        this.applications = List.copyOf(applications);
        this.transfers = transfers;
        if (applications.isEmpty()) {
            throw new InvalidWorkloadException("there is no application");
        }
        graphs = this.applications.stream().map(Application::graph).toArray(TaskGraph[]::new);
        clusters = soc.clusters().stream()
                .filter(cluster -> cluster.computes() && !cluster.deviceIds().isEmpty())
                .toArray(SocCluster[]::new);
        List<int[]> devices = new ArrayList<>();
        for (int c = 0; c < clusters.length; c++) {
            for (int number : clusters[c].deviceIds()) {
                devices.add(new int[] {c, number});
            }
        }
        clusterOfDevice = devices.stream().mapToInt(device -> device[0]).toArray();
        deviceNumber = devices.stream().mapToInt(device -> device[1]).toArray();
        firstKind = new int[graphs.length + 1];
        firstEdge = new int[graphs.length + 1];
        int longest = 0;
        for (int app = 0; app < graphs.length; app++) {
            if (applicationByName.put(this.applications.get(app).name(), app) != null) {
                throw new InvalidWorkloadException("application '%s' is given more than once"
                        .formatted(this.applications.get(app).name()));
            }
            firstKind[app + 1] = firstKind[app] + graphs[app].taskCount();
            firstEdge[app + 1] = firstEdge[app] + graphs[app].edgeCount();
            longest = Math.max(longest, graphs[app].taskCount());
        }
        tasksMax = longest;
        if ((long) firstEdge[graphs.length] * clusters.length * clusters.length > TRANSFERS_MAX) {
            throw new InvalidWorkloadException(
                    "%d edges between %d clusters are too many".formatted(firstEdge[graphs.length], clusters.length));
        }
        execution = new double[firstKind[graphs.length] * clusters.length];
        transfer = new double[firstEdge[graphs.length] * clusters.length * clusters.length];
        transferWithin = new double[firstEdge[graphs.length] * clusters.length];
        rank = new double[firstKind[graphs.length]];
        for (int app = 0; app < graphs.length; app++) {
            fillExecution(app);
            fillTransfer(app);
            System.arraycopy(Ranks.upward(problem(app)), 0, rank, firstKind[app], graphs[app].taskCount());
        }
    }

    private void fillExecution(int app) {
        TaskGraph graph = graphs[app];
        for (int task = 0; task < graph.taskCount(); task++) {
            boolean runs = false;
            for (int c = 0; c < clusters.length; c++) {
                @Nullable Double micros = clusters[c].executionMicros().get(graph.name(task));
                execution[(firstKind[app] + task) * clusters.length + c] = micros == null ? CANNOT_RUN : micros;
                runs |= micros != null;
            }
            if (!runs) {
                throw new InvalidWorkloadException("task %d ('%s') of application '%s' runs on no device"
                        .formatted(task, graph.name(task), applications.get(app).name()));
            }
        }
    }

    private void fillTransfer(int app) {
        TaskGraph graph = graphs[app];
        for (int e = 0; e < graph.edgeCount(); e++) {
            double volume = graph.inVolume(e);
            int edge = firstEdge[app] + e;
            for (int a = 0; a < clusters.length; a++) {
                transferWithin[edge * clusters.length + a] = switch (transfers) {
                    case WHOLE_MICROS ->
                        micros(volume, Math.min(soc.bandwidthWithinDevice(), bandwidthWithinCluster(a)));
                    case EXACT -> 0;
                };
                for (int b = 0; b < clusters.length; b++) {
                    transfer[(edge * clusters.length + a) * clusters.length + b] =
                            micros(volume, soc.bandwidthBetween(clusters[a].id(), clusters[b].id()));
                }
            }
        }
    }

    /** Only a platform that states no figure within a device falls back to that of the cluster. */
    private double bandwidthWithinCluster(int cluster) {
        return soc.bandwidthWithinDevice() < Double.POSITIVE_INFINITY
                ? Double.POSITIVE_INFINITY
                : soc.bandwidthBetween(clusters[cluster].id(), clusters[cluster].id());
    }

    private double micros(double volume, double bandwidth) {
        double micros = volume == 0 ? 0 : volume / bandwidth;
        return transfers == Transfers.WHOLE_MICROS ? Math.floor(micros) : micros;
    }

    /** One job of {@code app} on the idle platform, as the static schedulers take it. */
    public Problem problem(int app) {
        int count = clusters.length;
        double[][] bandwidth = new double[count][count];
        List<Device> devices = new ArrayList<>();
        for (int device = 0; device < deviceCount(); device++) {
            devices.add(new Device(deviceName(device), 0));
        }
        for (int a = 0; a < count; a++) {
            for (int b = 0; b < count; b++) {
                bandwidth[a][b] = soc.bandwidthBetween(clusters[a].id(), clusters[b].id());
            }
        }
        TaskGraph graph = graphs[app];
        double[][] costs = new double[graph.taskCount()][count];
        int[] kinds = new int[graph.taskCount()];
        for (int task = 0; task < kinds.length; task++) {
            kinds[task] = task;
            System.arraycopy(execution, (firstKind[app] + task) * count, costs[task], 0, count);
        }
        return new Problem(
                graph,
                new Platform(devices, Links.zoned(clusterOfDevice, bandwidth, new double[count][count])),
                CostTable.perKind(costs, kinds, clusterOfDevice));
    }

    public Transfers transfers() {
        return transfers;
    }

    public int applicationCount() {
        return graphs.length;
    }

    public Application application(int app) {
        return applications.get(app);
    }

    /** @throws InvalidWorkloadException naming it if there is no application of that name */
    public int applicationNamed(String name) {
        @Nullable Integer app = applicationByName.get(name);
        if (app == null) {
            throw new InvalidWorkloadException("application '%s' is not known; known: %s"
                    .formatted(
                            name,
                            String.join(
                                    ", ",
                                    applicationByName.keySet().stream().sorted().toList())));
        }
        return app;
    }

    public TaskGraph graph(int app) {
        return graphs[app];
    }

    /** Tasks of the application that has most. */
    public int tasksMax() {
        return tasksMax;
    }

    public int deviceCount() {
        return clusterOfDevice.length;
    }

    public int clusterCount() {
        return clusters.length;
    }

    public SocCluster cluster(int cluster) {
        return clusters[cluster];
    }

    public int clusterOf(int device) {
        return clusterOfDevice[device];
    }

    /** The number that the platform's file gives the device. */
    public int deviceNumber(int device) {
        return deviceNumber[device];
    }

    /** Name of the cluster and number of the device. */
    public String deviceName(int device) {
        return clusters[clusterOfDevice[device]].name() + "-" + deviceNumber[device];
    }

    /** Time of a task at the cluster's highest frequency, or {@link #CANNOT_RUN}. */
    public double execution(int app, int task, int cluster) {
        return execution[(firstKind[app] + task) * clusters.length + cluster];
    }

    /** Time of in-edge {@code edge} of the application's graph between two devices of these clusters. */
    public double transfer(int app, int edge, int fromCluster, int toCluster) {
        return transfer(edgeKind(app, edge), fromCluster, toCluster);
    }

    /** Time of in-edge {@code edge} within one device of {@code cluster}. */
    public double transferWithin(int app, int edge, int cluster) {
        return transferWithin(edgeKind(app, edge), cluster);
    }

    /** Number of an in-edge among those of all applications, for who asks often. */
    public int edgeKind(int app, int edge) {
        return firstEdge[app] + edge;
    }

    /** Time of the edges of a kind between two devices of these clusters. */
    public double transfer(int edgeKind, int fromCluster, int toCluster) {
        return transfer[(edgeKind * clusters.length + fromCluster) * clusters.length + toCluster];
    }

    /** Time of the edges of a kind within one device of {@code cluster}. */
    public double transferWithin(int edgeKind, int cluster) {
        return transferWithin[edgeKind * clusters.length + cluster];
    }

    /** Upward rank of a task by mean figures. */
    public double rank(int app, int task) {
        return rank[firstKind[app] + task];
    }
}
