package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.testkit.SeededCases;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** UNIDIRECTIONAL_SEQUENCE_LSTM against its definition in unbounded integers, and against real numbers. */
class LstmTest {
    private static final int LSTM = 44;
    private static final int LEFT_OUT = -1;

    /** Weights and bias of one gate; one scale for each kind of weights. */
    private record Gate(byte[] input, float inputScale, byte[] recurrent, float recurrentScale, int[] bias) {
        static Gate random(SplittableRandom random, int depth, int units, float inScale) {
            float inputScale = (float) random.nextDouble(0.001, 0.02);
            int biasMax = (int) (random.nextDouble(0.1, 3) / (inScale * inputScale));
            return new Gate(
                    TfliteOperator.bytes(random, units * depth),
                    inputScale,
                    TfliteOperator.bytes(random, units * units),
                    (float) random.nextDouble(0.001, 0.02),
                    random.ints(units, -biasMax, biasMax + 1).toArray());
        }
    }

    /** One layer and what it is fed with. */
    private record Layer(
            int batch,
            int steps,
            int depth,
            int units,
            boolean timeMajor,
            float inScale,
            int inZero,
            float hiddenScale,
            int hiddenZero,
            int cellPower,
            float clip,
            Gate[] gates,
            byte[] in) {
        static Layer random(SplittableRandom random) {
            int batch = random.nextInt(1, 4);
            int steps = random.nextInt(1, 9);
            int depth = random.nextInt(1, 20);
            int units = random.nextInt(1, 12);
            float inScale = (float) random.nextDouble(0.002, 0.05);
            var gates = new Gate[4];
            Arrays.setAll(gates, _ -> Gate.random(random, depth, units, inScale));
            return new Layer(
                    batch,
                    steps,
                    depth,
                    units,
                    random.nextBoolean(),
                    inScale,
                    TfliteOperator.zeroPoint(random),
                    random.nextInt(4) == 0 ? 1f / 128 : (float) random.nextDouble(0.001, 0.01),
                    random.nextInt(3) == 0 ? TfliteOperator.zeroPoint(random) : random.nextInt(-4, 5),
                    random.nextInt(-15, -8),
                    random.nextInt(3) == 0 ? (float) random.nextDouble(0.01, 3) : 0,
                    gates,
                    TfliteOperator.bytes(random, batch * steps * depth));
        }

        int row(int sequence, int step) {
            return timeMajor ? step * batch + sequence : sequence * steps + step;
        }

        byte[] file() {
            var writer = new TfliteWriter();
            int[] first = timeMajor ? new int[] {steps, batch} : new int[] {batch, steps};
            int[] ids = new int[24];
            Arrays.fill(ids, LEFT_OUT);
            ids[0] = writer.activation(inScale, inZero, first[0], first[1], depth);
            for (int gate = 0; gate < 4; gate++) {
                ids[1 + gate] = writer.weights(gates[gate].inputScale, gates[gate].input, units, depth);
                ids[5 + gate] = writer.weights(gates[gate].recurrentScale, gates[gate].recurrent, units, units);
                ids[12 + gate] = writer.ints(gates[gate].bias);
            }
            ids[18] = writer.variable(9, hiddenScale, hiddenZero, batch, units);
            ids[19] = writer.variable(7, Math.scalb(1f, cellPower), 0, batch, units);
            int out = writer.activation(hiddenScale, hiddenZero, first[0], first[1], units);
            var options = table((byte) 4, clip, 0f, (byte) (timeMajor ? 1 : 0));
            return writer.operator(LSTM, 1, 71, options, ids, out)
                    .ports(new int[] {ids[0]}, new int[] {out})
                    .toBytes();
        }

        byte[] expected(Rounding rounding) {
            byte[] out = new byte[batch * steps * units];
            for (int sequence = 0; sequence < batch; sequence++) {
                byte[] hidden = new byte[units];
                Arrays.fill(hidden, (byte) hiddenZero);
                var cells = new BigInteger[units];
                Arrays.fill(cells, BigInteger.ZERO);
                for (int step = 0; step < steps; step++) {
                    int row = row(sequence, step);
                    byte[] now = Arrays.copyOfRange(in, row * depth, (row + 1) * depth);
                    byte[] next = new byte[units];
                    for (int unit = 0; unit < units; unit++) {
                        var input = sigmoid(sum(0, unit, now, hidden, rounding));
                        var forget = sigmoid(sum(1, unit, now, hidden, rounding));
                        var candidate =
                                BigInteger.valueOf(ExactSigmoid.tanh(triple(sum(2, unit, now, hidden, rounding))));
                        var output = sigmoid(sum(3, unit, now, hidden, rounding));
                        var kept = int16(ExactScaling.of(0x1p-15).apply(rounding, forget.multiply(cells[unit])));
                        var added = int16(ExactScaling.of(Math.scalb(1.0, -30 - cellPower))
                                .apply(rounding, input.multiply(candidate)));
                        cells[unit] = clipped(int16(kept.add(added)));
                        var product = output.multiply(BigInteger.valueOf(ExactSigmoid.tanh(cellArgument(cells[unit]))));
                        next[unit] = ExactScaling.clamped(
                                ExactScaling.of(0x1p-30 / (double) hiddenScale).apply(rounding, product), hiddenZero);
                    }
                    hidden = next;
                    System.arraycopy(next, 0, out, row * units, units);
                }
            }
            return out;
        }

        private BigInteger sum(int gate, int unit, byte[] now, byte[] hidden, Rounding rounding) {
            var g = gates[gate];
            var ofInput = BigInteger.valueOf(dot(now, inZero, g.input, unit) + g.bias[unit]);
            var ofHidden = BigInteger.valueOf(dot(hidden, hiddenZero, g.recurrent, unit));
            float inputFactor = inScale * g.inputScale;
            float recurrentFactor = hiddenScale * g.recurrentScale;
            return int16(int16(ExactScaling.of((double) inputFactor * 4096).apply(rounding, ofInput))
                    .add(int16(ExactScaling.of((double) recurrentFactor * 4096).apply(rounding, ofHidden))));
        }

        private static long dot(byte[] values, int zero, byte[] weights, int unit) {
            long sum = 0;
            for (int k = 0; k < values.length; k++) {
                sum += (long) (values[k] - zero) * weights[unit * values.length + k];
            }
            return sum;
        }

        private static BigInteger int16(BigInteger value) {
            return value.max(BigInteger.valueOf(Short.MIN_VALUE)).min(BigInteger.valueOf(Short.MAX_VALUE));
        }

        private static BigInteger triple(BigInteger value) {
            return value.multiply(BigInteger.valueOf(3));
        }

        private static BigInteger sigmoid(BigInteger sum) {
            return BigInteger.valueOf(ExactSigmoid.logistic(triple(sum)));
        }

        private BigInteger cellArgument(BigInteger cell) {
            var exact = new BigDecimal(triple(cell)).multiply(new BigDecimal(Math.scalb(1.0, cellPower + 12)));
            return BigInteger.valueOf(ExactReals.roundUp(exact));
        }

        private BigInteger clipped(BigInteger cell) {
            if (clip == 0) {
                return cell;
            }
            var limit = new BigDecimal(clip)
                    .divide(new BigDecimal(Math.scalb(1.0, cellPower)))
                    .toBigInteger()
                    .min(BigInteger.valueOf(Short.MAX_VALUE));
            return cell.min(limit).max(limit.negate());
        }
    }

    private static byte[] run(Layer layer, Rounding rounding) throws Exception {
        return TfliteOperator.run(layer.file(), rounding, layer.in);
    }

    @Test
    void sequencesEqualTheirDefinitionInBothRoundings() {
        SeededCases.forEach(1, 300, (random, _) -> {
            var layer = Layer.random(random);
            for (var rounding : Rounding.values()) {
                assertThat(run(layer, rounding)).as("%s", rounding).isEqualTo(layer.expected(rounding));
            }
        });
    }

    /** Quantized numbers in, the formula in double: what is left is the rounding of gates, cell and output. */
    @Test
    void outputsAreNearTheRealOnes() {
        SeededCases.forEach(1, 50, (random, _) -> {
            var any = Layer.random(random);
            var layer = new Layer(
                    any.batch,
                    any.steps,
                    any.depth,
                    any.units,
                    any.timeMajor,
                    any.inScale,
                    any.inZero,
                    1f / 128,
                    0,
                    -12,
                    0,
                    any.gates,
                    any.in);
            byte[] found = run(layer, Rounding.DOUBLE);
            for (int sequence = 0; sequence < layer.batch; sequence++) {
                double[] cells = new double[layer.units];
                for (int step = 0; step < layer.steps; step++) {
                    int row = layer.row(sequence, step);
                    for (int unit = 0; unit < layer.units; unit++) {
                        double[] sums = new double[4];
                        for (int gate = 0; gate < 4; gate++) {
                            sums[gate] = realSum(
                                    layer, gate, unit, row, step == 0 ? -1 : layer.row(sequence, step - 1), found);
                        }
                        cells[unit] = realSigmoid(sums[1]) * cells[unit] + realSigmoid(sums[0]) * Math.tanh(sums[2]);
                        double real = realSigmoid(sums[3]) * Math.tanh(cells[unit]);
                        assertThat((double) found[row * layer.units + unit])
                                .isCloseTo(Math.min(128 * real, 127), within(0.75));
                    }
                }
            }
        });
    }

    private static double realSigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** @param before row of the step before, -1 for none */
    private static double realSum(Layer layer, int gate, int unit, int row, int before, byte[] found) {
        var g = layer.gates[gate];
        double sum = (double) g.bias[unit] * layer.inScale * g.inputScale;
        for (int k = 0; k < layer.depth; k++) {
            sum += (layer.in[row * layer.depth + k] - layer.inZero)
                    * (double) layer.inScale
                    * g.input[unit * layer.depth + k]
                    * g.inputScale;
        }
        for (int k = 0; k < layer.units && before >= 0; k++) {
            sum += found[before * layer.units + k]
                    * (double) layer.hiddenScale
                    * g.recurrent[unit * layer.units + k]
                    * g.recurrentScale;
        }
        return Math.clamp(sum, -8, 8);
    }

    @Test
    void everyInferenceBeginsWithZeros() throws Exception {
        var layer = Layer.random(new SplittableRandom(1));
        var graph = ModelReader.read(layer.file(), "lstm");
        try (var interpreter = Interpreter.create(graph, Arithmetic.TFLITE_DOUBLE_ROUNDING, Kernels.scalar())) {
            for (int run = 0; run < 3; run++) {
                byte[] out = new byte[interpreter.outputBytes()];
                interpreter.run(layer.in, 0, out, 0);
                assertThat(out).isEqualTo(layer.expected(Rounding.DOUBLE));
            }
        }
    }

    @Test
    void productsOfAllGatesAndStepsAreCounted() throws Exception {
        var layer = Layer.random(new SplittableRandom(1));
        long rows = (long) layer.batch * layer.steps;
        assertThat(ModelReport.of(ModelReader.read(layer.file(), "lstm")).macs())
                .isEqualTo(rows * 4 * layer.units * (layer.depth + layer.units));
    }
}
