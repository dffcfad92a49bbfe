package io.fleetwright.agent.stream;

import io.fleetwright.telemetry.wire.Birth;
import org.jspecify.annotations.Nullable;

/**
 * What radios take for a frame whose rest a helper runs. Pure. The way there is the source's link, the way back the helper's.
 *
 * @param own link of the source, absent where it emulates none
 * @param helper link of the helper, as its source was told; absent where nobody told
 * @param sentBytes of the tensor as it travelled
 */
record FrameOnLink(Birth.@Nullable Link own, Birth.@Nullable Link helper, long sentBytes) {
    // Written out in full because a compact constructor loses the annotations in the class file.
    FrameOnLink(Birth.@Nullable Link own, Birth.@Nullable Link helper, long sentBytes) {
        this.own = own;
        this.helper = helper;
        this.sentBytes = sentBytes;
    }

    /** No answer came: what the source sent is spent, and nobody knows what the helper received; absent when unknown. */
    @Nullable
    Double lostMicrojoules() {
        return own == null ? null : own.sendMicrojoules(sentBytes);
    }

    /**
     * Both ends of both ways, absent when one of the four is unknown.
     *
     * @param answerBytes of the answer as it travelled
     */
    @Nullable
    Double answeredMicrojoules(long answerBytes) {
        Birth.Link there = own;
        Birth.Link back = helper;
        if (there == null || back == null) {
            return null;
        }
        long header = Birth.Link.HEADER_BYTES;
        return sum(
                there.sendMicrojoules(sentBytes),
                back.radio().receiveMicrojoules(header + sentBytes, there.loss()),
                back.sendMicrojoules(answerBytes),
                there.radio().receiveMicrojoules(header + answerBytes, back.loss()));
    }

    private static @Nullable Double sum(@Nullable Double... ends) {
        double all = 0;
        for (Double end : ends) {
            if (end == null) {
                return null;
            }
            all += end;
        }
        return all;
    }
}
