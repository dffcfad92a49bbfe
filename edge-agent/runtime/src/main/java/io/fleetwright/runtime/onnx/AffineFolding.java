package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.BatchNormalization;
import io.fleetwright.runtime.array.BitPlaneFunction;
import io.fleetwright.runtime.array.Convolution;
import io.fleetwright.runtime.array.Gemm;
import io.fleetwright.runtime.array.MatMul;
import io.fleetwright.runtime.array.Pointwise;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets a float product take over what is done to each of its units afterwards: {@code (sum_k x[k] * w[u][k] + b[u]) *
 * factor[u] + offset[u]} is the product with weights {@code w * factor} and bias {@code b * factor + offset}.
 *
 * <p>So a BatchNormalization, and a multiplication, division, sum or difference with a constant, vanish after a Conv,
 * Gemm or MatMul with constant weights that nothing else reads. The new weights are computed in float64 and rounded once.
 */
final class AffineFolding {
    private final Flow flow;
    private final StepWriter writer;
    private final Map<Value, Integer> readers = new HashMap<>();
    private final Set<Value> outputs;

    private AffineFolding(Flow flow) {
        this.flow = flow;
        this.writer = new StepWriter(flow);
        this.outputs = new HashSet<>(flow.outputs());
        for (var step : flow.steps()) {
            for (var input : step.inputs()) {
                if (input != null) {
                    readers.merge(input, 1, Integer::sum);
                }
            }
        }
    }

    static void run(Flow flow) throws ModelException {
        var folding = new AffineFolding(flow);
        for (var step : List.copyOf(flow.steps())) {
            if (!folding.folds(step)) {
                folding.writer.keep(step);
            }
        }
        folding.writer.finish();
    }

    /** What happens to each unit of {@code of}: {@code unit * factor[unit] + offset[unit]}. */
    private record Affine(Value of, double[] factors, double[] offsets) {
        boolean isFinite() {
            return Arrays.stream(factors).allMatch(Double::isFinite)
                    && Arrays.stream(offsets).allMatch(Double::isFinite);
        }

        boolean hasOffset() {
            return Arrays.stream(offsets).anyMatch(offset -> offset != 0);
        }
    }

    private boolean folds(Step step) throws ModelException {
        var affine = switch (step.function()) {
            case BatchNormalization normalization -> affine(step, normalization);
            case Pointwise pointwise -> affine(step, pointwise);
            default -> null;
        };
        if (affine == null || affine.factors.length == 0 || !affine.isFinite()) {
            return false;
        }
        var product = affine.of.producer();
        boolean own = product != null
                && readers.getOrDefault(affine.of, 0) == 1
                && !outputs.contains(affine.of)
                && affine.of.type().equals(step.output().type());
        if (!own || product == null) {
            return false;
        }
        return switch (product.function()) {
            case Convolution _, BitPlaneFunction _ ->
                rowsOfWeights(
                        step,
                        product,
                        product.function(),
                        Constants.perUnit(product.inputOrNull(2), affine.factors.length)
                                .orElse(null),
                        affine);
            case Gemm gemm -> gemm(step, product, gemm, affine);
            case MatMul _ -> matMul(step, product, affine);
            default -> false;
        };
    }

    // What is done to the units.

    /** The dimension of a product's output that counts its units. */
    private static int unitDimension(Value product) {
        var step = product.producer();
        return step != null && isImage(step.function()) ? 1 : product.type().rank() - 1;
    }

    private static boolean isImage(ArrayFunction function) {
        return function instanceof Convolution || function instanceof BitPlaneFunction.Conv;
    }

    private static @Nullable Affine affine(Step step, BatchNormalization normalization) {
        Value x = step.input(0);
        if (normalization.mode() != BatchNormalization.Mode.INFERENCE || unitDimension(x) != 1) {
            return null;
        }
        float[] scale = Constants.floats(step.input(1)).orElse(null);
        float[] bias = Constants.floats(step.input(2)).orElse(null);
        float[] mean = Constants.floats(step.input(3)).orElse(null);
        float[] variance = Constants.floats(step.input(4)).orElse(null);
        if (scale == null || bias == null || mean == null || variance == null) {
            return null;
        }
        double[] factors = new double[scale.length];
        double[] offsets = new double[scale.length];
        for (int unit = 0; unit < factors.length; unit++) {
            factors[unit] = scale[unit] / Math.sqrt((double) variance[unit] + normalization.epsilon());
            offsets[unit] = bias[unit] - mean[unit] * factors[unit];
        }
        return new Affine(x, factors, offsets);
    }

    private static @Nullable Affine affine(Step step, Pointwise pointwise) {
        if (step.inputs().size() != 2) {
            return null;
        }
        String name = pointwise.name();
        boolean swapped = step.input(0).isConstant() && (name.equals("Mul") || name.equals("Add"));
        Value x = step.input(swapped ? 1 : 0);
        float[] values = perUnit(x, step.input(swapped ? 0 : 1));
        if (values == null) {
            return null;
        }
        double[] factors = new double[values.length];
        double[] offsets = new double[values.length];
        Arrays.fill(factors, 1);
        for (int unit = 0; unit < values.length; unit++) {
            switch (name) {
                case "Mul" -> factors[unit] = values[unit];
                case "Div" -> factors[unit] = 1.0 / values[unit];
                case "Add" -> offsets[unit] = values[unit];
                case "Sub" -> offsets[unit] = -(double) values[unit];
                default -> {
                    return null;
                }
            }
        }
        return new Affine(x, factors, offsets);
    }

    /** A float constant that has one element for all units of a product, or one for each; stretched to one for each. */
    private static float @Nullable [] perUnit(Value product, Value constant) {
        float[] values = Constants.floats(constant).orElse(null);
        int rank = product.type().rank();
        if (values == null || values.length == 0 || rank < 2 || constant.type().rank() > rank) {
            return null;
        }
        int dimension = unitDimension(product);
        int units = product.type().dimension(dimension);
        if (values.length == 1) {
            float[] all = new float[units];
            Arrays.fill(all, values[0]);
            return all;
        }
        // Trailing dimensions align: only the one that counts units may be other than 1.
        int own = dimension - (rank - constant.type().rank());
        boolean fits = own >= 0 && values.length == units && constant.type().dimension(own) == units;
        return fits ? values : null;
    }

    // Products.

    /** A product whose weights are {@code [units, ...]}. */
    private boolean rowsOfWeights(
            Step step, Step product, ArrayFunction function, float @Nullable [] bias, Affine affine)
            throws ModelException {
        float[] weights = Constants.floats(product.input(1)).orElse(null);
        if (weights == null || bias == null || !flow.affordsFolding((long) Float.BYTES * weights.length)) {
            return false;
        }
        int depth = weights.length / affine.factors.length;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (weights[i] * affine.factors[i / depth]);
        }
        return writes(step, function, product, weights, bias, affine);
    }

    /** A product whose weights are {@code [depth, units]}. */
    private boolean columnsOfWeights(
            Step step, Step product, ArrayFunction function, float @Nullable [] bias, Affine affine)
            throws ModelException {
        float[] weights = Constants.floats(product.input(1)).orElse(null);
        if (weights == null || bias == null || !flow.affordsFolding((long) Float.BYTES * weights.length)) {
            return false;
        }
        int units = affine.factors.length;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (weights[i] * affine.factors[i % units]);
        }
        return writes(step, function, product, weights, bias, affine);
    }

    private boolean gemm(Step step, Step product, Gemm gemm, Affine affine) throws ModelException {
        float[] bias =
                Constants.perUnit(product.inputOrNull(2), affine.factors.length).orElse(null);
        for (int unit = 0; bias != null && unit < bias.length; unit++) {
            bias[unit] *= gemm.beta();
        }
        var function = new Gemm(gemm.alpha(), 1, gemm.a(), gemm.b());
        return gemm.b() == Gemm.Order.TRANSPOSED
                ? rowsOfWeights(step, product, function, bias, affine)
                : columnsOfWeights(step, product, function, bias, affine);
    }

    /** A MatMul has no bias: with one it is a Gemm, if it is a product of two matrices. */
    private boolean matMul(Step step, Step product, Affine affine) throws ModelException {
        boolean matrices = product.input(0).type().rank() == 2;
        if (product.input(1).type().rank() != 2 || (affine.hasOffset() && !matrices)) {
            return false;
        }
        var function = affine.hasOffset() ? new Gemm(1, 1, Gemm.Order.PLAIN, Gemm.Order.PLAIN) : product.function();
        return columnsOfWeights(step, product, function, new float[affine.factors.length], affine);
    }

    /** Writes the product with its new weights, or scales, in the place of the step; false when they overflow. */
    private boolean writes(
            Step step, ArrayFunction function, Step product, float[] weights, float[] bias, Affine affine)
            throws ModelException {
        boolean anyBias = false;
        for (int unit = 0; unit < bias.length; unit++) {
            bias[unit] = (float) (bias[unit] * affine.factors[unit] + affine.offsets[unit]);
            anyBias |= bias[unit] != 0;
        }
        if (!areFinite(weights) || !areFinite(bias)) {
            return false;
        }
        var inputs = new ArrayList<@Nullable Value>(product.inputs());
        inputs.set(
                1, constant(product.input(1), weights, product.input(1).type().shape()));
        if (inputs.size() < 3) {
            inputs.add(null);
        }
        inputs.set(2, anyBias ? constant(step.output(), bias, bias.length) : null);
        if (function instanceof MatMul) {
            inputs.removeLast();
        }
        writer.writeTo(step.output(), function, step, inputs, null);
        return true;
    }

    private static boolean areFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private Value constant(Value like, float[] values, int... shape) throws ModelException {
        var data = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return writer.constant(like, TensorType.FLOAT32, data.array(), null, shape);
    }
}
