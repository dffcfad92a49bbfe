package io.fleetwright.telemetry.profile;

import io.fleetwright.telemetry.wire.DeviceClass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Figures that others published for one device with one runtime at one operating point.
 *
 * @param id name of the profile, such as {@code stm32l4r5}
 * @param name what the device is, in words
 * @param memoryBytes memory that weights and activations share, absent when not published
 * @param runtime software that the figures are valid for
 * @param rows published measurements, at least one
 * @param sources where the figures stand
 */
public record DeviceProfile(
        String id,
        String name,
        DeviceClass deviceClass,
        @Nullable Long memoryBytes,
        String runtime,
        List<Row> rows,
        List<Source> sources) {
    /** Published rows say nothing of run-to-run spread; this much is assumed. */
    private static final double PUBLISHED_UNCERTAINTY = 0.1;
    /** Least uncertainty of a figure scaled from other networks. */
    private static final double SCALED_UNCERTAINTY_MIN = 0.3;
    /**
     * Relative uncertainty added per factor e that a network is smaller or larger than every published one: fixed costs
     * per inference, which no published row shows by itself, count for more the smaller the network is. Assumed, not
     * published.
     */
    private static final double EXTRAPOLATION_PER_E_FOLD = 0.25;
    /** How far multiply-accumulate counts may differ and still be the same network. */
    private static final double SAME_NETWORK_TOLERANCE = 0.02;

    /**
     * One published measurement.
     *
     * @param network published name of the network
     * @param macs multiply-accumulates of one inference
     * @param latencyMillis time of one inference, batch 1
     * @param energyMillijoules energy of one inference, absent when not published
     * @param source key of the source
     */
    public record Row(
            String network,
            long macs,
            double latencyMillis,
            @Nullable Double energyMillijoules,
            String source) {}

    /** A citation. */
    public record Source(String key, String title, String where) {}

    public DeviceProfile {
        rows = List.copyOf(rows);
        sources = List.copyOf(sources);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("profile %s has no rows".formatted(id));
        }
    }

    /**
     * Time and energy of one inference: the published row when there is one for this network, else the
     * multiply-accumulates over the geometric mean of the published rates, with the spread of those rates as uncertainty,
     * and more of it the further the network lies outside the published sizes.
     *
     * @param network name of the model; a published name matches with or without its suite, such as {@code ic-resnet8}
     * @param macs multiply-accumulates of one inference, at least 1
     */
    public Estimate estimate(String network, long macs) {
        if (macs < 1) {
            throw new IllegalArgumentException("macs (%d) must be at least 1".formatted(macs));
        }
        for (Row row : rows) {
            boolean sameName = row.network.equals(network) || row.network.endsWith("/" + network);
            if (sameName && Math.abs(row.macs - macs) <= SAME_NETWORK_TOLERANCE * row.macs) {
                Double energy = row.energyMillijoules;
                return new Estimate(
                        row.latencyMillis * 1000,
                        PUBLISHED_UNCERTAINTY,
                        energy == null ? null : energy * 1000,
                        energy == null ? null : PUBLISHED_UNCERTAINTY,
                        true);
            }
        }
        double[] time = geometric(rows.stream()
                .mapToDouble(row -> row.latencyMillis * 1000 / row.macs)
                .toArray());
        double beyond = EXTRAPOLATION_PER_E_FOLD * eFoldsOutside(macs);
        double[] energies = rows.stream()
                .filter(row -> row.energyMillijoules != null)
                .mapToDouble(row -> energyPerMac(row))
                .toArray();
        if (energies.length == 0) {
            return new Estimate(time[0] * macs, time[1] + beyond, null, null, false);
        }
        double[] energy = geometric(energies);
        return new Estimate(time[0] * macs, time[1] + beyond, energy[0] * macs, energy[1] + beyond, false);
    }

    private double eFoldsOutside(long macs) {
        long least = rows.stream().mapToLong(Row::macs).min().orElse(macs);
        long most = rows.stream().mapToLong(Row::macs).max().orElse(macs);
        return macs < least ? Math.log((double) least / macs) : macs > most ? Math.log((double) macs / most) : 0;
    }

    private static double energyPerMac(Row row) {
        Double energy = row.energyMillijoules;
        return energy == null ? 0 : energy * 1000 / row.macs;
    }

    /** Geometric mean, and the spread of the logarithms but at least the floor. */
    private static double[] geometric(double[] values) {
        double sum = 0;
        double squares = 0;
        for (double value : values) {
            double log = Math.log(value);
            sum += log;
            squares += log * log;
        }
        double mean = sum / values.length;
        double variance =
                values.length < 2 ? 0 : Math.max(0, (squares - values.length * mean * mean) / (values.length - 1));
        return new double[] {Math.exp(mean), Math.max(SCALED_UNCERTAINTY_MIN, Math.sqrt(variance))};
    }
}
