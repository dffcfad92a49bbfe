package io.fleetwright.runtime.transform;

import java.util.ArrayList;
import java.util.List;

/** Transforms one after the other, each of the value that the one before it gave. Without any, the value stays as it is. */
public record TransformChain(List<Transform> transforms) {
    public static final int TRANSFORMS_MAX = 4;

    public static final TransformChain NONE = new TransformChain(List.of());

    private static final List<String> NAMES =
            List.of("argmax", "nms", "normalise", "resize", "threshold", "vote", "window");

    /** @throws IllegalArgumentException for more than {@value #TRANSFORMS_MAX} */
    public TransformChain {
        transforms = List.copyOf(transforms);
        if (transforms.size() > TRANSFORMS_MAX) {
            throw new IllegalArgumentException(
                    "%d transforms, at most %d".formatted(transforms.size(), TRANSFORMS_MAX));
        }
    }

    /** Names of all transforms. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * Reads a chain from {@link #texts}.
     *
     * @throws TransformException that names the one that cannot be read
     */
    public static TransformChain parse(List<String> texts) throws TransformException {
        if (texts.size() > TRANSFORMS_MAX) {
            throw new TransformException("%d transforms, at most %d".formatted(texts.size(), TRANSFORMS_MAX));
        }
        List<Transform> transforms = new ArrayList<>();
        for (String text : texts) {
            transforms.add(TransformTexts.parse(text));
        }
        return new TransformChain(transforms);
    }

    /** Each with all its parameters, such as {@code resize:height=96,width=96,method=bilinear} and {@code argmax}. */
    public List<String> texts() {
        return transforms.stream().map(TransformTexts::of).toList();
    }

    public boolean isEmpty() {
        return transforms.isEmpty();
    }

    /**
     * What comes out of each.
     *
     * @throws TransformException that names the first one that does not take what comes, and what that is
     */
    public List<Form> forms(Form input) throws TransformException {
        List<Form> forms = new ArrayList<>();
        Form at = input;
        for (Transform transform : transforms) {
            at = transform.output(List.of(at));
            forms.add(at);
        }
        return forms;
    }

    /**
     * What comes out of the last one.
     *
     * @throws TransformException as {@link #forms}
     */
    public Form output(Form input) throws TransformException {
        List<Form> forms = forms(input);
        return forms.isEmpty() ? input : forms.getLast();
    }

    /**
     * Values that all of them together compute, by which their times go: of a resized image and a window those that come out, of
     * anything else the more of those that go in and those that come out.
     *
     * @throws TransformException as {@link #forms}
     */
    public long computed(Form input) throws TransformException {
        long values = 0;
        int read = input.elements();
        List<Form> forms = forms(input);
        for (int i = 0; i < forms.size(); i++) {
            int written = forms.get(i).elements();
            boolean picks = transforms.get(i) instanceof Resize || transforms.get(i) instanceof Window;
            values += picks ? written : Math.max(read, written);
            read = written;
        }
        return values;
    }

    /**
     * Runs them.
     *
     * @param form of the value
     * @throws TransformException when one does not take what comes, or the value is not as long as its form says
     */
    public byte[] apply(Form form, byte[] value) throws TransformException {
        byte[] at = value;
        Form now = form;
        for (Transform transform : transforms) {
            at = transform.apply(List.of(now), List.of(at));
            now = transform.output(List.of(now));
        }
        return at;
    }
}
