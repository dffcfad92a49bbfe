package io.fleetwright.runtime.bench;

import io.fleetwright.runtime.bench.EngineResult.Measured;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One model's part of a report.
 *
 * @param macs multiply-accumulates of one inference; empty for a model that our reader refuses
 * @param engines in the order of the report
 */
record ModelResult(String model, OptionalLong macs, List<EngineResult> engines) {
    ModelResult {
        engines = List.copyOf(engines);
    }

    Optional<Measured> measured(String engine) {
        return engines.stream()
                .filter(result -> result.engine().equals(engine))
                .filter(Measured.class::isInstance)
                .map(Measured.class::cast)
                .findFirst();
    }

    /** Our time over that of another engine, when both ran. */
    Optional<Times.Ratio> ratioTo(String engine) {
        return measured(FleetwrightEngine.NAME)
                .flatMap(ours ->
                        measured(engine).map(other -> ours.times().over(other.times())));
    }

    /** False when our outputs are not the golden ones: whatever was measured then is worth nothing. */
    boolean exact() {
        return measured(FleetwrightEngine.NAME)
                .map(ours -> ours.difference().none())
                .orElse(true);
    }
}
