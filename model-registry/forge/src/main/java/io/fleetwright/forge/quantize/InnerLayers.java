package io.fleetwright.forge.quantize;

import io.fleetwright.forge.allocate.ByBits;
import io.fleetwright.forge.allocate.Layer;
import io.fleetwright.forge.allocate.LayerTable;
import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.weights.InputMoments;
import io.fleetwright.forge.weights.Rounding;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.forge.weights.WeightGrid;
import io.fleetwright.forge.weights.WeightRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What the layers of a network lose and cost at 4 and 8 bits; without the first and the last, which stay at 8. */
public final class InnerLayers {
    private static final long SEED = 1;
    private static final List<WeightFormat> FORMATS = List.of(WeightFormat.INT4, WeightFormat.INT8);
    private static final ByBits UNKNOWN = new ByBits(0, 0);

    private InnerLayers() {}

    /**
     * The table of the layers with weights but the first and the last. Times and energy are of a device, so nothing is said
     * of them.
     *
     * @throws IllegalArgumentException if the network has fewer than three layers with weights, or the inputs are not of its
     *     shape
     */
    public static LayerTable of(FloatNetwork network, CalibrationSet calibration, SensitivityEstimator estimator) {
        List<Integer> weighted = IntStream.range(0, network.layers().size())
                .filter(l -> WeightRows.areIn(network.layers().get(l)))
                .boxed()
                .toList();
        if (weighted.size() < 3) {
            throw new IllegalArgumentException(
                    "the network has %d layers with weights; the first and the last stay at 8 bits"
                            .formatted(weighted.size()));
        }
        List<Integer> inner = weighted.subList(1, weighted.size() - 1);
        List<LayerKernel> kernels = new FloatInference(network).kernels();
        List<Layer> layers = new ArrayList<>();
        switch (estimator) {
            case KL -> {
                List<Map<WeightFormat, Double>> divergences = Sensitivity.of(network, calibration, FORMATS);
                for (int i = 0; i < inner.size(); i++) {
                    // The first layer with weights is no inner one.
                    Map<WeightFormat, Double> of = divergences.get(i + 1);
                    layers.add(
                            layer(inner.get(i), kernels, 1, byBits(format -> Objects.requireNonNull(of.get(format)))));
                }
            }
            case HESSIAN -> {
                var hessian = new HessianTrace(network, calibration, SEED);
                for (int index : inner) {
                    ByBits distance = byBits(format -> distance(kernels.get(index), format));
                    layers.add(layer(index, kernels, hessian.mean(index), distance));
                }
            }
        }
        return new LayerTable(layers);
    }

    private static ByBits byBits(ToDoubleFunction<WeightFormat> figure) {
        return new ByBits(figure.applyAsDouble(WeightFormat.INT4), figure.applyAsDouble(WeightFormat.INT8));
    }

    private static Layer layer(int index, List<LayerKernel> kernels, double trace, ByBits error) {
        LayerKernel kernel = kernels.get(index);
        FloatLayer layer = kernel.layer();
        return new Layer(
                "%d-%s".formatted(index, layer.getClass().getSimpleName()),
                trace,
                error,
                WeightRows.of(layer).values().length,
                layer.macs(kernel.in()) / 1e6,
                UNKNOWN,
                null,
                "");
    }

    /** Squared distance between the weights and the nearest that the format has. */
    private static double distance(LayerKernel kernel, WeightFormat format) {
        WeightRows weights = WeightRows.of(kernel.layer());
        WeightRows rounded = Rounding.NEAREST
                .round(WeightGrid.fit(weights, format), new InputMoments(kernel))
                .real();
        return Workpiece.squaredDistance(weights.values(), rounded.values());
    }
}
