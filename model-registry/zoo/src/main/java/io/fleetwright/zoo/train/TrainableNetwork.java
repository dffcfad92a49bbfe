package io.fleetwright.zoo.train;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.ChannelStatistics;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.network.TrainedStatistics;
import io.fleetwright.zoo.train.NetworkPlan.Block;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * The parameters of a planned network: initialised from a seed or taken from a wider network, shared by shards,
 * exported with folded statistics.
 */
final class TrainableNetwork {
    private record Stage(Block block, ImageShape in, ImageShape out, Parameter weights, BatchStatistics statistics) {}

    private final NetworkPlan plan;
    private final List<Stage> stages = new ArrayList<>();
    private final List<ParameterSlice> slices = new ArrayList<>();
    private final ImageShape pooled;
    private final Parameter denseWeights;
    private final Parameter denseBias;

    /** A network of its own. */
    TrainableNetwork(NetworkPlan plan, long seed) {
        this.plan = plan;
        var random = new MixingRandom(seed, 0);
        ImageShape shape = plan.input();
        for (Block block : plan.blocks()) {
            ImageShape out = outputOf(block, shape);
            int fanIn = window(block) * (block instanceof Block.Depthwise ? 1 : shape.channels());
            var weights = new Parameter(fanIn * out.channels());
            fill(weights, random, fanIn);
            stages.add(new Stage(block, shape, out, weights, new BatchStatistics(out.channels())));
            shape = out;
        }
        pooled = shape;
        denseWeights = new Parameter(shape.channels() * plan.classes());
        fill(denseWeights, random, shape.channels());
        denseBias = new Parameter(plan.classes());
    }

    /** The first channels of a wider network; normalization is its own. */
    TrainableNetwork(NetworkPlan plan, TrainableNetwork wider) {
        this.plan = plan;
        if (plan.blocks().size() != wider.stages.size() || plan.classes() != wider.classes()) {
            throw new IllegalArgumentException(
                    "a narrower network must have the blocks (%d) and classes (%d) of the wider one"
                            .formatted(wider.stages.size(), wider.classes()));
        }
        ImageShape shape = plan.input();
        for (int i = 0; i < wider.stages.size(); i++) {
            Block block = plan.blocks().get(i);
            Stage whole = wider.stages.get(i);
            ImageShape out = outputOf(block, shape);
            boolean single = block instanceof Block.Depthwise;
            Parameter weights = slice(
                    whole.weights,
                    window(block),
                    single ? 1 : shape.channels(),
                    single ? 1 : whole.in.channels(),
                    out.channels(),
                    whole.out.channels());
            stages.add(new Stage(block, shape, out, weights, new BatchStatistics(out.channels())));
            shape = out;
        }
        pooled = shape;
        denseWeights = slice(wider.denseWeights, plan.classes(), 1, 1, pooled.channels(), wider.pooled.channels());
        denseBias = slice(wider.denseBias, 1, 1, 1, plan.classes(), plan.classes());
    }

    private Parameter slice(Parameter whole, int planes, int rows, int wholeRows, int columns, int wholeColumns) {
        ParameterSlice slice = ParameterSlice.of(whole, planes, rows, wholeRows, columns, wholeColumns);
        slices.add(slice);
        return slice.part();
    }

    private static ImageShape outputOf(Block block, ImageShape in) {
        return switch (block) {
            case Block.Square square -> in.strided(square.stride(), square.outChannels());
            case Block.Depthwise depthwise -> in.strided(depthwise.stride(), in.channels());
            case Block.Pointwise pointwise -> in.strided(1, pointwise.outChannels());
        };
    }

    /** Positions of one filter. */
    private static int window(Block block) {
        return switch (block) {
            case Block.Square square -> square.kernel() * square.kernel();
            case Block.Depthwise depthwise -> depthwise.kernel() * depthwise.kernel();
            case Block.Pointwise _ -> 1;
        };
    }

    /** What it shares with the wider network; empty for a network of its own. */
    List<ParameterSlice> slices() {
        return slices;
    }

    /** Uniform values of variance 2 / fanIn (He et al., 2015). */
    private static void fill(Parameter parameter, MixingRandom random, int fanIn) {
        double limit = Math.sqrt(6.0 / fanIn);
        for (int i = 0; i < parameter.value.length; i++) {
            parameter.value[i] = (float) random.between(-limit, limit);
        }
    }

    ImageShape input() {
        return plan.input();
    }

    int classes() {
        return plan.classes();
    }

    /** Layers with buffers of their own for {@code images} images, over these shared parameters. */
    List<Layer> layers(int images) {
        var layers = new ArrayList<Layer>();
        for (Stage stage : stages) {
            layers.add(
                    switch (stage.block) {
                        case Block.Square square ->
                            new PatchConvolution(
                                    images,
                                    stage.in,
                                    square.kernel(),
                                    square.stride(),
                                    square.outChannels(),
                                    stage.weights);
                        case Block.Depthwise depthwise ->
                            new DepthwiseConvolution(
                                    images, stage.in, depthwise.kernel(), depthwise.stride(), stage.weights);
                        case Block.Pointwise pointwise ->
                            new PointwiseConvolution(images, stage.in, pointwise.outChannels(), stage.weights);
                    });
            layers.add(new NormalizedRelu(images, stage.out, stage.statistics));
        }
        layers.add(new PooledDense(images, pooled, plan.classes(), denseWeights, denseBias));
        return layers;
    }

    /** The network as it is used: normalization folded into weights and biases, its shift and scale kept beside. */
    FloatNetwork export(String name) {
        var layers = new ArrayList<FloatLayer>();
        var statistics = new HashMap<Integer, ChannelStatistics>();
        for (Stage stage : stages) {
            int outChannels = stage.out.channels();
            statistics.put(layers.size(), stage.statistics.folded());
            float[] bias = new float[outChannels];
            float[] scale = new float[outChannels];
            for (int c = 0; c < outChannels; c++) {
                scale[c] = stage.statistics.foldedScale(c);
                bias[c] = stage.statistics.foldedBias(c);
            }
            layers.add(
                    switch (stage.block) {
                        case Block.Square square ->
                            new FloatLayer.Convolution(
                                    outChannels,
                                    stage.in.channels(),
                                    square.kernel(),
                                    square.stride(),
                                    scaledByOutput(stage.weights.value, scale),
                                    bias,
                                    Activation.RELU);
                        case Block.Pointwise _ ->
                            new FloatLayer.Convolution(
                                    outChannels,
                                    stage.in.channels(),
                                    1,
                                    1,
                                    scaledByOutput(stage.weights.value, scale),
                                    bias,
                                    Activation.RELU);
                        case Block.Depthwise depthwise ->
                            new FloatLayer.Depthwise(
                                    outChannels,
                                    depthwise.kernel(),
                                    depthwise.stride(),
                                    scaled(stage.weights.value, scale),
                                    bias,
                                    Activation.RELU);
                    });
        }
        layers.add(new FloatLayer.GlobalAveragePool());
        layers.add(
                new FloatLayer.FullyConnected(pooled.channels(), plan.classes(), denseWeights.value, denseBias.value));
        return new FloatNetwork(
                name, plan.input(), layers, new TrainedStatistics(Optional.of(ImageSource.RANGE), statistics));
    }

    /** {@code [position and input][out]} to {@code [out][position and input]}, each output scaled. */
    private static float[] scaledByOutput(float[] values, float[] scale) {
        int outputs = scale.length;
        int depth = values.length / outputs;
        var result = new float[values.length];
        for (int p = 0; p < depth; p++) {
            for (int o = 0; o < outputs; o++) {
                result[o * depth + p] = values[p * outputs + o] * scale[o];
            }
        }
        return result;
    }

    private static float[] scaled(float[] values, float[] scale) {
        var result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i] * scale[i % scale.length];
        }
        return result;
    }
}
