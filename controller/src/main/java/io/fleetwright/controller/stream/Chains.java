package io.fleetwright.controller.stream;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.runtime.transform.Form;
import io.fleetwright.runtime.transform.TransformChain;
import io.fleetwright.runtime.transform.TransformException;
import io.fleetwright.telemetry.wire.StreamTransforms;
import io.fleetwright.telemetry.wire.ValueForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a stream's source does to a frame before its network, and to the answer behind it. Pure.
 *
 * @param frame form of the sensor's frames, there exactly when something is done before
 * @param before from the frame to the network's input; without any the frame is the input
 * @param after from the network's output to the answer; without any the output is the answer
 */
public record Chains(@Nullable Form frame, TransformChain before, TransformChain after) {
    public static final Chains NONE = new Chains(null, TransformChain.NONE, TransformChain.NONE);

    /** Stands between transforms in a row; none of their texts has it. */
    private static final String BETWEEN = " ";

    /** Above what a computed value took in any run of ADR 14: 33 ns of a resized image, 36 ns of a small one, 20 ns of a vote. */
    private static final double MICROS_PER_VALUE = 0.04;

    // Written out in full because a compact constructor loses the annotation in the class file.
    public Chains(@Nullable Form frame, TransformChain before, TransformChain after) {
        if (frame == null && !before.isEmpty()) {
            throw Refusal.invalid("frame is missing: before needs the form of the sensor's frames");
        }
        if (frame != null && before.isEmpty()) {
            throw Refusal.invalid("frame is %s, and before has no transform that takes it".formatted(frame));
        }
        if (frame != null && frame.bytes() > StreamTransforms.FRAME_BYTES_MAX) {
            throw Refusal.invalid("frame is %s of %d bytes, at most %d"
                    .formatted(frame, frame.bytes(), StreamTransforms.FRAME_BYTES_MAX));
        }
        this.frame = frame;
        this.before = before;
        this.after = after;
    }

    /** Those of a stream. */
    public static Chains of(LiveStreamRow row) {
        String told = row.frame;
        try {
            return new Chains(
                    told == null ? null : form(told),
                    TransformChain.parse(texts(row.beforeNetwork)),
                    TransformChain.parse(texts(row.afterNetwork)));
        } catch (TransformException damaged) {
            throw new IllegalStateException("the transforms of stream %s cannot be read".formatted(row.id), damaged);
        }
    }

    void put(LiveStreamRow row) {
        row.frame = frame == null ? null : text(frame);
        row.beforeNetwork = String.join(BETWEEN, before.texts());
        row.afterNetwork = String.join(BETWEEN, after.texts());
    }

    private static List<String> texts(String row) {
        return row.isEmpty() ? List.of() : List.of(row.split(BETWEEN, -1));
    }

    private static String text(Form form) {
        return form.shape().stream().map(String::valueOf).collect(Collectors.joining(",", type(form) + ":", ""));
    }

    private static Form form(String text) {
        int colon = text.indexOf(':');
        return new Form(
                Form.Type.valueOf(text.substring(0, colon).toUpperCase(Locale.ROOT)),
                numbers(text.substring(colon + 1)));
    }

    /** As documents name it. */
    public static String type(Form form) {
        return form.type().name().toLowerCase(Locale.ROOT);
    }

    private static List<Integer> numbers(String text) {
        return Arrays.stream(text.split(",", -1)).map(Integer::valueOf).toList();
    }

    boolean isEmpty() {
        return before.isEmpty() && after.isEmpty();
    }

    /** As a source is told. */
    StreamTransforms told() {
        return new StreamTransforms(
                frame == null ? null : new ValueForm(type(frame), frame.shape()), before.texts(), after.texts());
    }

    /** The first transform that a node does not run, absent when it runs all. */
    Optional<String> missing(NodeRow node) {
        Set<String> known = Set.copyOf(Arrays.asList(node.transforms.split(",", -1)));
        return Stream.concat(before.transforms().stream(), after.transforms().stream())
                .map(transform -> transform.name())
                .filter(name -> !known.contains(name))
                .findFirst();
    }

    /** Why they do not fit a variant, absent when they do. */
    Optional<String> misfit(VariantRow variant) {
        return misfitBefore(variant).or(() -> misfitAfter(variant));
    }

    private Optional<String> misfitBefore(VariantRow variant) {
        Form from = frame;
        if (from == null) {
            return Optional.empty();
        }
        try {
            Form input = Form.int8(numbers(variant.inputShape).toArray(Integer[]::new));
            Form made = before.output(from);
            return made.fits(input)
                    ? Optional.empty()
                    : Optional.of("before: %s gives %s, and model %s %s takes %s"
                            .formatted(
                                    before.transforms().getLast().name(), made, variant.model, variant.version, input));
        } catch (TransformException | IllegalArgumentException refused) {
            return Optional.of("before: " + refused.getMessage());
        }
    }

    private Optional<String> misfitAfter(VariantRow variant) {
        if (after.isEmpty()) {
            return Optional.empty();
        }
        try {
            Form output = output(variant);
            List<Form> values = new ArrayList<>(List.of(output));
            values.addAll(after.forms(output));
            return values.stream()
                    .filter(value -> value.elements() > StreamTransforms.ANSWER_ELEMENTS_MAX)
                    .findFirst()
                    .map(large -> "after: model %s %s gives %s, and a value of %s is too large; at most %d elements"
                            .formatted(
                                    variant.model,
                                    variant.version,
                                    output,
                                    large,
                                    StreamTransforms.ANSWER_ELEMENTS_MAX));
        } catch (TransformException | IllegalArgumentException refused) {
            return Optional.of("after: " + refused.getMessage());
        }
    }

    private static Form output(VariantRow variant) {
        return Form.int8(numbers(variant.outputShape).toArray(Integer[]::new));
    }

    /** What they take of a frame as long as nobody has seen it, microseconds. */
    record Guess(double beforeMicros, double afterMicros) {}

    /** By the values that they compute for a variant that they fit. */
    Guess guess(VariantRow variant) {
        try {
            Form from = frame;
            return new Guess(
                    from == null ? 0 : MICROS_PER_VALUE * before.computed(from),
                    after.isEmpty() ? 0 : MICROS_PER_VALUE * after.computed(output(variant)));
        } catch (TransformException doesNotFit) {
            return new Guess(0, 0);
        }
    }
}
