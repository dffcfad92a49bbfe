package io.fleetwright.controller.job;

import io.fleetwright.telemetry.wire.EnergyMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What several devices took for a job that they share. Pure. Computing and sending are apart: the energy of a radio is modelled, and
 * joins only computing that is modelled too. An end of a way of which nobody told is in no sum, and counted.
 *
 * @param computeMicrojoules of all parts, absent when one is unknown or they came about in different ways
 * @param linkMicrojoules of those ends of ways that are known, absent when none is
 * @param unknownEnds ends of ways between nodes that are not known
 * @param method of what was computed, as {@link EnergyMethod#wireName}; {@link EnergyMethod#UNKNOWN} when it is unknown
 * @param uncertainty relative, the largest of the parts; absent when the energy is unknown
 */
public record SharedEnergy(
        @Nullable Double computeMicrojoules,
        @Nullable Double linkMicrojoules,
        int unknownEnds,
        String method,
        @Nullable Double uncertainty) {

    /** @param parts in their order, all of them done */
    public static SharedEnergy of(List<SplitPartRow> parts) {
        Double link = null;
        int unknown = 0;
        for (int place = 0; place < parts.size(); place++) {
            SplitPartRow part = parts.get(place);
            boolean sends = place + 1 < parts.size() && !part.nodeId.equals(parts.get(place + 1).nodeId);
            boolean receives = place > 0 && !part.nodeId.equals(parts.get(place - 1).nodeId);
            unknown += sends && part.sendMicrojoules == null ? 1 : 0;
            unknown += receives && part.receiveMicrojoules == null ? 1 : 0;
            link = sum(sum(link, part.sendMicrojoules), part.receiveMicrojoules);
        }
        return computed(parts, link, unknown);
    }

    private static SharedEnergy computed(List<SplitPartRow> parts, @Nullable Double link, int unknownEnds) {
        // One that only sends its input on computes nothing.
        List<SplitPartRow> computing = parts.stream()
                .filter(part -> part.fromOperator < part.toOperator)
                .toList();
        String method = String.valueOf(computing.getFirst().energyMethod);
        Double all = null;
        Double uncertainty = null;
        for (SplitPartRow part : computing) {
            if (part.microjoules == null || !method.equals(part.energyMethod)) {
                return new SharedEnergy(null, link, unknownEnds, EnergyMethod.UNKNOWN.wireName(), null);
            }
            all = sum(all, part.microjoules);
            double its = part.energyUncertainty == null ? 0 : part.energyUncertainty;
            uncertainty = uncertainty == null ? its : Math.max(uncertainty, its);
        }
        return new SharedEnergy(all, link, unknownEnds, method, uncertainty);
    }

    /** Of both; without the radios where these are unknown or computing was measured. Absent when computing is unknown. */
    public @Nullable Double allMicrojoules() {
        return computeMicrojoules == null || !method.equals(EnergyMethod.MODEL.wireName())
                ? computeMicrojoules
                : sum(computeMicrojoules, linkMicrojoules);
    }

    private static @Nullable Double sum(@Nullable Double one, @Nullable Double other) {
        return one == null || other == null ? one == null ? other : one : Double.valueOf(one + other);
    }
}
