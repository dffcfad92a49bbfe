package io.fleetwright.runtime.graph;

import io.fleetwright.runtime.arithmetic.LongScaling;
import io.fleetwright.runtime.arithmetic.QuantizedMultiplier;
import io.fleetwright.runtime.arithmetic.SigmoidTable;
import io.fleetwright.runtime.graph.Operator.AveragePool2d;
import io.fleetwright.runtime.graph.Operator.Conv2d;
import io.fleetwright.runtime.graph.Operator.DepthwiseConv2d;
import io.fleetwright.runtime.graph.Operator.Elementwise;
import io.fleetwright.runtime.graph.Operator.FullyConnected;
import io.fleetwright.runtime.graph.Operator.MaxPool2d;
import io.fleetwright.runtime.graph.Operator.Mean;
import io.fleetwright.runtime.graph.Operator.Pairwise;
import io.fleetwright.runtime.graph.Operator.Reshape;
import io.fleetwright.runtime.graph.Operator.ResizeBilinear;
import io.fleetwright.runtime.graph.Operator.Softmax;
import io.fleetwright.runtime.graph.Operator.TransposeConv;
import io.fleetwright.runtime.graph.Operator.UnidirectionalSequenceLstm;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The rules of each operator: shapes, weights and quantization agree. That its tensors exist was checked before. */
final class OperatorChecker {
    /** Of what is 0 to 1 in int8, from its smallest value on. */
    private static final float UNIT_SCALE = 1f / 256;

    /** Of what is -1 to 1 in int8. */
    private static final float SIGNED_UNIT_SCALE = 1f / 128;

    /** Of both in int16. */
    private static final float UNIT_SCALE_16 = 1f / 32_768;

    private static final float LSTM_CELL_SCALE_MIN = 0x1p-30f;

    /** Its numbers have 16 bits. */
    private static final int HARD_SWISH_SHIFT_MAX = 15;

    /** For which 16 bits, shifted, stay in 32. */
    private static final int INT16_SHIFT_MAX = 15;

    private final String file;
    private final List<Tensor> tensors;
    private long unpackedWeights;
    private String where = "graph";

    OperatorChecker(String file, List<Tensor> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /** @param where how refusals name the operator */
    void check(Operator operator, String where) throws ModelException {
        this.where = where;
        checkTypes(operator);
        switch (operator) {
            case Conv2d conv -> checkConv2d(conv);
            case DepthwiseConv2d conv -> checkDepthwise(conv);
            case FullyConnected layer -> checkFullyConnected(layer);
            case TransposeConv conv -> checkTransposeConv(conv);
            case ResizeBilinear resize -> checkResizeBilinear(resize);
            case Pairwise pair -> checkPairwise(pair);
            case Elementwise elementwise -> checkElementwise(elementwise);
            case AveragePool2d pool -> checkPool(pool.window(), pool.input(), pool.output());
            case MaxPool2d pool -> checkPool(pool.window(), pool.input(), pool.output());
            case Reshape reshape -> checkReshape(reshape);
            case Softmax softmax -> checkSoftmax(softmax);
            case Mean mean -> checkMean(mean);
            case UnidirectionalSequenceLstm lstm -> checkLstm(lstm);
            case Operator.OnArrays step -> checkOnArrays(step);
        }
    }

    /** All int8 or all int16, save for the operator that goes from one to the other, and those that have rules of their own. */
    private void checkTypes(Operator operator) throws ModelException {
        boolean converts =
                operator instanceof Elementwise elementwise && elementwise.function() instanceof Int8Function.Rescale;
        if (converts || operator instanceof Operator.OnArrays) {
            return;
        }
        var output = tensors.get(operator.output());
        for (int id : operator.activations()) {
            var input = tensors.get(id);
            if (input.type() != output.type()) {
                throw malformed("input %s and output %s, equal types allowed".formatted(input, output));
            }
        }
    }

    private void checkOnArrays(Operator.OnArrays step) throws ModelException {
        var contradiction = step.contradiction(tensors);
        if (contradiction.isPresent()) {
            throw malformed(contradiction.get());
        }
    }

    private void checkConv2d(Conv2d conv) throws ModelException {
        var input = tensors.get(conv.input());
        var output = tensors.get(conv.output());
        var filter = weights("filter", conv.filter(), 4, 0);
        checkWindow(conv.window(), input, output);
        if (input.dimension(3) > filter.dimension(3) && input.dimension(3) % filter.dimension(3) == 0) {
            throw unsupported(
                    "%d groups of channels, one supported".formatted(input.dimension(3) / filter.dimension(3)));
        }
        same("input channels", input.dimension(3), filter.dimension(3));
        same("output channels", output.dimension(3), filter.dimension(0));
        same("kernel height", conv.window().kernelHeight(), filter.dimension(1));
        same("kernel width", conv.window().kernelWidth(), filter.dimension(2));
        checkBias(conv.bias(), filter.dimension(0), biasTypes(input));
        checkProducts(input, filter, conv.bias(), filter.elements() / filter.dimension(0));
        checkScales(input, filter, output, conv.bias());
    }

    private void checkDepthwise(DepthwiseConv2d conv) throws ModelException {
        var input = tensors.get(conv.input());
        var output = tensors.get(conv.output());
        var filter = weights("filter", conv.filter(), 4, 3);
        checkWindow(conv.window(), input, output);
        same("filter batch", filter.dimension(0), 1);
        same("output channels", output.dimension(3), filter.dimension(3));
        if (conv.multiplier() < 1 || (long) input.dimension(3) * conv.multiplier() != output.dimension(3)) {
            throw malformed("depth multiplier %d for %d input and %d output channels"
                    .formatted(conv.multiplier(), input.dimension(3), output.dimension(3)));
        }
        same("kernel height", conv.window().kernelHeight(), filter.dimension(1));
        same("kernel width", conv.window().kernelWidth(), filter.dimension(2));
        checkBias(conv.bias(), filter.dimension(3), longBiasTypes(input));
        checkProducts(input, filter, conv.bias(), filter.elements() / filter.dimension(3));
        checkScales(input, filter, output, conv.bias());
    }

    /** The window slides over the output and meets input positions: the convolution that this is the transpose of. */
    private void checkTransposeConv(TransposeConv conv) throws ModelException {
        var input = tensors.get(conv.input());
        var output = tensors.get(conv.output());
        var filter = weights("filter", conv.filter(), 4, 0);
        checkWindow(conv.window(), output, input);
        undilated(conv.window());
        same("input channels", input.dimension(3), filter.dimension(3));
        same("output channels", output.dimension(3), filter.dimension(0));
        same("kernel height", conv.window().kernelHeight(), filter.dimension(1));
        same("kernel width", conv.window().kernelWidth(), filter.dimension(2));
        checkBias(conv.bias(), filter.dimension(0), longBiasTypes(input));
        checkProducts(input, filter, conv.bias(), filter.elements() / filter.dimension(0));
        checkScales(input, filter, output, conv.bias());
    }

    private void undilated(Window window) throws ModelException {
        if (window.dilationHeight() != 1 || window.dilationWidth() != 1) {
            throw unsupported("dilated window");
        }
    }

    private void checkResizeBilinear(ResizeBilinear resize) throws ModelException {
        var input = tensors.get(resize.input());
        var output = tensors.get(resize.output());
        if (input.rank() != 4 || output.rank() != 4) {
            throw malformed("input %s and output %s, rank 4 allowed".formatted(input, output));
        }
        same("batch", output.dimension(0), input.dimension(0));
        same("channels", output.dimension(3), input.dimension(3));
        for (int d = 1; d <= 2; d++) {
            if (Math.max(input.dimension(d), output.dimension(d)) > Limits.RESIZED_MAX
                    || Math.min(input.dimension(d), output.dimension(d)) < 1) {
                throw unsupported(
                        "from %s to %s, extents of 1 to %d supported".formatted(input, output, Limits.RESIZED_MAX));
            }
        }
        if (resize.alignsCorners() && resize.halfPixelCenters()) {
            throw malformed("corners aligned and pixels centered, one of them allowed");
        }
        sameQuantization(input, output);
    }

    private void checkScales(Tensor input, Tensor filter, Tensor output, OptionalInt bias) throws ModelException {
        for (int channel = 0; channel < filter.scaleCount(); channel++) {
            checkFactor(
                    "scale of channel " + channel,
                    Factors.convolution(input, filter, output, channel),
                    sumShiftMax(input, Sums.of(tensors, bias)));
        }
    }

    private static int sumShiftMax(Tensor input, Sums sums) {
        boolean wide = input.type() == TensorType.INT16 && sums == Sums.INT64;
        return wide ? LongScaling.SHIFT_MAX : QuantizedMultiplier.SHIFT_MAX;
    }

    private static List<TensorType> biasTypes(Tensor input) {
        return input.type() == TensorType.INT16
                ? List.of(TensorType.INT64, TensorType.INT32)
                : List.of(TensorType.INT32);
    }

    /** Of operators whose int16 sums the reference has in 64 bits only. */
    private static List<TensorType> longBiasTypes(Tensor input) {
        return List.of(input.type() == TensorType.INT16 ? TensorType.INT64 : TensorType.INT32);
    }

    /** Sums of 16 x 8 bit products stay where their scaling is defined. */
    private void checkProducts(Tensor input, Tensor weights, OptionalInt bias, int products) throws ModelException {
        if (input.type() != TensorType.INT16) {
            return;
        }
        if (weights.type() != TensorType.INT8) {
            throw unsupported("weights %s for input %s, INT8 supported".formatted(weights, input));
        }
        if (products > Limits.PRODUCTS_16_MAX) {
            throw unsupported("sums of %d products, at most %d allowed".formatted(products, Limits.PRODUCTS_16_MAX));
        }
        if (bias.isPresent() && Sums.of(tensors, bias) == Sums.INT64) {
            for (long value : tensors.get(bias.getAsInt()).constantLongs()) {
                if (value < -Limits.BIAS_16_MAX || value > Limits.BIAS_16_MAX) {
                    throw unsupported(
                            "bias of %d, %d to %d supported".formatted(value, -Limits.BIAS_16_MAX, Limits.BIAS_16_MAX));
                }
            }
        }
    }

    private void checkFullyConnected(FullyConnected layer) throws ModelException {
        var input = tensors.get(layer.input());
        var output = tensors.get(layer.output());
        var weights = weights("weights", layer.weights(), 2, 0);
        int units = weights.dimension(0);
        int depth = weights.dimension(1);
        if (input.elements() % depth != 0) {
            throw malformed("input %s does not divide into rows of %d".formatted(input, depth));
        }
        long outputElements = (long) (input.elements() / depth) * units;
        if (output.elements() != outputElements || output.rank() < 1 || output.dimension(output.rank() - 1) != units) {
            throw malformed("output %s, allowed %d elements in rows of %d".formatted(output, outputElements, units));
        }
        checkBias(layer.bias(), units, biasTypes(input));
        checkProducts(input, weights, layer.bias(), depth);
        for (double factor : Factors.fullyConnected(input, weights, output)) {
            checkFactor("scale", factor, sumShiftMax(input, Sums.ofFullyConnected(tensors, layer.bias())));
        }
    }

    private void checkPairwise(Pairwise pair) throws ModelException {
        var left = tensors.get(pair.left());
        var right = tensors.get(pair.right());
        var output = tensors.get(pair.output());
        if (left.isConstant() && right.isConstant()) {
            throw unsupported("%s and %s are constants, one computed at run time supported".formatted(left, right));
        }
        if (!output.shape().equals(broadcast(left, right))) {
            throw malformed("output %s for inputs %s and %s".formatted(output, left, right));
        }
        checkFactor(
                "output scale",
                pair instanceof Operator.Mul
                        ? Factors.product(left, right, output)
                        : Factors.addOutput(left, right, output),
                // What int16 values add up or multiply to has 31 bits already.
                output.type() == TensorType.INT16 ? 0 : QuantizedMultiplier.SHIFT_MAX);
    }

    /** The shape that both are repeated to: trailing dimensions align. */
    private List<Integer> broadcast(Tensor left, Tensor right) throws ModelException {
        int rank = Math.max(left.rank(), right.rank());
        var shape = new ArrayList<Integer>();
        for (int d = 0; d < rank; d++) {
            int a = d < rank - left.rank() ? 1 : left.dimension(d - (rank - left.rank()));
            int b = d < rank - right.rank() ? 1 : right.dimension(d - (rank - right.rank()));
            if (a != b && a != 1 && b != 1) {
                throw malformed("%s and %s do not broadcast".formatted(left, right));
            }
            shape.add(a == 1 ? b : a);
        }
        return shape;
    }

    private void checkElementwise(Elementwise elementwise) throws ModelException {
        var input = tensors.get(elementwise.input());
        var output = tensors.get(elementwise.output());
        if (!input.sameShape(output)) {
            throw malformed("output %s for input %s".formatted(output, input));
        }
        boolean wide = input.type() == TensorType.INT16 || output.type() == TensorType.INT16;
        int shiftMax = wide ? INT16_SHIFT_MAX : QuantizedMultiplier.SHIFT_MAX;
        switch (elementwise.function()) {
            case Int8Function.Clamp _ -> checkFactor("input scale", Factors.clampedRescale(input, output), shiftMax);
            case Int8Function.Rescale _ -> checkFactor("input scale", Factors.rescale(input, output), shiftMax);
            case Int8Function.Logistic _ -> checkSigmoid(input, output, UNIT_SCALE, Byte.MIN_VALUE);
            case Int8Function.Tanh _ -> checkSigmoid(input, output, SIGNED_UNIT_SCALE, 0);
            case Int8Function.HardSwish _ -> {
                int shift = QuantizedMultiplier.of(Factors.hardSwishOutput(input, output))
                        .shift();
                int gateShift =
                        QuantizedMultiplier.of(Factors.hardSwishGate(input)).shift();
                if (shift > 0 || shift < -HARD_SWISH_SHIFT_MAX || gateShift < -HARD_SWISH_SHIFT_MAX) {
                    throw unsupported(
                            "input scale %s with output scale %s, above 2^-22 and at most 128 times as large supported"
                                    .formatted(input.scale(0), output.scale(0)));
                }
            }
            case Int8Function.LeakyRelu(float alpha) -> {
                if (!(alpha >= 0 && Float.isFinite(alpha))) {
                    throw unsupported("alpha %s, 0 or more supported".formatted(alpha));
                }
                checkFactor("input scale", Factors.clampedRescale(input, output), shiftMax);
                checkFactor("alpha", Factors.leakyRescale(alpha, input, output), shiftMax);
            }
        }
    }

    private void checkSigmoid(Tensor input, Tensor output, float scale, int zeroPoint) throws ModelException {
        if (input.type() == TensorType.INT16) {
            checkOutputQuantization(output, UNIT_SCALE_16, 0);
            if (!(SigmoidTable.factor(input.scale(0)) <= SigmoidTable.MULTIPLIER_MAX)) {
                throw unsupported("input scale %s, up to 2.666 supported".formatted(input.scale(0)));
            }
            return;
        }
        checkOutputQuantization(output, scale, zeroPoint);
        if (!(Factors.sigmoidInput(input) > 1)) {
            throw unsupported("input scale %s, above 2^-27 supported".formatted(input.scale(0)));
        }
    }

    private void checkOutputQuantization(Tensor output, float scale, int zeroPoint) throws ModelException {
        if (output.scale(0) != scale || output.zeroPoint(0) != zeroPoint) {
            throw unsupported("output scale %s and zero point %d, %s and %d supported"
                    .formatted(output.scale(0), output.zeroPoint(0), scale, zeroPoint));
        }
    }

    private void checkPool(Window w, int inputId, int outputId) throws ModelException {
        var input = tensors.get(inputId);
        var output = tensors.get(outputId);
        checkWindow(w, input, output);
        same("output channels", output.dimension(3), input.dimension(3));
        long positions = (long) w.kernelHeight() * w.kernelWidth();
        int positionsMax = input.type() == TensorType.INT16 ? Limits.POOL_WINDOW_16_MAX : Limits.POOL_WINDOW_MAX;
        if (positions > positionsMax) {
            throw unsupported("window of %d positions, at most %d allowed".formatted(positions, positionsMax));
        }
        undilated(w);
        if (w.padTop() >= w.kernelHeight()
                || w.padBottom() >= w.kernelHeight()
                || w.padLeft() >= w.kernelWidth()
                || w.padRight() >= w.kernelWidth()) {
            throw malformed("padding as large as the pooling window: %s".formatted(w));
        }
        sameQuantization(input, output);
    }

    private void checkReshape(Reshape reshape) throws ModelException {
        var input = tensors.get(reshape.input());
        var output = tensors.get(reshape.output());
        same("elements", output.elements(), input.elements());
        sameQuantization(input, output);
    }

    private void checkSoftmax(Softmax softmax) throws ModelException {
        var input = tensors.get(softmax.input());
        var output = tensors.get(softmax.output());
        if (!input.sameShape(output) || input.rank() < 1) {
            throw malformed("output %s for input %s".formatted(output, input));
        }
        boolean wide = input.type() == TensorType.INT16;
        int depth = input.dimension(input.rank() - 1);
        int depthMax = wide ? Limits.SOFTMAX_DEPTH_16_MAX : Limits.SOFTMAX_DEPTH_MAX;
        if (depth > depthMax) {
            throw unsupported("over %d elements, at most %d allowed".formatted(depth, depthMax));
        }
        if (wide) {
            checkOutputQuantization(output, UNIT_SCALE_16, 0);
            checkSoftmaxInput16(softmax.beta(), input.scale(0));
            return;
        }
        checkOutputQuantization(output, UNIT_SCALE, Byte.MIN_VALUE);
        double factor = Factors.softmaxInput(softmax.beta(), input.scale(0));
        if (!(softmax.beta() > 0 && Float.isFinite(softmax.beta()) && factor > 1)) {
            throw unsupported("beta %s with input scale %s, a product above 2^-26 supported"
                    .formatted(softmax.beta(), input.scale(0)));
        }
    }

    private void checkSoftmaxInput16(float beta, float inputScale) throws ModelException {
        double factor = Factors.softmaxInput16(beta, inputScale);
        if (!(beta > 0 && QuantizedMultiplier.of(factor).shift() <= INT16_SHIFT_MAX)) {
            throw unsupported(
                    "beta %s with input scale %s, above 0 and a product below 5 supported".formatted(beta, inputScale));
        }
    }

    private void checkMean(Mean mean) throws ModelException {
        var input = tensors.get(mean.input());
        var output = tensors.get(mean.output());
        int previous = -1;
        for (int axis : mean.axes()) {
            if (axis <= previous || axis >= input.rank()) {
                throw malformed("axes %s of %s, ascending ones allowed".formatted(mean.axes(), input));
            }
            previous = axis;
        }
        long count = 1;
        var shape = new ArrayList<Integer>();
        for (int d = 0; d < input.rank(); d++) {
            boolean averaged = mean.axes().contains(d);
            count *= averaged ? input.dimension(d) : 1;
            if (!averaged || mean.keepsDimensions()) {
                shape.add(averaged ? 1 : input.dimension(d));
            }
        }
        if (!output.shape().equals(shape)) {
            throw malformed(
                    "output %s over axes %s of %s, shape %s allowed".formatted(output, mean.axes(), input, shape));
        }
        boolean wide = input.type() == TensorType.INT16;
        int countMax = wide ? Limits.POOL_WINDOW_16_MAX : Limits.POOL_WINDOW_MAX;
        if (count < 1 || count > countMax) {
            throw unsupported("over %d elements, 1 to %d supported".formatted(count, countMax));
        }
        checkFactor(
                "input scale", Factors.rescale(input, output), wide ? INT16_SHIFT_MAX : QuantizedMultiplier.SHIFT_MAX);
    }

    private void checkLstm(UnidirectionalSequenceLstm lstm) throws ModelException {
        var input = tensors.get(lstm.input());
        var output = tensors.get(lstm.output());
        if (input.rank() != 3 || output.rank() != 3) {
            throw malformed("input %s and output %s, rank 3 allowed".formatted(input, output));
        }
        same(lstm.timeMajor() ? "steps" : "batch", output.dimension(0), input.dimension(0));
        same(lstm.timeMajor() ? "batch" : "steps", output.dimension(1), input.dimension(1));
        int units = output.dimension(2);
        var hidden = tensors.get(lstm.hiddenState());
        var cell = tensors.get(lstm.cellState());
        int states = input.dimension(lstm.timeMajor() ? 1 : 0) * units;
        checkState("hidden state", hidden, TensorType.INT8, states);
        checkState("cell state", cell, TensorType.INT16, states);
        sameQuantization(hidden, output);
        for (var gate : lstm.gates()) {
            checkLstmWeights("input weights", gate.inputWeights(), units, input);
            checkLstmWeights("recurrent weights", gate.recurrentWeights(), units, output);
            checkBias(OptionalInt.of(gate.bias()), units, List.of(TensorType.INT32));
        }
        float scale = cell.scale(0);
        if (scale != Math.scalb(1f, Math.getExponent(scale)) || scale > 1 || scale < LSTM_CELL_SCALE_MIN) {
            throw unsupported("cell scale %s, powers of two from 2^-30 to 1 supported".formatted(scale));
        }
        checkFactor("product of 2^-30", Factors.lstmProduct(hidden), 0);
        if (!(lstm.cellClip() >= 0)) {
            throw malformed("cell clip %s, 0 or more allowed".formatted(lstm.cellClip()));
        }
    }

    private void checkState(String what, Tensor state, TensorType type, int elements) throws ModelException {
        if (state.type() != type || state.scaleCount() != 1) {
            throw unsupported(
                    "%s %s with %d scales, %s with one supported".formatted(what, state, state.scaleCount(), type));
        }
        same("elements of the " + what, state.elements(), elements);
    }

    private void checkLstmWeights(String what, int id, int units, Tensor values) throws ModelException {
        var weights = weights(what, id, 2, 0);
        if (weights.type() != TensorType.INT8 || weights.scaleCount() != 1) {
            throw unsupported(
                    "%s %s with %d scales, INT8 with one supported".formatted(what, weights, weights.scaleCount()));
        }
        same("units of " + what, weights.dimension(0), units);
        same("depth of " + what, weights.dimension(1), values.dimension(2));
        checkFactor("scale of " + what, Factors.lstmGate(values, weights), QuantizedMultiplier.SHIFT_MAX);
    }

    /** Window against images: ranges first, so that the sums below cannot overflow. */
    private void checkWindow(Window w, Tensor input, Tensor output) throws ModelException {
        if (input.rank() != 4 || output.rank() != 4) {
            throw malformed("input %s and output %s, rank 4 allowed".formatted(input, output));
        }
        same("batch", output.dimension(0), input.dimension(0));
        checkAxis(
                "height",
                w.kernelHeight(),
                w.strideHeight(),
                w.dilationHeight(),
                w.padTop(),
                w.padBottom(),
                input.dimension(1),
                output.dimension(1));
        checkAxis(
                "width",
                w.kernelWidth(),
                w.strideWidth(),
                w.dilationWidth(),
                w.padLeft(),
                w.padRight(),
                input.dimension(2),
                output.dimension(2));
    }

    private void checkAxis(
            String axis, int kernel, int stride, int dilation, int padBefore, int padAfter, int in, int out)
            throws ModelException {
        boolean inRange =
                in >= 1 && out >= 1 && kernel >= 1 && stride >= 1 && dilation >= 1 && padBefore >= 0 && padAfter >= 0;
        if (!inRange
                || stride > Limits.WINDOW_MAX
                || Window.extent(kernel, dilation) > Limits.WINDOW_MAX
                || padBefore > Limits.WINDOW_MAX
                || padAfter > Limits.WINDOW_MAX) {
            throw malformed("%s: kernel %d, stride %d, dilation %d, padding %d and %d, extents of 1 to %d allowed"
                    .formatted(axis, kernel, stride, dilation, padBefore, padAfter, Limits.WINDOW_MAX));
        }
        long room = (long) in + padBefore + padAfter - Window.extent(kernel, dilation);
        if (room < 0 || room / stride + 1 != out) {
            throw malformed("%s: output of %d from input of %d, kernel %d, stride %d, dilation %d, padding %d and %d"
                    .formatted(axis, out, in, kernel, stride, dilation, padBefore, padAfter));
        }
    }

    private Tensor weights(String what, int id, int rank, int channelDimension) throws ModelException {
        var tensor = tensor(what, id);
        boolean whole = tensor.type() == TensorType.INT8 || tensor.type() == TensorType.INT4;
        if (!whole || tensor.rank() != rank || tensor.scaleCount() == 0) {
            throw malformed("%s %s, quantized INT8 or INT4 of rank %d allowed".formatted(what, tensor, rank));
        }
        if (!tensor.isConstant()) {
            throw unsupported("%s %s is computed at run time, constants supported".formatted(what, tensor));
        }
        if (tensor.scaleCount() > 1 && tensor.channelDimension() != channelDimension) {
            throw unsupported("%s has scales along dimension %d, %d supported"
                    .formatted(what, tensor.channelDimension(), channelDimension));
        }
        for (int channel = 0; channel < tensor.scaleCount(); channel++) {
            if (tensor.zeroPoint(channel) != 0) {
                throw unsupported("%s has zero point %d, 0 supported".formatted(what, tensor.zeroPoint(channel)));
            }
        }
        unpackedWeights += tensor.elements();
        if (unpackedWeights > Limits.UNPACKED_WEIGHTS_MAX) {
            throw unsupported("operators use %d weights up to here, at most %d allowed"
                    .formatted(unpackedWeights, Limits.UNPACKED_WEIGHTS_MAX));
        }
        return tensor;
    }

    private void checkBias(OptionalInt id, int channels, List<TensorType> types) throws ModelException {
        if (id.isEmpty()) {
            return;
        }
        var bias = tensor("bias", id.getAsInt());
        if (!types.contains(bias.type()) || bias.elements() != channels) {
            String allowed = types.stream().map(Enum::name).collect(Collectors.joining(" or "));
            throw malformed("bias %s, %s of %d elements allowed".formatted(bias, allowed, channels));
        }
        if (!bias.isConstant()) {
            throw unsupported("bias %s is computed at run time, constants supported".formatted(bias));
        }
    }

    private void checkFactor(String what, double factor, int shiftMax) throws ModelException {
        if (QuantizedMultiplier.of(factor).shift() > shiftMax) {
            throw unsupported(
                    "%s is %s relative to the output, below 2^%d supported".formatted(what, factor, shiftMax));
        }
    }

    private void sameQuantization(Tensor input, Tensor output) throws ModelException {
        if (!input.sameQuantization(output)) {
            throw unsupported("input scale %s zero point %d, output scale %s zero point %d, equal ones supported"
                    .formatted(input.scale(0), input.zeroPoint(0), output.scale(0), output.zeroPoint(0)));
        }
    }

    private Tensor tensor(String what, int id) throws ModelException {
        if (id < 0 || id >= tensors.size()) {
            throw malformed("%s is tensor %d, 0 to %d allowed".formatted(what, id, tensors.size() - 1));
        }
        return tensors.get(id);
    }

    private void same(String what, int found, int expected) throws ModelException {
        if (found != expected) {
            throw malformed("%s %d, %d allowed".formatted(what, found, expected));
        }
    }

    private MalformedModelException malformed(String problem) {
        return new MalformedModelException(file, where, problem);
    }

    private UnsupportedModelException unsupported(String problem) {
        return new UnsupportedModelException(file, where, problem);
    }
}
