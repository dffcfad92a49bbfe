package io.fleetwright.agent.driver;

import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.OperatorTimer;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.kernel.KernelSet;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * An interpreter that answers at once and becomes fast later.
 *
 * <p>Vector kernels are many times slower than scalar ones until the JIT compiler has seen them, and several times faster
 * afterwards. So a model starts on scalar kernels, while a thread that rests half of the time runs it on vector kernels; when these are
 * the faster ones, they take over. Both give the same bytes. A model whose vector kernels stay slower for all of the time
 * they get keeps the scalar ones. Without the JVM's vector module there is nothing to wait for.
 *
 * <p>One thread at a time may use it.
 */
final class WarmingInterpreter {
    private static final System.Logger LOG = System.getLogger("fleetwright.agent");
    /** How long one model may warm up. */
    private static final long WARM_UP_NANOS = 20_000_000_000L;

    private static final long REST_NANOS_MAX = 5_000_000L;
    /** Runs in a row in which the vector kernels must be the faster ones. */
    private static final int FASTER_RUNS = 20;
    /** Heap that weights may take while both kernel sets are there, per weight: int32 and the widest carrier, and room. */
    private static final int HEAP_PER_WEIGHT = 16;

    private volatile Interpreter interpreter;
    private volatile String kernels;
    private volatile boolean warming;
    private volatile boolean unwanted;

    /** One model after the other: warming up must not take the processor from inference. */
    private static final class Queue {
        static final Executor THREAD = Executors.newSingleThreadExecutor(task -> {
            var thread = new Thread(task, "kernel-warm-up");
            thread.setDaemon(true);
            return thread;
        });
    }

    WarmingInterpreter(Graph graph) {
        this(graph, Kernels.best(), WARM_UP_NANOS);
    }

    WarmingInterpreter(Graph graph, KernelSet best, long nanos) {
        this.interpreter = Interpreter.create(graph, graph.arithmetic(), Kernels.scalar());
        this.kernels = Kernels.scalar().name();
        if (!best.name().equals(Kernels.scalar().name())) {
            warming = true;
            Queue.THREAD.execute(() -> warmUp(graph, best, nanos));
        }
    }

    int inputBytes() {
        return interpreter.inputBytes();
    }

    int outputBytes() {
        return interpreter.outputBytes();
    }

    byte[] run(byte[] input) {
        Interpreter current = interpreter;
        byte[] output = new byte[current.outputBytes()];
        current.run(input, 0, output, 0);
        return output;
    }

    /** @throws CancellationException when {@code unwanted} says so before the end */
    byte[] run(byte[] input, BooleanSupplier unwanted) {
        Interpreter current = interpreter;
        byte[] output = new byte[current.outputBytes()];
        if (!current.run(input, 0, output, 0, unwanted)) {
            throw new CancellationException("not wanted any more");
        }
        return output;
    }

    /** Nobody runs it any more: it need not become fast. */
    void giveUp() {
        unwanted = true;
    }

    /** Whether faster kernels may still take over. */
    boolean isWarming() {
        return warming;
    }

    /** The kernels that it runs on now. */
    String kernels() {
        return kernels;
    }

    /** Times operators on the memory that inferences use; empty while it is warming. */
    Optional<OperatorTimer> timer(Graph graph, OperatorTimer.Budget budget, LongSupplier nanos) {
        return warming ? Optional.empty() : Optional.of(new OperatorTimer(graph, interpreter, budget, nanos));
    }

    /** An agent's heap is small, and running out of it would hit whoever asks next. */
    private static boolean fits(Graph graph) {
        var heap = Runtime.getRuntime();
        long free = heap.maxMemory() - heap.totalMemory() + heap.freeMemory();
        var report = ModelReport.of(graph);
        return report.weightBytes() * HEAP_PER_WEIGHT + 2 * report.arenaBytes() < free / 2;
    }

    private void warmUp(Graph graph, KernelSet best, long nanos) {
        try {
            if (unwanted) {
                return;
            }
            if (!fits(graph)) {
                LOG.log(System.Logger.Level.INFO, "kernels.not_warmed model={0} reason=heap", graph.name());
                return;
            }
            var scalar = Interpreter.create(graph, graph.arithmetic(), Kernels.scalar());
            var candidate = Interpreter.create(graph, graph.arithmetic(), best);
            byte[] input = new byte[candidate.inputBytes()];
            byte[] output = new byte[candidate.outputBytes()];
            long start = System.nanoTime();
            long now = start;
            int faster = 0;
            while (faster < FASTER_RUNS && now - start < nanos && !unwanted) {
                candidate.run(input, 0, output, 0);
                long between = System.nanoTime();
                scalar.run(input, 0, output, 0);
                long after = System.nanoTime();
                faster = between - now < after - between ? faster + 1 : 0;
                LockSupport.parkNanos(Math.min(after - now, REST_NANOS_MAX));
                now = System.nanoTime();
            }
            boolean better = faster == FASTER_RUNS;
            if (better) {
                kernels = best.name();
                interpreter = candidate;
            }
            LOG.log(
                    System.Logger.Level.INFO,
                    "kernels.warmed model={0} set={1} after_ms={2}",
                    graph.name(),
                    better ? best.name() : Kernels.scalar().name(),
                    (now - start) / 1_000_000);
        } catch (OutOfMemoryError | RuntimeException tooMuch) {
            // The scalar kernels are there and stay.
            LOG.log(System.Logger.Level.WARNING, "kernels.not_warmed model={0} reason={1}", graph.name(), tooMuch);
        } finally {
            warming = false;
        }
    }
}
