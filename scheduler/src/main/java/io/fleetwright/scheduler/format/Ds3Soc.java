package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.format.JsonValue.JsonNull;
import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.OperatingPoint;
import io.fleetwright.scheduler.sim.PowerProfile;
import io.fleetwright.scheduler.sim.Soc;
import io.fleetwright.scheduler.sim.SocCluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A DS3 or SoCRATES platform: {@code {"clusters": [...], "comm_band_self": b, "comm_band": [[a, b, bandwidth], ...]}}.
 *
 * <p>A pair of clusters that {@code comm_band} leaves out has bandwidth 1. Without {@code comm_band_self} a device
 * reaches itself as fast as its own cluster. Members it does not know are ignored.
 *
 * @see "Arda et al., DS3: A System-Level Domain-Specific System-on-Chip Simulation Framework, IEEE TC, 2020"
 */
public final class Ds3Soc {
    private static final double BANDWIDTH_UNSTATED = 1;
    private static final int POINTS_MAX = 64;
    private static final int TASKS_MAX = 10_000;

    private Ds3Soc() {}

    /** @throws MalformedWorkloadException if the bytes are not a platform, naming the byte and the member */
    public static Soc read(byte[] bytes) throws MalformedWorkloadException {
        JsonObject root = JsonReader.read(bytes).asObject("the platform");
        JsonValue list = root.require("clusters");
        List<JsonValue> items = list.asArray("clusters");
        if (items.isEmpty() || items.size() > Soc.CLUSTERS_MAX) {
            throw new MalformedWorkloadException(
                    list.offset(),
                    "clusters has %d entries, must have 1 to %d".formatted(items.size(), Soc.CLUSTERS_MAX));
        }
        List<SocCluster> clusters = new ArrayList<>();
        Set<Integer> devices = new HashSet<>();
        for (JsonValue item : items) {
            SocCluster cluster = cluster(item, clusters.size());
            for (int device : cluster.deviceIds()) {
                if (!devices.add(device)) {
                    throw new MalformedWorkloadException(
                            item.offset(), "pe_ids: device %d is in more than one cluster".formatted(device));
                }
            }
            clusters.add(cluster);
        }
        double[][] bandwidth = bandwidth(root.require("comm_band"), clusters.size());
        JsonValue self = root.members().get("comm_band_self");
        double within = self == null || self instanceof JsonNull
                ? Double.POSITIVE_INFINITY
                : number(self, "comm_band_self", Double.MIN_NORMAL, 1e12);
        try {
            return new Soc(clusters, bandwidth, within);
        } catch (InvalidWorkloadException invalid) {
            throw new MalformedWorkloadException(list.offset(), "clusters: " + invalid.getMessage());
        }
    }

    private static SocCluster cluster(JsonValue item, int position) throws MalformedWorkloadException {
        String where = "cluster %d".formatted(position);
        JsonObject object = item.asObject(where);
        object.require("cluster").asInt(where + " id", position, position);
        String type = object.require("type").asString(where + " type");
        String name = object.require("name").asString(where + " name");
        List<Integer> devices = new ArrayList<>();
        for (JsonValue device : object.require("pe_ids").asArray(where + " pe_ids")) {
            devices.add(device.asInt(where + " pe_ids", 0, Soc.DEVICES_MAX - 1));
        }
        JsonValue capacity = object.require("capacity");
        if (capacity.asInt(where + " capacity", 0, Soc.DEVICES_MAX) != devices.size()) {
            throw new MalformedWorkloadException(
                    capacity.offset(), "%s capacity differs from its %d pe_ids".formatted(where, devices.size()));
        }
        List<OperatingPoint> points = points(object.require("opp"), where);
        Map<String, Double> execution = execution(object.require("exec_us"), where);
        List<PowerProfile> power = power(object.require("power_w"), where, devices.size());
        try {
            return new SocCluster(position, type, name, devices, points, power, execution);
        } catch (InvalidWorkloadException invalid) {
            throw new MalformedWorkloadException(item.offset(), String.valueOf(invalid.getMessage()));
        }
    }

    private static List<OperatingPoint> points(JsonValue list, String where) throws MalformedWorkloadException {
        List<JsonValue> items = list.asArray(where + " opp");
        if (items.size() > POINTS_MAX) {
            throw new MalformedWorkloadException(
                    list.offset(), "%s opp has more than %d entries".formatted(where, POINTS_MAX));
        }
        List<OperatingPoint> points = new ArrayList<>();
        for (JsonValue item : items) {
            JsonObject point = item.asObject(where + " opp");
            points.add(new OperatingPoint(
                    number(point.require("mhz"), where + " mhz", 1, 1e6),
                    number(point.require("mv"), where + " mv", 1, 1e5) / 1000));
        }
        return points;
    }

    private static Map<String, Double> execution(JsonValue member, String where) throws MalformedWorkloadException {
        Map<String, JsonValue> entries = member.asObject(where + " exec_us").members();
        if (entries.size() > TASKS_MAX) {
            throw new MalformedWorkloadException(
                    member.offset(), "%s exec_us has more than %d entries".formatted(where, TASKS_MAX));
        }
        Map<String, Double> execution = new HashMap<>();
        for (Map.Entry<String, JsonValue> entry : entries.entrySet()) {
            execution.put(
                    entry.getKey(),
                    number(entry.getValue(), "%s exec_us '%s'".formatted(where, entry.getKey()), 0, 1e12));
        }
        return execution;
    }

    private static List<PowerProfile> power(JsonValue member, String where, int devices)
            throws MalformedWorkloadException {
        List<PowerProfile> profiles = new ArrayList<>();
        for (Map.Entry<String, JsonValue> entry :
                member.asObject(where + " power_w").members().entrySet()) {
            String what = "%s power_w '%s'".formatted(where, entry.getKey());
            JsonValue list = entry.getValue();
            List<Double> watts = new ArrayList<>();
            for (JsonValue value : list.asArray(what)) {
                watts.add(number(value, what, 0, 1e6));
            }
            if (watts.size() != devices) {
                throw new MalformedWorkloadException(
                        list.offset(), "%s has %d values, must have %d".formatted(what, watts.size(), devices));
            }
            profiles.add(new PowerProfile(frequency(entry.getKey(), list, what), watts));
        }
        profiles.sort((a, b) -> Double.compare(a.megahertzMax(), b.megahertzMax()));
        return profiles;
    }

    private static double frequency(String text, JsonValue where, String what) throws MalformedWorkloadException {
        if (!text.matches("[0-9]{1,7}")) {
            throw new MalformedWorkloadException(where.offset(), what + " is not a frequency in MHz");
        }
        return Integer.parseInt(text);
    }

    private static double[][] bandwidth(JsonValue member, int clusters) throws MalformedWorkloadException {
        double[][] bandwidth = new double[clusters][clusters];
        for (double[] row : bandwidth) {
            Arrays.fill(row, BANDWIDTH_UNSTATED);
        }
        for (JsonValue item : member.asArray("comm_band")) {
            List<JsonValue> parts = item.asArray("a comm_band entry");
            if (parts.size() != 3) {
                throw new MalformedWorkloadException(
                        item.offset(), "a comm_band entry has %d values, must have 3".formatted(parts.size()));
            }
            int a = parts.get(0).asInt("comm_band from", 0, clusters - 1);
            int b = parts.get(1).asInt("comm_band to", 0, clusters - 1);
            double value = number(parts.get(2), "comm_band bandwidth", 0, 1e12);
            bandwidth[a][b] = value;
            bandwidth[b][a] = value;
        }
        return bandwidth;
    }

    private static double number(JsonValue value, String what, double min, double max)
            throws MalformedWorkloadException {
        double number = value.asNumber(what);
        if (!(number >= min && number <= max)) {
            throw new MalformedWorkloadException(
                    value.offset(), "%s (%s) must be %s to %s".formatted(what, number, min, max));
        }
        return number;
    }
}
