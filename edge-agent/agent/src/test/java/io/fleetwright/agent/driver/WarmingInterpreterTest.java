package io.fleetwright.agent.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.KernelSet;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WarmingInterpreterTest {
    /** Kernels that leave the output at zeros, so that one can see whether they ran, and take this long for it. */
    private record Zeros(long nanos) implements KernelSet {
        @Override
        public String name() {
            return "zeros";
        }

        @Override
        public Kernel kernel(Graph graph, Operator operator, Arithmetic arithmetic) {
            return (_, _, _, _) -> {
                long start = System.nanoTime();
                while (System.nanoTime() - start < nanos) {
                    Thread.onSpinWait();
                }
            };
        }
    }

    private static byte[] answerAfterWarmUp(KernelSet set, long warmUpNanos) throws Exception {
        byte[] artifact = Files.readAllBytes(SharedData.require("models/mlperf-tiny/ic_resnet8.tflite"));
        var interpreter = new WarmingInterpreter(ModelReader.read(artifact, "ic"), set, warmUpNanos);
        byte[] inputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/ic_resnet8.in.bin"));
        byte[] input = Arrays.copyOf(inputs, interpreter.inputBytes());
        Await.until("warm-up has ended", Duration.ofSeconds(60), () -> !interpreter.isWarming());
        return interpreter.run(input);
    }

    private static byte[] right() throws Exception {
        byte[] outputs = Files.readAllBytes(SharedData.require("models/mlperf-tiny/golden/ic_resnet8.out.bin"));
        return Arrays.copyOf(outputs, 10);
    }

    @Test
    void fasterKernelsTakeOver() throws Exception {
        assertThat(answerAfterWarmUp(new Zeros(0), 60_000_000_000L)).containsOnly(0);
    }

    @Test
    void slowerKernelsDoNot() throws Exception {
        assertThat(answerAfterWarmUp(new Zeros(50_000_000), 1_000_000_000L)).isEqualTo(right());
    }
}
