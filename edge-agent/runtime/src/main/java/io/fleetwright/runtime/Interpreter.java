package io.fleetwright.runtime;

import java.util.List;
import java.util.Objects;

/**
 * Runs a {@link Graph} on the CPU with scalar integer kernels, equal to the reference byte for byte.
 *
 * <p>All memory is taken when it is made: {@link #run} allocates nothing. One thread at a time may use it; interpreters
 * of one graph are independent.
 */
public final class Interpreter {
    private final Kernel[] kernels;
    private final byte[] arena;
    private final int[] scratch;
    private final Port[] inputs;
    private final Port[] outputs;
    private final int inputBytes;
    private final int outputBytes;

    /** Where one input or output lives in the arena. */
    private record Port(int at, int bytes) {}

    private Interpreter(Graph graph, Rounding rounding) {
        this.kernels = graph.operators().stream()
                .map(operator -> kernel(graph, operator, rounding))
                .toArray(Kernel[]::new);
        int scratchInts = 0;
        for (var kernel : kernels) {
            scratchInts = Math.max(scratchInts, kernel.scratchInts());
        }
        this.arena = new byte[Math.toIntExact(graph.plan().bytes())];
        this.scratch = new int[scratchInts];
        this.inputs = ports(graph, graph.inputIds());
        this.outputs = ports(graph, graph.outputIds());
        this.inputBytes = bytes(inputs);
        this.outputBytes = bytes(outputs);
    }

    /** Prepares a graph: unpacks weights, computes multipliers, takes the arena. */
    public static Interpreter create(Graph graph, Rounding rounding) {
        return new Interpreter(graph, rounding);
    }

    private static Kernel kernel(Graph graph, Operator operator, Rounding rounding) {
        return switch (operator) {
            case Operator.Conv2d conv -> new Conv2dKernel(graph, conv, rounding);
            case Operator.DepthwiseConv2d conv -> new DepthwiseConv2dKernel(graph, conv, rounding);
            case Operator.FullyConnected layer -> new FullyConnectedKernel(graph, layer, rounding);
            case Operator.Add add -> new AddKernel(graph, add, rounding);
            case Operator.AveragePool2d pool -> new AveragePool2dKernel(graph, pool);
            case Operator.Reshape reshape -> new CopyKernel(graph, reshape);
            case Operator.Softmax softmax -> new SoftmaxKernel(graph, softmax);
        };
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
        for (var kernel : kernels) {
            kernel.run(arena, scratch);
        }
        int to = outputOffset;
        for (var port : outputs) {
            System.arraycopy(arena, port.at(), output, to, port.bytes());
            to += port.bytes();
        }
    }
}
