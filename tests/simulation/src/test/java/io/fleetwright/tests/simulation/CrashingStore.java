package io.fleetwright.tests.simulation;

import io.fleetwright.controller.store.FleetStore;
import java.util.function.BooleanSupplier;

/**
 * The controller's database: may refuse a commit, or end the process before a commit or right after it, before any
 * effect.
 */
final class CrashingStore implements FleetStore {
    private final FleetStore store;
    private final BooleanSupplier crashes;
    private final BooleanSupplier refuses;

    CrashingStore(FleetStore store, BooleanSupplier crashes, BooleanSupplier refuses) {
        this.store = store;
        this.crashes = crashes;
        this.refuses = refuses;
    }

    @Override
    public <T> T transact(Work<T> work) {
        T result = store.transact(tx -> {
            T value = work.run(tx);
            if (crashes.getAsBoolean()) {
                throw new Crash("before commit");
            }
            if (refuses.getAsBoolean()) {
                throw new StoreException("the database is away", new IllegalStateException("simulated"));
            }
            return value;
        });
        if (crashes.getAsBoolean()) {
            throw new Crash("after commit");
        }
        return result;
    }
}
