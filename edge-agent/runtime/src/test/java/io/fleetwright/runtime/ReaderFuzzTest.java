package io.fleetwright.runtime;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.onnx.OnnxReader;
import io.fleetwright.runtime.tflite.TfliteReader;

/**
 * Bytes that a coverage-guided fuzzer makes up: refused with a typed error, or a graph that runs; never anything else.
 *
 * <p>In a normal build the seeds beside this class ({@code ReaderFuzzTestInputs}) are all that runs; {@code mvn -Pfuzz}
 * runs a campaign from them. An input that failed is put there by the fuzzer, and stays as a regression test.
 */
class ReaderFuzzTest {
    /** What is larger than this is read, and not run: a device admits a model by its report. */
    private static final long DEVICE_BYTES = 1 << 18;

    private static final long DEVICE_MACS = 1_000_000;

    @FuzzTest
    void tflite(byte[] bytes) {
        Graph graph;
        try {
            graph = TfliteReader.read(bytes, "fuzzed");
        } catch (ModelException refused) {
            return;
        }
        runs(graph, Arithmetic.TFLITE_DOUBLE_ROUNDING, Arithmetic.TFLITE_SINGLE_ROUNDING);
    }

    @FuzzTest
    void onnx(byte[] bytes) {
        Graph graph;
        try {
            graph = OnnxReader.read(bytes, "fuzzed");
        } catch (ModelException refused) {
            return;
        }
        runs(graph, Arithmetic.ONNX, Arithmetic.TFLITE_DOUBLE_ROUNDING);
    }

    private static void runs(Graph graph, Arithmetic... arithmetics) {
        var report = ModelReport.of(graph);
        if (report.arenaBytes() > DEVICE_BYTES
                || report.macs() > DEVICE_MACS
                || report.weightBytes() > DEVICE_BYTES
                || work(report) > DEVICE_MACS) {
            return;
        }
        for (var arithmetic : arithmetics) {
            var interpreter = Interpreter.create(graph, arithmetic, Kernels.scalar());
            interpreter.run(new byte[interpreter.inputBytes()], 0, new byte[interpreter.outputBytes()], 0);
        }
    }

    /** Bytes moved by all operators together. */
    private static long work(ModelReport report) {
        return report.operators().stream()
                .mapToLong(ModelReport.OperatorReport::bytes)
                .sum();
    }
}
