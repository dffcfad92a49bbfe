package io.fleetwright.controller.store;

final class MemoryArtifactsTest extends RowArtifactsContract {
    private final FleetStore rows = new MemoryStore();

    @Override
    FleetStore rows() {
        return rows;
    }
}
