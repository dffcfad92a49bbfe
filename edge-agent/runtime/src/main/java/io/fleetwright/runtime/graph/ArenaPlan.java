package io.fleetwright.runtime.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where each computed tensor lives in the one block of memory that an interpreter uses.
 *
 * <p>An operator that works element by element writes its output in the place of an input that nothing reads later, unless
 * that is an input of the graph: the two are one tensor to the rest of the plan.
 *
 * <p>A tensor is alive from the step that writes it to the last step that reads it; tensors alive at the same step must
 * not overlap. Placement is greedy: largest first, each at the lowest offset that is free for its whole life. Where that
 * is not optimal, a few more rounds move the highest tensor to the front of the order.
 */
public final class ArenaPlan {
    private static final long NOT_PLACED = -1;
    private static final int ROUNDS_MAX = 32;
    /** One round is quadratic in the number of tensors; beyond this many, the first one counts. */
    private static final int REORDERED_TENSORS_MAX = 1000;

    private final long[] offsets;
    private final long bytes;
    private final long liveSetBytes;

    private ArenaPlan(long[] offsets, long bytes, long liveSetBytes) {
        this.offsets = offsets;
        this.bytes = bytes;
        this.liveSetBytes = liveSetBytes;
    }

    private record Placed(int tensor, long offset, long end) {}

    /** Plans a checked graph; step 0 fills the inputs, step {@code i + 1} runs operator i, a last one reads outputs. */
    static ArenaPlan of(List<Tensor> tensors, List<Operator> operators, List<Integer> inputs, List<Integer> outputs) {
        int[] born = new int[tensors.size()];
        int[] dies = new int[tensors.size()];
        Arrays.fill(born, -1);
        for (int input : inputs) {
            born[input] = 0;
        }
        for (int step = 1; step <= operators.size(); step++) {
            var operator = operators.get(step - 1);
            for (int written : operator.outputs()) {
                born[written] = step;
                dies[written] = step;
            }
            for (int read : operator.activations()) {
                dies[read] = step;
            }
        }
        int lastStep = operators.size() + 1;
        for (int output : outputs) {
            dies[output] = lastStep;
        }

        int[] places = places(tensors, operators, born, dies);
        long[] change = new long[lastStep + 2];
        for (int tensor = 0; tensor < born.length; tensor++) {
            if (born[tensor] >= 0 && places[tensor] == tensor) {
                change[born[tensor]] += tensors.get(tensor).bytes();
                change[dies[tensor] + 1] -= tensors.get(tensor).bytes();
            }
        }
        long live = 0;
        long liveMax = 0;
        for (int step = 0; step <= lastStep; step++) {
            live += change[step];
            liveMax = Math.max(liveMax, live);
        }

        var order = IntStream.range(0, born.length)
                .filter(tensor -> born[tensor] >= 0 && places[tensor] == tensor)
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(
                                tensor -> -tensors.get(tensor).bytes())
                        .thenComparingInt(tensor -> born[tensor]))
                .collect(Collectors.toCollection(ArrayList::new));
        var best = place(order, tensors, born, dies);
        int rounds = order.size() <= REORDERED_TENSORS_MAX ? ROUNDS_MAX : 0;
        for (int round = 0; round < rounds && best.bytes > liveMax; round++) {
            // What ended up highest had the least choice: let it choose first.
            int highest = 0;
            for (int i = 1; i < order.size(); i++) {
                if (end(order.get(i), best, tensors) > end(order.get(highest), best, tensors)) {
                    highest = i;
                }
            }
            Collections.rotate(order.subList(0, highest + 1), 1);
            var next = place(order, tensors, born, dies);
            if (next.bytes <= best.bytes) {
                best = next;
            }
        }
        for (int tensor = 0; tensor < places.length; tensor++) {
            best.offsets[tensor] = best.offsets[places[tensor]];
        }
        return new ArenaPlan(best.offsets, best.bytes, liveMax);
    }

    /**
     * For each tensor the one in whose place it is written: itself, or an input that dies in the step that writes it.
     * The life of what stands in that place then goes on to the end of the last tensor there.
     */
    private static int[] places(List<Tensor> tensors, List<Operator> operators, int[] born, int[] dies) {
        int[] places = IntStream.range(0, born.length).toArray();
        for (int step = 1; step <= operators.size(); step++) {
            var operator = operators.get(step - 1);
            int output = operator.output();
            for (int input : operator.overwritable()) {
                boolean computed = born[input] > 0;
                boolean sameSize =
                        tensors.get(input).bytes() == tensors.get(output).bytes();
                // A place that is shared already dies with its last tensor.
                if (computed && sameSize && dies[places[input]] == step && dies[input] == step) {
                    places[output] = places[input];
                    dies[places[input]] = dies[output];
                    break;
                }
            }
        }
        return places;
    }

    private static final class Placement {
        private final long[] offsets;
        private final long bytes;

        Placement(long[] offsets, long bytes) {
            this.offsets = offsets;
            this.bytes = bytes;
        }
    }

    private static long end(int tensor, Placement placement, List<Tensor> tensors) {
        return placement.offsets[tensor] + tensors.get(tensor).bytes();
    }

    private static Placement place(List<Integer> order, List<Tensor> tensors, int[] born, int[] dies) {
        long[] offsets = new long[tensors.size()];
        Arrays.fill(offsets, NOT_PLACED);
        var byOffset = new ArrayList<Placed>();
        long end = 0;
        for (int tensor : order) {
            long size = tensors.get(tensor).bytes();
            int alignment = tensors.get(tensor).type().alignment();
            long free = 0;
            for (var other : byOffset) {
                boolean together = born[tensor] <= dies[other.tensor] && born[other.tensor] <= dies[tensor];
                if (!together) {
                    continue;
                }
                if (other.offset - free >= size) {
                    break;
                }
                free = Math.max(free, align(other.end, alignment));
            }
            offsets[tensor] = free;
            insert(byOffset, new Placed(tensor, free, free + size));
            end = Math.max(end, free + size);
        }
        return new Placement(offsets, end);
    }

    private static long align(long offset, int alignment) {
        return Math.ceilDiv(offset, (long) alignment) * alignment;
    }

    private static void insert(List<Placed> byOffset, Placed placed) {
        int at = byOffset.size();
        while (at > 0 && byOffset.get(at - 1).offset > placed.offset) {
            at--;
        }
        byOffset.add(at, placed);
    }

    /** Size of the whole block. */
    public long bytes() {
        return bytes;
    }

    /** The most that is alive at any one step, shared places counted once: no placement can need less. */
    public long liveSetBytes() {
        return liveSetBytes;
    }

    /** Where a computed tensor starts. */
    public int offset(int tensor) {
        if (offsets[tensor] == NOT_PLACED) {
            throw new IllegalStateException("tensor %d is not in the arena".formatted(tensor));
        }
        return Math.toIntExact(offsets[tensor]);
    }
}
