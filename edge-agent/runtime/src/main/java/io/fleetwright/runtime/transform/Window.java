package io.fleetwright.runtime.transform;

import java.util.ArrayList;
import java.util.List;

/**
 * The end of a series: of {@code [t,...]} the {@code length} steps that end with the last one and lie {@code hop} apart, oldest
 * first, as {@code [length,...]}.
 *
 * @param length at least 1
 * @param hop at least 1
 */
public record Window(int length, int hop) implements Transform {
    public Window {
        if (length < 1 || length > Form.ELEMENTS_MAX || hop < 1 || hop > Form.ELEMENTS_MAX) {
            throw new IllegalArgumentException(
                    "length (%d) and hop (%d) must be from 1 to %d".formatted(length, hop, Form.ELEMENTS_MAX));
        }
    }

    @Override
    public String name() {
        return "window";
    }

    @Override
    public Form output(List<Form> inputs) throws TransformException {
        Form input = single(inputs);
        long needed = (length - 1L) * hop + 1;
        if (needed > input.shape().getFirst()) {
            throw refused("%d steps %d apart need %d, and %s has %d"
                    .formatted(length, hop, needed, input, input.shape().getFirst()));
        }
        List<Integer> shape = new ArrayList<>(input.shape());
        shape.set(0, length);
        return new Form(input.type(), shape);
    }

    @Override
    public byte[] compute(List<Form> forms, List<byte[]> values) {
        int steps = forms.getFirst().shape().getFirst();
        int stride = forms.getFirst().bytes() / steps;
        byte[] out = new byte[length * stride];
        for (int i = 0; i < length; i++) {
            int from = steps - 1 - (length - 1 - i) * hop;
            System.arraycopy(values.getFirst(), from * stride, out, i * stride, stride);
        }
        return out;
    }
}
