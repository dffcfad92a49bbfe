package io.fleetwright.runtime;

import static io.fleetwright.runtime.OnnxFile.integer;
import static io.fleetwright.runtime.OnnxFile.integers;
import static io.fleetwright.runtime.TfliteOperator.coordinates;
import static io.fleetwright.runtime.TfliteOperator.element;
import static io.fleetwright.runtime.TfliteOperator.elements;
import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Means between quantizers become the integer MEAN: its bytes by TFLite's numerics, the standard's by ONNX's. */
class QdqMeanTest {
    private record Case(
            String operator,
            int[] shape,
            int[] axes,
            boolean keeps,
            float inScale,
            int inZero,
            float outScale,
            int outZero,
            byte[] in) {
        static Case random(SplittableRandom random) {
            boolean global = random.nextInt(3) == 0;
            int[] shape = TfliteOperator.shape(random, global ? 4 : random.nextInt(1, 5), 6);
            int[] axes = global
                    ? new int[] {2, 3}
                    : IntStream.range(0, shape.length)
                            .filter(_ -> random.nextBoolean())
                            .toArray();
            return new Case(
                    global ? "GlobalAveragePool" : "ReduceMean",
                    shape,
                    axes.length == 0 ? new int[] {0} : axes,
                    global || random.nextBoolean(),
                    (float) random.nextDouble(0.001, 0.1),
                    TfliteOperator.zeroPoint(random),
                    (float) random.nextDouble(0.001, 0.1),
                    TfliteOperator.zeroPoint(random),
                    TfliteOperator.bytes(random, elements(shape)));
        }

        byte[] file() {
            long[] dimensions = IntStream.of(shape).asLongStream().toArray();
            var file = OnnxFile.opset(13)
                    .input("x", OnnxFile.INT8, dimensions)
                    .floats("xs", new float[] {inScale})
                    .raw("xz", OnnxFile.INT8, new byte[] {(byte) inZero})
                    .node("DequantizeLinear", List.of("x", "xs", "xz"), "xr")
                    .floats("ys", new float[] {outScale})
                    .raw("yz", OnnxFile.INT8, new byte[] {(byte) outZero});
            if (operator.equals("ReduceMean")) {
                long[] list = IntStream.of(axes).asLongStream().toArray();
                file.node(operator, List.of("xr"), "m", integers("axes", list), integer("keepdims", keeps ? 1 : 0));
            } else {
                file.node(operator, List.of("xr"), "m");
            }
            return file.node("QuantizeLinear", List.of("m", "ys", "yz"), "y")
                    .output("y")
                    .bytes();
        }

        private int[] reduced() {
            int[] reduced = shape.clone();
            IntStream.of(axes).forEach(axis -> reduced[axis] = 1);
            return reduced;
        }

        int count() {
            return elements(shape) / elements(reduced());
        }

        /** Of each output, without the zero point. */
        long[] sums() {
            int[] reduced = reduced();
            long[] sums = new long[elements(reduced)];
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                IntStream.of(axes).forEach(axis -> at[axis] = 0);
                sums[element(reduced, at)] += in[i] - inZero;
            }
            return sums;
        }

        byte[] byTflite(Rounding rounding) {
            var factor = ExactScaling.of((double) inScale / (double) outScale);
            int gained = Math.min(BigInteger.valueOf(count()).bitLength() - 1, 31 + factor.exponent());
            var perElement = new ExactScaling(
                    factor.mantissa().shiftLeft(gained).divide(BigInteger.valueOf(count())),
                    factor.exponent() - gained);
            long[] sums = sums();
            byte[] out = new byte[sums.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = ExactScaling.clamped(perElement.apply(rounding, BigInteger.valueOf(sums[i])), outZero);
            }
            return out;
        }

        /** Float32 values of the input, their mean rounded to float32, divided in float32 and rounded half to even. */
        byte[] byOnnx() {
            int[] reduced = reduced();
            double[] sums = new double[elements(reduced)];
            for (int i = 0; i < in.length; i++) {
                int[] at = coordinates(shape, i);
                IntStream.of(axes).forEach(axis -> at[axis] = 0);
                sums[element(reduced, at)] += (in[i] - inZero) * inScale;
            }
            byte[] out = new byte[sums.length];
            for (int i = 0; i < out.length; i++) {
                float mean = (float) (sums[i] / count());
                long steps = new BigDecimal(mean / outScale)
                        .setScale(0, RoundingMode.HALF_EVEN)
                        .longValueExact();
                out[i] = (byte) Math.clamp(steps + outZero, Byte.MIN_VALUE, Byte.MAX_VALUE);
            }
            return out;
        }
    }

    private static byte[] run(Case mean, Arithmetic arithmetic) throws Exception {
        var graph = ModelReader.read(mean.file(), "mean");
        assertThat(graph.operators().stream().map(Operator::builtin))
                .contains("MEAN")
                .doesNotContain("DequantizeLinear", "QuantizeLinear");
        try (var interpreter = Interpreter.create(graph, arithmetic, Kernels.best())) {
            byte[] out = new byte[interpreter.outputBytes()];
            interpreter.run(mean.in, 0, out, 0);
            return out;
        }
    }

    @Test
    void meansBetweenQuantizersBecomeTheIntegerOperator() {
        SeededCases.forEach(1, 300, (random, _) -> {
            var mean = Case.random(random);
            for (var rounding : Rounding.values()) {
                assertThat(run(mean, Arithmetic.tflite(rounding)))
                        .as("%s %s", mean, rounding)
                        .isEqualTo(mean.byTflite(rounding));
            }
            assertThat(run(mean, Arithmetic.ONNX)).as("%s", mean).isEqualTo(mean.byOnnx());
        });
    }
}
