package io.fleetwright.runtime.bench;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.qdq.OnnxNodes;
import io.fleetwright.runtime.qdq.QdqOnnxConverter;
import io.fleetwright.runtime.qdq.QdqOnnxConverter.Activations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * ONNX Runtime on the same network as QDQ ONNX, with all its graph optimizations. The timed run goes through its Java interface with input and output
 * tensors made once, outside the heap, so it copies nothing; some microseconds of it are that interface.
 */
final class OnnxRuntimeEngine implements Engine {
    /**
     * Which integer kernels to ask for. It has no fast ones for x86 where activations and weights are both signed; its
     * fast ones want unsigned activations, and are exact only on processors with VNNI: on others they saturate.
     */
    enum Flavour {
        U8("onnxruntimeU8", Activations.UINT8, OnnxJavaType.UINT8, 0x80),
        S8("onnxruntimeS8", Activations.INT8, OnnxJavaType.INT8, 0);

        final String engine;
        private final Activations activations;
        private final OnnxJavaType type;
        /** Flips the sign bit, which adds 128, of every byte that goes in or out. */
        private final int flip;

        Flavour(String engine, Activations activations, OnnxJavaType type, int flip) {
            this.engine = engine;
            this.activations = activations;
            this.type = type;
            this.flip = flip;
        }
    }

    /** What is left of a model when nothing was fused. */
    private static final Set<String> FLOAT_OPERATORS = Set.of("Conv", "Gemm", "MatMul", "Add", "AveragePool", "Softmax");

    private final Flavour flavour;
    private final OrtSession session;
    private final ByteBuffer input;
    private final ByteBuffer output;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;
    private final String remark;

    /** @throws EngineRefusedException when it refuses the model, or runs none of it in int8 */
    OnnxRuntimeEngine(Graph graph, Flavour flavour, int threads) throws EngineRefusedException {
        this.flavour = flavour;
        var environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        try (var options = new SessionOptions()) {
            Path optimized = Files.createTempFile("optimized", ".onnx");
            try {
                options.setIntraOpNumThreads(threads);
                options.setInterOpNumThreads(1);
                options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
                options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
                if (flavour == Flavour.S8) {
                    // Otherwise it turns part of the graph to unsigned by itself, and leaves the rest in float.
                    options.addConfigEntry("session.qdqisint8allowed", "1");
                }
                options.setOptimizedModelFilePath(optimized.toString());
                this.session = environment.createSession(QdqOnnxConverter.convert(graph, flavour.activations), options);
                this.remark = fusion(OnnxNodes.of(Files.readAllBytes(optimized)));
            } finally {
                Files.delete(optimized);
            }
            this.input = buffer(session.getInputInfo());
            this.output = buffer(session.getOutputInfo());
            this.inputs = Map.of(name(session.getInputInfo()), tensor(environment, session.getInputInfo(), input));
            this.outputs = Map.of(name(session.getOutputInfo()), tensor(environment, session.getOutputInfo(), output));
        } catch (OrtException | IOException failure) {
            throw new EngineRefusedException("ONNX Runtime: %s".formatted(failure.getMessage()), failure);
        }
    }

    /** Reads the optimized graph back: integer kernels have names of their own there. */
    private static String fusion(OnnxNodes nodes) throws EngineRefusedException {
        var operators = nodes.histogram();
        if (operators.keySet().stream().noneMatch(name -> name.startsWith("QLinear") || name.equals("QGemm"))) {
            throw new EngineRefusedException("ONNX Runtime fused nothing to integers: %s".formatted(operators));
        }
        boolean whole = operators.keySet().stream().noneMatch(FLOAT_OPERATORS::contains);
        return "%s in integers: %s".formatted(whole ? "all" : "partly", operators);
    }

    private static String name(Map<String, NodeInfo> infos) {
        return infos.keySet().iterator().next();
    }

    private static long[] shape(Map<String, NodeInfo> infos) {
        return ((TensorInfo) infos.values().iterator().next().getInfo()).getShape();
    }

    private static ByteBuffer buffer(Map<String, NodeInfo> infos) {
        long elements = 1;
        for (long extent : shape(infos)) {
            elements = Math.multiplyExact(elements, extent);
        }
        return ByteBuffer.allocateDirect(Math.toIntExact(elements));
    }

    private OnnxTensor tensor(OrtEnvironment environment, Map<String, NodeInfo> infos, ByteBuffer data)
            throws OrtException {
        return OnnxTensor.createTensor(environment, data, shape(infos), flavour.type);
    }

    @Override
    public String name() {
        return flavour.engine;
    }

    @Override
    public int inputBytes() {
        return input.capacity();
    }

    @Override
    public void load(byte[] inputs, int offset) {
        for (int i = 0; i < input.capacity(); i++) {
            input.put(i, (byte) (inputs[offset + i] ^ flavour.flip));
        }
    }

    @Override
    public void run() {
        try {
            session.run(inputs, outputs).close();
        } catch (OrtException failure) {
            throw new IllegalStateException("ONNX Runtime failed to run", failure);
        }
    }

    @Override
    public void store(byte[] outputs, int offset) {
        for (int i = 0; i < output.capacity(); i++) {
            outputs[offset + i] = (byte) (output.get(i) ^ flavour.flip);
        }
    }

    /** It scales by a float factor and rounds once. */
    @Override
    public Rounding rounding() {
        return Rounding.SINGLE;
    }

    @Override
    public String remark() {
        return remark;
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException("ONNX Runtime failed to close", failure);
        }
    }
}
