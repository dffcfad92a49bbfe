package io.fleetwright.runtime.transform;

import java.util.List;

/** 1 where a value is at least {@code atLeast}, 0 elsewhere: int8 or int32 in, int8 of the same shape out. */
public record Threshold(int atLeast) implements Transform {
    @Override
    public String name() {
        return "threshold";
    }

    @Override
    public Form output(List<Form> inputs) throws TransformException {
        return new Form(Form.Type.INT8, single(inputs).shape());
    }

    @Override
    public byte[] compute(List<Form> forms, List<byte[]> values) {
        Form form = forms.getFirst();
        byte[] out = new byte[form.elements()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) (Elements.get(form.type(), values.getFirst(), i) >= atLeast ? 1 : 0);
        }
        return out;
    }
}
