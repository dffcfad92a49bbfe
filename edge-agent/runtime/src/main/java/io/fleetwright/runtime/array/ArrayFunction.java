package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.RowProduct;
import java.util.List;

/** What an array step computes: attributes resolved, inputs and outputs still open. Immutable. */
public interface ArrayFunction {
    /** Name in the format it came from, for example {@code Conv}. */
    String name();

    /**
     * Types and shapes of all outputs, optional ones included.
     *
     * @throws InferenceException when the inputs contradict the function's rules or are not supported
     * @throws Slots.EmptyException when a required input is left out
     */
    List<ArrayType> infer(Slots<ArrayType> inputs) throws InferenceException;

    /**
     * A kernel for these inputs and outputs; shapes are as {@link #infer} allows and says. It divides no integer by 0,
     * and reads nothing outside its inputs, whatever the values in them.
     */
    Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs);

    /** {@link #kernel(Slots, Slots)} with another inner loop of float32 products, for functions that have some. */
    default Kernel kernel(Slots<Operand> inputs, Slots<Operand> outputs, RowProduct rows) {
        return kernel(inputs, outputs);
    }

    /** Multiply-accumulates of one run. */
    default long macs(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        return 0;
    }

    /** What carries the products, where that is the function's own choice; else empty. */
    default String carrier() {
        return "";
    }

    /** Steps of work of one run, for a bound on time; products and elements read or written count as one each. */
    default long work(Slots<ArrayType> inputs, List<ArrayType> outputs) {
        long work = macs(inputs, outputs);
        for (var output : outputs) {
            work += output.elements();
        }
        for (int i = 0; i < inputs.count(); i++) {
            work += inputs.has(i) ? inputs.get(i).elements() : 0;
        }
        return work;
    }

    /** Refuses element types other than those listed. */
    static void requireType(String what, ArrayType found, TensorType... allowed) throws InferenceException {
        for (var type : allowed) {
            if (found.type() == type) {
                return;
            }
        }
        throw InferenceException.unsupported("%s %s, %s supported".formatted(what, found, List.of(allowed)));
    }

    /** Refuses ranks other than the one given. */
    static void requireRank(String what, ArrayType found, int rank) throws InferenceException {
        if (found.rank() != rank) {
            throw InferenceException.contradiction("%s %s, rank %d allowed".formatted(what, found, rank));
        }
    }

    /** Refuses lengths other than the one given. */
    static void requireElements(String what, ArrayType found, int elements) throws InferenceException {
        if (found.elements() != elements) {
            throw InferenceException.contradiction("%s %s, %d elements allowed".formatted(what, found, elements));
        }
    }
}
