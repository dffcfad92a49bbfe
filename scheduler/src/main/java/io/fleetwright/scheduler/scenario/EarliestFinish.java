package io.fleetwright.scheduler.scenario;

import io.fleetwright.scheduler.scenario.FleetView.Estimate;

/**
 * Whole networks where they are expected to be answered first, the way to the board, its queue and the way back counted: what HEFT does
 * with a frame, which is a graph of one task. Without a slack the earliest finish decides alone; with one, the least energy among the
 * boards whose answer comes that much later at most.
 */
final class EarliestFinish implements FramePolicy {
    private final double slack;

    /** @param slack part of the least latency, 0 or more */
    EarliestFinish(double slack) {
        if (!(slack >= 0)) {
            throw new IllegalArgumentException("slack (%s) must be at least 0".formatted(slack));
        }
        this.slack = slack;
    }

    @Override
    public Placement place(Request request, FleetView view) {
        int boards = view.setting().boards().size();
        Placement local = Placement.local(view.layers(request.stream()));
        double soonest = estimate(request, local, view).finishMillis();
        for (int board = 0; board < boards; board++) {
            if (view.mayHelp(request.stream(), request.source(), board)) {
                soonest = Math.min(
                        soonest,
                        estimate(request, new Placement(board, 0), view).finishMillis());
            }
        }
        double latest = soonest + slack * (soonest - view.nowMillis());
        Placement best = local;
        Estimate alone = estimate(request, local, view);
        double least = alone.finishMillis() <= latest ? alone.millijoules() : Double.POSITIVE_INFINITY;
        for (int board = 0; board < boards; board++) {
            if (view.mayHelp(request.stream(), request.source(), board)) {
                var placement = new Placement(board, 0);
                Estimate there = estimate(request, placement, view);
                if (there.finishMillis() <= latest && there.millijoules() < least) {
                    least = there.millijoules();
                    best = placement;
                }
            }
        }
        return best;
    }

    private static Estimate estimate(Request request, Placement placement, FleetView view) {
        return view.estimate(request.stream(), request.source(), placement);
    }
}
