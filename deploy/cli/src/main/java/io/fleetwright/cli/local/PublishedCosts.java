package io.fleetwright.cli.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a device takes for a whole network, as published: from a profile of this build or a file of measurements. */
record PublishedCosts(String device, List<Row> rows) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROWS_MAX = 1000;

    /** Published names of networks, by the names of their files without endings. */
    private static final Map<String, String> NETWORKS = Map.of(
            "ad_fc_ae", "ad-fc-autoencoder",
            "ic_resnet8", "ic-resnet8",
            "kws_dscnn", "kws-dscnn",
            "vww_mbv1", "vww-mobilenetv1-0.25-96",
            "mobilenet_v1_224", "mobilenet-v1-224",
            "mobilenet_v2_224", "mobilenet-v2-224");

    /** One measurement; energy is 0 when it was not published. */
    record Row(String network, double millis, double millijoules) {}

    /**
     * Reads a profile.
     *
     * @param name of this build, such as gap9, or a file {id, measurements: [{model, latency_ms, energy_mj}]}
     */
    static PublishedCosts of(String name) throws CommandFailure {
        Optional<DeviceProfile> known = DeviceProfiles.find(name);
        if (known.isPresent()) {
            return new PublishedCosts(
                    name,
                    known.get().rows().stream()
                            .map(row -> new Row(
                                    row.network(),
                                    row.latencyMillis(),
                                    Optional.ofNullable(row.energyMillijoules()).orElse(0.0)))
                            .toList());
        }
        if (!name.contains("/") && !name.contains(".")) {
            throw new CommandFailure("there is no profile %s; there are: %s; a file's name has a dot or a slash"
                    .formatted(
                            name,
                            DeviceProfiles.all().stream()
                                    .map(DeviceProfile::id)
                                    .sorted()
                                    .collect(Collectors.joining(", "))));
        }
        return file(Path.of(name));
    }

    private static PublishedCosts file(Path file) throws CommandFailure {
        JsonNode profile;
        try {
            profile = JSON.readTree(InputFile.read(file));
        } catch (IOException malformed) {
            throw new CommandFailure("%s is no JSON: %s".formatted(file, malformed.getMessage()), malformed);
        }
        JsonNode measurements = profile.path("measurements");
        if (!measurements.isArray() || measurements.size() > ROWS_MAX) {
            throw new CommandFailure("%s must have up to %d measurements".formatted(file, ROWS_MAX));
        }
        List<Row> rows = new ArrayList<>();
        for (JsonNode one : measurements) {
            double millis = one.path("latency_ms").asDouble();
            if (millis > 0) {
                rows.add(new Row(
                        one.path("model").asText(),
                        millis,
                        Math.max(0, one.path("energy_mj").asDouble())));
            }
        }
        return new PublishedCosts(profile.path("id").asText(String.valueOf(file.getFileName())), rows);
    }

    /** The published name that goes with a model's file. */
    static String network(String file) {
        String bare = file.replaceFirst("\\.[^.]*$", "");
        return NETWORKS.getOrDefault(bare, bare);
    }

    /** The fastest row of a network, whose name may stand without its suite. */
    Row fastest(String network) throws CommandFailure {
        return rows.stream()
                .filter(row -> row.network().equals(network) || row.network().endsWith("/" + network))
                .min(Comparator.comparingDouble(Row::millis))
                .orElseThrow(() -> new CommandFailure(
                        "%s has no published time of %s; name one with --profile-model (%s), or give --costs"
                                .formatted(
                                        device,
                                        network,
                                        rows.stream()
                                                .map(Row::network)
                                                .distinct()
                                                .collect(Collectors.joining(", ")))));
    }
}
