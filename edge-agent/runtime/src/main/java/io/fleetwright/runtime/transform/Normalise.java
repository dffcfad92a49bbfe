package io.fleetwright.runtime.transform;

import java.util.List;

/**
 * Values on another scale, as int8: {@code clamp(round((in - offset) multiplier / divisor) + zeroPoint)}, a half rounded up. int8 or
 * int32 in, int8 of the same shape out.
 *
 * @param offset taken off first
 * @param multiplier 1 to 2^20
 * @param divisor 1 to 2^20
 * @param zeroPoint -128 to 127
 */
public record Normalise(int offset, int multiplier, int divisor, int zeroPoint) implements Transform {
    private static final int FACTOR_MAX = 1 << 20;

    public Normalise {
        if (multiplier < 1 || multiplier > FACTOR_MAX || divisor < 1 || divisor > FACTOR_MAX) {
            throw new IllegalArgumentException(
                    "multiplier (%d) and divisor (%d) must be from 1 to %d".formatted(multiplier, divisor, FACTOR_MAX));
        }
        if (zeroPoint < Byte.MIN_VALUE || zeroPoint > Byte.MAX_VALUE) {
            throw new IllegalArgumentException("zeroPoint (%d) must be from -128 to 127".formatted(zeroPoint));
        }
    }

    @Override
    public String name() {
        return "normalise";
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
            long shifted = (long) Elements.get(form.type(), values.getFirst(), i) - offset;
            long scaled = Math.floorDiv(2 * shifted * multiplier + divisor, 2L * divisor);
            out[i] = (byte) Elements.clampToInt8(scaled + zeroPoint);
        }
        return out;
    }
}
