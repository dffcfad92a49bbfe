package io.fleetwright.runtime.transform;

import java.util.List;

/**
 * A step between networks: a pure function of its inputs. Two machines give the same bytes.
 *
 * <p>It allocates its output and little else, and does at most {@link #STEPS_MAX} elementary steps.
 */
public sealed interface Transform permits Resize, Normalise, Window, Argmax, NonMaximumSuppression, Threshold, Vote {
    long STEPS_MAX = 1 << 24;

    /** As in a specification, such as {@code argmax}. */
    String name();

    /**
     * What comes out of such inputs.
     *
     * @throws TransformException when it does not take them
     */
    Form output(List<Form> inputs) throws TransformException;

    /**
     * Computes the output; called with inputs that {@link #output} took.
     *
     * @param forms of the inputs
     * @param values as long as their forms say
     */
    byte[] compute(List<Form> forms, List<byte[]> values);

    /**
     * Runs the transform.
     *
     * @param forms of the inputs
     * @param values of the inputs
     * @throws TransformException when it does not take them, or a value is not as long as its form says
     */
    default byte[] apply(List<Form> forms, List<byte[]> values) throws TransformException {
        Form ignored = output(forms);
        if (values.size() != forms.size()) {
            throw refused("%d values for %d forms".formatted(values.size(), forms.size()));
        }
        for (int i = 0; i < forms.size(); i++) {
            if (values.get(i).length != forms.get(i).bytes()) {
                throw refused("input %d has %d bytes; %s has %d"
                        .formatted(
                                i,
                                values.get(i).length,
                                forms.get(i),
                                forms.get(i).bytes()));
            }
        }
        return compute(forms, values);
    }

    /** A refusal in the transform's name. */
    default TransformException refused(String why) {
        return new TransformException(name() + ": " + why);
    }

    /**
     * The only input.
     *
     * @throws TransformException when there are none or several
     */
    default Form single(List<Form> inputs) throws TransformException {
        if (inputs.size() != 1) {
            throw refused("takes one input, not %d".formatted(inputs.size()));
        }
        return inputs.getFirst();
    }
}
