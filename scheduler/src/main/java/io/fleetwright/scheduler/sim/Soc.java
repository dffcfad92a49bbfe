package io.fleetwright.scheduler.sim;

import java.util.List;

/**
 * A platform of clusters, and how fast data moves between them.
 *
 * @param bandwidth volume per microsecond between clusters, by cluster id, symmetric; 0 is no link
 * @param bandwidthWithinDevice from a device to itself
 */
public record Soc(List<SocCluster> clusters, double[][] bandwidth, double bandwidthWithinDevice) {
    public static final int CLUSTERS_MAX = 64;
    public static final int DEVICES_MAX = 10_000;

    public Soc {
        clusters = List.copyOf(clusters);
        double[][] rows = new double[bandwidth.length][];
        for (int a = 0; a < rows.length; a++) {
            rows[a] = bandwidth[a].clone();
        }
        bandwidth = rows;
        if (clusters.stream()
                .noneMatch(cluster -> cluster.computes() && !cluster.deviceIds().isEmpty())) {
            throw new InvalidWorkloadException("the platform has no device that computes");
        }
        if (rows.length != clusters.size()) {
            throw new InvalidWorkloadException(
                    "bandwidth has %d rows for %d clusters".formatted(rows.length, clusters.size()));
        }
        for (int a = 0; a < rows.length; a++) {
            if (rows[a].length != rows.length) {
                throw new InvalidWorkloadException(
                        "bandwidth row %d has %d figures for %d clusters".formatted(a, rows[a].length, rows.length));
            }
        }
    }

    /** Volume per microsecond between two different devices of clusters {@code a} and {@code b}. */
    double bandwidthBetween(int a, int b) {
        return bandwidth[a][b];
    }
}
