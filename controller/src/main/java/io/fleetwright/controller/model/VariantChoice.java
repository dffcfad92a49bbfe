package io.fleetwright.controller.model;

import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.telemetry.profile.DeviceProfile;
import io.fleetwright.telemetry.profile.DeviceProfiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which variant a device gets, or why it gets none. Pure. */
public sealed interface VariantChoice {
    /** The most accurate variant that fits; the smaller one when two are equal. */
    record Chosen(VariantRow variant) implements VariantChoice {}

    /** No variant fits; {@code reason} is the first obstacle of each variant. */
    record None(String reason) implements VariantChoice {}

    /**
     * Chooses.
     *
     * @param operators comma-separated operators that the node's runtime can run
     * @param minAccuracy least measured accuracy, a fraction; absent means any, measured or not
     * @param maxLatencyMillis most time by the device's profile; absent means any
     */
    static VariantChoice choose(
            List<VariantRow> variants,
            DeviceRow device,
            String operators,
            @Nullable Double minAccuracy,
            @Nullable Double maxLatencyMillis) {
        Set<String> known = new HashSet<>(Arrays.asList(operators.split(",", -1)));
        List<VariantRow> fitting = new ArrayList<>();
        List<String> obstacles = new ArrayList<>();
        for (VariantRow variant : variants) {
            String obstacle = obstacle(variant, device, known, minAccuracy, maxLatencyMillis);
            if (obstacle == null) {
                fitting.add(variant);
            } else {
                obstacles.add(variant.variant + ": " + obstacle);
            }
        }
        return fitting.stream()
                .max(Comparator.comparingDouble(VariantChoice::accuracy)
                        .thenComparing(Comparator.comparingLong((VariantRow row) -> row.bytes)
                                .reversed())
                        .thenComparing(row -> row.variant))
                .<VariantChoice>map(Chosen::new)
                .orElseGet(() -> new None(clip(String.join("; ", obstacles))));
    }

    private static @Nullable String obstacle(
            VariantRow variant,
            DeviceRow device,
            Set<String> knownOperators,
            @Nullable Double minAccuracy,
            @Nullable Double maxLatencyMillis) {
        for (String operator : variant.operators.split(",", -1)) {
            if (!knownOperators.contains(operator)) {
                return "operator " + operator + " is not supported";
            }
        }
        long needed = variant.weightBytes + variant.arenaBytes;
        if (device.memoryBytes != null && needed > device.memoryBytes) {
            return "needs %d bytes of memory, the device has %d".formatted(needed, device.memoryBytes);
        }
        if (minAccuracy != null && (variant.accuracyCount == 0 || accuracy(variant) < minAccuracy)) {
            return variant.accuracyCount == 0
                    ? "accuracy was not measured"
                    : "accuracy %.4f is below %.4f".formatted(accuracy(variant), minAccuracy);
        }
        if (maxLatencyMillis != null && device.profile != null) {
            DeviceProfile profile = DeviceProfiles.find(device.profile).orElse(null);
            if (profile != null) {
                double millis = profile.estimate(variant.model, variant.macs).latencyMicros() / 1000;
                if (millis > maxLatencyMillis) {
                    return "takes %.2f ms by its profile, at most %.2f".formatted(millis, maxLatencyMillis);
                }
            }
        }
        return null;
    }

    private static double accuracy(VariantRow row) {
        return row.accuracyCount == 0 ? -1 : (double) row.accuracyCorrect / row.accuracyCount;
    }

    private static String clip(String text) {
        return text.length() <= 500 ? text : text.substring(0, 500);
    }
}
