package io.fleetwright.runtime.array;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.Tensor;
import io.fleetwright.runtime.kernel.BringsKernel;
import io.fleetwright.runtime.kernel.Kernel;
import io.fleetwright.runtime.kernel.RowProduct;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One array function at work in a graph.
 *
 * @param inputs tensors by the function's input positions; left-out ones are empty
 * @param results tensors by the function's output positions; the first one that is not left out is {@link #output()}
 * @param activations those of {@code inputs} that are computed at run time
 */
public record ArrayStep(
        ArrayFunction function,
        int version,
        List<OptionalInt> inputs,
        List<OptionalInt> results,
        List<Integer> activations,
        long macs,
        long work)
        implements BringsKernel {
    public ArrayStep {
        inputs = List.copyOf(inputs);
        results = List.copyOf(results);
        activations = List.copyOf(activations);
        if (results.stream().allMatch(OptionalInt::isEmpty)) {
            throw new IllegalArgumentException("%s writes nothing".formatted(function.name()));
        }
    }

    @Override
    public int output() {
        return outputs().getFirst();
    }

    @Override
    public List<Integer> outputs() {
        return results.stream()
                .filter(OptionalInt::isPresent)
                .map(OptionalInt::getAsInt)
                .toList();
    }

    @Override
    public String builtin() {
        return function.name();
    }

    @Override
    public String carrier() {
        return function.carrier();
    }

    @Override
    public List<Integer> permutation() {
        return function instanceof Transpose transpose ? transpose.permutation() : List.of();
    }

    @Override
    public Optional<String> contradiction(List<Tensor> tensors) {
        try {
            var types = new ArrayList<@Nullable ArrayType>();
            for (var input : inputs) {
                types.add(input.isPresent() ? ArrayType.of(tensors.get(input.getAsInt())) : null);
            }
            var inferred = function.infer(new Slots<>(types));
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i).isEmpty()) {
                    continue;
                }
                var found = ArrayType.of(tensors.get(results.get(i).getAsInt()));
                if (i >= inferred.size() || !found.equals(inferred.get(i))) {
                    return Optional.of("output %d is %s, inferred %s".formatted(i, found, inferred));
                }
            }
            return Optional.empty();
        } catch (InferenceException contradiction) {
            return Optional.of(contradiction.problem());
        } catch (Slots.EmptyException missing) {
            return Optional.of("input " + missing.getMessage());
        }
    }

    @Override
    public Kernel kernel(Graph graph) {
        return function.kernel(operands(graph, inputs), operands(graph, results));
    }

    @Override
    public Kernel kernel(Graph graph, RowProduct rows) {
        return function.kernel(operands(graph, inputs), operands(graph, results), rows);
    }

    private static Slots<Operand> operands(Graph graph, List<OptionalInt> ids) {
        var operands = new ArrayList<@Nullable Operand>();
        for (var id : ids) {
            operands.add(id.isPresent() ? Operand.of(graph, id.getAsInt()) : null);
        }
        return new Slots<>(operands);
    }
}
