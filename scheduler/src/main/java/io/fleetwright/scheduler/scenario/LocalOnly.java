package io.fleetwright.scheduler.scenario;

/** Each source runs all of its own frames. */
final class LocalOnly implements FramePolicy {
    @Override
    public Placement place(Request request, FleetView view) {
        return Placement.local(view.layers(request.stream()));
    }
}
