package io.fleetwright.controller.chain;

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
 * What is done to a sensor's frame before a network, and to what the network gives, of a stream and of a single job. Pure.
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

    /**
     * Reads what rows have.
     *
     * @param owner for the error when they are damaged
     */
    public static Chains read(String owner, @Nullable String frame, String before, String after) {
        if (frame == null && before.isEmpty() && after.isEmpty()) {
            return NONE;
        }
        try {
            return new Chains(
                    frame == null ? null : form(frame),
                    TransformChain.parse(texts(before)),
                    TransformChain.parse(texts(after)));
        } catch (TransformException damaged) {
            throw new IllegalStateException("the transforms of %s cannot be read".formatted(owner), damaged);
        }
    }

    /** As rows have the frame. */
    public @Nullable String frameText() {
        return frame == null ? null : text(frame);
    }

    /** As rows have the transforms before the network. */
    public String beforeText() {
        return String.join(BETWEEN, before.texts());
    }

    /** As rows have the transforms behind the network. */
    public String afterText() {
        return String.join(BETWEEN, after.texts());
    }

    private static List<String> texts(String row) {
        return row.isEmpty() ? List.of() : List.of(row.split(BETWEEN, -1));
    }

    /** As rows have it. */
    public static String text(Form form) {
        return form.shape().stream().map(String::valueOf).collect(Collectors.joining(",", type(form) + ":", ""));
    }

    /** Reads {@link #text(Form)}. */
    public static Form form(String text) {
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

    public boolean isEmpty() {
        return before.isEmpty() && after.isEmpty();
    }

    /** As a source is told. */
    public StreamTransforms told() {
        return new StreamTransforms(
                frame == null ? null : new ValueForm(type(frame), frame.shape()), before.texts(), after.texts());
    }

    /** Those before the network alone. */
    public Chains front() {
        return after.isEmpty() ? this : new Chains(frame, before, TransformChain.NONE);
    }

    /** Those behind the network alone. */
    public Chains back() {
        return before.isEmpty() ? this : new Chains(null, TransformChain.NONE, after);
    }

    /** The first transform that a node does not run around a stream's network, absent when it runs all. */
    public Optional<String> missing(NodeRow node) {
        return missing(node.transforms);
    }

    /** The first transform that a node does not run in single orders, absent when it runs all. */
    public Optional<String> missingInOrders(NodeRow node) {
        return missing(node.orderTransforms);
    }

    private Optional<String> missing(String names) {
        Set<String> known = Set.copyOf(Arrays.asList(names.split(",", -1)));
        return Stream.concat(before.transforms().stream(), after.transforms().stream())
                .map(transform -> transform.name())
                .filter(name -> !known.contains(name))
                .findFirst();
    }

    /** Why a source cannot run them, for a machine. */
    public static String sourceRunsNo(String transform) {
        return "source-runs-no-" + transform;
    }

    /** A device that is there cannot run what is asked of it. */
    public static Refusal cannotRun(String device, String model, String detail) {
        return Refusal.invalid("%s cannot run %s: %s".formatted(device, model, detail));
    }

    /**
     * A variant that they fit.
     *
     * @param variants at least one
     * @throws Refusal that says why they fit none
     */
    public VariantRow fitting(List<VariantRow> variants) {
        return variants.stream()
                .filter(variant -> misfit(variant).isEmpty())
                .findFirst()
                .orElseThrow(() -> Refusal.invalid(misfit(variants.getLast()).orElseThrow()));
    }

    /**
     * What the transforms before the network make of a value; the value itself without any.
     *
     * @throws Refusal when it is not as long as the frame, or a transform does not take what comes
     */
    public byte[] input(byte[] value) {
        Form from = frame;
        if (from == null) {
            return value;
        }
        if (value.length != from.bytes()) {
            throw Refusal.invalid(
                    "input of %d bytes; frame is %s of %d bytes".formatted(value.length, from, from.bytes()));
        }
        try {
            return before.apply(from, value);
        } catch (TransformException refused) {
            throw Refusal.invalid("before: " + refused.getMessage());
        }
    }

    /** Form of what they make of a variant's output; absent where the output is the answer. */
    public Optional<Form> answer(VariantRow variant) {
        if (after.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(after.output(output(variant)));
        } catch (TransformException doesNotFit) {
            return Optional.empty();
        }
    }

    /** Why they do not fit a variant, absent when they do. */
    public Optional<String> misfit(VariantRow variant) {
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
    public record Guess(double beforeMicros, double afterMicros) {
        /** Nothing is done. */
        public static final Guess NONE = new Guess(0, 0);

        public double micros() {
            return beforeMicros + afterMicros;
        }
    }

    /** Microseconds, by the values that those before the network compute; 0 where one does not take what comes. */
    public double guessBefore() {
        try {
            Form from = frame;
            return from == null ? 0 : MICROS_PER_VALUE * before.computed(from);
        } catch (TransformException doesNotFit) {
            return 0;
        }
    }

    /** By the values that they compute for a variant that they fit. */
    public Guess guess(VariantRow variant) {
        try {
            return new Guess(guessBefore(), after.isEmpty() ? 0 : MICROS_PER_VALUE * after.computed(output(variant)));
        } catch (TransformException doesNotFit) {
            return Guess.NONE;
        }
    }
}
