package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.tflite.TfliteReader;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operator alone: nothing is allocated by a warm inference; whole networks are {@link InterpreterTest}'s. */
class AllocationTest {
    private static final int ROUNDS_MAX = 2000;

    static Stream<Map.Entry<String, byte[]>> operators() {
        var files = new TreeMap<String, byte[]>();
        OperatorSamples.all().forEach((name, sample) -> files.put(name, sample.file()));
        OperatorSamples.inInt16().forEach((name, sample) -> files.put("int16 " + name, sample.file()));
        return files.entrySet().stream();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void aWarmRunOfAnOperatorAllocatesNothing(Map.Entry<String, byte[]> operator) throws Exception {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var graph = TfliteReader.read(operator.getValue(), operator.getKey());
        try (var interpreter = Interpreter.create(graph, Rounding.DOUBLE)) {
            byte[] input = new byte[interpreter.inputBytes()];
            byte[] output = new byte[interpreter.outputBytes()];
            // Until the JIT compiler has seen them, some values are objects.
            long allocated = -1;
            for (int round = 0; allocated != 0 && round < ROUNDS_MAX; round++) {
                for (int i = 0; i < 100; i++) {
                    interpreter.run(input, 0, output, 0);
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 5; i++) {
                    interpreter.run(input, 0, output, 0);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocated).as("bytes in five runs").isZero();
        }
    }
}
