package io.fleetwright.controller.job;

import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.scheduler.predict.DeviceMixture;
import io.fleetwright.scheduler.predict.OperatorModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a variant takes on a device that never ran it, by what the device took for others: as a mixture of devices that ran it and at
 * least three of these others ({@link DeviceMixture}), else by multiply-accumulates ({@link OperatorModel}). Measured and modelled
 * times are never mixed.
 */
final class Predictor {
    private static final int PROBES_MIN = 3;
    private static final int PROBES_MAX = 10;
    private static final int DEVICES_MAX = 8;
    private static final int ROWS_MAX = 64;
    /** Results from which on a mean is worth something. */
    private static final int RESULTS_MIN = 3;
    /** How far beyond the networks that were run the work of a predicted one may lie. */
    private static final double BEYOND_MAX = 2;

    private static final double MACS_UNIT = 1e6;
    private static final double P90_DEVIATE = 1.2815515655446004;
    /** Least spread of a prediction by work alone: published figures scaled so differ by as much. */
    private static final double WORK_SPREAD_MIN = 0.3;

    private Predictor() {}

    /** Microseconds. */
    record Prediction(double meanMicros, double p90Micros) {}

    static Optional<Prediction> of(Tx tx, DeviceRow device, VariantRow variant) {
        List<CostRow> mine = tx
                .find(Query.of(CostRow.class)
                        .equal("deviceId", device.id)
                        .descending("updatedAt")
                        .limit(ROWS_MAX))
                .stream()
                .filter(row -> isOfUse(row) && !row.digest.equals(variant.digest))
                .filter(row -> row.modelled == device.modelled)
                .toList();
        if (mine.size() < PROBES_MIN) {
            return Optional.empty();
        }
        return mixture(tx, device, variant, mine).or(() -> byWork(tx, variant, mine));
    }

    private static boolean isOfUse(CostRow row) {
        return row.count >= RESULTS_MIN && row.meanMicros > 0 && !row.digest.isEmpty();
    }

    private static Optional<Prediction> mixture(Tx tx, DeviceRow device, VariantRow variant, List<CostRow> mine) {
        List<CostRow> wanted = tx
                .find(Query.of(CostRow.class)
                        .equal("tenant", device.tenant)
                        .equal("digest", variant.digest)
                        .descending("updatedAt")
                        .limit(ROWS_MAX))
                .stream()
                .filter(row -> isOfUse(row) && row.modelled == device.modelled && !row.deviceId.equals(device.id))
                .toList();
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Map<String, Double>> known = new LinkedHashMap<>();
        wanted.forEach(row -> known.put(row.deviceId, new HashMap<>(Map.of(row.digest, row.meanMicros))));
        List<String> digests = mine.stream().map(row -> row.digest).toList();
        tx
                .find(Query.of(CostRow.class)
                        .in("deviceId", List.copyOf(known.keySet()))
                        .in("digest", digests)
                        .limit(ROWS_MAX * ROWS_MAX))
                .stream()
                .filter(row -> isOfUse(row) && row.modelled == device.modelled)
                .forEach(
                        row -> known.getOrDefault(row.deviceId, new HashMap<>()).put(row.digest, row.meanMicros));
        return fit(variant.digest, mine, known);
    }

    /** Devices with the most in common first, as long as all of them have enough in common. */
    private static Optional<Prediction> fit(String digest, List<CostRow> mine, Map<String, Map<String, Double>> known) {
        List<Map<String, Double>> devices = new ArrayList<>(known.values());
        devices.sort(Comparator.comparingInt((Map<String, Double> one) -> -one.size()));
        Set<String> common = new HashSet<>();
        mine.forEach(row -> common.add(row.digest));
        List<Map<String, Double>> used = new ArrayList<>();
        for (Map<String, Double> one : devices) {
            Set<String> left = new HashSet<>(common);
            left.retainAll(one.keySet());
            if (used.size() < DEVICES_MAX && left.size() >= PROBES_MIN) {
                used.add(one);
                common.retainAll(left);
            }
        }
        if (used.isEmpty()) {
            return Optional.empty();
        }
        List<CostRow> probes = mine.stream()
                .filter(row -> common.contains(row.digest))
                .limit(PROBES_MAX)
                .toList();
        double[] medians = used.stream()
                .mapToDouble(one -> median(
                        probes.stream().mapToDouble(row -> one.get(row.digest)).toArray()))
                .toArray();
        double[][] features = probes.stream().map(row -> of(used, row.digest)).toArray(double[][]::new);
        double[] observed = probes.stream().mapToDouble(row -> row.meanMicros).toArray();
        DeviceMixture mixture = DeviceMixture.fit(medians, features, observed);
        double[] target = of(used, digest);
        return prediction(mixture.millis(target), mixture.p90Millis(target));
    }

    private static double[] of(List<Map<String, Double>> devices, String digest) {
        return devices.stream().mapToDouble(one -> one.get(digest)).toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static Optional<Prediction> byWork(Tx tx, VariantRow variant, List<CostRow> mine) {
        Map<String, Long> macs = new HashMap<>();
        tx.find(Query.of(VariantRow.class)
                        .equal("tenant", variant.tenant)
                        .in("digest", mine.stream().map(row -> row.digest).toList())
                        .limit(ROWS_MAX))
                .forEach(row -> macs.put(row.digest, row.macs));
        List<CostRow> probes = mine.stream()
                .filter(row -> macs.getOrDefault(row.digest, 0L) > 0)
                .toList();
        long least = probes.stream()
                .mapToLong(row -> macs.getOrDefault(row.digest, 0L))
                .min()
                .orElse(0);
        long most = probes.stream()
                .mapToLong(row -> macs.getOrDefault(row.digest, 0L))
                .max()
                .orElse(0);
        if (probes.size() < PROBES_MIN || variant.macs < least / BEYOND_MAX || variant.macs > most * BEYOND_MAX) {
            return Optional.empty();
        }
        double[][] features = probes.stream()
                .map(row -> new double[] {macs.getOrDefault(row.digest, 0L) / MACS_UNIT})
                .toArray(double[][]::new);
        double[] observed = probes.stream().mapToDouble(row -> row.meanMicros).toArray();
        OperatorModel model = OperatorModel.fit(features, observed);
        double squares = 0;
        for (int i = 0; i < observed.length; i++) {
            double off = Math.log(observed[i] / Math.max(1, model.millis(features[i])));
            squares += off * off;
        }
        double spread = Math.max(WORK_SPREAD_MIN, Math.sqrt(squares / (observed.length - 1)));
        double mean = model.millis(new double[] {variant.macs / MACS_UNIT});
        return prediction(mean, mean * Math.exp(P90_DEVIATE * spread));
    }

    private static Optional<Prediction> prediction(double mean, double p90) {
        return mean > 0 && Double.isFinite(p90) ? Optional.of(new Prediction(mean, p90)) : Optional.empty();
    }
}
