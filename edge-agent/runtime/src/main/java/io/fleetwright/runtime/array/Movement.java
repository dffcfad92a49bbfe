package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.kernel.BringsKernel;
import io.fleetwright.runtime.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/**
 * A step that puts elements elsewhere: all its tensors have one scale and zero point, so that bytes are copied as they are.
 *
 * @param builtin name in the TFLite schema
 */
public record Movement(String builtin, ArrayStep step) implements BringsKernel {
    @Override
    public int version() {
        return step.version();
    }

    @Override
    public int output() {
        return step.output();
    }

    @Override
    public List<Integer> outputs() {
        return step.outputs();
    }

    @Override
    public List<Integer> activations() {
        return step.activations();
    }

    @Override
    public List<Integer> overwritable() {
        // Operators have a Reshape of their own.
        return step.function() instanceof io.fleetwright.runtime.array.Reshape ? activations() : List.of();
    }

    @Override
    public Optional<String> contradiction(List<Tensor> tensors) {
        var output = tensors.get(output());
        for (var id : step.inputs()) {
            var input = tensors.get(id.orElseThrow());
            if (!input.sameQuantization(output)) {
                return Optional.of(differs(input, output));
            }
        }
        for (int id : step.outputs()) {
            if (!tensors.get(id).sameQuantization(output)) {
                return Optional.of(differs(tensors.get(id), output));
            }
        }
        return step.contradiction(tensors);
    }

    private static String differs(Tensor one, Tensor other) {
        return "%s has scales %s and zero point %d, %s has %s and %d, equal ones allowed"
                .formatted(
                        one,
                        one.info().scales(),
                        one.info().zeroPoint(),
                        other,
                        other.info().scales(),
                        other.info().zeroPoint());
    }

    @Override
    public long macs() {
        return 0;
    }

    @Override
    public String carrier() {
        return step.carrier();
    }

    @Override
    public Kernel kernel(Graph graph) {
        return step.kernel(graph);
    }
}
