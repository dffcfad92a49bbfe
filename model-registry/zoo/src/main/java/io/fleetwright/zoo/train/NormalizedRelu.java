package io.fleetwright.zoo.train;

import static io.fleetwright.zoo.train.Matrices.LANES;
import static io.fleetwright.zoo.train.Matrices.LANE_COUNT;

import io.fleetwright.forge.network.ImageShape;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Batch normalization over one shard, then ReLU (Ioffe and Szegedy, 2015).
 *
 * <p>Each shard uses its own mean and variance, so that shards need not wait for each other and the outcome does
 * not depend on how many run at once.
 */
final class NormalizedRelu implements Layer {
    private final ImageShape shape;
    private final int rows;
    private final BatchStatistics statistics;
    private final float[] mean;
    private final float[] variance;
    private final float[] output;
    private final float[] scaleGradient;
    private final float[] shiftGradient;
    private float[] input = {};

    NormalizedRelu(int images, ImageShape shape, BatchStatistics statistics) {
        this.shape = shape;
        this.rows = images * shape.height() * shape.width();
        this.statistics = statistics;
        int channels = shape.channels();
        mean = new float[channels];
        variance = new float[channels];
        output = new float[rows * channels];
        scaleGradient = new float[channels];
        shiftGradient = new float[channels];
    }

    @Override
    public float[] forward(float[] values) {
        input = values;
        for (int c = 0; c < shape.channels(); c += LANE_COUNT) {
            forwardLanes(values, c);
        }
        return output;
    }

    private void forwardLanes(float[] values, int c) {
        int channels = shape.channels();
        FloatVector sum = FloatVector.zero(LANES);
        for (int row = 0, at = c; row < rows; row++, at += channels) {
            sum = sum.add(FloatVector.fromArray(LANES, values, at));
        }
        FloatVector center = sum.div(rows);
        FloatVector squares = FloatVector.zero(LANES);
        for (int row = 0, at = c; row < rows; row++, at += channels) {
            FloatVector off = FloatVector.fromArray(LANES, values, at).sub(center);
            squares = off.fma(off, squares);
        }
        FloatVector spread = squares.div(rows);
        center.intoArray(mean, c);
        spread.intoArray(variance, c);
        FloatVector scale = inverseDeviation(c).mul(FloatVector.fromArray(LANES, statistics.scale.value, c));
        FloatVector shift =
                FloatVector.fromArray(LANES, statistics.shift.value, c).sub(center.mul(scale));
        for (int row = 0, at = c; row < rows; row++, at += channels) {
            FloatVector.fromArray(LANES, values, at).fma(scale, shift).max(0).intoArray(output, at);
        }
    }

    @Override
    public float[] backward(float[] outputGradient) {
        for (int c = 0; c < shape.channels(); c += LANE_COUNT) {
            backwardLanes(outputGradient, c);
        }
        return outputGradient;
    }

    private void backwardLanes(float[] gradient, int c) {
        int channels = shape.channels();
        FloatVector center = FloatVector.fromArray(LANES, mean, c);
        FloatVector inverse = inverseDeviation(c);
        FloatVector shiftSum = FloatVector.zero(LANES);
        FloatVector scaleSum = FloatVector.zero(LANES);
        for (int row = 0, at = c; row < rows; row++, at += channels) {
            FloatVector passed = passed(gradient, at);
            passed.intoArray(gradient, at);
            FloatVector normal =
                    FloatVector.fromArray(LANES, input, at).sub(center).mul(inverse);
            shiftSum = shiftSum.add(passed);
            scaleSum = passed.fma(normal, scaleSum);
        }
        shiftSum.intoArray(shiftGradient, c);
        scaleSum.intoArray(scaleGradient, c);
        FloatVector factor = inverse.mul(FloatVector.fromArray(LANES, statistics.scale.value, c));
        FloatVector shiftMean = shiftSum.div(rows);
        FloatVector scaleMean = scaleSum.div(rows);
        for (int row = 0, at = c; row < rows; row++, at += channels) {
            FloatVector normal =
                    FloatVector.fromArray(LANES, input, at).sub(center).mul(inverse);
            FloatVector.fromArray(LANES, gradient, at)
                    .sub(shiftMean)
                    .sub(normal.mul(scaleMean))
                    .mul(factor)
                    .intoArray(gradient, at);
        }
    }

    /** The gradient where the ReLU let the value through, 0 elsewhere. */
    private FloatVector passed(float[] gradient, int at) {
        VectorMask<Float> open = FloatVector.fromArray(LANES, output, at).compare(VectorOperators.GT, 0);
        return FloatVector.zero(LANES).blend(FloatVector.fromArray(LANES, gradient, at), open);
    }

    private FloatVector inverseDeviation(int c) {
        FloatVector root = FloatVector.fromArray(LANES, variance, c)
                .add(BatchStatistics.EPSILON)
                .sqrt();
        return FloatVector.broadcast(LANES, 1).div(root);
    }

    /** Hands this shard's mean and variance to the shared running figures. */
    void shareStatistics() {
        statistics.absorb(mean, variance);
    }

    @Override
    public ImageShape outputShape() {
        return shape;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(statistics.scale, statistics.shift);
    }

    @Override
    public List<float[]> gradients() {
        return List.of(scaleGradient, shiftGradient);
    }
}
