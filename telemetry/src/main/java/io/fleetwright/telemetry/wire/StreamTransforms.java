package io.fleetwright.telemetry.wire;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is done to a sensor's frame before a network and to the answer behind it, of a stream and of a single order. Transforms are texts with all their
 * parameters, such as {@code resize:height=96,width=96,method=bilinear}.
 *
 * @param frame form of the sensor's frames, there exactly when something is done before
 * @param before from the frame to the network's input, at most {@value #TRANSFORMS_MAX}; without any the frame is the input
 * @param after from the network's output to the answer, at most {@value #TRANSFORMS_MAX}; without any the output is the answer
 */
public record StreamTransforms(@Nullable ValueForm frame, List<String> before, List<String> after) {
    public static final int TRANSFORMS_MAX = 4;
    /** Of a frame. */
    public static final int FRAME_BYTES_MAX = 4 * 1024 * 1024;
    /** Of any value behind the network: an agent transforms these between two other things that it does. */
    public static final int ANSWER_ELEMENTS_MAX = 1 << 16;
    /** Of a transform. */
    public static final int CHARS_MAX = 200;

    public static final StreamTransforms NONE = new StreamTransforms(null, List.of(), List.of());

    // Written out in full because a compact constructor loses the annotation in the class file.
    public StreamTransforms(@Nullable ValueForm frame, List<String> before, List<String> after) {
        this.frame = frame;
        this.before = List.copyOf(before);
        this.after = List.copyOf(after);
        if (before.size() > TRANSFORMS_MAX || after.size() > TRANSFORMS_MAX) {
            throw new IllegalArgumentException("%d transforms before and %d after, at most %d of each"
                    .formatted(before.size(), after.size(), TRANSFORMS_MAX));
        }
        if ((frame == null) != before.isEmpty()) {
            throw new IllegalArgumentException("frame (%s) must be there exactly when before (%s) has a transform"
                    .formatted(frame == null ? "absent" : frame, before));
        }
        if (frame != null && frame.bytes() > FRAME_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a frame of %d bytes, at most %d".formatted(frame.bytes(), FRAME_BYTES_MAX));
        }
        for (List<String> texts : List.of(before, after)) {
            for (String text : texts) {
                if (text.length() > CHARS_MAX) {
                    throw new IllegalArgumentException(
                            "a transform of %d characters, at most %d".formatted(text.length(), CHARS_MAX));
                }
            }
        }
    }

    /** Whether nothing is done. */
    public boolean isEmpty() {
        return before.isEmpty() && after.isEmpty();
    }

    static void write(Json.Writer out, StreamTransforms some) throws IOException {
        out.object("frame", some.frame, ValueForm::write)
                .texts("before", some.before)
                .texts("after", some.after);
    }

    /** @throws IllegalArgumentException when they do not go together */
    static StreamTransforms read(Json.Node in) throws MalformedMessageException {
        return new StreamTransforms(
                in.has("frame") ? ValueForm.read(in.object("frame")) : null, texts(in, "before"), texts(in, "after"));
    }

    private static List<String> texts(Json.Node in, String name) throws MalformedMessageException {
        return in.has(name) ? in.strings(name, TRANSFORMS_MAX) : List.of();
    }
}
