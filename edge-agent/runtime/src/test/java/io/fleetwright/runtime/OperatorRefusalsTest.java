package io.fleetwright.runtime;

import static io.fleetwright.runtime.TfliteWriter.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.OperatorSamples.Ids;
import io.fleetwright.runtime.OperatorSamples.Sample;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.tflite.TfliteReader;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operators that contradict themselves, or want what is not computed: refused, with the operator and the reason. */
class OperatorRefusalsTest {
    private static final Map<String, Sample> SAMPLES = OperatorSamples.all();

    static Stream<String> names() {
        return SAMPLES.keySet().stream();
    }

    private static Sample sample(String name) {
        return Objects.requireNonNull(SAMPLES.get(name), name);
    }

    private static void assertRefused(Class<? extends ModelException> type, Sample changed, String... parts) {
        byte[] file = changed.file();
        assertThatThrownBy(() -> TfliteReader.read(file, "sample"))
                .isInstanceOf(type)
                .hasMessageStartingWith("sample: ")
                .hasMessageContainingAll(parts);
    }

    private static void assertMalformed(Sample changed, String... parts) {
        assertRefused(MalformedModelException.class, changed, parts);
    }

    private static void assertUnsupported(Sample changed, String... parts) {
        assertRefused(UnsupportedModelException.class, changed, parts);
    }

    private static Sample with(Sample sample, TfliteWriter.Table options) {
        return new Sample(sample.builtin(), sample.version(), sample.optionsType(), options, sample.tensors());
    }

    private static Sample with(Sample sample, OperatorSamples.Tensors tensors) {
        return new Sample(sample.builtin(), sample.version(), sample.optionsType(), sample.options(), tensors);
    }

    @Test
    void everyOperatorThatIsAnnouncedHasASample() {
        assertThat(TfliteReader.operatorNames()).containsExactlyInAnyOrderElementsOf(SAMPLES.keySet());
    }

    @ParameterizedTest
    @MethodSource("names")
    void aSoundOperatorRunsUnderItsName(String name) throws Exception {
        var graph = TfliteReader.read(sample(name).file(), "sample");
        assertThat(graph.operatorNames()).containsExactly(name);
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        interpreter.run(new byte[interpreter.inputBytes()], 0, new byte[interpreter.outputBytes()], 0);
        assertThat(ModelReport.of(graph).operators()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("names")
    void wrongNumbersOfInputsAndOutputsAreRefused(String name) {
        var sound = sample(name);
        var none =
                with(sound, w -> new Ids(new int[0], sound.tensors().writeTo(w).outputs(), new int[] {0}));
        assertMalformed(none, name, "0 inputs");
        var many = with(sound, w -> {
            var ids = sound.tensors().writeTo(w);
            return new Ids(Arrays.copyOf(ids.inputs(), 65), ids.outputs(), ids.ports());
        });
        assertUnsupported(many, "65 elements, at most 64");
        var nothing = with(sound, w -> {
            var ids = sound.tensors().writeTo(w);
            return new Ids(ids.inputs(), new int[0], ids.ports());
        });
        assertMalformed(nothing, name, "and 0 outputs");
    }

    @ParameterizedTest
    @MethodSource("names")
    void tensorsThatDoNotExistAreRefused(String name) {
        var sound = sample(name);
        int inputs = sound.tensors().writeTo(new TfliteWriter()).inputs().length;
        for (int position = 0; position < inputs; position++) {
            for (int id : new int[] {-2, 99, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                int changed = position;
                var missing = with(sound, w -> {
                    var ids = sound.tensors().writeTo(w);
                    int[] other = ids.inputs().clone();
                    other[changed] = id;
                    return new Ids(other, ids.outputs(), ids.ports());
                });
                assertMalformed(missing, name, "tensor " + id);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void optionsOfAnotherOperatorAreRefused(String name) {
        var sound = sample(name);
        var other = new Sample(sound.builtin(), sound.version(), 99, sound.options(), sound.tensors());
        assertMalformed(other, name, "options of type 99");
    }

    @ParameterizedTest
    @MethodSource("names")
    void newerVersionsAreRefused(String name) {
        var sound = sample(name);
        for (int version : new int[] {0, -1, 100}) {
            var other = new Sample(sound.builtin(), version, sound.optionsType(), sound.options(), sound.tensors());
            assertUnsupported(other, name + " v" + version, "versions 1 to");
        }
    }

    /** Every byte of every sample: nearly all of it is structure. */
    @ParameterizedTest
    @MethodSource("names")
    void everyByteCanBeDamaged(String name) {
        byte[] bytes = sample(name).file();
        for (int at = 0; at < bytes.length; at++) {
            for (int value : new int[] {0, 1, 2, 4, 127, 128, 255, bytes[at] + 1, bytes[at] - 1}) {
                byte[] changed = bytes.clone();
                changed[at] = (byte) value;
                MutatedFilesTest.refusedOrRuns(changed);
            }
        }
    }

    // Paddings, axes, slices.

    private static OperatorSamples.Tensors told(int[] from, int[] constant, int... to) {
        return w -> {
            int in = w.activation(0.5f, 3, from);
            int how = w.ints(constant);
            int out = w.activation(0.5f, 3, to);
            return new Ids(new int[] {in, how}, new int[] {out}, new int[] {in});
        };
    }

    @Test
    void paddingsAreConstantAndNotNegative() {
        var pad = sample("PAD");
        assertMalformed(with(pad, told(new int[] {4}, new int[] {-1, 1}, 4)), "PAD", "paddings -1 and 1");
        assertMalformed(with(pad, told(new int[] {4}, new int[] {1, 1, 1}, 6)), "PAD", "3 paddings");
        assertMalformed(with(pad, told(new int[] {4}, new int[] {1, 1}, 5)), "PAD", "output 0");
        assertUnsupported(
                with(pad, told(new int[] {4}, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE}, 5)),
                "PAD",
                "dimension of 4294967298");
        var computed = with(pad, w -> {
            int in = w.activation(0.5f, 3, 4);
            int how = w.tensor(new int[] {2}, 2, 0, new float[0], new long[0]);
            int out = w.activation(0.5f, 3, 4);
            return new Ids(new int[] {in, how}, new int[] {out}, new int[] {in, how});
        });
        assertUnsupported(computed, "PAD", "paddings", "constant INT32 or INT64 supported");
    }

    @Test
    void movedValuesKeepTheirScale() {
        for (String name : new String[] {"PAD", "TRANSPOSE", "CONCATENATION", "SPLIT", "SLICE", "SQUEEZE"}) {
            var sound = sample(name);
            var other = with(sound, w -> {
                var ids = sound.tensors().writeTo(w);
                int last = ids.outputs()[ids.outputs().length - 1];
                w.rescale(last, 0.75f);
                return ids;
            });
            assertMalformed(other, name, "has scales", "equal ones allowed");
        }
    }

    @Test
    void axesOutsideTheRankAreRefused() {
        for (int axis : new int[] {4, -5, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertMalformed(
                    with(sample("MEAN"), told(new int[] {1, 4, 4, 2}, new int[] {axis}, 1, 4, 4, 2)),
                    "MEAN",
                    "axis " + axis);
            assertMalformed(with(sample("CONCATENATION"), table(axis, (byte) 0)), "CONCATENATION", "axis " + axis);
            assertMalformed(with(sample("PACK"), table(2, axis)), "PACK", "axis " + axis);
            assertMalformed(with(sample("UNPACK"), table(2, axis)), "UNPACK", "axis " + axis);
            assertMalformed(with(sample("SQUEEZE"), table((Object) new int[] {axis})), "SQUEEZE", "axis " + axis);
        }
        assertMalformed(
                with(sample("TRANSPOSE"), told(new int[] {2, 3}, new int[] {0, 0}, 2, 2)), "TRANSPOSE", "permutation");
        assertMalformed(
                with(sample("TRANSPOSE"), told(new int[] {2, 3}, new int[] {0, 2}, 2, 2)), "TRANSPOSE", "permutation");
        assertMalformed(
                with(sample("TRANSPOSE"), told(new int[] {2, 3}, new int[] {0}, 2)), "TRANSPOSE", "permutation");
    }

    @Test
    void partsHaveToFit() {
        assertMalformed(with(sample("SPLIT"), table(3)), "SPLIT", "3 parts");
        assertMalformed(with(sample("SPLIT"), table(0)), "SPLIT", "0 parts");
        assertMalformed(with(sample("UNPACK"), table(3, 1)), "UNPACK", "3 values");
        assertMalformed(with(sample("PACK"), table(3, 1)), "PACK", "3 values");
        assertUnsupported(with(sample("CONCATENATION"), table(-1, (byte) 1)), "CONCATENATION", "fused activation 1");
        assertUnsupported(with(sample("STRIDED_SLICE"), table(2, 0, 1, 0, 1)), "STRIDED_SLICE", "ellipsis");
        assertMalformed(
                with(sample("SQUEEZE"), table((Object) new int[] {1})),
                "SQUEEZE",
                "dimension 1 of INT8[1, 4, 4, 2] is left out");
        assertMalformed(
                with(sample("RESIZE_BILINEAR"), table(null, null, (byte) 1, (byte) 1)),
                "RESIZE_BILINEAR",
                "one of them allowed");
        for (String name : new String[] {"RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"}) {
            assertMalformed(
                    with(sample(name), told(new int[] {1, 4, 4, 2}, new int[] {0, 3}, 1, 6, 3, 2)),
                    name,
                    "size [0, 3]");
            assertMalformed(with(sample(name), told(new int[] {1, 4, 4, 2}, new int[] {6, 3}, 1, 6, 4, 2)), name);
        }
    }

    @Test
    void tensorsThatWouldNeedLongListsOfPositionsAreRefused() {
        assertUnsupported(
                with(sample("PAD"), told(new int[] {1 << 21}, new int[] {0, 0}, 1 << 21)),
                "PAD",
                "dimension of 2097152, at most 1048576 supported");
        // A small file that lists the same dimension over and over.
        var writer = new TfliteWriter();
        int previous = writer.activation(0.5f, 3, 1 << 20);
        int order = writer.ints(0);
        int first = previous;
        for (int i = 0; i < 5; i++) {
            int next = writer.activation(0.5f, 3, 1 << 20);
            writer.operator(39, 2, 26, table(), new int[] {previous, order}, next);
            previous = next;
        }
        byte[] file = writer.ports(new int[] {first}, new int[] {previous}).toBytes();
        assertThatThrownBy(() -> TfliteReader.read(file, "sample"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("operator 4 TRANSPOSE v2", "at most 4194304");
    }

    // Functions and pairs.

    private static OperatorSamples.Tensors scaled(float inputScale, float outputScale, int outputZero) {
        return w -> {
            int in = w.activation(inputScale, 3, 4);
            int out = w.activation(outputScale, outputZero, 4);
            return new Ids(new int[] {in}, new int[] {out}, new int[] {in});
        };
    }

    @Test
    void functionsRefuseScalesTheyAreNotDefinedFor() {
        assertUnsupported(with(sample("LOGISTIC"), scaled(0.1f, 0.1f, -128)), "LOGISTIC", "output scale 0.1");
        assertUnsupported(with(sample("LOGISTIC"), scaled(0.1f, 1f / 256, 0)), "LOGISTIC", "zero point 0");
        assertUnsupported(with(sample("LOGISTIC"), scaled(1e-9f, 1f / 256, -128)), "LOGISTIC", "above 2^-27");
        assertUnsupported(with(sample("TANH"), scaled(0.1f, 1f / 256, 0)), "TANH", "output scale");
        assertUnsupported(with(sample("HARD_SWISH"), scaled(1f, 1e-3f, 0)), "HARD_SWISH", "at most 128 times");
        assertUnsupported(with(sample("HARD_SWISH"), scaled(1e-9f, 1e-9f, 0)), "HARD_SWISH", "above 2^-22");
        for (float alpha : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertUnsupported(with(sample("LEAKY_RELU"), table(alpha)), "LEAKY_RELU", "alpha " + alpha);
        }
        for (String name : new String[] {"RELU", "QUANTIZE", "LEAKY_RELU"}) {
            assertUnsupported(with(sample(name), scaled(1e20f, 1e-20f, 0)), name, "relative to the output");
        }
        for (float scale : new float[] {0, -1, Float.NaN}) {
            assertMalformed(with(sample("RELU"), scaled(scale, 1, 0)), "scale 0 is " + scale);
        }
    }

    private static OperatorSamples.Tensors pair(int[] left, int[] right, int... output) {
        return w -> {
            int a = w.activation(0.5f, 3, left);
            int b = w.activation(0.5f, 3, right);
            int out = w.activation(0.5f, 3, output);
            return new Ids(new int[] {a, b}, new int[] {out}, new int[] {a, b});
        };
    }

    @Test
    void pairsHaveToBroadcast() {
        for (String name : new String[] {"ADD", "SUB", "MUL"}) {
            assertMalformed(
                    with(sample(name), pair(new int[] {2, 3}, new int[] {2, 2}, 2, 3)), name, "do not broadcast");
            assertMalformed(with(sample(name), pair(new int[] {2, 3}, new int[] {2, 1}, 2, 1)), name, "output");
            var constants = with(sample(name), w -> {
                int a = w.weights(1, new byte[2], 2);
                int b = w.weights(1, new byte[2], 2);
                int out = w.activation(0.5f, 3, 2);
                return new Ids(new int[] {a, b}, new int[] {out}, new int[] {w.activation(1, 0, 1)});
            });
            assertUnsupported(constants, name, "are constants");
        }
    }

    @Test
    void typesOtherThanInt8AreRefused() {
        for (String name : new String[] {"RELU", "LOGISTIC", "MEAN", "MAX_POOL_2D", "RESIZE_BILINEAR"}) {
            var sound = sample(name);
            var floats = with(sound, w -> {
                var ids = sound.tensors().writeTo(w);
                w.retype(ids.ports()[0], 0);
                return ids;
            });
            assertUnsupported(floats, name, "FLOAT32", "INT8 supported");
        }
        var sound = sample("DEQUANTIZE");
        var whole = with(sound, w -> {
            var ids = sound.tensors().writeTo(w);
            w.retype(ids.outputs()[0], 2);
            return ids;
        });
        assertMalformed(whole, "DEQUANTIZE", "from INT8 to FLOAT32");
    }

    @Test
    void aTransposedConvolutionMeetsItsShape() {
        var sound = sample("TRANSPOSE_CONV");
        var other = with(sound, w -> {
            int shape = w.ints(1, 8, 9, 3);
            int weights = w.weights(0.1f, new byte[3 * 2 * 2 * 2], 3, 2, 2, 2);
            int in = w.activation(0.5f, 3, 1, 4, 4, 2);
            int out = w.activation(0.5f, 3, 1, 8, 8, 3);
            return new Ids(new int[] {shape, weights, in}, new int[] {out}, new int[] {in});
        });
        assertMalformed(other, "TRANSPOSE_CONV", "shape [1, 8, 9, 3] given");
        assertMalformed(with(sound, table((byte) 0, 3, 2, (byte) 0)), "TRANSPOSE_CONV", "width");
        assertMalformed(with(sound, table((byte) 0, 0, 2, (byte) 0)), "TRANSPOSE_CONV", "stride=0");
    }

    private static Sample lstm(Map<Integer, OperatorSamples.Tensors> replaced) {
        return with(sample("UNIDIRECTIONAL_SEQUENCE_LSTM"), OperatorSamples.lstm(replaced));
    }

    private static OperatorSamples.Tensors one(ToIntFunction<TfliteWriter> tensor) {
        return w -> new Ids(new int[] {tensor.applyAsInt(w)}, new int[0], new int[0]);
    }

    private static OperatorSamples.Tensors leftOut() {
        return one(_ -> -1);
    }

    @Test
    void anLstmRefusesItsVariantsByName() {
        assertUnsupported(lstm(Map.of(9, one(w -> w.ints(1, 2)))), "LSTM v1", "peephole connections (t16 INT32[2])");
        assertUnsupported(lstm(Map.of(16, one(w -> w.ints(1)))), "LSTM v1", "projection (t16 INT32[1])");
        assertUnsupported(lstm(Map.of(21, one(w -> w.ints(1)))), "LSTM v1", "layer normalization (t16 INT32[1])");
        assertUnsupported(lstm(Map.of(1, leftOut())), "LSTM v1", "coupled gates (no input 1)");
        assertUnsupported(lstm(Map.of(14, leftOut())), "LSTM v1", "coupled gates (no input 14)");
        var sound = lstm(Map.of());
        assertUnsupported(with(sound, OperatorSamples.lstmOptions((byte) 1)), "activation 1, 4 (TANH) supported");
        assertUnsupported(
                with(sound, table((byte) 4, 0f, 0f, (byte) 0, (byte) 0, (byte) 1)), "diagonal recurrent weights");
        assertMalformed(with(sound, table((byte) 4, -1f)), "cell clip -1.0");
        assertMalformed(with(sound, table((byte) 4, Float.NaN)), "cell clip NaN");
    }

    @Test
    void statesOfAnLstmHaveTheirTypesAndStartAtZero() {
        assertUnsupported(lstm(Map.of(18, one(w -> w.variable(7, 0.5f, 0, 2, 2)))), "hidden state t", "INT8 with one");
        assertUnsupported(lstm(Map.of(19, one(w -> w.variable(9, 0.5f, 0, 2, 2)))), "cell state t", "INT16 with one");
        assertMalformed(lstm(Map.of(18, one(w -> w.variable(9, 0.5f, 3, 2, 3)))), "elements of the hidden state 6, 4");
        assertMalformed(lstm(Map.of(19, one(w -> w.variable(7, 0x1p-11f, 0, 5)))), "elements of the cell state 5, 4");
        assertUnsupported(lstm(Map.of(18, one(w -> w.variable(9, 0.25f, 3, 2, 2)))), "equal ones supported");
        assertUnsupported(lstm(Map.of(19, one(w -> w.variable(7, 0.0005f, 0, 2, 2)))), "cell scale 5.0E-4");
        assertUnsupported(lstm(Map.of(19, one(w -> w.variable(7, 2f, 0, 2, 2)))), "cell scale 2.0");
        assertUnsupported(lstm(Map.of(18, one(_ -> 0))), "hidden state t0", "has a value");
        assertUnsupported(lstm(Map.of(19, one(w -> w.ints(1, 2, 3, 4)))), "cell state t", "has a value");
        assertMalformed(lstm(Map.of(19, leftOut())), "cell state is tensor -1");
    }

    @Test
    void statesOfAnLstmAreItsOwn() {
        var writer = new TfliteWriter();
        var ids = OperatorSamples.lstm(Map.of()).writeTo(writer);
        int[] inputs = ids.inputs().clone();
        var options = OperatorSamples.lstmOptions((byte) 4);
        int other = writer.activation(0.5f, 3, 2, 3, 2);
        writer.operator(44, 1, 71, options, inputs, ids.outputs()).operator(44, 1, 71, options, inputs, other);
        byte[] shared = writer.ports(ids.ports(), new int[] {other}).toBytes();
        assertThatThrownBy(() -> TfliteReader.read(shared, "shared"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("operator 1 UNIDIRECTIONAL_SEQUENCE_LSTM", "is that of another operator");

        var second = new TfliteWriter();
        var first = OperatorSamples.lstm(Map.of()).writeTo(second);
        int rows = second.activation(0.5f, 3, 2, 2);
        second.operator(44, 1, 71, options, first.inputs(), first.outputs())
                .operator(0, 2, 11, table((byte) 0), new int[] {rows, rows}, first.inputs()[18]);
        byte[] written = second.ports(new int[] {first.ports()[0], rows}, first.outputs())
                .toBytes();
        assertThatThrownBy(() -> TfliteReader.read(written, "written"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("operator 1 ADD", "the state of an operator before it");
    }

    @Test
    void weightsOfAnLstmFitItsSequences() {
        assertMalformed(
                lstm(Map.of(2, one(w -> w.weights(0.1f, new byte[6], 2, 3)))), "depth of input weights 3, 4 allowed");
        assertMalformed(
                lstm(Map.of(8, one(w -> w.weights(0.1f, new byte[6], 3, 2)))), "units of recurrent weights 3, 2");
        assertMalformed(lstm(Map.of(13, one(w -> w.ints(1)))), "bias t", "INT32 of 2 elements");
        assertMalformed(lstm(Map.of(13, one(w -> w.longs(1, 2)))), "bias t", "INT32 of 2 elements");
        assertUnsupported(
                lstm(Map.of(
                        5,
                        one(w -> w.tensor(
                                new int[] {2, 2}, 9, w.buffer(new byte[4]), new float[] {1, 2}, new long[2])))),
                "2 scales, INT8 with one supported");
        assertUnsupported(
                lstm(Map.of(6, one(w -> w.weights(1e9f, new byte[4], 2, 2)))), "scale of recurrent weights is");
        var flat = with(sample("UNIDIRECTIONAL_SEQUENCE_LSTM"), w -> {
            var ids = OperatorSamples.lstm(Map.of()).writeTo(w);
            int in = w.activation(0.5f, 3, 6, 4);
            int[] inputs = ids.inputs().clone();
            inputs[0] = in;
            return new Ids(inputs, ids.outputs(), new int[] {in});
        });
        assertMalformed(flat, "INT8[6, 4] and output", "rank 3 allowed");
        var wide = with(sample("UNIDIRECTIONAL_SEQUENCE_LSTM"), w -> {
            var ids = OperatorSamples.lstm(Map.of()).writeTo(w);
            w.retype(ids.ports()[0], 7, 0.5f);
            return ids;
        });
        assertUnsupported(wide, "INT16[2, 3, 4], INT8 supported");
    }

    @Test
    void whatNothingWroteIsNotRead() {
        var reader = new TfliteWriter();
        int summand = reader.activation(0.5f, 3, 1, 4);
        int unwritten = reader.variable(1, 4);
        int sum = reader.activation(0.5f, 3, 1, 4);
        byte[] add = reader.operator(0, 2, 11, table((byte) 0), new int[] {summand, unwritten}, sum)
                .toBytes();
        assertThatThrownBy(() -> TfliteReader.read(add, "add"))
                .isInstanceOf(MalformedModelException.class)
                .hasMessageContainingAll("operator 0 ADD v2", "read before anything wrote it");
    }

    // 16-bit activations.

    private static final Map<String, Sample> SAMPLES_16 = OperatorSamples.inInt16();

    static Stream<String> names16() {
        return SAMPLES_16.keySet().stream();
    }

    private static Sample sample16(String name) {
        return Objects.requireNonNull(SAMPLES_16.get(name), name);
    }

    @ParameterizedTest
    @MethodSource("names16")
    void anOperatorOnInt16Runs(String name) throws Exception {
        byte[] file = sample16(name).file();
        var graph = TfliteReader.read(file, "sample");
        assertThat(graph.operatorNames()).containsExactly(name);
        assertThat(MutatedFilesTest.refusedOrRuns(file)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("names16")
    void everyByteOfAnOperatorOnInt16CanBeDamaged(String name) {
        byte[] bytes = sample16(name).file();
        for (int at = 0; at < bytes.length; at++) {
            for (int value : new int[] {0, 1, 2, 4, 7, 127, 128, 255, bytes[at] + 1, bytes[at] - 1}) {
                byte[] changed = bytes.clone();
                changed[at] = (byte) value;
                MutatedFilesTest.refusedOrRuns(changed);
            }
        }
    }

    /** Reads and writes tensors of these types; zero points of int8 are 3. */
    private static OperatorSamples.Tensors types(int in, int inZero, int out, int outZero) {
        return w -> {
            int[] shape = {1, 4, 4, 2};
            int input = w.tensor(shape, in, 0, new float[] {0.5f}, new long[] {inZero});
            int output = w.tensor(shape, out, 0, new float[] {0.5f}, new long[] {outZero});
            return new Ids(new int[] {input}, new int[] {output}, new int[] {input});
        };
    }

    @Test
    void int16IsSymmetric() {
        assertMalformed(with(sample16("RELU"), types(7, 3, 7, 0)), "tensor 0", "zero point 0 is 3, outside INT16");
        assertMalformed(
                with(sample16("QUANTIZE"), types(9, 3, 7, -1)), "tensor 1", "zero point 0 is -1, outside INT16");
    }

    @Test
    void functionsOfInt16RefuseScalesThatLeave32Bits() {
        for (int[] types : new int[][] {{7, 7}, {7, 9}, {9, 7}}) {
            var coarse = with(sample16("QUANTIZE"), w -> {
                int in = w.tensor(new int[] {2}, types[0], 0, new float[] {32_768}, new long[1]);
                int out = w.tensor(new int[] {2}, types[1], 0, new float[] {1}, new long[1]);
                return new Ids(new int[] {in}, new int[] {out}, new int[] {in});
            });
            assertUnsupported(coarse, "QUANTIZE", "32768.0 relative to the output, below 2^15");
        }
    }

    @Test
    void int16AndInt8DoNotMix() {
        for (String name : new String[] {"RELU", "LEAKY_RELU", "RESHAPE"}) {
            assertMalformed(with(sample16(name), types(7, 0, 9, 3)), name, "input t0 INT16", "equal types allowed");
            assertMalformed(with(sample16(name), types(9, 3, 7, 0)), name, "output t1 INT16", "equal types allowed");
        }
        for (String name : new String[] {"CONV_2D", "FULLY_CONNECTED", "ADD", "MAX_POOL_2D"}) {
            var sound = sample16(name);
            for (boolean output : new boolean[] {true, false}) {
                var mixed = with(sound, w -> {
                    var ids = sound.tensors().writeTo(w);
                    w.retype(output ? ids.outputs()[0] : ids.ports()[0], 9, 0.5f);
                    return ids;
                });
                assertMalformed(mixed, name, "equal types allowed");
            }
        }
    }

    @Test
    void functionsWhoseOutputsHaveAFixedScaleRefuseAnother() {
        for (String name : new String[] {"LOGISTIC", "TANH", "SOFTMAX"}) {
            assertUnsupported(
                    with(sample16(name), types(7, 0, 7, 0)),
                    name,
                    "output scale 0.5 and zero point 0, 3.0517578E-5 and 0 supported");
            assertMalformed(with(sample16(name), types(7, 0, 9, 0)), name, "equal types allowed");
        }
    }

    private static OperatorSamples.Tensors unit16(float inputScale, int... shape) {
        return w -> {
            int in = w.activation16(inputScale, shape);
            int out = w.activation16(1f / 32_768, shape);
            return new Ids(new int[] {in}, new int[] {out}, new int[] {in});
        };
    }

    @Test
    void functionsOfInt16RefuseArgumentsThatTheirTablesCannotTake() {
        for (String name : new String[] {"LOGISTIC", "TANH"}) {
            assertUnsupported(with(sample16(name), unit16(2.667f, 3)), name, "input scale 2.667, up to 2.666");
        }
        assertUnsupported(
                with(sample16("SOFTMAX"), unit16(5.1f, 3)), "SOFTMAX", "beta 1.0 with input scale 5.1", "below 5");
        assertUnsupported(with(sample16("SOFTMAX"), table(-1f)), "SOFTMAX", "beta -1.0");
        assertUnsupported(with(sample16("SOFTMAX"), table(Float.NaN)), "SOFTMAX", "beta NaN");
        assertUnsupported(
                with(sample16("SOFTMAX"), unit16(0.01f, 65_537)), "SOFTMAX", "over 65537 elements, at most 65536");
    }

    @Test
    void meansOfInt16AddUpIn32Bits() {
        var long16 = with(sample16("MEAN"), w -> {
            int in = w.activation16(0.5f, 32_769);
            int axes = w.ints(0);
            int out = w.activation16(0.5f, 1);
            return new Ids(new int[] {in, axes}, new int[] {out}, new int[] {in});
        });
        assertUnsupported(long16, "MEAN", "over 32769 elements, 1 to 32768 supported");
    }

    @Test
    void operatorsThatAreNotDefinedOnInt16AreRefused() {
        for (String name : new String[] {"HARD_SWISH", "RELU_N1_TO_1"}) {
            assertUnsupported(with(sample(name), types(7, 0, 7, 0)), name, "INT16[1, 4, 4, 2], INT8 supported");
        }
    }

    private static OperatorSamples.Tensors layer(float scale, int weightsType, int biasType, byte... bias) {
        return w -> {
            int in = w.activation16(scale, 1, 2);
            int weights = w.tensor(
                    new int[] {1, 2},
                    weightsType,
                    w.buffer(new byte[weightsType == 9 ? 2 : 1]),
                    new float[] {1},
                    new long[1]);
            int biasId = w.tensor(new int[] {1}, biasType, w.buffer(bias), new float[0], new long[0]);
            int out = w.activation16(1, 1, 1);
            return new Ids(new int[] {in, weights, biasId}, new int[] {out}, new int[] {in});
        };
    }

    @Test
    void sumsOfInt16StartFromABiasOfTheirType() {
        var layer =
                new Sample(9, 7, 8, table((byte) 0), sample16("FULLY_CONNECTED").tensors());
        assertMalformed(
                with(layer, layer(1, 9, 7, new byte[2])),
                "FULLY_CONNECTED",
                "bias t2 INT16[1], INT64 or INT32 of 1 elements");
        assertMalformed(with(layer, layer(1, 9, 9, new byte[1])), "FULLY_CONNECTED", "INT64 or INT32 of 1 elements");
        byte[] large = {1, 0, 0, 0, 0, 64, 0, 0};
        assertUnsupported(with(layer, layer(1, 9, 4, large)), "FULLY_CONNECTED", "bias of 70368744177665");
        assertUnsupported(
                with(layer, layer(1, 17, 4, new byte[8])),
                "FULLY_CONNECTED",
                "weights t1 INT4[1, 2]",
                "INT8 supported");
        assertUnsupported(with(layer, layer(128, 9, 4, new byte[8])), "FULLY_CONNECTED", "scale is 128.0", "below 2^7");
        var depthwise = sample16("DEPTHWISE_CONV_2D");
        var narrow = with(depthwise, w -> {
            var ids = depthwise.tensors().writeTo(w);
            int bias = w.ints(1, 2, 3, 4);
            return new Ids(new int[] {ids.inputs()[0], ids.inputs()[1], bias}, ids.outputs(), ids.ports());
        });
        assertMalformed(narrow, "DEPTHWISE_CONV_2D", "INT32[4], INT64 of 4 elements");
        var transposed = with(sample16("TRANSPOSE_CONV"), table((byte) 0, 2, 2, (byte) 1));
        var scattered = with(transposed, w -> {
            var ids = transposed.tensors().writeTo(w);
            int[] inputs = ids.inputs().clone();
            inputs[3] = w.ints(1, 2, 3);
            return new Ids(inputs, ids.outputs(), ids.ports());
        });
        assertMalformed(scattered, "TRANSPOSE_CONV", "INT32[3], INT64 of 3 elements");
        var int8 = sample("CONV_2D");
        var wide = with(int8, w -> {
            var ids = int8.tensors().writeTo(w);
            return new Ids(new int[] {ids.inputs()[0], ids.inputs()[1], w.longs(1, 2, 3)}, ids.outputs(), ids.ports());
        });
        assertMalformed(wide, "CONV_2D", "INT64[3], INT32 of 3 elements");
    }

    @Test
    void theTypeThatProductsOfInt16AreAddedUpInIsThatOfTheBias() {
        assertUnsupported(
                with(sample16("FULLY_CONNECTED"), table((byte) 0, null, null, null, (byte) 4)),
                "FULLY_CONNECTED",
                "quantized bias type INT64 with bias INT32");
        assertUnsupported(
                with(sample16("CONV_2D"), table((byte) 0, 2, 2, (byte) 1, null, null, (byte) 2)),
                "CONV_2D",
                "quantized bias type INT32 with bias INT64");
        assertUnsupported(
                with(sample16("TRANSPOSE_CONV"), table((byte) 0, 2, 2, (byte) 1, (byte) 2)),
                "TRANSPOSE_CONV",
                "quantized bias type INT32 with bias INT64");
        assertUnsupported(
                with(unbiased("FULLY_CONNECTED"), table((byte) 0, null, null, null, (byte) 4)),
                "FULLY_CONNECTED",
                "quantized bias type INT64 with no bias, which means INT32");
        assertUnsupported(
                with(unbiased("CONV_2D"), table((byte) 0, 2, 2, (byte) 1, null, null, (byte) 2)),
                "CONV_2D",
                "quantized bias type INT32 with no bias, which means INT64");
    }

    private static Sample unbiased(String name) {
        var sound = sample16(name);
        return with(sound, w -> {
            var ids = sound.tensors().writeTo(w);
            return new Ids(Arrays.copyOf(ids.inputs(), 2), ids.outputs(), ids.ports());
        });
    }

    @Test
    void sumsOfInt16ByShiftsAloneAreRefused() {
        for (String name : new String[] {"ADD", "SUB"}) {
            assertUnsupported(with(sample16(name), table((byte) 0)), name, "powers of two", "pot_scale_int16 false");
            assertUnsupported(with(sample16(name), table((byte) 0, (byte) 1)), name, "powers of two");
        }
        for (String name : new String[] {"ADD", "SUB", "MUL"}) {
            var sound = sample16(name);
            var coarse = with(sound, w -> {
                int left = w.activation16(1e5f, 2);
                int right = w.activation16(1f, 2);
                int out = w.activation16(1f, 2);
                return new Ids(new int[] {left, right}, new int[] {out}, new int[] {left, right});
            });
            assertUnsupported(coarse, name, "relative to the output, below 2^0");
        }
    }
}
