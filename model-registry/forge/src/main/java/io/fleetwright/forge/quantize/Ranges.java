package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatInference;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.FloatNetwork;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Observes every activation, and finds the range method that each layer is best served by. */
final class Ranges {
    /** Inputs that methods are compared on. */
    private static final int JUDGED_INPUTS = 32;

    private Ranges() {}

    /**
     * What each layer puts out over the calibration inputs.
     *
     * @throws IllegalArgumentException if a layer puts out the same value always
     */
    static List<RangeObserver> observe(FloatNetwork network, CalibrationSet calibration) {
        var inference = new FloatInference(network);
        List<RangeObserver> observers = new ArrayList<>();
        network.layers().forEach(_ -> observers.add(new RangeObserver()));
        for (float[] input : calibration.inputs()) {
            List<float[]> activations = inference.activations(input);
            for (int l = 0; l < observers.size(); l++) {
                observers.get(l).widen(activations.get(l));
            }
        }
        for (int l = 0; l < observers.size(); l++) {
            if (observers.get(l).isEmpty()) {
                throw new IllegalArgumentException("layer %d (%s): every output is 0 over the %d calibration inputs"
                        .formatted(l, network.layers().get(l).getClass().getSimpleName(), calibration.count()));
            }
        }
        for (float[] input : calibration.inputs()) {
            List<float[]> activations = inference.activations(input);
            for (int l = 0; l < observers.size(); l++) {
                observers.get(l).count(activations.get(l));
            }
        }
        return observers;
    }

    /** For each layer, each method's mean squared error of the network's outputs when this layer alone is rounded. */
    static List<Map<RangeMethod, Double>> judge(
            FloatNetwork network, CalibrationSet calibration, List<RangeObserver> observers) {
        List<float[]> inputs = calibration.inputs().subList(0, Math.min(JUDGED_INPUTS, calibration.count()));
        var inference = new FloatInference(network);
        List<List<float[]>> activations =
                inputs.parallelStream().map(inference::activations).toList();
        List<Map<RangeMethod, Double>> errors = new ArrayList<>();
        for (int l = 0; l < observers.size(); l++) {
            Map<ActivationParameters, Double> known = new HashMap<>();
            Map<RangeMethod, Double> ofLayer = new EnumMap<>(RangeMethod.class);
            if (!(network.layers().get(l) instanceof GlobalAveragePool)) {
                for (RangeMethod method : RangeMethod.values()) {
                    ActivationParameters parameters = observers.get(l).parameters(method);
                    int layer = l;
                    ofLayer.put(
                            method, known.computeIfAbsent(parameters, p -> error(inference, activations, layer, p)));
                }
            }
            errors.add(ofLayer);
        }
        return errors;
    }

    private static double error(
            FloatInference inference, List<List<float[]>> activations, int layer, ActivationParameters parameters) {
        double[] errors = activations.parallelStream()
                .mapToDouble(each -> {
                    float[] rounded = Workpiece.rounded(parameters, each.get(layer));
                    return Workpiece.squaredDistance(inference.continueAfter(layer, rounded), each.getLast());
                })
                .toArray();
        double sum = 0;
        for (double each : errors) {
            sum += each;
        }
        return sum / errors.length;
    }

    /** The method of least error for each layer; of equal ones the first. Averages, which have none, get min-max. */
    static Step.SetRanges best(List<Map<RangeMethod, Double>> errors) {
        return new Step.SetRanges(errors.stream()
                .map(ofLayer -> ofLayer.entrySet().stream()
                        .min(Map.Entry.comparingByValue())
                        .map(Map.Entry::getKey)
                        .orElse(RangeMethod.MIN_MAX))
                .toList());
    }
}
