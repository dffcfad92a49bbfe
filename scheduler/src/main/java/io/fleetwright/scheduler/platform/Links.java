package io.fleetwright.scheduler.platform;

/**
 * How long data takes between devices: {@code latency + volume / bandwidth} between two different devices, nothing
 * within one. Transfers do not contend.
 *
 * <p>Devices are grouped in zones, and a figure belongs to an ordered pair of zones, so thousands of devices need only
 * a small table. A bandwidth of 0 means that there is no link: the transfer never arrives.
 */
public final class Links {
    private final int[] zoneOfDevice;
    private final int zones;
    private final double[] bandwidth;
    private final double[] latency;
    private final double bandwidthMean;
    private final double latencyMean;
    private final double bandwidthMax;
    private final double latencyMin;

    private Links(int[] zoneOfDevice, double[][] bandwidth, double[][] latency) {
        this.zoneOfDevice = zoneOfDevice.clone();
        this.zones = bandwidth.length;
        this.bandwidth = flatten("bandwidth", bandwidth, zones);
        this.latency = flatten("latency", latency, zones);
        long[] members = new long[zones];
        for (int device = 0; device < zoneOfDevice.length; device++) {
            int zone = zoneOfDevice[device];
            if (zone < 0 || zone >= zones) {
                throw new IllegalArgumentException(
                        "zone (%d) of device %d must be 0 to %d".formatted(zone, device, zones - 1));
            }
            members[zone]++;
        }
        double bandwidthSum = 0;
        double latencySum = 0;
        double bandwidthHighest = 0;
        double latencyLowest = Double.POSITIVE_INFINITY;
        long pairs = 0;
        for (int a = 0; a < zones; a++) {
            for (int b = 0; b < zones; b++) {
                long here = members[a] * (a == b ? members[b] - 1 : members[b]);
                if (here > 0 && this.bandwidth[a * zones + b] > 0) {
                    bandwidthSum += here * this.bandwidth[a * zones + b];
                    latencySum += here * this.latency[a * zones + b];
                    bandwidthHighest = Math.max(bandwidthHighest, this.bandwidth[a * zones + b]);
                    latencyLowest = Math.min(latencyLowest, this.latency[a * zones + b]);
                    pairs += here;
                }
            }
        }
        bandwidthMean = pairs == 0 ? 0 : bandwidthSum / pairs;
        latencyMean = pairs == 0 ? 0 : latencySum / pairs;
        bandwidthMax = bandwidthHighest;
        latencyMin = latencyLowest;
    }

    /** The same link between any two of {@code devices} devices. */
    public static Links uniform(int devices, double bandwidth, double latency) {
        return new Links(new int[devices], new double[][] {{bandwidth}}, new double[][] {{latency}});
    }

    /** One figure per ordered pair of devices, {@code [from][to]}; the diagonal is not used. */
    public static Links perPair(double[][] bandwidth, double[][] latency) {
        int[] own = new int[bandwidth.length];
        for (int device = 0; device < own.length; device++) {
            own[device] = device;
        }
        return new Links(own, bandwidth, latency);
    }

    /** One figure per ordered pair of zones; the diagonal holds between different devices of one zone. */
    public static Links zoned(int[] zoneOfDevice, double[][] bandwidth, double[][] latency) {
        return new Links(zoneOfDevice, bandwidth, latency);
    }

    public int deviceCount() {
        return zoneOfDevice.length;
    }

    /** Time until {@code volume} that leaves {@code from} is at {@code to}; infinite where there is no link. */
    public double transferTime(double volume, int from, int to) {
        if (from == to) {
            return 0;
        }
        return transferTimeBetweenZones(volume, zoneOfDevice[from], zoneOfDevice[to]);
    }

    /**
     * Mean latency plus volume over mean bandwidth, over the linked pairs of different devices, as HEFT ranks with; 0
     * when no two devices are linked.
     *
     * @see "Topcuoglu et al., 2002, equation 3"
     */
    public double transferTimeMean(double volume) {
        return bandwidthMean == 0 ? 0 : latencyMean + volume / bandwidthMean;
    }

    /** No transfer between two devices takes less; infinite when no two devices are linked. */
    public double transferTimeMin(double volume) {
        return bandwidthMax == 0 ? Double.POSITIVE_INFINITY : latencyMin + volume / bandwidthMax;
    }

    /** Devices of one zone have the same links to all others. */
    public int zoneOf(int device) {
        return zoneOfDevice[device];
    }

    public int zoneCount() {
        return zones;
    }

    /** As {@link #transferTime} between any two different devices of these zones. */
    public double transferTimeBetweenZones(double volume, int fromZone, int toZone) {
        int pair = fromZone * zones + toZone;
        double rate = bandwidth[pair];
        return rate == 0 ? Double.POSITIVE_INFINITY : latency[pair] + volume / rate;
    }

    private static double[] flatten(String what, double[][] table, int size) {
        if (table.length != size) {
            throw new IllegalArgumentException("%s has %d rows, must have %d".formatted(what, table.length, size));
        }
        double[] flat = new double[Math.multiplyExact(size, size)];
        for (int a = 0; a < size; a++) {
            if (table[a].length != size) {
                throw new IllegalArgumentException(
                        "%s row %d has %d values, must have %d".formatted(what, a, table[a].length, size));
            }
            for (int b = 0; b < size; b++) {
                double value = table[a][b];
                if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
                    throw new IllegalArgumentException(
                            "%s[%d][%d] (%s) must be finite and at least 0".formatted(what, a, b, value));
                }
                flat[a * size + b] = value;
            }
        }
        return flat;
    }
}
