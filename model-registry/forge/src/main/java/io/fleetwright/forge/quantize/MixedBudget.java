package io.fleetwright.forge.quantize;

import io.fleetwright.forge.allocate.AllocationResult;
import io.fleetwright.forge.allocate.BitAllocator;
import io.fleetwright.forge.allocate.Budget;
import io.fleetwright.forge.allocate.LayerTable;
import io.fleetwright.forge.allocate.Measure;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.weights.WeightFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 4 or 8 bits for each layer but the first and the last, such that the network loses least within a budget.
 *
 * @param measure size or bit operations; times and energy belong to a device, and are for {@code allocate} with its table
 * @param fraction how far from all layers at 4 bits (0) to all at 8 (1)
 */
public record MixedBudget(Measure measure, double fraction, SensitivityEstimator estimator) implements SchemeChoice {
    private static final Pattern FORM = Pattern.compile("mixed:(size|bops|latency|energy):([^:]*)(?::([^:]*))?");

    public MixedBudget {
        if (measure != Measure.SIZE && measure != Measure.BOPS) {
            throw new IllegalArgumentException(
                    "scheme (%s): %s is a device's; allocate finds bits for it from a table, and mixed:A,B,... takes them"
                            .formatted(label(measure, fraction, estimator), measure.word()));
        }
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException(
                    "scheme (%s): fraction must be 0 to 1".formatted(label(measure, fraction, estimator)));
        }
    }

    static boolean isBudget(String text) {
        return FORM.matcher(text).matches();
    }

    static MixedBudget parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("scheme (%s) must be mixed:MEASURE:FRACTION".formatted(text));
        }
        Measure measure = Measure.of(matcher.group(1)).orElseThrow();
        String word = matcher.group(3) == null ? SensitivityEstimator.KL.word() : matcher.group(3);
        SensitivityEstimator estimator = SensitivityEstimator.of(word)
                .orElseThrow(() ->
                        new IllegalArgumentException("scheme (%s): '%s' must be kl or hessian".formatted(text, word)));
        try {
            return new MixedBudget(measure, Double.parseDouble(matcher.group(2)), estimator);
        } catch (NumberFormatException noNumber) {
            throw new IllegalArgumentException(
                    "scheme (%s): fraction '%s' must be 0 to 1".formatted(text, matcher.group(2)), noNumber);
        }
    }

    @Override
    public String label() {
        return label(measure, fraction, estimator);
    }

    private static String label(Measure measure, double fraction, SensitivityEstimator estimator) {
        return "mixed:%s:%s:%s".formatted(measure.word(), fraction, estimator.word());
    }

    @Override
    public Scheme of(FloatNetwork network, CalibrationSet calibration) {
        LayerTable table = InnerLayers.of(network, calibration, estimator);
        List<Budget> budget = List.of(Budget.between(table, measure, fraction));
        if (!(BitAllocator.allocate(table, budget) instanceof AllocationResult.Found found)) {
            throw new IllegalStateException("a budget of at least all layers at 4 bits can be met");
        }
        List<WeightFormat> formats = new ArrayList<>();
        formats.add(WeightFormat.INT8);
        found.allocation().bits().forEach(bits -> formats.add(bits == 8 ? WeightFormat.INT8 : WeightFormat.INT4));
        formats.add(WeightFormat.INT8);
        return new Scheme(formats);
    }
}
