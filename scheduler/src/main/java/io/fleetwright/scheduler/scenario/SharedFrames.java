package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.SplitWatch;
import io.fleetwright.scheduler.scenario.FleetView.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The policy of the product: for each stream and source it keeps the cuts between the source and each other board that may be worth
 * something, and takes for each frame the one with the least energy whose answer is expected by the deadline in nine of ten cases,
 * queues and radios counted; when there is none, the one that is expected first.
 *
 * <p>A cut is worth nothing when another one is as good in all of the source's time and energy, the helper's, and bytes: however long
 * the queues and slow the link, that one ends sooner and takes less. (The plans of {@code ChainPlanner.pareto} are those of idle boards;
 * sending the input is not among them where the source is as fast alone, and just that helps when the source is busy.)
 *
 * <p>What changed is planned anew, and nothing else: all pairs of a board whose link, presence or battery changed, or whose times
 * left what its plans were made for ({@link SplitWatch}). A frame whose other board is lost is placed again by the same rule, by then without that
 * board. The energy of a board counts more when its battery goes down faster than the time that it has to last.
 */
final class SharedFrames implements FramePolicy {
    private static final double P90 = 1.2815515655446004;
    private static final int NO_HELPER = -1;
    /** What an option was ordered by may have become less by so much before it is planned anew. */
    private static final double STALE = 0.8;

    private final List<Pairs> pairs = new ArrayList<>();
    private SplitWatch[] watches = {};
    private double[] plannedSlowdowns = {};

    /** The plans of one source in one stream, by helper. */
    private static final class Pairs {
        final int stream;
        final int source;
        final Placement local;
        final List<List<Placement>> byHelper = new ArrayList<>();
        /** All of them, by their energy on idle boards. */
        List<Option> options = List.of();

        Pairs(int stream, int source, int boards, int layers) {
            this.stream = stream;
            this.source = source;
            local = Placement.local(layers);
            for (int b = 0; b < boards; b++) {
                byHelper.add(List.of());
            }
        }
    }

    /** A place with what it takes on idle boards. */
    private record Option(Placement placement, double millijoules) {}

    @Override
    public void begin(FleetView view) {
        int boards = view.setting().boards().size();
        watches = new SplitWatch[boards];
        plannedSlowdowns = new double[boards];
        for (int b = 0; b < boards; b++) {
            watch(b, view);
        }
        for (int s = 0; s < view.setting().streams().size(); s++) {
            for (FrameStream.Source source : view.setting().streams().get(s).sources()) {
                pairs.add(new Pairs(s, source.board(), boards, view.layers(s)));
            }
        }
        for (Pairs one : pairs) {
            for (int helper = 0; helper < boards; helper++) {
                plan(one, helper, view);
            }
            order(one, view);
        }
    }

    private void watch(int board, FleetView view) {
        watches[board] =
                new SplitWatch(view.setting().boards().get(board).radio().kbitPerSecond());
        plannedSlowdowns[board] = view.slowdown(board);
    }

    @Override
    public void changed(int board, FleetView view) {
        for (Pairs one : pairs) {
            if (one.source == board) {
                for (int helper = 0; helper < one.byHelper.size(); helper++) {
                    plan(one, helper, view);
                }
            } else {
                plan(one, board, view);
            }
            order(one, view);
        }
    }

    @Override
    public void ran(int board, double observedMillis, double profileMillis, FleetView view) {
        watches[board].ran(observedMillis, profileMillis * plannedSlowdowns[board]);
        if (watches[board].isOff()) {
            watch(board, view);
            changed(board, view);
        }
    }

    private static void plan(Pairs one, int helper, FleetView view) {
        one.byHelper.set(
                helper,
                view.mayHelp(one.stream, one.source, helper) ? cuts(one.stream, one.source, helper, view) : List.of());
    }

    /** Cuts between two boards that no other one beats. */
    private static List<Placement> cuts(int stream, int source, int helper, FleetView view) {
        NetworkCosts network = view.costsOf(stream);
        List<Placement> kept = new ArrayList<>();
        for (int cut = 0; cut < network.layers(); cut++) {
            boolean beaten = network.bytes(cut) == NetworkCosts.NO_CUT;
            for (int other = 0; other < network.layers() && !beaten; other++) {
                beaten = other != cut && beats(network, source, helper, other, cut);
            }
            if (!beaten) {
                kept.add(new Placement(helper, cut));
            }
        }
        return kept;
    }

    /** Of two that are alike in everything the earlier one. */
    private static boolean beats(NetworkCosts network, int source, int helper, int one, int other) {
        if (network.bytes(one) == NetworkCosts.NO_CUT) {
            return false;
        }
        int layers = network.layers();
        double[] mine = {
            network.millis(source, 0, one),
            network.millijoules(source, 0, one),
            network.millis(helper, one, layers),
            network.millijoules(helper, one, layers),
            network.bytes(one)
        };
        double[] its = {
            network.millis(source, 0, other),
            network.millijoules(source, 0, other),
            network.millis(helper, other, layers),
            network.millijoules(helper, other, layers),
            network.bytes(other)
        };
        boolean better = one < other;
        for (int i = 0; i < mine.length; i++) {
            if (mine[i] > its[i]) {
                return false;
            }
            better |= mine[i] < its[i];
        }
        return better;
    }

    private static void order(Pairs one, FleetView view) {
        List<Option> options = new ArrayList<>();
        options.add(option(one, one.local, view));
        for (List<Placement> placements : one.byHelper) {
            placements.forEach(placement -> options.add(option(one, placement, view)));
        }
        options.sort(Comparator.comparingDouble(Option::millijoules));
        one.options = options;
    }

    private static Option option(Pairs one, Placement placement, FleetView view) {
        return new Option(
                placement, view.estimate(one.stream, one.source, placement).millijoules());
    }

    @Override
    public Placement place(Request request, FleetView view) {
        Pairs mine = pairs.stream()
                .filter(one -> one.stream == request.stream() && one.source == request.source())
                .findFirst()
                .orElseThrow();
        double late = Math.exp(P90 * view.setting().noise());
        double sourcePrice = price(request.source(), view);
        Placement best = null;
        double least = Double.POSITIVE_INFINITY;
        Placement soonest = mine.local;
        double first = Double.POSITIVE_INFINITY;
        for (Option option : mine.options) {
            if (option.millijoules * STALE >= least) {
                break;
            }
            Placement placement = option.placement;
            int helper = placement.isLocal() ? NO_HELPER : placement.helper();
            if (helper >= 0 && !view.mayHelp(request.stream(), request.source(), helper)) {
                continue;
            }
            Estimate estimate = view.estimate(request.stream(), request.source(), placement);
            double finish = view.nowMillis() + (estimate.finishMillis() - view.nowMillis()) * late;
            double cost = estimate.sourceMillijoules() * sourcePrice
                    + (helper < 0 ? 0 : estimate.helperMillijoules() * price(helper, view));
            if (finish <= request.deadlineMillis() && cost < least) {
                least = cost;
                best = placement;
            }
            if (finish < first) {
                first = finish;
                soonest = placement;
            }
        }
        return best == null ? soonest : best;
    }

    /** 1 while the battery lasts as long as the run, more the sooner it will be empty. */
    private static double price(int board, FleetView view) {
        if (view.setting().boards().get(board).isOnMains()) {
            return 1;
        }
        double left = 1 - view.nowMillis() / view.setting().endMillis();
        double ratio = left / Math.max(view.charge(board), 1e-3);
        return Math.max(1, ratio * ratio);
    }
}
