package io.fleetwright.runtime.part;

import io.fleetwright.runtime.ModelReport;
import io.fleetwright.runtime.graph.Graph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where to cut a network so that each part fits a board: as few parts as possible, and of these cuts the ones whose part with the most
 * multiply-accumulates has the least, since the slowest part bounds how many answers a second there are.
 */
public final class PartPlan {
    /** Parts of a network at most. */
    public static final int PARTS_MAX = 4;

    private final Graph core;
    private final List<Integer> ends;
    private final long memoryBytes;
    private final Map<Long, ModelReport> reports = new HashMap<>();

    private PartPlan(Graph core, long memoryBytes) {
        this.core = core;
        this.memoryBytes = memoryBytes;
        this.ends = new ArrayList<>(PartFile.cuts(core));
        this.ends.add(core.operators().size());
    }

    /**
     * Cuts a network.
     *
     * @param core the integer core of a network
     * @param memoryBytes that weights and activations of a part may take, at least 1
     * @return operators before which the second part and those after it begin, ascending; empty when no cuts make
     *     {@value #PARTS_MAX} parts that fit, and no cut where all of it fits
     */
    public static Optional<List<Integer>> fitting(Graph core, long memoryBytes) {
        PartPlan plan = new PartPlan(core, memoryBytes);
        return plan.within(Long.MAX_VALUE).map(plan::balanced);
    }

    /**
     * Operators between two places to cut.
     *
     * @param to operator after the last
     * @param memoryBytes of weights and activations
     */
    public record Stretch(int from, int to, long memoryBytes) {
        @Override
        public String toString() {
            return "operators %d to %d alone take %d bytes".formatted(from, to - 1, memoryBytes);
        }
    }

    /** What cannot be cut any further and takes the most: the least that some board must have. */
    public static Stretch largest(Graph core) {
        PartPlan plan = new PartPlan(core, Long.MAX_VALUE);
        Stretch largest = new Stretch(0, 1, 0);
        int from = 0;
        for (int to : plan.ends) {
            long memory = plan.memory(from, to);
            largest = memory > largest.memoryBytes ? new Stretch(from, to, memory) : largest;
            from = to;
        }
        return largest;
    }

    /** What a part takes: weights and activations, bytes. */
    public static long memoryBytes(Graph core, int from, int to) {
        return new PartPlan(core, Long.MAX_VALUE).memory(from, to);
    }

    /** As few parts as {@code fewest} has, with the least most multiply-accumulates. */
    private List<Integer> balanced(List<Integer> fewest) {
        long low = 0;
        long high = most(fewest);
        List<Integer> best = fewest;
        while (low < high) {
            long middle = low + (high - low) / 2;
            Optional<List<Integer>> cuts = within(middle).filter(one -> one.size() <= fewest.size());
            if (cuts.isPresent()) {
                best = cuts.get();
                high = Math.min(middle, most(best));
            } else {
                low = middle + 1;
            }
        }
        return best;
    }

    /** Each part as long as memory and multiply-accumulates allow, which both grow with it. */
    private Optional<List<Integer>> within(long macs) {
        List<Integer> cuts = new ArrayList<>();
        int from = 0;
        int fits = 0;
        for (int end : ends) {
            if (memory(from, end) > memoryBytes || report(from, end).macs() > macs) {
                if (fits <= from || cuts.size() == PARTS_MAX - 1) {
                    return Optional.empty();
                }
                cuts.add(fits);
                from = fits;
                if (memory(from, end) > memoryBytes || report(from, end).macs() > macs) {
                    return Optional.empty();
                }
            }
            fits = end;
        }
        return Optional.of(List.copyOf(cuts));
    }

    private long most(List<Integer> cuts) {
        long most = 0;
        int from = 0;
        for (int at = 0; at <= cuts.size(); at++) {
            int to = at == cuts.size() ? core.operators().size() : cuts.get(at);
            most = Math.max(most, report(from, to).macs());
            from = to;
        }
        return most;
    }

    private long memory(int from, int to) {
        ModelReport report = report(from, to);
        return report.weightBytes() + report.arenaBytes();
    }

    private ModelReport report(int from, int to) {
        return reports.computeIfAbsent(
                (long) from << Integer.SIZE | to,
                _ -> ModelReport.of(core.segment(from, to).alone(core.name())));
    }
}
