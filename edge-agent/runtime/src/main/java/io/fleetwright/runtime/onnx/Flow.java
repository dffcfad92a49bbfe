package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayFunction;
import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.array.InferenceException;
import io.fleetwright.runtime.array.Operand;
import io.fleetwright.runtime.array.Slots;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.graph.UnsupportedModelException;
import io.fleetwright.runtime.kernel.Workspace;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A model while it is read: steps in an order in which they can run, and bounds on what reading it may cost. */
final class Flow {
    private final String file;
    private final List<Step> steps = new ArrayList<>();
    private final List<Value> inputs = new ArrayList<>();
    private final List<Value> outputs = new ArrayList<>();
    private final List<String> outputNames = new ArrayList<>();
    private long foldingBytesLeft;
    private long foldingWorkLeft;
    private long constantBytesLeft;
    private long workLeft = Limits.WORK_MAX;

    /** @param fileBytes size of the file; folded constants may take a small multiple of it */
    Flow(String file, int fileBytes) {
        this.file = file;
        this.foldingBytesLeft = 8L * fileBytes + (1 << 16);
        this.constantBytesLeft = 16L * fileBytes + (1 << 20);
        this.foldingWorkLeft = 256L * fileBytes + (1 << 24);
    }

    String file() {
        return file;
    }

    List<Step> steps() {
        return steps;
    }

    List<Value> inputs() {
        return inputs;
    }

    List<Value> outputs() {
        return outputs;
    }

    /** Names of {@link #outputs()} in the file, whatever the values are called. */
    List<String> outputNames() {
        return outputNames;
    }

    /** Replaces all steps; values remember who computes them. */
    void setSteps(List<Step> others) {
        var kept = List.copyOf(others);
        steps.clear();
        for (var step : kept) {
            steps.add(step);
            remember(step);
        }
    }

    private static void remember(Step step) {
        for (var output : step.outputs()) {
            if (output != null) {
                output.producedBy(step);
            }
        }
    }

    /** What a node's function gives for these inputs. */
    List<ArrayType> infer(ArrayFunction function, String where, List<@Nullable Value> values) throws ModelException {
        try {
            var inferred = function.infer(types(values));
            workLeft -= function.work(types(values), inferred);
            if (workLeft < 0) {
                throw new UnsupportedModelException(
                        file, where, "over %d steps of work up to here".formatted(Limits.WORK_MAX));
            }
            return inferred;
        } catch (InferenceException problem) {
            throw refused(where, problem);
        } catch (Slots.EmptyException missing) {
            throw new MalformedModelException(file, where, "input " + missing.getMessage());
        }
    }

    /** A type that a pass works out by itself. */
    ArrayType type(String where, TensorType type, int... shape) throws ModelException {
        try {
            return ArrayType.of(type, shape);
        } catch (InferenceException problem) {
            throw refused(where, problem);
        }
    }

    private static Slots<ArrayType> types(List<@Nullable Value> values) {
        var types = new ArrayList<@Nullable ArrayType>();
        for (var value : values) {
            types.add(value == null ? null : value.type());
        }
        return new Slots<>(types);
    }

    ModelException refused(String where, InferenceException problem) {
        return switch (problem.kind()) {
            case CONTRADICTION -> new MalformedModelException(file, where, problem.problem());
            case UNSUPPORTED -> new UnsupportedModelException(file, where, problem.problem());
        };
    }

    /**
     * Runs a step whose inputs are all constants, unless that would cost too much.
     *
     * @return the data of its outputs, or null when it has to run each time
     */
    @Nullable
    List<ByteBuffer> fold(Step step, List<ArrayType> inferred) {
        for (var value : step.inputs()) {
            if (value != null && !value.isConstant()) {
                return null;
            }
        }
        long bytes = 0;
        for (int i = 0; i < step.outputs().size(); i++) {
            bytes += step.outputs().get(i) == null ? 0 : inferred.get(i).bytes() + Long.BYTES;
        }
        long work = step.function().work(types(step.inputs()), inferred);
        if (bytes > foldingBytesLeft || work > foldingWorkLeft) {
            return null;
        }
        foldingBytesLeft -= bytes;
        foldingWorkLeft -= work;
        var inputs = new ArrayList<@Nullable Operand>();
        for (var value : step.inputs()) {
            inputs.add(value == null ? null : Operand.constant(value.type(), value.constant()));
        }
        byte[] arena = new byte[(int) bytes];
        var outputs = new ArrayList<@Nullable Operand>();
        int at = 0;
        for (int i = 0; i < step.outputs().size(); i++) {
            if (step.outputs().get(i) == null) {
                outputs.add(null);
                continue;
            }
            outputs.add(Operand.inArena(inferred.get(i), at));
            at = Math.ceilDiv(at + inferred.get(i).bytes(), Long.BYTES) * Long.BYTES;
        }
        var kernel = step.function().kernel(new Slots<>(inputs), new Slots<>(outputs));
        kernel.run(arena, new Workspace(kernel.workspace()), 0, kernel.parts());
        var data = new ArrayList<ByteBuffer>();
        at = 0;
        for (int i = 0; i < step.outputs().size(); i++) {
            int size = step.outputs().get(i) == null ? 0 : inferred.get(i).bytes();
            data.add(ByteBuffer.wrap(arena, at, size).slice().order(ByteOrder.LITTLE_ENDIAN));
            at = Math.ceilDiv(at + size, Long.BYTES) * Long.BYTES;
        }
        return data;
    }

    /** Takes bytes for a new constant from what folding may use; false when there are not as many left. */
    boolean affordsFolding(long bytes) {
        if (bytes > foldingBytesLeft) {
            return false;
        }
        foldingBytesLeft -= bytes;
        return true;
    }

    /** Counts a constant that a pass makes, which it must or fail. */
    void takeConstant(String name, int bytes) throws ModelException {
        constantBytesLeft -= bytes;
        if (constantBytesLeft < 0) {
            throw new UnsupportedModelException(
                    file,
                    "constant '%s'".formatted(ProtoReader.shown(name)),
                    "steps that share constants need too many forms of them");
        }
    }

    /** Takes the limit on how many steps there may be into account. */
    void add(Step step) throws ModelException {
        if (steps.size() == Limits.OPERATORS_MAX) {
            throw new UnsupportedModelException(file, step.where(), "over %d steps".formatted(Limits.OPERATORS_MAX));
        }
        steps.add(step);
        remember(step);
    }
}
