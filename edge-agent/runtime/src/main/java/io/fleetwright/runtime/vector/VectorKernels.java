package io.fleetwright.runtime.vector;

import io.fleetwright.runtime.arithmetic.Arithmetic;
import io.fleetwright.runtime.graph.Factors;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Window;
import io.fleetwright.runtime.kernel.BringsKernel;
import io.fleetwright.runtime.kernel.Image;
import io.fleetwright.runtime.kernel.Int16Kernels;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.KernelSet;
import io.fleetwright.runtime.kernel.PairwiseKernel;
import io.fleetwright.runtime.kernel.Requantizer;
import io.fleetwright.runtime.kernel.RowProduct;
import io.fleetwright.runtime.kernel.ScalarKernels;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/** Vector kernels for the operators where time goes; the scalar kernels for the rest. */
public final class VectorKernels implements KernelSet {
    /** Elements for which it pays to try all pairs of bytes when an addition is loaded. */
    private static final int PAIRS_MIN = 2048;

    private final KernelSet scalar = new ScalarKernels();
    private final RowProduct rows = new VectorRowProduct();
    private final int threads;

    public VectorKernels() {
        this(1);
    }

    private VectorKernels(int threads) {
        this.threads = threads;
    }

    @Override
    public KernelSet forThreads(int count) {
        return new VectorKernels(count);
    }

    @Override
    public String name() {
        return "vector-%d".formatted(Lanes.BITS);
    }

    @Override
    public Optional<String> handicap() {
        return Lanes.handicap();
    }

    @Override
    public RowProduct rowProduct() {
        return rows;
    }

    @Override
    public Kernel kernel(Graph graph, Operator operator, Arithmetic arithmetic) {
        return Int16Kernels.of(graph, operator, arithmetic).orElseGet(() -> int8(graph, operator, arithmetic));
    }

    private Kernel int8(Graph graph, Operator operator, Arithmetic arithmetic) {
        return switch (operator) {
            case Operator.Conv2d conv -> conv2d(graph, conv, arithmetic);
            case Operator.DepthwiseConv2d conv -> depthwise(graph, conv, arithmetic);
            case Operator.FullyConnected layer -> fullyConnected(graph, layer, arithmetic);
            case Operator.Add add -> sum(graph, add, arithmetic);
            case Operator.Sub sub -> sum(graph, sub, arithmetic);
            case BringsKernel step -> step.kernel(graph, rows);
            default -> scalar.kernel(graph, operator, arithmetic);
        };
    }

    private Kernel conv2d(Graph graph, Operator.Conv2d conv, Arithmetic arithmetic) {
        var input = graph.tensors().get(conv.input());
        var filter = graph.tensors().get(conv.filter());
        var output = graph.tensors().get(conv.output());
        int units = filter.dimension(0);
        var weights = new Weights(units, filter.elements() / units, filter.constantBytes());
        var frame = Frame.of(graph, conv.input(), conv.output(), conv.window());
        var in = frame.in();
        var out = frame.out();
        int zero = input.zeroPoint(0);
        int[] bias = bias(graph, conv.bias(), units);
        double[] factors = Factors.convolution(input, filter, output);
        int many = Neighbours.filling(weights, frame.window(), out);
        var wide = Neighbours.image(out, many);
        var window = Neighbours.window(frame.window(), many);
        var wideWeights = many == 1 ? weights : Neighbours.weights(weights, frame.window(), in, many);
        long pixels = (long) wide.batch() * wide.height() * wide.width();
        double cost = pixels * wideWeights.depth() * cost(wideWeights, window.kernelWidth() * in.channels());
        if (WinogradConv2d.pays(in, out, frame.window(), weights, cost)) {
            var requantizer = new Requantizer(arithmetic, factors, units, output, conv.activation());
            var rescaling = rescaling(weights, bias, zero, requantizer, out.batch() * out.height() * out.width());
            return new WinogradConv2d(in, out, frame.window(), weights, zero, rescaling, threads);
        }
        return product(
                in,
                wide,
                window,
                wideWeights,
                Neighbours.repeat(bias, many),
                zero,
                new Requantizer(arithmetic, Neighbours.repeat(factors, many), many * units, output, conv.activation()));
    }

    private Kernel fullyConnected(Graph graph, Operator.FullyConnected layer, Arithmetic arithmetic) {
        var input = graph.tensors().get(layer.input());
        var tensor = graph.tensors().get(layer.weights());
        var output = graph.tensors().get(layer.output());
        int units = tensor.dimension(0);
        int depth = tensor.dimension(1);
        int rows = input.elements() / depth;
        var weights = new Weights(units, depth, tensor.constantBytes());
        double[] factors = Factors.fullyConnected(input, tensor, output);
        var requantizer = new Requantizer(arithmetic, factors, units, output, layer.activation());
        if (rows <= VectorDense.ROWS_MAX) {
            return new VectorDense(
                    weights,
                    rows,
                    graph.plan().offset(layer.input()),
                    graph.plan().offset(layer.output()),
                    rescaling(weights, bias(graph, layer.bias(), units), input.zeroPoint(0), requantizer, rows));
        }
        return product(
                new Image(graph.plan().offset(layer.input()), 1, 1, rows, depth),
                new Image(graph.plan().offset(layer.output()), 1, 1, rows, units),
                new Window(1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
                weights,
                bias(graph, layer.bias(), units),
                input.zeroPoint(0),
                requantizer);
    }

    private Kernel product(
            Image in, Image out, Window window, Weights weights, int[] bias, int zero, Requantizer requantizer) {
        var staging = new Staging(
                in,
                out,
                window,
                in.channels(),
                Float.BYTES,
                Math.ceilDiv(weights.units(), 2 * Lanes.FLOAT_COUNT),
                threads);
        var rescaling = rescaling(weights, bias, zero, requantizer, out.batch() * out.height() * out.width());
        return new VectorConv2d(
                staging, tiles(weights, zero, staging.patches(), weights.sumMax(), rescaling), weights.units());
    }

    /** Sums of products with unshifted inputs start at the bias less what the input's zero point adds. */
    private static VectorRequantizer rescaling(
            Weights weights, int[] bias, int zero, Requantizer requantizer, int outputs) {
        int[] starts = new int[weights.units()];
        for (int unit = 0; unit < starts.length; unit++) {
            int sum = 0;
            for (int k = 0; k < weights.depth(); k++) {
                sum += weights.at(unit, k);
            }
            starts[unit] = bias[unit] - zero * sum;
        }
        return new VectorRequantizer(requantizer, starts, weights.sumMax(), outputs);
    }

    /** The carrier that is exact for these weights and takes the least time. */
    private static Tiles tiles(
            Weights weights, int zero, Patches patches, long[] sumMax, VectorRequantizer requantizer) {
        boolean floats = FloatTiles.isExact(sumMax);
        if (Lanes.hasManyRegisters() && ShortTiles.cost(weights, patches.runLength()) < cost(weights, floats)) {
            return new ShortTiles(weights, zero, patches, requantizer);
        }
        return floats
                ? new FloatTiles(weights, zero, patches, requantizer)
                : new IntTiles(weights, zero, patches, requantizer);
    }

    /** Time per pixel and product in 32 bits, in units of a float32 multiply-add of one channel. */
    private static double cost(Weights weights, boolean floats) {
        return floats ? FloatTiles.cost(weights.units()) : 1.1 * weights.units();
    }

    /** The same with the carrier that takes the least time. */
    private static double cost(Weights weights, int runLength) {
        double cost = cost(weights, FloatTiles.isExact(weights.sumMax()));
        return Lanes.hasManyRegisters() ? Math.min(cost, ShortTiles.cost(weights, runLength)) : cost;
    }

    private Kernel depthwise(Graph graph, Operator.DepthwiseConv2d conv, Arithmetic arithmetic) {
        var input = graph.tensors().get(conv.input());
        var filter = graph.tensors().get(conv.filter());
        var output = graph.tensors().get(conv.output());
        var frame = Frame.of(graph, conv.input(), conv.output(), conv.window());
        var in = frame.in();
        var out = frame.out();
        int many = frame.window().strideWidth() == 1 ? Neighbours.filling(out.channels(), out.width()) : 1;
        int channels = many * out.channels();
        int zero = input.zeroPoint(0);
        byte[] weights = Neighbours.repeat(filter.constantBytes(), out.channels(), many);
        int[] starts = Neighbours.repeat(bias(graph, conv.bias(), out.channels()), many);
        long[] sumMax = new long[channels];
        for (int i = 0; i < weights.length; i++) {
            starts[i % channels] -= zero * weights[i];
            sumMax[i % channels] += 128L * Math.abs(weights[i]);
        }
        if (!FloatTiles.isExact(sumMax)) {
            return scalar.kernel(graph, conv, arithmetic);
        }
        double[] factors = Neighbours.repeat(Factors.convolution(input, filter, output), many);
        var requantizer = new Requantizer(arithmetic, factors, channels, output, conv.activation());
        var staging = new Staging(in, out, frame.window(), out.channels(), Byte.BYTES, 0, threads);
        return new VectorDepthwiseConv2d(
                staging,
                many,
                channels,
                conv.multiplier(),
                weights,
                zero,
                new VectorRequantizer(requantizer, starts, sumMax, output.elements() / channels));
    }

    private Kernel sum(Graph graph, Operator.Pairwise operator, Arithmetic arithmetic) {
        var left = graph.tensors().get(operator.left());
        var right = graph.tensors().get(operator.right());
        var output = graph.tensors().get(operator.output());
        boolean inArena = !left.isConstant() && !right.isConstant();
        if (arithmetic == Arithmetic.ONNX || !inArena || !left.sameShape(right)) {
            return scalar.kernel(graph, operator, arithmetic);
        }
        int[][] tables = PairwiseKernel.tables(graph, operator, arithmetic.rounding());
        double[] factors = {PairwiseKernel.factor(graph, operator)};
        int lanes = Lanes.DOUBLE_COUNT;
        var requantizer = new Requantizer(arithmetic, factors, lanes, output, operator.activation());
        int leftAt = graph.plan().offset(operator.left());
        int rightAt = graph.plan().offset(operator.right());
        int outputAt = graph.plan().offset(operator.output());
        if (output.elements() >= PAIRS_MIN && FloatAdd.isUseful()) {
            double sign = operator instanceof Operator.Sub ? -1 : 1;
            double scale = output.scale(0);
            var found = FloatAdd.Constants.find(
                    left.scale(0) / scale,
                    sign * right.scale(0) / scale,
                    left.zeroPoint(0),
                    right.zeroPoint(0),
                    pairs(tables[0], tables[1], requantizer),
                    requantizer);
            if (found.isPresent()) {
                return new FloatAdd(found.get(), leftAt, rightAt, outputAt, output.elements());
            }
        }
        long[] sumMax = new long[lanes];
        Arrays.fill(sumMax, 1L << 30);
        return new VectorAdd(
                tables[0],
                tables[1],
                leftAt,
                rightAt,
                outputAt,
                output.elements(),
                new VectorRequantizer(requantizer, new int[lanes], sumMax, 0));
    }

    /** Sums of all pairs of bytes. */
    private static byte[] pairs(int[] left, int[] right, Requantizer requantizer) {
        byte[] sums = new byte[left.length * right.length];
        int at = 0;
        for (int l : left) {
            for (int r : right) {
                sums[at++] = requantizer.apply(l + r, 0);
            }
        }
        return sums;
    }

    private static int[] bias(Graph graph, OptionalInt id, int channels) {
        return id.isPresent() ? graph.tensors().get(id.getAsInt()).constantInts() : new int[channels];
    }
}
