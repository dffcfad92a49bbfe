package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small ONNX files of one operator, with attributes of any values, give what they give in ONNX Runtime. */
class OnnxRuntimeTest {
    private static final int CASES = Integer.getInteger("fleetwright.onnx.cases", 120);

    /** Sums are added up in other orders, and exponentials have other last bits. */
    private static final double TOLERANCE = 1e-4;

    static List<String> operators() {
        return OnnxGenerator.operators();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void anOperatorGivesTheSameInBoth(String operator) {
        int[] compared = {0};
        SeededCases.forEach(1, CASES, (random, _) -> {
            var generator = OnnxGenerator.of(operator, random);
            Map<String, Output> wanted;
            try {
                wanted = nativeOutputs(generator);
            } catch (OrtException _) {
                // It lacks a few types and combinations that the standard has.
                return;
            }
            compare(generator, wanted);
            compared[0]++;
        });
        if (System.getProperty("fleetwright.seed") == null) {
            assertThat(compared[0]).as("files that both ran").isGreaterThan(CASES / 2);
        }
    }

    /** A value of ONNX Runtime, copied. */
    private record Output(OnnxJavaType type, List<Integer> shape, ByteBuffer data) {
        static Output of(OnnxTensor tensor) {
            var data = tensor.getByteBuffer();
            var copy = ByteBuffer.allocate(data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
            copy.put(data).flip();
            return new Output(
                    tensor.getInfo().type,
                    Arrays.stream(tensor.getInfo().getShape())
                            .mapToObj(Math::toIntExact)
                            .toList(),
                    copy);
        }
    }

    private static Map<String, Output> nativeOutputs(OnnxGenerator generator) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        var given = new HashMap<String, OnnxTensor>();
        try (var options = new OrtSession.SessionOptions()) {
            // So that each operator is the one that is meant.
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setIntraOpNumThreads(1);
            for (var input : generator.inputs()) {
                var data = ByteBuffer.allocateDirect(input.data().length).order(ByteOrder.nativeOrder());
                data.put(input.data()).flip();
                long[] shape = Arrays.stream(input.shape()).asLongStream().toArray();
                given.put(input.name(), OnnxTensor.createTensor(environment, data, shape, type(input.type())));
            }
            try (var session = environment.createSession(generator.file(), options);
                    var result = session.run(given, new LinkedHashSet<>(generator.outputs()))) {
                var outputs = new HashMap<String, Output>();
                for (var entry : result) {
                    outputs.put(entry.getKey(), Output.of((OnnxTensor) entry.getValue()));
                }
                return outputs;
            }
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxJavaType type(int type) {
        return switch (type) {
            case OnnxFile.FLOAT -> OnnxJavaType.FLOAT;
            case OnnxFile.INT32 -> OnnxJavaType.INT32;
            case OnnxFile.INT64 -> OnnxJavaType.INT64;
            default -> throw new IllegalArgumentException("type %d of an input".formatted(type));
        };
    }

    private static void compare(OnnxGenerator generator, Map<String, Output> wanted) throws Exception {
        var graph = ModelReader.read(generator.file(), "case");
        byte[] found = run(graph, generator);
        int at = 0;
        for (int i = 0; i < graph.outputs().size(); i++) {
            TensorInfo info = graph.outputs().get(i);
            var output = Objects.requireNonNull(wanted.get(generator.outputs().get(i)));
            assertThat(info.shape()).as("shape of output %d", i).isEqualTo(output.shape);
            var data = ByteBuffer.wrap(found, at, info.bytes()).slice().order(ByteOrder.LITTLE_ENDIAN);
            if (output.type == OnnxJavaType.FLOAT) {
                for (int element = 0; element < info.bytes(); element += Float.BYTES) {
                    double right = output.data.getFloat(element);
                    double got = data.getFloat(element);
                    assertThat(got == right
                                    || Double.isNaN(got) && Double.isNaN(right)
                                    || Math.abs(got - right) <= TOLERANCE * (1 + Math.abs(right)))
                            .as("output %d, byte %d: %s, %s wanted", i, element, got, right)
                            .isTrue();
                }
            } else {
                assertThat(data).as("output %d", i).isEqualTo(output.data);
            }
            at += info.bytes();
        }
    }

    private static byte[] run(Graph graph, OnnxGenerator generator) {
        try (var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best())) {
            byte[] input = new byte[interpreter.inputBytes()];
            int at = 0;
            for (TensorInfo info : graph.inputs()) {
                byte[] data = generator.inputs().stream()
                        .filter(one -> one.name().equals(info.name()))
                        .findFirst()
                        .orElseThrow()
                        .data();
                System.arraycopy(data, 0, input, at, data.length);
                at += data.length;
            }
            byte[] output = new byte[interpreter.outputBytes()];
            interpreter.run(input, 0, output, 0);
            return output;
        }
    }
}
