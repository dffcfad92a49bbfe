package io.fleetwright.agent.core;

import io.fleetwright.agent.core.DeviceQueue.Item;
import io.fleetwright.agent.driver.Program;
import io.fleetwright.agent.stream.SourceTransforms;
import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.telemetry.wire.Tensor;
import io.fleetwright.telemetry.wire.Work;
import io.fleetwright.trust.Digest;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a work order may ask of a program. Pure. */
final class WorkRules {
    private WorkRules() {}

    /** Why the program cannot do the work, absent when it can. */
    static Optional<String> misfit(Item item, Program program) {
        Work work = item.work;
        Program.Cut cut = item.cut;
        if (isPassedOn(work)) {
            return passing(work, program);
        }
        if (cut == null ? work.sends() != null || work.expects() != null || !program.isWhole() : !program.has(cut)) {
            return Optional.of("no-such-segment");
        }
        byte[] input = work.input();
        String digest = work.inputDigest();
        boolean here = input == null || input.length == work.inputBytes();
        if (!here
                || work.inputBytes() != (cut == null ? program.inputBytes() : program.inputBytes(cut))
                || digest != null && !Digest.isValid(digest)) {
            return Optional.of("wrong-input-size");
        }
        int output = outputBytes(item, program);
        Work.Sends sends = work.sends();
        if (output > (sends == null ? Limits.OUTPUT_BYTES_MAX : Tensor.TOTAL_MAX)
                || work.inputBytes() > Tensor.TOTAL_MAX) {
            return Optional.of("output-too-large");
        }
        Work.Expects expects = work.expects();
        boolean packsOther = sends != null
                        && sends.bits() < Byte.SIZE
                        && program.packableChannels(Objects.requireNonNull(cut).to()) == 0
                || expects != null
                        && expects.bits() < Byte.SIZE
                        && program.packableChannels(Objects.requireNonNull(cut).from()) == 0;
        return packsOther ? Optional.of("not-packable") : Optional.empty();
    }

    /** Bytes of what the work gives. */
    static int outputBytes(Item item, @Nullable Program program) {
        Program.Cut cut = item.cut;
        if (program == null || item.work.isCapture()) {
            return (int) item.work.inputBytes();
        }
        int output = cut == null ? program.outputBytes() : program.outputBytes(cut);
        return item.fitted == null ? output : item.fitted.answerBytes(output);
    }

    /**
     * What an order's transforms come to.
     *
     * @param program absent for an order that asks no slot
     * @return absent when one is unknown here, or they do not fit
     */
    static Optional<SourceTransforms.Fitted> fit(Work work, @Nullable Program program) {
        SourceTransforms transforms = SourceTransforms.read(work.transforms()).orElse(null);
        if (transforms == null) {
            return Optional.empty();
        }
        if (!work.isCapture()) {
            return program == null
                    ? Optional.empty()
                    : transforms
                            .fit(program)
                            .filter(fitted -> fitted.before() == null || work.inputBytes() == program.inputBytes());
        }
        // What is made of the frame has the bytes that were ordered.
        return transforms
                .alone((int) work.inputBytes())
                .filter(fitted -> fitted.answerBytes((int) work.inputBytes()) == work.inputBytes())
                .filter(_ -> work.inputBytes() <= Limits.OUTPUT_BYTES_MAX);
    }

    /** Whether the input is sent to another node as it is. */
    static boolean isPassedOn(Work work) {
        Work.Segment segment = work.segment();
        return segment != null && segment.isEmpty();
    }

    private static Optional<String> passing(Work work, Program program) {
        Work.Sends sends = work.sends();
        byte[] input = work.input();
        String digest = work.inputDigest();
        if (sends == null || work.expects() != null || !program.isFirst()) {
            return Optional.of("no-such-segment");
        }
        if (input != null && input.length != work.inputBytes()
                || work.inputBytes() != program.inputBytes()
                || work.inputBytes() > Tensor.TOTAL_MAX
                || digest != null && !Digest.isValid(digest)) {
            return Optional.of("wrong-input-size");
        }
        return sends.bits() == Byte.SIZE ? Optional.empty() : Optional.of("not-packable");
    }

    /** Channels of the input that comes packed, 0 when it comes as it is. */
    static int packedChannels(Item item, Program program) {
        Work.Expects expects = item.work.expects();
        return expects == null || expects.bits() == Byte.SIZE
                ? 0
                : program.packableChannels(Objects.requireNonNull(item.cut).from());
    }

    /** Whether two orders are the same attempt at the same task. */
    static boolean same(Work one, Work other) {
        return one.epoch() == other.epoch() && one.task().equals(other.task());
    }
}
