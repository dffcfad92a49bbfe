package io.fleetwright.scheduler.format;

import io.fleetwright.scheduler.format.JsonValue.JsonObject;
import io.fleetwright.scheduler.platform.CostTable;
import io.fleetwright.scheduler.platform.Device;
import io.fleetwright.scheduler.platform.Links;
import io.fleetwright.scheduler.platform.Offer;
import io.fleetwright.scheduler.platform.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Devices and links for workflows that say how long their tasks took on a reference machine; docs/scheduler.md has the
 * format. Times are in seconds, data in bytes.
 *
 * @param speed per device: a task takes its recorded time divided by this
 * @param offers per device: memory in bytes, and the programs that it has; no limit where the file says nothing
 */
public record PlatformFile(Platform platform, double[] speed, List<Offer> offers) {
    public static final int ZONES_MAX = 1000;
    private static final double SPEED_MAX = 1e9;
    private static final double WATTS_MAX = 1e9;
    private static final String DEFAULT_ZONE = "";

    public PlatformFile {
        speed = speed.clone();
        offers = List.copyOf(offers);
    }

    /**
     * @throws MalformedWorkloadException if the content is not a platform
     * @throws IOException if the file cannot be read
     */
    public static PlatformFile read(Path file) throws IOException, MalformedWorkloadException {
        return read(JsonReader.bytesOf(file));
    }

    /** @throws MalformedWorkloadException if the bytes are not a platform */
    public static PlatformFile read(byte[] bytes) throws MalformedWorkloadException {
        JsonObject root = JsonReader.read(bytes).asObject("the platform");
        var reader = new Reader();
        JsonValue devices = root.require("devices");
        for (JsonValue device : devices.asArray("devices")) {
            reader.device(device.asObject("a device"));
        }
        Links links = reader.links(root);
        try {
            double[] speed =
                    reader.speeds.stream().mapToDouble(Double::doubleValue).toArray();
            return new PlatformFile(new Platform(reader.devices, links), speed, reader.offers);
        } catch (IllegalArgumentException invalid) {
            throw new MalformedWorkloadException(devices.offset(), String.valueOf(invalid.getMessage()));
        }
    }

    private static final class Reader {
        private final List<Device> devices = new ArrayList<>();
        private final List<Double> speeds = new ArrayList<>();
        private final List<Offer> offers = new ArrayList<>();
        private final List<Integer> zoneOf = new ArrayList<>();
        private final Map<String, Integer> zones = new LinkedHashMap<>();

        void device(JsonObject device) throws MalformedWorkloadException {
            JsonValue idValue = device.require("id");
            String id = idValue.asString("id");
            JsonValue speedValue = device.require("speed");
            double speed = speedValue.asAmount("speed of '%s'".formatted(id), SPEED_MAX);
            if (speed < 1 / SPEED_MAX) {
                throw new MalformedWorkloadException(
                        speedValue.offset(), "speed of '%s' (%s) must be above 0".formatted(id, speed));
            }
            double ready = amount(device, "readyTime", id, 0, CostTable.COST_MAX);
            double watts = amount(device, "watts", id, Double.NaN, WATTS_MAX);
            Offer offer = offer(device, id);
            var countValue = device.find("count");
            int count = countValue.isPresent() ? countValue.get().asInt("count", 1, Platform.DEVICES_MAX) : 1;
            if (count > Platform.DEVICES_MAX - devices.size()) {
                throw new MalformedWorkloadException(
                        device.offset(), "more than %d devices with '%s'".formatted(Platform.DEVICES_MAX, id));
            }
            int zone = zone(device);
            for (int i = 0; i < count; i++) {
                try {
                    devices.add(new Device(countValue.isPresent() ? id + "-" + i : id, ready, watts));
                } catch (IllegalArgumentException invalid) {
                    throw new MalformedWorkloadException(idValue.offset(), String.valueOf(invalid.getMessage()));
                }
                speeds.add(speed);
                offers.add(offer);
                zoneOf.add(zone);
            }
        }

        private static Offer offer(JsonObject device, String id) throws MalformedWorkloadException {
            double memory = amount(device, "memoryBytes", id, Double.POSITIVE_INFINITY, Double.MAX_VALUE);
            Set<String> programs = new HashSet<>();
            var listed = device.find("programs");
            if (listed.isPresent()) {
                for (JsonValue program : listed.get().asArray("programs")) {
                    programs.add(program.asString("programs of '%s'".formatted(id)));
                }
                if (programs.isEmpty()) {
                    throw new MalformedWorkloadException(
                            listed.get().offset(), "programs of '%s' must name one at least".formatted(id));
                }
            }
            return Offer.EVERYTHING.withMemory(memory).withOperators(programs);
        }

        private int zone(JsonObject device) throws MalformedWorkloadException {
            var value = device.find("zone");
            String name = value.isPresent() ? value.get().asString("zone") : DEFAULT_ZONE;
            int zone = zones.computeIfAbsent(name, _ -> zones.size());
            if (zone >= ZONES_MAX) {
                throw new MalformedWorkloadException(device.offset(), "more than %d zones".formatted(ZONES_MAX));
            }
            return zone;
        }

        Links links(JsonObject root) throws MalformedWorkloadException {
            double[][] bandwidth = new double[zones.size()][zones.size()];
            double[][] latency = new double[zones.size()][zones.size()];
            for (int zone = 0; zone < zones.size(); zone++) {
                Arrays.fill(bandwidth[zone], amount(root, "bandwidth", "all", 0, Double.MAX_VALUE));
                Arrays.fill(latency[zone], amount(root, "latency", "all", 0, CostTable.COST_MAX));
            }
            var links = root.find("links");
            if (links.isPresent()) {
                for (JsonValue link : links.get().asArray("links")) {
                    JsonObject object = link.asObject("a link");
                    int from = knownZone(object, "from");
                    int to = knownZone(object, "to");
                    bandwidth[from][to] = object.require("bandwidth").asAmount("bandwidth", Double.MAX_VALUE);
                    bandwidth[to][from] = bandwidth[from][to];
                    latency[from][to] = amount(object, "latency", "a link", 0, CostTable.COST_MAX);
                    latency[to][from] = latency[from][to];
                }
            }
            int[] zoneOfDevice = zoneOf.stream().mapToInt(Integer::intValue).toArray();
            return Links.zoned(zoneOfDevice, bandwidth, latency);
        }

        private int knownZone(JsonObject link, String end) throws MalformedWorkloadException {
            JsonValue value = link.require(end);
            String name = value.asString(end);
            Integer zone = zones.get(name);
            if (zone == null) {
                throw new MalformedWorkloadException(value.offset(), "no device is in zone '%s'".formatted(name));
            }
            return zone;
        }

        private static double amount(JsonObject object, String name, String of, double otherwise, double max)
                throws MalformedWorkloadException {
            var value = object.find(name);
            return value.isPresent() ? value.get().asAmount("%s of '%s'".formatted(name, of), max) : otherwise;
        }
    }
}
