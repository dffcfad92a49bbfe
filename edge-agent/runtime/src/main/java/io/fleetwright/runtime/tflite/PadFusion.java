package io.fleetwright.runtime.tflite;

import io.fleetwright.runtime.array.Movement;
import io.fleetwright.runtime.array.Rearrange;
import io.fleetwright.runtime.graph.Operator;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.graph.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A PAD that only a convolution reads becomes padding of the convolution's window: positions around the image count as
 * the zero point either way, so the bytes are the same, and the padded image takes neither time nor memory.
 */
final class PadFusion {
    private final List<Tensor> tensors;
    private final List<Operator> operators;
    private final List<Integer> outputs;

    PadFusion(List<Tensor> tensors, List<Operator> operators, List<Integer> outputs) {
        this.tensors = tensors;
        this.operators = operators;
        this.outputs = outputs;
    }

    /** What is added around an image, in rows and columns. */
    private record Margin(int top, int left, int bottom, int right) {
        /** Kernels are made for less padding than the window covers. */
        Optional<Window> around(Window w) {
            var padded = new Window(
                    w.kernelHeight(),
                    w.kernelWidth(),
                    w.strideHeight(),
                    w.strideWidth(),
                    w.dilationHeight(),
                    w.dilationWidth(),
                    w.padTop() + top,
                    w.padLeft() + left,
                    w.padBottom() + bottom,
                    w.padRight() + right);
            boolean small = Math.max(padded.padTop(), padded.padBottom()) < padded.extentHeight()
                    && Math.max(padded.padLeft(), padded.padRight()) < padded.extentWidth();
            return small ? Optional.of(padded) : Optional.empty();
        }
    }

    /** The same network with as few PADs as possible. */
    List<Operator> fused() {
        int[] readers = new int[tensors.size()];
        operators.forEach(
                operator -> operator.activations().stream().filter(this::exists).forEach(read -> readers[read]++));
        outputs.stream().filter(this::exists).forEach(output -> readers[output]++);

        var fused = new ArrayList<Operator>(operators.size());
        for (var operator : operators) {
            // Writers put a PAD right before its reader, which is all that is looked for.
            var padded = fused.isEmpty() ? Optional.<Operator>empty() : padded(fused.getLast(), operator, readers);
            padded.ifPresentOrElse(both -> fused.set(fused.size() - 1, both), () -> fused.add(operator));
        }
        return fused;
    }

    /** Both as one, when the first is a PAD that only the second reads. */
    private Optional<Operator> padded(Operator first, Operator second, int[] readers) {
        return first instanceof Movement pad
                        && pad.builtin().equals(TfliteBuiltin.PAD.name())
                        && pad.step().function() instanceof Rearrange copies
                        && readers[pad.output()] == 1
                ? margin(pad, copies).flatMap(margin -> around(second, pad, margin))
                : Optional.empty();
    }

    private boolean exists(int tensor) {
        return tensor >= 0 && tensor < tensors.size();
    }

    /** Empty when the PAD contradicts itself, or adds to batch or channels. */
    private Optional<Margin> margin(Movement pad, Rearrange copies) {
        if (pad.activations().size() != 1
                || !exists(pad.activations().getFirst())
                || pad.contradiction(tensors).isPresent()) {
            return Optional.empty();
        }
        var from = tensors.get(pad.activations().getFirst());
        var to = tensors.get(pad.output());
        if (from.rank() != 4 || from.dimension(0) != to.dimension(0) || from.dimension(3) != to.dimension(3)) {
            return Optional.empty();
        }
        int top = copies.fillBefore(1);
        int left = copies.fillBefore(2);
        return Optional.of(new Margin(
                top, left, to.dimension(1) - from.dimension(1) - top, to.dimension(2) - from.dimension(2) - left));
    }

    /** The convolution on the image before the PAD, when it is one that reads the image after it. */
    private static Optional<Operator> around(Operator reader, Movement pad, Margin margin) {
        int input = pad.activations().getFirst();
        return switch (reader) {
            case Operator.Conv2d conv
            when conv.input() == pad.output() ->
                margin.around(conv.window())
                        .map(window -> new Operator.Conv2d(
                                conv.version(),
                                input,
                                conv.filter(),
                                conv.bias(),
                                conv.output(),
                                window,
                                conv.activation()));
            case Operator.DepthwiseConv2d conv
            when conv.input() == pad.output() ->
                margin.around(conv.window())
                        .map(window -> new Operator.DepthwiseConv2d(
                                conv.version(),
                                input,
                                conv.filter(),
                                conv.bias(),
                                conv.output(),
                                window,
                                conv.multiplier(),
                                conv.activation()));
            default -> Optional.empty();
        };
    }
}
