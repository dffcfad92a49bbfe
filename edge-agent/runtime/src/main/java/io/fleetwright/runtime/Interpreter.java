package io.fleetwright.runtime;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.KernelSet;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * Runs a {@link Graph} on the CPU, equal to the named reference byte for byte.
 *
 * <p>All memory is taken when it is made: {@link #run} allocates nothing. One thread at a time may use it; interpreters
 * of one graph are independent.
 */
public final class Interpreter implements AutoCloseable {
    public static final int THREADS_MAX = 64;

    private final Kernel[] kernels;
    private final int[] parts;
    private final String[] carriers;
    private final byte[] arena;
    private final Team team;
    private final Port[] inputs;
    private final Port[] outputs;
    private final int inputBytes;
    private final int outputBytes;

    /** Where one input or output lives in the arena. */
    private record Port(int at, int bytes) {}

    private Interpreter(Graph graph, Arithmetic arithmetic, KernelSet set, int threads) {
        KernelSet laidOut = set.forThreads(threads);
        this.kernels = graph.operators().stream()
                .map(operator -> laidOut.kernel(graph, operator, arithmetic))
                .toArray(Kernel[]::new);
        this.parts = new int[kernels.length];
        this.carriers = new String[kernels.length];
        var size = WorkspaceSize.NONE;
        for (int i = 0; i < kernels.length; i++) {
            size = size.max(kernels[i].workspace());
            parts[i] = kernels[i].parts();
            carriers[i] = carrier(graph.operators().get(i), kernels[i]);
        }
        this.arena = new byte[Math.toIntExact(graph.plan().bytes())];
        this.team = new Team(threads, size, graph.name());
        this.inputs = ports(graph, graph.inputIds());
        this.outputs = ports(graph, graph.outputIds());
        this.inputBytes = bytes(inputs);
        this.outputBytes = bytes(outputs);
    }

    /**
     * Prepares a graph with the best kernels of this machine and the arithmetic of the format it was read from: packs
     * weights, computes multipliers, takes the arena.
     */
    public static Interpreter create(Graph graph) {
        return create(graph, graph.arithmetic(), Kernels.best());
    }

    /** The same with TFLite arithmetic of the caller's choice. */
    public static Interpreter create(Graph graph, Rounding rounding) {
        return create(graph, Arithmetic.tflite(rounding), Kernels.best());
    }

    /** Prepares a graph with kernels of the caller's choice. */
    public static Interpreter create(Graph graph, Arithmetic arithmetic, KernelSet kernels) {
        return new Interpreter(graph, arithmetic, kernels, 1);
    }

    /**
     * Prepares a graph for several threads, which share the large layers; the bytes stay the same.
     *
     * @param threads 1 to {@link #THREADS_MAX}, the caller's included
     * @throws IllegalArgumentException when there are fewer or more
     */
    public static Interpreter create(Graph graph, Arithmetic arithmetic, KernelSet kernels, int threads) {
        if (threads < 1 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("threads (%d) must be 1 to %d".formatted(threads, THREADS_MAX));
        }
        return new Interpreter(graph, arithmetic, kernels, threads);
    }

    private static String carrier(Operator operator, Kernel kernel) {
        return operator instanceof Operator.OnArrays step && !step.carrier().isEmpty()
                ? step.carrier()
                : kernel.carrier();
    }

    private static Port[] ports(Graph graph, List<Integer> ids) {
        return ids.stream()
                .map(id -> new Port(
                        graph.plan().offset(id), graph.tensors().get(id).bytes()))
                .toArray(Port[]::new);
    }

    private static int bytes(Port[] ports) {
        int sum = 0;
        for (var port : ports) {
            sum = Math.addExact(sum, port.bytes());
        }
        return sum;
    }

    /** Size of all inputs together. */
    public int inputBytes() {
        return inputBytes;
    }

    /** Size of all outputs together. */
    public int outputBytes() {
        return outputBytes;
    }

    /**
     * One inference. Several inputs or outputs lie one after the other, in the graph's order.
     *
     * @param input {@link #inputBytes()} bytes from {@code inputOffset} are read
     * @param output {@link #outputBytes()} bytes from {@code outputOffset} are written, no others
     * @throws IndexOutOfBoundsException when either range is outside its array; nothing is written then
     */
    public void run(byte[] input, int inputOffset, byte[] output, int outputOffset) {
        Objects.checkFromIndexSize(outputOffset, outputBytes, output.length);
        take(input, inputOffset);
        for (int i = 0; i < kernels.length; i++) {
            team.run(kernels[i], parts[i], arena);
        }
        give(output, outputOffset);
    }

    /**
     * One inference by the caller's thread alone that ends early when it is not wanted any more.
     *
     * @param unwanted asked before each part of each operator, such as a row of its output
     * @return true when it came to its end, else nothing was written
     * @throws IndexOutOfBoundsException as {@link #run(byte[], int, byte[], int)}
     */
    public boolean run(byte[] input, int inputOffset, byte[] output, int outputOffset, BooleanSupplier unwanted) {
        Objects.checkFromIndexSize(outputOffset, outputBytes, output.length);
        take(input, inputOffset);
        for (int i = 0; i < kernels.length; i++) {
            for (int part = 0; part < parts[i]; part++) {
                if (unwanted.getAsBoolean()) {
                    return false;
                }
                team.runAlone(kernels[i], part, arena);
            }
        }
        give(output, outputOffset);
        return true;
    }

    private void take(byte[] input, int inputOffset) {
        Objects.checkFromIndexSize(inputOffset, inputBytes, input.length);
        int from = inputOffset;
        for (var port : inputs) {
            System.arraycopy(input, from, arena, port.at(), port.bytes());
            from += port.bytes();
        }
    }

    private void give(byte[] output, int outputOffset) {
        int to = outputOffset;
        for (var port : outputs) {
            System.arraycopy(arena, port.at(), output, to, port.bytes());
            to += port.bytes();
        }
    }

    /**
     * Runs every operator on what the last {@link #run} left in memory, and notes how long each took.
     *
     * @param nanos one place per operator of the graph, overwritten
     * @throws IllegalArgumentException when there are more or fewer places
     */
    void time(long[] nanos) {
        if (nanos.length != kernels.length) {
            throw new IllegalArgumentException(
                    "%d places for the times of %d operators".formatted(nanos.length, kernels.length));
        }
        long before = System.nanoTime();
        for (int i = 0; i < kernels.length; i++) {
            team.run(kernels[i], parts[i], arena);
            long after = System.nanoTime();
            nanos[i] = after - before;
            before = after;
        }
    }

    /**
     * Runs one operator by the caller's thread alone, on what lies in memory.
     *
     * @param stop asked before each part of it, such as a row of its output
     * @return true when it came to its end
     */
    boolean runOperator(int operator, BooleanSupplier stop) {
        for (int part = 0; part < parts[operator]; part++) {
            if (stop.getAsBoolean()) {
                return false;
            }
            team.runAlone(kernels[operator], part, arena);
        }
        return true;
    }

    /** How an operator is computed, for people. */
    String kernelName(int operator) {
        return carriers[operator];
    }

    /** Ends the threads that help; an interpreter of one thread has none. */
    @Override
    public void close() {
        team.close();
    }
}
