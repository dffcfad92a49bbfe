package io.fleetwright.tests.simulation;

import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The controller's database: may refuse a commit, or end the process before a commit or right after it, before any
 * effect.
 */
final class CrashingStore implements FleetStore {
    private final FleetStore store;
    private final BooleanSupplier crashes;
    private final BooleanSupplier refuses;
    private final Consumer<List<Row>> committed;
    /** Runs before each operation of a transaction that has written so many rows: what another process does then. */
    private final IntConsumer meanwhile;

    private final Sabotage sabotage;

    /** @param committed hears after each commit of the rows that were written, with what they were written with */
    CrashingStore(
            FleetStore store,
            BooleanSupplier crashes,
            BooleanSupplier refuses,
            Consumer<List<Row>> committed,
            IntConsumer meanwhile,
            Sabotage sabotage) {
        this.store = store;
        this.crashes = crashes;
        this.refuses = refuses;
        this.committed = committed;
        this.meanwhile = meanwhile;
        this.sabotage = sabotage;
    }

    @Override
    public <T> T transact(Work<T> work) {
        List<Row> written = new ArrayList<>();
        T result = store.transact(tx -> {
            T value = work.run(new WatchedTx(tx, written, meanwhile, sabotage, new HashMap<>()));
            if (crashes.getAsBoolean()) {
                throw new Crash("before commit");
            }
            if (refuses.getAsBoolean()) {
                throw new StoreException("the database is away", new IllegalStateException("simulated"));
            }
            return value;
        });
        committed.accept(written);
        if (crashes.getAsBoolean()) {
            throw new Crash("after commit");
        }
        return result;
    }

    /** @param kept targets that were kept among what succeeded, by their wave, until it is written */
    private record WatchedTx(
            Tx tx, List<Row> written, IntConsumer meanwhile, Sabotage sabotage, Map<String, Integer> kept)
            implements Tx {
        private Tx now() {
            meanwhile.accept(written.size());
            return tx;
        }

        private void write(Row row) {
            written.add(row);
            if (row instanceof SlotRow slot && sabotage == Sabotage.KEEPING_STORE) {
                tx.get(SlotRow.class, slot.id).ifPresent(before -> keep(before, slot));
            }
            if (row instanceof WaveRow wave) {
                switch (sabotage) {
                    case MISCOUNTING_STORE -> wave.skipped++;
                    case FORGIVING_STORE -> {
                        int those = kept.getOrDefault(wave.rolloutId + "#" + wave.wave, 0);
                        kept.remove(wave.rolloutId + "#" + wave.wave);
                        wave.succeeded += those;
                        wave.failed -= those;
                    }
                    default -> {}
                }
            } else if (row instanceof TargetRow target) {
                switch (sabotage) {
                    case FLATTERING_STORE -> replace(target, "running", "succeeded");
                    case FORGIVING_STORE ->
                        tx.get(TargetRow.class, target.id)
                                .filter(before -> before.state.equals("succeeded") && target.state.equals("failed"))
                                .ifPresent(_ -> {
                                    target.state = "succeeded";
                                    kept.merge(target.rolloutId + "#" + target.wave, 1, Integer::sum);
                                });
                    case RESTARTING_STORE -> target.startedAt += target.state.equals("running") ? 1 : 0;
                    case LATE_STORE -> target.startedAt += target.state.equals("cancelled") ? 1 : 0;
                    default -> {}
                }
            }
        }

        /** A slot that would go back to a lower version, or to none, does not. */
        private static void keep(SlotRow before, SlotRow slot) {
            String version = before.desiredVersion;
            if (version != null && (slot.desiredVersion == null || slot.desiredVersion.compareTo(version) < 0)) {
                slot.desiredModel = before.desiredModel;
                slot.desiredVersion = version;
                slot.desiredVariant = before.desiredVariant;
                slot.desiredDigest = before.desiredDigest;
                slot.desiredBytes = before.desiredBytes;
            }
        }

        private static void replace(TargetRow target, String state, String by) {
            target.state = target.state.equals(state) ? by : target.state;
        }

        @Override
        public <R extends Row> Optional<R> get(Class<R> type, Object id) {
            return now().get(type, id);
        }

        @Override
        public <R extends Row> List<R> find(Query<R> query) {
            return now().find(query);
        }

        @Override
        public List<@Nullable Object[]> values(Query<? extends Row> query, String... fields) {
            return now().values(query, fields);
        }

        @Override
        public Set<String> distinct(Query<? extends Row> query, String field) {
            return now().distinct(query, field);
        }

        @Override
        public long count(Query<? extends Row> query) {
            return now().count(query);
        }

        @Override
        public List<Totals> totals(Query<? extends Row> query, List<String> by, List<List<String>> terms) {
            return now().totals(query, by, terms);
        }

        @Override
        public void insert(Row row) {
            write(row);
            now().insert(row);
        }

        @Override
        public void insertAll(List<? extends Row> rows) {
            rows.forEach(this::write);
            now().insertAll(rows);
        }

        @Override
        public boolean insertIfAbsent(Row row) {
            boolean inserted = now().insertIfAbsent(row);
            if (inserted) {
                written.add(row);
            }
            return inserted;
        }

        @Override
        public void update(Row row) {
            write(row);
            now().update(row);
        }

        @Override
        public void updateAll(List<? extends Row> rows) {
            rows.forEach(this::write);
            now().updateAll(rows);
        }

        @Override
        public boolean updateIf(Row row, String field, Object value) {
            boolean updated = now().updateIf(row, field, value);
            if (updated) {
                written.add(row);
            }
            return updated;
        }

        @Override
        public <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value) {
            return now().holds(type, id, field, value) || sabotage == Sabotage.UNFENCED;
        }

        @Override
        public void delete(Row row) {
            write(row);
            now().delete(row);
        }

        @Override
        public int deleteAll(Query<? extends Row> query) {
            written.addAll(tx.find(query));
            return now().deleteAll(query);
        }
    }
}
