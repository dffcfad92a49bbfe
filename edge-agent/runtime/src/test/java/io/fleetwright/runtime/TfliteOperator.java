package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Runs small TFLite files of one operator, read as any model is, on every set of kernels. */
final class TfliteOperator {
    private TfliteOperator() {}

    /** Outputs of one inference, one after the other; the same on scalar and vector kernels, alone and shared. */
    static byte[] run(byte[] file, Rounding rounding, byte[]... inputs) throws ModelException {
        var graph = TfliteReader.read(file, "one operator");
        byte[] first = null;
        for (var set : List.of(Kernels.scalar(), Kernels.vector())) {
            for (int threads = 1; threads <= 2; threads++) {
                try (var interpreter = Interpreter.create(graph, Arithmetic.tflite(rounding), set, threads)) {
                    byte[] input = new byte[interpreter.inputBytes()];
                    int at = 0;
                    for (byte[] part : inputs) {
                        System.arraycopy(part, 0, input, at, part.length);
                        at += part.length;
                    }
                    assertThat(at).isEqualTo(input.length);
                    byte[] output = new byte[interpreter.outputBytes()];
                    interpreter.run(input, 0, output, 0);
                    if (first == null) {
                        first = output;
                    }
                    assertThat(output).as("%s, %d threads", set.name(), threads).isEqualTo(first);
                }
            }
        }
        return first == null ? new byte[0] : first;
    }

    static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A shape of this rank with extents of 1 to {@code extentMax}. */
    static int[] shape(SplittableRandom random, int rank, int extentMax) {
        int[] shape = new int[rank];
        Arrays.setAll(shape, _ -> random.nextInt(1, extentMax + 1));
        return shape;
    }

    static int elements(int... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    /** Coordinates of an element, outermost first. */
    static int[] coordinates(int[] shape, int element) {
        int[] coordinates = new int[shape.length];
        for (int d = shape.length - 1; d >= 0; d--) {
            coordinates[d] = element % shape[d];
            element /= shape[d];
        }
        return coordinates;
    }

    static int element(int[] shape, int... coordinates) {
        int element = 0;
        for (int d = 0; d < shape.length; d++) {
            element = element * shape[d] + coordinates[d];
        }
        return element;
    }

    static int[] permutation(SplittableRandom random, int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    static float scale(SplittableRandom random) {
        return (float) Math.exp(random.nextDouble(Math.log(1e-4), Math.log(10)));
    }

    static int zeroPoint(SplittableRandom random) {
        return random.nextInt(Byte.MIN_VALUE, Byte.MAX_VALUE + 1);
    }

    static Rounding rounding(SplittableRandom random) {
        return random.nextBoolean() ? Rounding.DOUBLE : Rounding.SINGLE;
    }
}
