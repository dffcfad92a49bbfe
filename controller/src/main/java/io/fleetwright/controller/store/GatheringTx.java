package io.fleetwright.controller.store;

import io.fleetwright.controller.store.FleetStore.Tx;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that keeps rows of some types to itself for a while: each is read once, what is written to it several
 * times is stored once, and rows of a type are stored together. Who asks sees no difference; other rows go straight through.
 *
 * <p>{@link #flush} must be called before the transaction ends. What would be refused when it is written is refused there.
 */
public final class GatheringTx implements Tx {
    private final Tx tx;
    private final Set<Class<? extends Row>> types;
    private final Map<Class<?>, Map<Object, Held>> held = new HashMap<>();

    /** What is known of a key: its row, or that there is none. */
    private static final class Held {
        @Nullable
        Row row;

        boolean isNew;
        boolean isChanged;

        Held(@Nullable Row row) {
            this.row = row;
        }
    }

    /**
     * @param types rows that are gathered; their keys are set by who makes them
     */
    public GatheringTx(Tx tx, Set<Class<? extends Row>> types) {
        this.tx = tx;
        this.types = Set.copyOf(types);
    }

    /** Reads rows of a gathered type that will be asked for. */
    public <R extends Row> void readAhead(Class<R> type, Collection<String> ids) {
        Map<Object, Held> rows = held(type);
        List<String> unknown =
                ids.stream().distinct().filter(id -> !rows.containsKey(id)).toList();
        if (!unknown.isEmpty()) {
            Map<String, R> there = tx.all(type, unknown);
            unknown.forEach(id -> rows.put(id, new Held(there.get(id))));
        }
    }

    /** Stores everything that was written. */
    public void flush() {
        types.forEach(this::flush);
    }

    private void flush(Class<? extends Row> type) {
        store(type, true);
        store(type, false);
    }

    private void store(Class<? extends Row> type, boolean fresh) {
        List<Held> due = held(type).values().stream()
                .filter(one -> fresh ? one.isNew : one.isChanged)
                .toList();
        if (due.isEmpty()) {
            return;
        }
        List<Row> rows =
                due.stream().map(one -> Objects.requireNonNull(one.row)).toList();
        if (fresh) {
            tx.insertAll(rows);
        } else {
            tx.updateAll(rows);
        }
        due.forEach(one -> {
            one.isNew = false;
            one.isChanged = false;
        });
    }

    private Map<Object, Held> held(Class<?> type) {
        return held.computeIfAbsent(type, _ -> new LinkedHashMap<>());
    }

    private boolean isGathered(Class<?> type) {
        return types.contains(type);
    }

    /** Stores what the answer to a query may depend on. */
    private void beforeQuery(Query<? extends Row> query) {
        if (!isGathered(query.type)) {
            return;
        }
        List<Field> fields = RowShape.of(query.type).fields(query);
        for (Held one : held(query.type).values()) {
            Row row = one.row;
            if (row != null && (one.isChanged || one.isNew && RowShape.fits(row, query.conditions, fields))) {
                flush(query.type);
                return;
            }
        }
    }

    @Override
    public <R extends Row> Optional<R> get(Class<R> type, Object id) {
        if (!isGathered(type)) {
            return tx.get(type, id);
        }
        Held one = held(type).computeIfAbsent(id, _ -> new Held(tx.get(type, id).orElse(null)));
        return Optional.ofNullable(one.row).map(row -> type.cast(RowShape.copy(row)));
    }

    @Override
    public <R extends Row> List<R> find(Query<R> query) {
        beforeQuery(query);
        return tx.find(query);
    }

    @Override
    public Set<String> distinct(Query<? extends Row> query, String field) {
        beforeQuery(query);
        return tx.distinct(query, field);
    }

    @Override
    public List<@Nullable Object[]> values(Query<? extends Row> query, String... fields) {
        beforeQuery(query);
        return tx.values(query, fields);
    }

    @Override
    public long count(Query<? extends Row> query) {
        beforeQuery(query);
        return tx.count(query);
    }

    @Override
    public List<FleetStore.Totals> totals(Query<? extends Row> query, List<String> by, List<List<String>> terms) {
        beforeQuery(query);
        return tx.totals(query, by, terms);
    }

    @Override
    public <R extends Row> Map<String, R> all(Class<R> type, Collection<String> ids) {
        if (isGathered(type)) {
            flush(type);
        }
        return tx.all(type, ids);
    }

    @Override
    public void insert(Row row) {
        if (!isGathered(row.getClass())) {
            tx.insert(row);
            return;
        }
        Held one = held(row.getClass()).computeIfAbsent(row.key(), _ -> new Held(null));
        if (one.row != null) {
            throw new FleetStore.StoreException(
                    "%s %s is there already".formatted(row.getClass().getSimpleName(), row.key()),
                    new IllegalStateException("duplicate key"));
        }
        one.row = RowShape.copy(row);
        one.isNew = true;
    }

    @Override
    public void insertAll(List<? extends Row> rows) {
        if (rows.isEmpty() || !isGathered(rows.getFirst().getClass())) {
            tx.insertAll(rows);
        } else {
            rows.forEach(this::insert);
        }
    }

    @Override
    public boolean insertIfAbsent(Row row) {
        if (!isGathered(row.getClass())) {
            return tx.insertIfAbsent(row);
        }
        boolean absent = get(row.getClass(), row.key()).isEmpty();
        if (absent) {
            insert(row);
        }
        return absent;
    }

    @Override
    public void update(Row row) {
        if (!isGathered(row.getClass())) {
            tx.update(row);
            return;
        }
        Held one = held(row.getClass()).computeIfAbsent(row.key(), _ -> new Held(row));
        if (one.row == null) {
            throw new FleetStore.StoreException(
                    "%s %s is not there".formatted(row.getClass().getSimpleName(), row.key()),
                    new IllegalStateException("no such row"));
        }
        one.row = RowShape.copy(row);
        one.isChanged = !one.isNew;
    }

    @Override
    public void updateAll(List<? extends Row> rows) {
        if (rows.isEmpty() || !isGathered(rows.getFirst().getClass())) {
            tx.updateAll(rows);
        } else {
            rows.forEach(this::update);
        }
    }

    @Override
    public boolean updateIf(Row row, String field, Object value) {
        forget(row.getClass(), row.key());
        return tx.updateIf(row, field, value);
    }

    @Override
    public <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value) {
        if (isGathered(type)) {
            flush(type);
        }
        return tx.holds(type, id, field, value);
    }

    @Override
    public void delete(Row row) {
        forget(row.getClass(), row.key());
        tx.delete(row);
    }

    @Override
    public int deleteAll(Query<? extends Row> query) {
        if (isGathered(query.type)) {
            flush(query.type);
            held(query.type).clear();
        }
        return tx.deleteAll(query);
    }

    /** The next who asks for it reads it again. */
    private void forget(Class<? extends Row> type, Object key) {
        if (isGathered(type)) {
            flush(type);
            Held ignored = held(type).remove(key);
        }
    }
}
