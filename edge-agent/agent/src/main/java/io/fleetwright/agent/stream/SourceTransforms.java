package io.fleetwright.agent.stream;

import io.fleetwright.agent.driver.Program;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.ValueForm;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a board does to a frame before a network, and to the answer behind it, of a stream and of a single order. Pure.
 *
 * @param frame form of the sensor's frames, absent where the frame is the network's input
 */
public record SourceTransforms(@Nullable Form frame, TransformChain before, TransformChain after) {
    /** Reads what was told; absent when a transform is unknown here. */
    public static Optional<SourceTransforms> read(StreamTransforms told) {
        ValueForm frame = told.frame();
        try {
            return Optional.of(new SourceTransforms(
                    frame == null
                            ? null
                            : new Form(Form.Type.valueOf(frame.type().toUpperCase(Locale.ROOT)), frame.shape()),
                    TransformChain.parse(told.before()),
                    TransformChain.parse(told.after())));
        } catch (TransformException unknown) {
            return Optional.empty();
        }
    }

    /**
     * Transforms that fit a program.
     *
     * @param before of the sensor's frames, absent where these are the input
     * @param frameBytes of a frame
     * @param output of the network, absent where that is the answer
     * @param answer form of what is made of the output, absent where that is the answer
     */
    public record Fitted(
            Board.@Nullable Before before,
            int frameBytes,
            TransformChain after,
            @Nullable Form output,
            @Nullable ValueForm answer) {
        /**
         * What is told of an output.
         *
         * @param bytes as many as the program gives
         * @throws TransformException when they are not
         */
        public byte[] answer(byte[] bytes) throws TransformException {
            return output == null ? bytes : after.apply(output, bytes);
        }

        /**
         * Bytes of the answer.
         *
         * @param outputBytes of the network
         */
        public int answerBytes(int outputBytes) {
            return answer == null ? outputBytes : answer.bytes();
        }
    }

    /**
     * What is made of a frame where no network follows.
     *
     * @param frameBytes of a frame that nothing is done to
     * @return absent when a transform does not take what comes
     */
    public Optional<Fitted> alone(int frameBytes) {
        Form from = frame;
        if (from == null) {
            return Optional.of(new Fitted(null, frameBytes, TransformChain.NONE, null, null));
        }
        try {
            return Optional.of(new Fitted(
                    new Board.Before(before, from),
                    from.bytes(),
                    TransformChain.NONE,
                    null,
                    told(before.output(from))));
        } catch (TransformException doesNotTakeIt) {
            return Optional.empty();
        }
    }

    /** Absent when the program takes or gives something else. */
    public Optional<Fitted> fit(Program program) {
        Form from = frame;
        Form input = program.inputForm().orElse(null);
        Form output = after.isEmpty() ? null : program.outputForm().orElse(null);
        try {
            if (from != null && (input == null || !before.output(from).fits(input))
                    || !after.isEmpty() && (output == null || !isSmall(output))) {
                return Optional.empty();
            }
            return Optional.of(new Fitted(
                    from == null ? null : new Board.Before(before, from),
                    from == null ? program.inputBytes() : from.bytes(),
                    after,
                    output,
                    output == null ? null : told(after.output(output))));
        } catch (TransformException doesNotTakeIt) {
            return Optional.empty();
        }
    }

    /** Transforms of an answer run on the core's thread, which must not be held up. */
    private boolean isSmall(Form output) throws TransformException {
        return output.elements() <= StreamTransforms.ANSWER_ELEMENTS_MAX
                && after.forms(output).stream()
                        .allMatch(form -> form.elements() <= StreamTransforms.ANSWER_ELEMENTS_MAX);
    }

    private static ValueForm told(Form form) {
        return new ValueForm(form.type().name().toLowerCase(Locale.ROOT), form.shape());
    }
}
