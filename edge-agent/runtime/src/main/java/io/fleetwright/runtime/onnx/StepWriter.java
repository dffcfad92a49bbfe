package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.onnx.Value.Quantization;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps that a pass leaves, in order. */
final class StepWriter {
    private final Flow flow;
    private final List<Step> steps = new ArrayList<>();

    StepWriter(Flow flow) {
        this.flow = flow;
    }

    /** Keeps a step. */
    void keep(Step step) {
        steps.add(step);
        for (var output : step.outputs()) {
            if (output != null) {
                output.producedBy(step);
            }
        }
    }

    /** A new step in the place of another; its output has this meaning, if any. */
    Value write(ArrayFunction function, Step place, List<@Nullable Value> inputs, @Nullable Quantization meaning)
            throws ModelException {
        var type = flow.infer(function, place.where(), inputs).getFirst();
        var output = new Value(place.output().name(), type, null);
        return writeTo(output, function, place, inputs, meaning);
    }

    /** A new step that computes a value which is known already. */
    Value writeTo(
            Value output,
            ArrayFunction function,
            Step place,
            List<@Nullable Value> inputs,
            @Nullable Quantization meaning) {
        if (meaning != null) {
            output.quantizedAs(meaning);
        }
        keep(new Step(function, place.version(), place.where(), inputs, Collections.singletonList(output)));
        return output;
    }

    /**
     * A constant made of another, with its own meaning.
     *
     * @throws ModelException when constants that were made take far more than the file did, as many steps could share one
     */
    Value constant(Value like, TensorType type, byte[] data, @Nullable Quantization meaning, int... shape)
            throws ModelException {
        var arrayType = flow.type("constant", type, shape);
        flow.takeConstant(like.name(), data.length);
        var value = new Value(like.name(), arrayType, ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN));
        if (meaning != null) {
            value.quantizedAs(meaning);
        }
        return value;
    }

    void finish() {
        flow.setSteps(steps);
    }
}
