package io.fleetwright.forge.calibrate;

import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.TrainedStatistics.Range;
import io.fleetwright.trust.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Real-valued inputs of one shape that stand for what a network will see; never labelled. */
public final class CalibrationSet {
    /** Inputs in a set. */
    public static final int COUNT_MAX = 4096;

    private static final long ELEMENTS_MAX = 1L << 28;

    private final ImageShape shape;
    private final List<float[]> inputs;

    /**
     * A set that a network can be quantized with.
     *
     * @throws IllegalArgumentException if there are no inputs or too many, one has another length or a value that is
     *     not finite, or a channel has the same value everywhere
     */
    public CalibrationSet(ImageShape shape, List<float[]> inputs) {
        if (inputs.isEmpty() || inputs.size() > COUNT_MAX || (long) shape.elements() * inputs.size() > ELEMENTS_MAX) {
            throw new IllegalArgumentException("calibration inputs (%d) must be 1..%d and %d values at most"
                    .formatted(inputs.size(), COUNT_MAX, ELEMENTS_MAX));
        }
        this.shape = shape;
        this.inputs = inputs.stream().map(float[]::clone).toList();
        for (int n = 0; n < inputs.size(); n++) {
            check(n, inputs.get(n));
        }
        for (int c = 0; c < shape.channels(); c++) {
            checkVaries(c);
        }
    }

    private void check(int n, float[] values) {
        if (values.length != shape.elements()) {
            throw new IllegalArgumentException("calibration input %d has %d elements, %d x %d x %d take %d"
                    .formatted(n, values.length, shape.height(), shape.width(), shape.channels(), shape.elements()));
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        "calibration input %d must be finite, element %d is %s".formatted(n, i, values[i]));
            }
        }
    }

    private void checkVaries(int channel) {
        float first = inputs.getFirst()[channel];
        for (float[] values : inputs) {
            for (int i = channel; i < values.length; i += shape.channels()) {
                if (values[i] != first) {
                    return;
                }
            }
        }
        throw new IllegalArgumentException(
                "channel %d of the calibration inputs is %s everywhere, which calibrates nothing"
                        .formatted(channel, first));
    }

    /**
     * The first inputs of an evaluation set, at most {@code count}.
     *
     * @throws IllegalArgumentException if the set has inputs of another shape
     */
    public static CalibrationSet of(ImageShape shape, EvaluationSet set, int count) {
        if (!set.inputShape().equals(List.of(shape.height(), shape.width(), shape.channels()))) {
            throw new IllegalArgumentException("calibration inputs of shape %s must be %d x %d x %d"
                    .formatted(set.inputShape(), shape.height(), shape.width(), shape.channels()));
        }
        var inputs = new ArrayList<float[]>();
        for (int n = 0; n < Math.min(count, set.count()); n++) {
            inputs.add(set.realInput(n));
        }
        return new CalibrationSet(shape, inputs);
    }

    /**
     * Little-endian float32 tensors back to back, in the layout of the ONNX file: channel, row, column.
     *
     * @throws IllegalArgumentException if the bytes are no whole number of inputs
     */
    public static CalibrationSet raw(ImageShape shape, byte[] bytes) {
        long inputBytes = (long) shape.elements() * Float.BYTES;
        if (bytes.length == 0 || bytes.length % inputBytes != 0) {
            throw new IllegalArgumentException(
                    "calibration inputs of %d bytes must be a multiple of the %d bytes of %d x %d x %d float32 values"
                            .formatted(bytes.length, inputBytes, shape.channels(), shape.height(), shape.width()));
        }
        var values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        int positions = shape.height() * shape.width();
        var inputs = new ArrayList<float[]>();
        while (values.hasRemaining()) {
            var input = new float[shape.elements()];
            for (int c = 0; c < shape.channels(); c++) {
                for (int p = 0; p < positions; p++) {
                    input[p * shape.channels() + c] = values.get();
                }
            }
            inputs.add(input);
        }
        return new CalibrationSet(shape, inputs);
    }

    public ImageShape shape() {
        return shape;
    }

    /** Row, column, channel; not to be changed. */
    public List<float[]> inputs() {
        return inputs;
    }

    public int count() {
        return inputs.size();
    }

    /** The smallest and the largest value. */
    public Range range() {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float[] values : inputs) {
            for (float value : values) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        return new Range(low, high);
    }

    /** SHA-256 of all values, little-endian, in the order of {@link #inputs}. */
    public Digest digest() {
        var bytes = ByteBuffer.allocate(Math.toIntExact((long) count() * shape.elements() * Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        var floats = bytes.asFloatBuffer();
        inputs.forEach(floats::put);
        return Digest.of(bytes.array());
    }
}
