package io.fleetwright.runtime;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.arithmetic.Rounding;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.KernelSet;
import io.fleetwright.runtime.kernel.Workspace;
import io.fleetwright.runtime.kernel.WorkspaceSize;
import java.util.List;
import java.util.Objects;

/**
 * Runs a {@link Graph} on the CPU, equal to the named reference byte for byte.
 *
 * <p>All memory is taken when it is made: {@link #run} allocates nothing. One thread at a time may use it; interpreters
 * of one graph are independent.
 */
public final class Interpreter {
    private final Kernel[] kernels;
    private final int[] parts;
    private final byte[] arena;
    private final Workspace workspace;
    private final Port[] inputs;
    private final Port[] outputs;
    private final int inputBytes;
    private final int outputBytes;

    /** Where one input or output lives in the arena. */
    private record Port(int at, int bytes) {}

    private Interpreter(Graph graph, Arithmetic arithmetic, KernelSet set) {
        this.kernels = graph.operators().stream()
                .map(operator -> set.kernel(graph, operator, arithmetic))
                .toArray(Kernel[]::new);
        this.parts = new int[kernels.length];
        var size = WorkspaceSize.NONE;
        for (int i = 0; i < kernels.length; i++) {
            size = size.max(kernels[i].workspace());
            parts[i] = kernels[i].parts();
        }
        this.arena = new byte[Math.toIntExact(graph.plan().bytes())];
        this.workspace = new Workspace(size);
        this.inputs = ports(graph, graph.inputIds());
        this.outputs = ports(graph, graph.outputIds());
        this.inputBytes = bytes(inputs);
        this.outputBytes = bytes(outputs);
    }

    /** Prepares a graph with the best kernels of this machine: packs weights, computes multipliers, takes the arena. */
    public static Interpreter create(Graph graph, Rounding rounding) {
        return create(graph, Arithmetic.tflite(rounding), Kernels.best());
    }

    /** Prepares a graph with kernels of the caller's choice. */
    public static Interpreter create(Graph graph, Arithmetic arithmetic, KernelSet kernels) {
        return new Interpreter(graph, arithmetic, kernels);
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
        Objects.checkFromIndexSize(inputOffset, inputBytes, input.length);
        Objects.checkFromIndexSize(outputOffset, outputBytes, output.length);
        int from = inputOffset;
        for (var port : inputs) {
            System.arraycopy(input, from, arena, port.at(), port.bytes());
            from += port.bytes();
        }
        for (int i = 0; i < kernels.length; i++) {
            kernels[i].run(arena, workspace, 0, parts[i]);
        }
        int to = outputOffset;
        for (var port : outputs) {
            System.arraycopy(arena, port.at(), output, to, port.bytes());
            to += port.bytes();
        }
    }
}
