package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Activation;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.Operator;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class OperatorTimerTest {
    private static final OperatorTimer.Budget THREE_ROUNDS = new OperatorTimer.Budget(0, 0, 3);
    private static final long ENDLESS = Long.MAX_VALUE;

    /** Two additions, one after the other. */
    private static Graph twoSums() throws ModelException {
        var tensors = List.of(
                TestTensors.activation(1, 0, 3),
                TestTensors.activation(1, 0, 3),
                TestTensors.activation(1, 0, 3),
                TestTensors.activation(1, 0, 3));
        List<Operator> operators =
                List.of(new Operator.Add(1, 0, 1, 2, Activation.NONE), new Operator.Add(1, 2, 1, 3, Activation.NONE));
        return Graph.of("sums", tensors, operators, List.of(0, 1), List.of(3));
    }

    /** A clock of which each look is so much later than the one before; the first one is at 0. */
    private static LongSupplier clock(long... steps) {
        var left = new ArrayDeque<Long>();
        for (long step : steps) {
            left.add(step);
        }
        long[] now = {0};
        boolean[] begun = {false};
        return () -> {
            now[0] += begun[0] ? Objects.requireNonNull(left.poll(), "no more looks were expected") : 0;
            begun[0] = true;
            return now[0];
        };
    }

    @Test
    void eachOperatorHasTheMedianOfItsTimesAndTheFirstRoundDoesNotCount() throws Exception {
        var graph = twoSums();
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        var timer = new OperatorTimer(graph, interpreter, THREE_ROUNDS, clock(999, 999, 10, 30, 12, 900, 800, 31));
        timer.run(ENDLESS, () -> false);
        assertThat(timer.isDone()).isTrue();
        assertThat(timer.rounds()).isEqualTo(3);
        assertThat(timer.times()).extracting(LayerProfile::p50Nanos).containsExactly(12L, 31L);
        assertThat(timer.times()).extracting(LayerProfile::operator).containsExactly("ADD", "ADD");
        assertThat(timer.times()).extracting(LayerProfile::bytes).containsExactly(9L, 9L);
    }

    @Test
    void aSliceEndsBehindTheOperatorWithWhichItIsOverAndTheNextOneGoesOn() throws Exception {
        var graph = twoSums();
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        AtomicInteger looks = new AtomicInteger();
        var timer = new OperatorTimer(graph, interpreter, THREE_ROUNDS, () -> looks.getAndIncrement() * 100L);
        timer.run(100, () -> false);
        assertThat(looks).as("the beginning and one operator").hasValue(2);
        assertThatThrownBy(timer::times).isInstanceOf(IllegalStateException.class);
        for (int slices = 1; slices < 8; slices++) {
            assertThat(timer.isDone()).isFalse();
            timer.run(100, () -> false);
        }
        assertThat(timer.isDone())
                .as("two operators in a round that does not count and three that do")
                .isTrue();
        assertThat(timer.times()).extracting(LayerProfile::p50Nanos).containsExactly(100L, 100L);
    }

    @Test
    void whatIsStoppedIsDoneAnewAndChangesNoAnswer() throws Exception {
        var graph = twoSums();
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        var timer = new OperatorTimer(graph, interpreter, THREE_ROUNDS, System::nanoTime);
        byte[] output = new byte[3];
        AtomicInteger asked = new AtomicInteger();
        while (!timer.isDone()) {
            timer.run(ENDLESS, () -> asked.incrementAndGet() % 3 == 0);
            interpreter.run(new byte[] {1, 2, 3, 10, 20, 30}, 0, output, 0);
            assertThat(output).containsExactly(21, 42, 63);
        }
        assertThat(timer.rounds()).isEqualTo(3);
        timer.run(ENDLESS, () -> {
            throw new AssertionError("nothing is left to measure");
        });
    }

    @Test
    void warmUpLastsForItsTimeAndTheRestForTheBudget() throws Exception {
        var graph = twoSums();
        var interpreter = Interpreter.create(graph, Rounding.DOUBLE);
        AtomicInteger looks = new AtomicInteger();
        var timer = new OperatorTimer(
                graph, interpreter, new OperatorTimer.Budget(1000, 2000, 2), () -> looks.getAndIncrement() * 100L);
        timer.run(ENDLESS, () -> false);
        assertThat(timer.rounds()).as("2000 ns in rounds of 200").isEqualTo(10);
        assertThat(looks).as("with 1000 ns of warm-up before").hasValue(1 + 2 * (5 + 10));
        assertThatThrownBy(() -> new OperatorTimer.Budget(-1, 0, 1)).hasMessageContaining("out of range");
        assertThatThrownBy(() -> new OperatorTimer.Budget(0, 0, 0)).hasMessageContaining("out of range");
    }
}
