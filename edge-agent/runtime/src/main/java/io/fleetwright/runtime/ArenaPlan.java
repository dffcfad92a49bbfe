package io.fleetwright.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where each computed tensor lives in the one block of memory that an interpreter uses.
 *
 * <p>A tensor is alive from the step that writes it to the last step that reads it; tensors alive at the same step must
 * not overlap. Placement is greedy: largest first, each at the lowest offset that is free for its whole life.
 */
final class ArenaPlan {
    private static final long NOT_PLACED = -1;

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
            born[operator.output()] = step;
            dies[operator.output()] = step;
            for (int read : operator.activations()) {
                dies[read] = step;
            }
        }
        int lastStep = operators.size() + 1;
        for (int output : outputs) {
            dies[output] = lastStep;
        }

        long[] change = new long[lastStep + 2];
        for (int tensor = 0; tensor < born.length; tensor++) {
            if (born[tensor] >= 0) {
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

        long[] offsets = new long[tensors.size()];
        Arrays.fill(offsets, NOT_PLACED);
        var byOffset = new ArrayList<Placed>();
        var largestFirst = IntStream.range(0, born.length)
                .filter(tensor -> born[tensor] >= 0)
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(
                                tensor -> -tensors.get(tensor).bytes())
                        .thenComparingInt(tensor -> born[tensor]))
                .toList();
        long end = 0;
        for (int tensor : largestFirst) {
            long size = tensors.get(tensor).bytes();
            long free = 0;
            for (var other : byOffset) {
                boolean together = born[tensor] <= dies[other.tensor] && born[other.tensor] <= dies[tensor];
                if (!together) {
                    continue;
                }
                if (other.offset - free >= size) {
                    break;
                }
                free = Math.max(free, other.end);
            }
            offsets[tensor] = free;
            insert(byOffset, new Placed(tensor, free, free + size));
            end = Math.max(end, free + size);
        }
        return new ArenaPlan(offsets, end, liveMax);
    }

    private static void insert(List<Placed> byOffset, Placed placed) {
        int at = byOffset.size();
        while (at > 0 && byOffset.get(at - 1).offset > placed.offset) {
            at--;
        }
        byOffset.add(at, placed);
    }

    /** Size of the whole block. */
    long bytes() {
        return bytes;
    }

    /** The most that is alive at any one step: no placement can need less. */
    long liveSetBytes() {
        return liveSetBytes;
    }

    /** Where a computed tensor starts. */
    int offset(int tensor) {
        if (offsets[tensor] == NOT_PLACED) {
            throw new IllegalStateException("tensor %d is not in the arena".formatted(tensor));
        }
        return Math.toIntExact(offsets[tensor]);
    }
}
