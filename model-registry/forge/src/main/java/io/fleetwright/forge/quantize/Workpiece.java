package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.LayerKernel;
import io.fleetwright.forge.weights.InputMoments;
import io.fleetwright.forge.weights.IntegerWeights;
import io.fleetwright.forge.weights.WeightFormat;
import io.fleetwright.forge.weights.WeightGrid;
import io.fleetwright.forge.weights.WeightRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A network on its way from float to integers; each step leaves more of it decided. Inputs are worked on side by side
 * and joined in order, so that the number of cores changes the time alone. Used by one thread.
 */
final class Workpiece {
    private final CalibrationSet calibration;
    private final ActivationParameters input;
    private FloatNetwork network;
    private List<ActivationParameters> outputs = List.of();
    private List<Optional<IntegerWeights>> weights = List.of();
    private List<float[]> bias = List.of();

    Workpiece(FloatNetwork network, CalibrationSet calibration) {
        if (!calibration.shape().equals(network.input())) {
            throw new IllegalArgumentException(
                    "calibration inputs of %s must be of %s".formatted(calibration.shape(), network.input()));
        }
        this.network = network;
        this.calibration = calibration;
        input = InputRange.of(network, calibration);
        checkChannels();
    }

    private void checkChannels() {
        for (int l = 0; l < network.layers().size(); l++) {
            FloatLayer layer = network.layers().get(l);
            if (!WeightRows.areIn(layer)) {
                continue;
            }
            double[] ranges = new ChannelScaling(network).outputRanges(l);
            for (int c = 0; c < ranges.length; c++) {
                if (ranges[c] == 0) {
                    throw new IllegalArgumentException("layer %d (%s), channel %d: all %d weights are 0"
                            .formatted(
                                    l,
                                    layer.getClass().getSimpleName(),
                                    c,
                                    WeightRows.of(layer).depth()));
                }
            }
        }
    }

    FloatNetwork network() {
        return network;
    }

    CalibrationSet calibration() {
        return calibration;
    }

    void apply(Step step) {
        switch (step) {
            case Step.FoldNormalization fold -> checkFolded(fold);
            case Step.Equalize equalize -> network = Equalization.apply(network, equalize);
            case Step.Migrate migrate -> network = Migration.apply(network, calibration, migrate);
            case Step.SetRanges ranges -> setRanges(Ranges.observe(network, calibration), ranges);
            case Step.RoundWeights round -> roundWeights(round);
            case Step.CorrectBias correct -> correctBias(correct.source());
        }
    }

    private void checkFolded(Step.FoldNormalization fold) {
        int known = network.statistics().layers().size();
        if (known != fold.layers()) {
            throw new IllegalArgumentException(
                    "layers with statistics (%d) must be %d".formatted(known, fold.layers()));
        }
    }

    void setRanges(List<RangeObserver> observed, Step.SetRanges ranges) {
        if (ranges.methods().size() != observed.size()) {
            throw new IllegalArgumentException("range methods (%d) must be one for each of %d layers"
                    .formatted(ranges.methods().size(), observed.size()));
        }
        var chosen = new ArrayList<ActivationParameters>();
        for (int l = 0; l < observed.size(); l++) {
            // An average of int8 values keeps their scale: the operator has no rescaling of its own.
            boolean keeps = network.layers().get(l) instanceof GlobalAveragePool;
            ActivationParameters before = l == 0 ? input : chosen.get(l - 1);
            chosen.add(
                    keeps ? before : observed.get(l).parameters(ranges.methods().get(l)));
        }
        outputs = List.copyOf(chosen);
    }

    private void roundWeights(Step.RoundWeights step) {
        requireRanges();
        int weighted = (int) network.layers().stream().filter(WeightRows::areIn).count();
        var formats = new ArrayList<>(step.scheme().forLayers(weighted));
        List<Optional<IntegerWeights>> rounded = new ArrayList<>();
        bias = new ArrayList<>();
        List<float[]> real = calibration.inputs();
        List<float[]> values = quantizedInputs();
        for (LayerKernel kernel : new FloatInference(network).kernels()) {
            if (WeightRows.areIn(kernel.layer())) {
                rounded.add(Optional.of(rounded(kernel, real, values, formats.removeFirst(), step)));
                bias.add(WeightRows.bias(kernel.layer()).clone());
            } else {
                rounded.add(Optional.empty());
                bias.add(new float[0]);
            }
            weights = Collections.unmodifiableList(rounded);
            real = real.parallelStream().map(kernel::outputs).toList();
            values = next(rounded.size() - 1, kernel, values);
        }
    }

    private static IntegerWeights rounded(
            LayerKernel kernel, List<float[]> real, List<float[]> values, WeightFormat format, Step.RoundWeights step) {
        var moments = new InputMoments(kernel);
        for (int n = 0; n < values.size(); n++) {
            moments.add(values.get(n), kernel.sums(real.get(n)));
        }
        return step.rounding().round(WeightGrid.fit(WeightRows.of(kernel.layer()), format, step.scales()), moments);
    }

    private void requireRanges() {
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("ranges must be set before weights are rounded");
        }
    }

    private void correctBias(BiasSource source) {
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("weights must be rounded before biases are corrected");
        }
        var correction = new BiasCorrection(network, source);
        List<float[]> real = calibration.inputs();
        List<float[]> values = quantizedInputs();
        List<LayerKernel> kernels = new FloatInference(network).kernels();
        for (int l = 0; l < kernels.size(); l++) {
            LayerKernel kernel = kernels.get(l);
            if (weights.get(l).isPresent()) {
                LayerKernel integer = integerKernel(l, kernel);
                double[] by = correction.of(l, kernel, integer, weights.get(l).get(), real, values);
                for (int c = 0; c < by.length; c++) {
                    bias.get(l)[c] += (float) by[c];
                }
            }
            real = real.parallelStream().map(kernel::outputs).toList();
            values = next(l, kernel, values);
        }
    }

    private List<float[]> quantizedInputs() {
        return calibration.inputs().stream()
                .map(values -> rounded(input, values))
                .toList();
    }

    /** The layer with the weights and biases that the integers stand for. */
    private LayerKernel integerKernel(int index, LayerKernel kernel) {
        return weights.get(index)
                .map(integer -> new LayerKernel(integer.real().into(kernel.layer(), bias.get(index)), kernel.in()))
                .orElse(kernel);
    }

    private List<float[]> next(int index, LayerKernel kernel, List<float[]> values) {
        LayerKernel integer = integerKernel(index, kernel);
        return values.parallelStream()
                .map(each -> rounded(outputs.get(index), integer.outputs(each)))
                .toList();
    }

    static float[] rounded(ActivationParameters parameters, float[] values) {
        var result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = parameters.real(parameters.quantize(values[i]));
        }
        return result;
    }

    /** The finished network. */
    QuantizedModel finish() {
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("the steps must round the weights");
        }
        var layers = new ArrayList<QuantizedModel.Layer>();
        ActivationParameters before = input;
        for (int l = 0; l < outputs.size(); l++) {
            layers.add(QuantizedModel.Layer.of(
                    network.layers().get(l), weights.get(l), bias.get(l), before, outputs.get(l)));
            before = outputs.get(l);
        }
        return new QuantizedModel(network.name(), network.input(), input, layers);
    }

    /** Mean squared difference between the float network's outputs and those that the integers would give. */
    double outputError() {
        List<float[]> values = quantizedInputs();
        List<LayerKernel> kernels = new FloatInference(network).kernels();
        for (int l = 0; l < kernels.size(); l++) {
            values = next(l, kernels.get(l), values);
        }
        var inference = new FloatInference(network);
        List<float[]> real =
                calibration.inputs().parallelStream().map(inference::run).toList();
        double sum = 0;
        for (int n = 0; n < values.size(); n++) {
            sum += squaredDistance(values.get(n), real.get(n));
        }
        return sum / values.size();
    }

    static double squaredDistance(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            double off = left[i] - right[i];
            sum += off * off;
        }
        return sum;
    }
}
