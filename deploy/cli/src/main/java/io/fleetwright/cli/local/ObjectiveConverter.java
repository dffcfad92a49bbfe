package io.fleetwright.cli.local;

import io.fleetwright.scheduler.sim.Objective;
import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Objectives by their words. */
final class ObjectiveConverter implements ITypeConverter<Objective> {
    static final String WORDS = "makespan, mean-latency, deadline-miss, energy, energy-delay or throughput";

    @Override
    public Objective convert(String word) {
        return Arrays.stream(Objective.values())
                .filter(objective -> objective.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'%s' is not %s".formatted(word, WORDS)));
    }
}
