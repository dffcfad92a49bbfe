package io.fleetwright.agent.stream;

import io.fleetwright.telemetry.wire.EnergyMethod;
import io.fleetwright.telemetry.wire.StreamReport;
import io.fleetwright.telemetry.wire.StreamReport.RanOn;
import io.fleetwright.telemetry.wire.ValueForm;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a frame. */
sealed interface Settled {
    /**
     * It has an answer.
     *
     * @param latencyMicros from when it was due
     * @param energyMicrojoules of all that was computed for it on the way to the answer, absent when unknown
     * @param runs of the source's front or whole network, and of the helper
     * @param linkMicrojoules of the radios, absent when unknown or when nothing went to a helper
     * @param beforeMicros what transforms before the network took, absent without any
     * @param afterMicros what those behind it took, absent without any
     * @param form of the output where transforms made it, absent where the network did
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Answered(
            long sensorFrame,
            String input,
            byte[] output,
            long latencyMicros,
            boolean met,
            RanOn ranOn,
            boolean modelled,
            @Nullable Double energyMicrojoules,
            EnergyMethod method,
            @Nullable Double energyUncertainty,
            List<Run> runs,
            @Nullable Double linkMicrojoules,
            @Nullable Long beforeMicros,
            @Nullable Long afterMicros,
            @Nullable ValueForm form)
            implements Settled {}

    /** What an inference took of the device that ran it. */
    record Run(StreamReport.Part part, boolean modelled, long micros) {}

    /** It was begun and has no answer. */
    record Missed() implements Settled {}

    /**
     * It was not begun.
     *
     * @param empty because the sensor had nothing
     */
    record Skipped(boolean empty) implements Settled {}
}
