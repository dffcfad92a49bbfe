package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.partition.ChainPlanner;
import io.fleetwright.scheduler.partition.LayerGraph;
import io.fleetwright.scheduler.partition.PartitionPlan;
import io.fleetwright.scheduler.partition.PartitionProblem;
import io.fleetwright.scheduler.partition.SplitWatch;
import io.fleetwright.scheduler.partition.Tier;
import io.fleetwright.scheduler.partition.WireFormat;
import io.fleetwright.scheduler.scenario.FleetView.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The policy of the product: for each stream and source it keeps the plans that a cut between the source and each other board gives
 * ({@link ChainPlanner#pareto}), and takes for each frame the one with the least energy whose answer is expected by the deadline in nine
 * of ten cases, queues and radios counted; when there is none, the one that is expected first.
 *
 * <p>Plans are made anew for what changed only: all pairs of a board whose link, presence or battery changed, or whose times left what
 * the plan was made for ({@link SplitWatch}). A frame whose other board is lost is placed again by the same rule, by then without that
 * board. The energy of a board counts more when its battery goes down faster than the time that it has to last.
 */
final class SharedFrames implements FramePolicy {
    private static final double P90 = 1.2815515655446004;
    private static final int NOT_A_SOURCE = -1;

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
                view.mayHelp(one.stream, one.source, helper) ? plans(one.stream, one.source, helper, view) : List.of());
    }

    /** Plans between two boards that no other one beats. */
    private static List<Placement> plans(int stream, int source, int helper, FleetView view) {
        Setting setting = view.setting();
        int network = setting.streams().get(stream).network();
        LayerGraph graph = setting.networks().get(network);
        var problem = PartitionProblem.of(
                graph,
                slowed(setting.boards().get(source), network, view.slowdown(source)),
                slowed(setting.boards().get(helper), network, view.slowdown(helper)),
                view.radio(source, helper).link(view.pathFactor(source, helper)),
                WireFormat.STANDARD,
                List.of(Byte.SIZE));
        return new ChainPlanner(problem)
                .pareto(0).stream()
                        .filter(plan -> !plan.isLocal())
                        .map(plan -> new Placement(helper, cut(plan)))
                        .toList();
    }

    private static int cut(PartitionPlan plan) {
        int first = plan.tierOf().indexOf(1);
        if (first < 0) {
            throw new IllegalStateException("a plan that sends has no layer on the other board");
        }
        return first;
    }

    private static Tier slowed(Board board, int network, double slowdown) {
        Tier tier = board.tiers().get(network);
        return new Tier(
                tier.name(),
                Arrays.stream(tier.millis()).map(value -> value * slowdown).toArray(),
                Arrays.stream(tier.millijoules()).map(value -> value * slowdown).toArray(),
                tier.memoryBytes(),
                tier.idleMilliwatts());
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
            if (option.millijoules >= least) {
                break;
            }
            Placement placement = option.placement;
            int helper = placement.isLocal() ? NOT_A_SOURCE : placement.helper();
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
