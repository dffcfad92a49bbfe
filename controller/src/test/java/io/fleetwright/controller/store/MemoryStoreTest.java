package io.fleetwright.controller.store;

final class MemoryStoreTest extends FleetStoreContract {
    private static final FleetStore STORE = new MemoryStore();

    @Override
    FleetStore store() {
        return STORE;
    }
}
