package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InterpreterTest {
    private static final byte CANARY = 0x5A;

    /** Two inputs; outputs are their sum and their sum plus the second input. */
    private static Interpreter twoSums() throws ModelException {
        var tensors = List.of(
                TestTensors.activation(1, 0, 3),
                TestTensors.activation(1, 0, 3),
                TestTensors.activation(1, 0, 3),
                TestTensors.activation(1, 0, 3));
        List<Operator> operators =
                List.of(new Operator.Add(1, 0, 1, 2, Activation.NONE), new Operator.Add(1, 2, 1, 3, Activation.NONE));
        return Interpreter.create(Graph.of("sums", tensors, operators, List.of(0, 1), List.of(2, 3)), Rounding.DOUBLE);
    }

    @Test
    void severalInputsAndOutputsLieOneAfterTheOther() throws Exception {
        var interpreter = twoSums();
        assertThat(interpreter.inputBytes()).isEqualTo(6);
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(new byte[] {1, 2, 3, 10, 20, 30}, 0, output, 0);
        assertThat(output).containsExactly(11, 22, 33, 21, 42, 63);
    }

    @Test
    void rangesOutsideTheArraysAreRefusedBeforeAnythingIsWritten() throws Exception {
        var interpreter = twoSums();
        byte[] output = new byte[8];
        Arrays.fill(output, CANARY);
        assertThatThrownBy(() -> interpreter.run(new byte[5], 0, output, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> interpreter.run(new byte[6], 1, output, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> interpreter.run(new byte[6], 0, output, 3))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(output).containsOnly(CANARY);
    }

    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void anInferenceThatNobodyStopsIsTheSameAndOneThatIsStoppedWritesNothing(GoldenModel model) throws Exception {
        var interpreter = Interpreter.create(model.graph(), Rounding.DOUBLE);
        byte[] input = model.inputs();
        byte[] whole = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, whole, 0);
        byte[] output = new byte[interpreter.outputBytes()];
        var asked = new AtomicInteger();
        assertThat(interpreter.run(input, 0, output, 0, () -> asked.incrementAndGet() < 0))
                .isTrue();
        assertThat(output).isEqualTo(whole);
        int times = asked.get();
        assertThat(times).isGreaterThanOrEqualTo(model.graph().operators().size());
        Arrays.fill(output, CANARY);
        for (int after : new int[] {1, times / 2, times}) {
            asked.set(0);
            assertThat(interpreter.run(input, 0, output, 0, () -> asked.incrementAndGet() == after))
                    .isFalse();
            assertThat(asked.get()).isEqualTo(after);
            assertThat(output).containsOnly(CANARY);
        }
        interpreter.run(input, 0, output, 0);
        assertThat(output).isEqualTo(whole);
    }

    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void nothingIsWrittenAroundTheOutputAndNoInputIsChanged(GoldenModel model) throws Exception {
        var interpreter = Interpreter.create(model.graph(), Rounding.DOUBLE);
        byte[] input = model.inputs();
        byte[] output = new byte[interpreter.outputBytes() + 32];
        Arrays.fill(output, CANARY);
        interpreter.run(input, interpreter.inputBytes(), output, 16);
        assertThat(input).isEqualTo(model.inputs());
        assertThat(Arrays.copyOf(output, 16)).containsOnly(CANARY);
        assertThat(Arrays.copyOfRange(output, output.length - 16, output.length))
                .containsOnly(CANARY);
    }

    @ParameterizedTest
    @EnumSource(GoldenModel.class)
    void aRunOfPlainJavaAllocatesNothing(GoldenModel model) throws Exception {
        try (var interpreter =
                Interpreter.create(model.graph(), Arithmetic.tflite(Rounding.SINGLE), Kernels.scalar())) {
            assertThat(Allocation.ofRuns(interpreter, model.inputs(), 1, Allocation.TRIES))
                    .isZero();
        }
    }

    /**
     * Vectors live in registers only once C2 has compiled them; before that they are objects. Whether it finds all of them
     * depends on what the JVM has run before, and now and then on when it compiles: so each network has a JVM of its own, and
     * a second and third one where objects are left.
     */
    @ParameterizedTest
    @EnumSource(
            value = GoldenModel.class,
            names = {"IC_RESNET8", "KWS_DSCNN", "PERSON_DETECT"})
    void aWarmRunOnRegistersAllocatesNothing(GoldenModel model) throws Exception {
        var allocated = new ArrayList<Long>();
        while (allocated.size() < 3 && !allocated.contains(0L)) {
            allocated.add(Allocation.inOwnJvm(model));
        }
        assertThat(allocated).as("bytes in five runs, by JVM").contains(0L);
    }
}
