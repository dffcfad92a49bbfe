package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.tflite.TfliteReader;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operator alone: nothing is allocated by a warm inference; whole networks are {@link InterpreterTest}'s. */
class AllocationTest {
    static Stream<Map.Entry<String, byte[]>> operators() {
        var files = new TreeMap<String, byte[]>();
        OperatorSamples.all().forEach((name, sample) -> files.put(name, sample.file()));
        OperatorSamples.inInt16().forEach((name, sample) -> files.put("int16 " + name, sample.file()));
        return files.entrySet().stream();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void aRunOfAnOperatorAllocatesNothing(Map.Entry<String, byte[]> operator) throws Exception {
        var graph = TfliteReader.read(operator.getValue(), operator.getKey());
        try (var interpreter = Interpreter.create(graph, Arithmetic.tflite(Rounding.DOUBLE), Kernels.scalar())) {
            assertThat(Allocation.ofRuns(interpreter, new byte[interpreter.inputBytes()], 1, Allocation.TRIES))
                    .as(operator.getKey())
                    .isZero();
        }
    }
}
