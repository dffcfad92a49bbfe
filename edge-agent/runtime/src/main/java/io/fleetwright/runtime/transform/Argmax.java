package io.fleetwright.runtime.transform;

import java.util.List;

/** The place of the largest value along the last dimension, the lowest of equal ones: {@code [...,k]} in, int32 {@code [...]} out, of one number {@code [1]}. */
public record Argmax() implements Transform {
    @Override
    public String name() {
        return "argmax";
    }

    @Override
    public Form output(List<Form> inputs) throws TransformException {
        List<Integer> shape = single(inputs).shape();
        return new Form(Form.Type.INT32, shape.size() == 1 ? List.of(1) : shape.subList(0, shape.size() - 1));
    }

    @Override
    public byte[] compute(List<Form> forms, List<byte[]> values) {
        Form form = forms.getFirst();
        int classes = form.last();
        byte[] out = new byte[form.elements() / classes * Form.Type.INT32.bytes()];
        for (int row = 0; row < form.elements() / classes; row++) {
            int best = 0;
            int most = Elements.get(form.type(), values.getFirst(), row * classes);
            for (int c = 1; c < classes; c++) {
                int value = Elements.get(form.type(), values.getFirst(), row * classes + c);
                if (value > most) {
                    most = value;
                    best = c;
                }
            }
            Elements.put(Form.Type.INT32, out, row, best);
        }
        return out;
    }
}
