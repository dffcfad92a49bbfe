package io.fleetwright.controller.energy;

import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Energy of one kind by one method.
 *
 * <p>How uncertain a sum is depends on what the errors of its parts have in common. Figures of one method share their cause of error: a
 * meter's calibration, a profile's power, the part of a processor's energy that is not the inference's. Such errors all point the same way,
 * so that uncertainties of one method are added, which is the most that they can come to; a thousand inferences are as uncertain as one,
 * relative to their sum. Methods are apart in that, so that sums of several add theirs as the root of the sum of the squares.
 *
 * @param runs of which it is the energy; frames where it is that of radios of streams, ends of ways where it is that of others
 * @param microjoules of all of them
 * @param uncertaintyMicrojoules standard uncertainty of that; absent when that of a part is unknown
 */
public record Figure(
        Kind kind,
        String method,
        long runs,
        double microjoules,
        @Nullable Double uncertaintyMicrojoules) {
    /** What took the energy. */
    public enum Kind {
        /** Whole inferences: jobs, and tasks of jobs of several. */
        INFERENCE,
        /** Stretches of inferences that devices share. */
        PART,
        /** Frames of streams, with what a helper computed of them. */
        FRAME,
        /** Sending and receiving, always modelled. */
        RADIO
    }

    /** Whether it was computed from a profile; all else was measured. */
    public boolean isModelled() {
        return method.equals(EnergyMethod.MODEL.wireName());
    }

    /** Both, which are of one kind and method. */
    Figure plus(Figure other) {
        return new Figure(
                kind,
                method,
                runs + other.runs,
                microjoules + other.microjoules,
                sum(uncertaintyMicrojoules, other.uncertaintyMicrojoules));
    }

    private static @Nullable Double sum(@Nullable Double one, @Nullable Double other) {
        return one == null || other == null ? null : Double.valueOf(one + other);
    }

    /**
     * Standard uncertainty of several figures together, microjoules: of one method added, of different ones the root of the sum of their
     * squares; absent when one of them is unknown.
     */
    static @Nullable Double together(Collection<Figure> figures) {
        Map<String, Double> byMethod = new LinkedHashMap<>();
        for (Figure figure : figures) {
            Double its = figure.uncertaintyMicrojoules;
            if (its == null) {
                return null;
            }
            byMethod.merge(figure.method, its, Double::sum);
        }
        return Math.sqrt(
                byMethod.values().stream().mapToDouble(its -> its * its).sum());
    }
}
