package io.fleetwright.forge.quantize;

import io.fleetwright.forge.calibrate.CalibrationSet;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.TrainedStatistics.Range;

/** How the input becomes int8: over the range the network was trained on, or else over the calibration inputs. */
final class InputRange {
    private InputRange() {}

    static ActivationParameters of(FloatNetwork network, CalibrationSet calibration) {
        return network.statistics()
                .input()
                .map(range -> ActivationParameters.covering(range.low(), range.high()))
                .orElseGet(() -> {
                    Range seen = calibration.range();
                    return ActivationParameters.covering(seen.low(), seen.high());
                });
    }
}
