package io.fleetwright.runtime.array;

import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.Workspace;
import java.util.List;

/** {@code exp(x - max) / sum} along lanes, in double; the logarithm of it in its other form. */
public record SoftmaxFunction(Form form, int axis, Span span) implements ArrayFunction {
    /** What is computed. */
    public enum Form {
        SOFTMAX,
        LOG_SOFTMAX
    }

    /** What a lane spans: one dimension since version 13, before that the axis and all that follow. */
    public enum Span {
        AXIS,
        AXIS_AND_FOLLOWING
    }

    @Override
    public String name() {
        return form == Form.SOFTMAX ? "Softmax" : "LogSoftmax";
    }

    @Override
    public List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException {
        Types.require("input", inputs.get(0), Types.FLOATS);
        inputs.get(0).axis(axis);
        return List.of(inputs.get(0));
    }

    @Override
    public Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs) {
        var type = inputs.get(0).type();
        var lanes = span == Span.AXIS ? Lanes.of(type, axis) : Lanes.from(type, axis);
        return new Normalizing(form, inputs.get(0), outputs.get(0), lanes);
    }

    private record Normalizing(Form form, Operand in, Operand out, Lanes lanes) implements Kernel {
        @Override
        public void run(byte[] arena, Workspace workspace, int from, int to) {
            var element = Element.of(in.type().type());
            byte[] data = in.in(arena);
            for (int lane = 0; lane < lanes.count(); lane++) {
                int start = lanes.start(lane);
                double max = Double.NEGATIVE_INFINITY;
                for (int i = 0; i < lanes.length(); i++) {
                    max = Math.max(max, element.getDouble(data, in.at(), start + i * lanes.stride()));
                }
                double sum = 0;
                for (int i = 0; i < lanes.length(); i++) {
                    sum += StrictMath.exp(element.getDouble(data, in.at(), start + i * lanes.stride()) - max);
                }
                for (int i = 0; i < lanes.length(); i++) {
                    int at = start + i * lanes.stride();
                    double difference = element.getDouble(data, in.at(), at) - max;
                    double value =
                            form == Form.SOFTMAX ? StrictMath.exp(difference) / sum : difference - StrictMath.log(sum);
                    element.setDouble(arena, out.at(), at, value);
                }
            }
        }
    }
}
