package io.fleetwright.runtime.transform;

import java.util.ArrayList;
import java.util.List;

/**
 * An image in another size: int8 {@code [h,w,c]} or {@code [1,h,w,c]} in, the same with {@code height} and {@code width} out.
 *
 * <p>{@code NEAREST} takes the value at {@code floor(y h / height)}. {@code BILINEAR} has pixel centres at halves: a row {@code y}
 * lies at {@code ((2y+1) h - height) / (2 height)} of the source, kept within its first and last row; weights are exact fractions,
 * and a half is rounded up.
 *
 * @param height 1 to 4096
 * @param width 1 to 4096
 */
public record Resize(int height, int width, Method method) implements Transform {
    private static final int SIZE_MAX = 4096;
    /** Multiplications of an output value. */
    private static final int STEPS_PER_VALUE = 4;

    /** How values between pixels are found. */
    public enum Method {
        NEAREST,
        BILINEAR
    }

    public Resize {
        if (height < 1 || height > SIZE_MAX || width < 1 || width > SIZE_MAX) {
            throw new IllegalArgumentException(
                    "height (%d) and width (%d) must be from 1 to %d".formatted(height, width, SIZE_MAX));
        }
    }

    @Override
    public String name() {
        return "resize";
    }

    @Override
    public Form output(List<Form> inputs) throws TransformException {
        Form input = single(inputs);
        int dimensions = input.shape().size();
        boolean image = dimensions == 3 || dimensions == 4 && input.shape().getFirst() == 1;
        if (input.type() != Form.Type.INT8 || !image || rows(input) > SIZE_MAX || columns(input) > SIZE_MAX) {
            throw refused(
                    "takes int8[h,w,c] or int8[1,h,w,c] with sides of at most %d, not %s".formatted(SIZE_MAX, input));
        }
        long elements = (long) height * width * input.last();
        if (elements > Form.ELEMENTS_MAX || elements * STEPS_PER_VALUE > STEPS_MAX) {
            throw refused("%d values would come out, at most %d".formatted(elements, Form.ELEMENTS_MAX));
        }
        List<Integer> shape = new ArrayList<>(input.shape());
        shape.set(dimensions - 3, height);
        shape.set(dimensions - 2, width);
        return new Form(Form.Type.INT8, shape);
    }

    private static int rows(Form form) {
        return form.shape().get(form.shape().size() - 3);
    }

    private static int columns(Form form) {
        return form.shape().get(form.shape().size() - 2);
    }

    @Override
    public byte[] compute(List<Form> forms, List<byte[]> values) {
        Form form = forms.getFirst();
        byte[] in = values.getFirst();
        int rows = rows(form);
        int columns = columns(form);
        int channels = form.last();
        byte[] out = new byte[height * width * channels];
        int at = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (method == Method.NEAREST) {
                    int from = (y * rows / height * columns + x * columns / width) * channels;
                    System.arraycopy(in, from, out, at, channels);
                    at += channels;
                } else {
                    at = between(in, rows, columns, channels, y, x, out, at);
                }
            }
        }
        return out;
    }

    private int between(byte[] in, int rows, int columns, int channels, int y, int x, byte[] out, int at) {
        int unitY = 2 * height;
        int unitX = 2 * width;
        // In units of 1 / (2 height) of a source row.
        int placeY = Math.clamp((2L * y + 1) * rows - height, 0, (rows - 1) * unitY);
        int placeX = Math.clamp((2L * x + 1) * columns - width, 0, (columns - 1) * unitX);
        int top = placeY / unitY;
        int left = placeX / unitX;
        long down = placeY % unitY;
        long right = placeX % unitX;
        int bottom = Math.min(rows - 1, top + 1);
        int rightmost = Math.min(columns - 1, left + 1);
        long unit = (long) unitY * unitX;
        for (int c = 0; c < channels; c++) {
            long sum = (unitY - down) * (unitX - right) * in[(top * columns + left) * channels + c]
                    + (unitY - down) * right * in[(top * columns + rightmost) * channels + c]
                    + down * (unitX - right) * in[(bottom * columns + left) * channels + c]
                    + down * right * in[(bottom * columns + rightmost) * channels + c];
            out[at + c] = (byte) Math.floorDiv(2 * sum + unit, 2 * unit);
        }
        return at + channels;
    }
}
