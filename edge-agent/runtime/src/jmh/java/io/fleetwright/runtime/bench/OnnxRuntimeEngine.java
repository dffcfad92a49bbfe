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
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.qdq.OnnxNodes;
import io.fleetwright.runtime.qdq.QdqOnnxConverter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * ONNX Runtime on the same network as QDQ ONNX. The timed run goes through its Java interface with input and output
 * tensors made once, outside the heap, so it copies nothing; some microseconds of it are that interface.
 */
final class OnnxRuntimeEngine implements Engine {
    static final String NAME = "onnxruntime";

    private final OrtSession session;
    private final ByteBuffer input;
    private final ByteBuffer output;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;
    private final String remark;

    /** @throws EngineRefusedException when it refuses the model, or runs none of it in int8 */
    OnnxRuntimeEngine(Graph graph, int threads) throws EngineRefusedException {
        var environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        try (var options = new SessionOptions()) {
            Path optimized = Files.createTempFile("optimized", ".onnx");
            try {
                options.setIntraOpNumThreads(threads);
                options.setInterOpNumThreads(1);
                options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
                options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
                String int8 = System.getProperty("ort.int8");
                if (int8 != null) options.addConfigEntry("session.qdqisint8allowed", int8);
                options.setOptimizedModelFilePath(optimized.toString());
                this.session = environment.createSession(QdqOnnxConverter.convert(graph), options);
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

    /** Reads the optimized graph back: integer kernels have names of their own. */
    private static String fusion(OnnxNodes nodes) throws EngineRefusedException {
        var operators = nodes.histogram();
        var integer = operators.entrySet().stream().filter(e -> e.getKey().startsWith("Q") && !e.getKey().equals("QuantizeLinear")).count();
        if (integer == 0) {
            throw new EngineRefusedException("ONNX Runtime fused nothing to int8: %s".formatted(operators));
        }
        return operators.toString();
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

    private static OnnxTensor tensor(OrtEnvironment environment, Map<String, NodeInfo> infos, ByteBuffer data)
            throws OrtException {
        return OnnxTensor.createTensor(environment, data, shape(infos), OnnxJavaType.INT8);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int inputBytes() {
        return input.capacity();
    }

    @Override
    public void load(byte[] inputs, int offset) {
        input.put(0, inputs, offset, input.capacity());
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
        output.get(0, outputs, offset, output.capacity());
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
