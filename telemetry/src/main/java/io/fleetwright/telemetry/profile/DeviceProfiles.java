package io.fleetwright.telemetry.profile;

import io.fleetwright.telemetry.wire.DeviceClass;
import io.fleetwright.telemetry.wire.Json;
import io.fleetwright.telemetry.wire.MalformedMessageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The profiles that come with the product; each file carries its citations. */
public final class DeviceProfiles {
    private static final int BYTES_MAX = 64 * 1024;
    private static final Map<String, DeviceProfile> BY_ID = load();

    private DeviceProfiles() {}

    /** All profiles, by id. */
    public static List<DeviceProfile> all() {
        return List.copyOf(BY_ID.values());
    }

    public static Optional<DeviceProfile> find(String id) {
        return Optional.ofNullable(BY_ID.get(id));
    }

    private static Map<String, DeviceProfile> load() {
        Map<String, DeviceProfile> profiles = new TreeMap<>();
        new String(resource("index.txt"), StandardCharsets.UTF_8)
                .lines()
                .forEach(id -> profiles.put(id, read(id, resource(id + ".json"))));
        return profiles;
    }

    private static DeviceProfile read(String id, byte[] json) {
        try {
            Json.Node in = Json.read(json, BYTES_MAX);
            return new DeviceProfile(
                    in.text("id"),
                    in.text("name"),
                    in.oneOf("class", DeviceClass.class),
                    in.numberOrNull("memoryBytes", 1, Long.MAX_VALUE),
                    in.text("runtime"),
                    in.objects(
                            "rows",
                            100,
                            row -> new DeviceProfile.Row(
                                    row.text("network"),
                                    row.number("macs", 1, Long.MAX_VALUE),
                                    row.decimal("latencyMs"),
                                    row.decimalOrNull("energyMj"),
                                    row.text("source"))),
                    in.objects(
                            "sources",
                            100,
                            source -> new DeviceProfile.Source(
                                    source.text("key"), source.text("title"), source.text("where"))));
        } catch (MalformedMessageException wrong) {
            throw new IllegalStateException("profile %s in this build is damaged".formatted(id), wrong);
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = DeviceProfiles.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("profile file %s is missing from this build".formatted(name));
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new IllegalStateException("profile file %s cannot be read".formatted(name), unreadable);
        }
    }
}
