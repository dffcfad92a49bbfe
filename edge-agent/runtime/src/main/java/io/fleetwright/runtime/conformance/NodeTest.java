package io.fleetwright.runtime.conformance;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorInfo;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.onnx.OnnxReader;
import io.fleetwright.runtime.onnx.OnnxTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One test of the ONNX backend suite: a folder with {@code model.onnx} and {@code test_data_set_0/input_N.pb} and {@code
 * output_N.pb}, each a TensorProto.
 *
 * <p>Integers must be equal, floats close: {@code |got - wanted| <= 1e-7 + 1e-3 * |wanted|}, as the suite's own runner
 * has it.
 */
public final class NodeTest {
    private static final String MODEL = "model.onnx";
    private static final double TOLERANCE_ABSOLUTE = 1e-7;
    private static final double TOLERANCE_RELATIVE = 1e-3;
    private static final String DATA = "test_data_set_0";
    private static final int FILES_MAX = 64;

    /** Tests whose expected outputs contradict the standard's own text, and how. */
    private static final Map<String, String> ERRATA = Map.of(
            "test_qlinearmatmul_3D_int8_float32",
            "the expected outputs wrap modulo 256 where the standard says saturate");

    private final Path folder;

    public NodeTest(Path folder) {
        this.folder = folder;
    }

    /** How a test ended. */
    public sealed interface Outcome {
        record Passed() implements Outcome {}

        /** The model is refused as a thing this runtime does not compute; the reason names the operator. */
        record Unsupported(String reason) implements Outcome {}

        /** The outputs differ, but the test is known to contradict the standard. */
        record Skipped(String reason) implements Outcome {}

        /** The model is said to be broken, or its outputs differ. */
        record Failed(String reason) implements Outcome {}
    }

    /** The tests of a folder, by name. */
    public static List<NodeTest> in(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.filter(entry -> Files.isRegularFile(entry.resolve(MODEL)))
                    .sorted()
                    .map(NodeTest::new)
                    .toList();
        }
    }

    public String name() {
        return String.valueOf(folder.getFileName());
    }

    /** Reads, runs and compares. */
    public Outcome run() throws IOException {
        try {
            var outcome = compare();
            String erratum = ERRATA.get(name());
            return outcome instanceof Outcome.Failed && erratum != null ? new Outcome.Skipped(erratum) : outcome;
        } catch (UnsupportedModelException refused) {
            return new Outcome.Unsupported(String.valueOf(refused.getMessage()));
        } catch (MalformedModelException refused) {
            return new Outcome.Failed(String.valueOf(refused.getMessage()));
        } catch (ModelException other) {
            throw new IllegalStateException("sealed", other);
        }
    }

    private Outcome compare() throws IOException, ModelException {
        byte[] model = Files.readAllBytes(folder.resolve(MODEL));
        var given = given(model);
        var graph = OnnxReader.read(model, name(), new OnnxReader.Bindings(Map.of(), given));
        byte[] computed = run(graph, given);
        return compare(graph, computed, tensors("output"));
    }

    /**
     * The model, with the inputs that it needs as constants.
     *
     * @throws ModelException when this runtime cannot read it
     */
    public Graph graph() throws IOException, ModelException {
        byte[] model = Files.readAllBytes(folder.resolve(MODEL));
        return OnnxReader.read(model, name(), new OnnxReader.Bindings(Map.of(), given(model)));
    }

    /** Input data by name. */
    private Map<String, byte[]> given(byte[] model) throws IOException, ModelException {
        var given = new HashMap<String, byte[]>();
        var names = OnnxReader.inputNames(model, name());
        var inputs = tensors("input");
        for (int i = 0; i < inputs.size(); i++) {
            given.put(
                    i < names.size() ? names.get(i) : inputs.get(i).name(),
                    bytes(inputs.get(i).data()));
        }
        return given;
    }

    private List<OnnxTensor> tensors(String kind) throws IOException, ModelException {
        var tensors = new ArrayList<OnnxTensor>();
        for (int i = 0; i < FILES_MAX; i++) {
            Path file = folder.resolve(DATA).resolve("%s_%d.pb".formatted(kind, i));
            if (!Files.exists(file)) {
                break;
            }
            tensors.add(OnnxTensor.read(Files.readAllBytes(file), String.valueOf(file.getFileName())));
        }
        return tensors;
    }

    private static byte[] bytes(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return bytes;
    }

    private static byte[] run(Graph graph, Map<String, byte[]> given) {
        var input = new ByteArrayOutputStream();
        for (TensorInfo info : graph.inputs()) {
            input.writeBytes(given.getOrDefault(info.name(), new byte[info.bytes()]));
        }
        var interpreter = Interpreter.create(graph, Arithmetic.ONNX, Kernels.best());
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input.toByteArray(), 0, output, 0);
        return output;
    }

    private static Outcome compare(Graph graph, byte[] computed, List<OnnxTensor> wanted) {
        if (graph.outputs().size() != wanted.size()) {
            return new Outcome.Failed(
                    "%d outputs, %d wanted".formatted(graph.outputs().size(), wanted.size()));
        }
        int at = 0;
        for (int i = 0; i < wanted.size(); i++) {
            var info = graph.outputs().get(i);
            var expected = wanted.get(i);
            if (info.type() != expected.type().type()
                    || !info.shape().equals(expected.type().dimensions())) {
                return new Outcome.Failed(
                        "output %d is %s%s, %s wanted".formatted(i, info.type(), info.shape(), expected.type()));
            }
            var found = ByteBuffer.wrap(computed, at, info.bytes()).slice().order(ByteOrder.LITTLE_ENDIAN);
            for (int element = 0; element < expected.type().elements(); element++) {
                String difference = difference(expected, found, element);
                if (!difference.isEmpty()) {
                    return new Outcome.Failed("output %d, element %d: %s".formatted(i, element, difference));
                }
            }
            at += info.bytes();
        }
        return new Outcome.Passed();
    }

    /** What is wrong with an element, or nothing. */
    private static String difference(OnnxTensor expected, ByteBuffer found, int element) {
        var wantedData = expected.data();
        return switch (expected.type().type()) {
            case FLOAT32 -> difference(found.getFloat(4 * element), wantedData.getFloat(4 * element));
            case FLOAT64 -> difference(found.getDouble(8 * element), wantedData.getDouble(8 * element));
            case FLOAT16 ->
                difference(
                        Float.float16ToFloat(found.getShort(2 * element)),
                        Float.float16ToFloat(wantedData.getShort(2 * element)));
            default -> bitDifference(expected.type().type().bits(), wantedData, found, element);
        };
    }

    private static String bitDifference(int bits, ByteBuffer wanted, ByteBuffer found, int element) {
        for (int bit = element * bits; bit < (element + 1) * bits; bit++) {
            int index = bit / Byte.SIZE;
            if (((found.get(index) ^ wanted.get(index)) & 1 << (bit % Byte.SIZE)) != 0) {
                return "byte %d is %d, %d wanted".formatted(index, found.get(index), wanted.get(index));
            }
        }
        return "";
    }

    private static String difference(double got, double wanted) {
        boolean close = got == wanted
                || (Double.isNaN(got) && Double.isNaN(wanted))
                || Math.abs(got - wanted) <= TOLERANCE_ABSOLUTE + TOLERANCE_RELATIVE * Math.abs(wanted);
        return close ? "" : "%s, %s wanted".formatted(got, wanted);
    }
}
