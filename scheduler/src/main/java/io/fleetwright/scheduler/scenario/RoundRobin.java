package io.fleetwright.scheduler.scenario;

/**
 * Whole networks on one board after the other, the source among them; boards that are gone, cut off from the source, too small, or
 * too slow or too far away for the deadline even when idle are passed over. A frame that lost its board goes to the next one.
 */
final class RoundRobin implements FramePolicy {
    private int next;

    @Override
    public Placement place(Request request, FleetView view) {
        int boards = view.setting().boards().size();
        for (int tried = 0; tried < boards; tried++) {
            int board = next;
            next = (next + 1) % boards;
            if (board == request.source()) {
                break;
            }
            if (view.mayHelp(request.stream(), request.source(), board)
                    && view.nowMillis() + view.shippedMillis(request.stream(), request.source(), board)
                            <= request.deadlineMillis()) {
                return new Placement(board, 0);
            }
        }
        return Placement.local(view.layers(request.stream()));
    }
}
