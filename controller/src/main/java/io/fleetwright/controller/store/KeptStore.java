package io.fleetwright.controller.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A store that remembers rows of some types from one transaction to the next, for as long as nobody else writes them. Every
 * placement asks for the same devices, slots and costs; here it is asked of the database once.
 *
 * <p>Sound because one controller writes at a time: one that another has replaced cannot commit, and forgets everything with the
 * transaction that failed. Transactions run one after the other; {@link #read} goes past all this.
 */
public final class KeptStore implements FleetStore {
    /** Rows and answers of one type; beyond it everything of the type is forgotten. */
    static final int KEPT_MAX = 200_000;

    private final FleetStore store;
    private final Map<Class<?>, Kept> kept = new HashMap<>();
    private final Map<Class<?>, List<Selected>> selected = new HashMap<>();

    /**
     * @param types rows that are remembered; their keys are set by who makes them
     * @param selections of other rows of which some values are
     */
    public KeptStore(FleetStore store, Set<Class<? extends Row>> types, List<Selection<?>> selections) {
        this.store = store;
        types.forEach(type -> kept.put(type, new Kept()));
        selections.forEach(selection ->
                selected.computeIfAbsent(selection.type, _ -> new ArrayList<>()).add(new Selected(selection)));
    }

    /** What is known of one type. */
    private static final class Kept {
        /** By key; empty where there is none. */
        final Map<Object, Optional<Row>> rows = new HashMap<>();
        /** Keys of the rows that a query found. */
        final Map<Asked, List<Object>> answers = new HashMap<>();

        void clear() {
            rows.clear();
            answers.clear();
        }

        void put(Object key, @Nullable Row row) {
            if (rows.size() >= KEPT_MAX) {
                clear();
            }
            rows.put(key, Optional.ofNullable(row).map(RowShape::copy));
        }

        /** Which rows fit a query may be another matter now. */
        void changed(Object key, @Nullable Row row) {
            answers.clear();
            put(key, row);
        }
    }

    /** What is known of a selection: the groups that somebody has asked for. */
    private static final class Selected {
        final Selection<?> selection;
        final Map<Object, Map<Object, @Nullable Object[]>> groups = new HashMap<>();

        Selected(Selection<?> selection) {
            this.selection = selection;
        }

        List<@Nullable Object[]> values(Tx tx, Object group) {
            Map<Object, @Nullable Object[]> known = groups.get(group);
            if (known != null) {
                return List.copyOf(known.values());
            }
            List<@Nullable Object[]> read = selection.read(tx, group);
            Map<Object, @Nullable Object[]> rows = new LinkedHashMap<>();
            read.forEach(row -> rows.put(row[0], Arrays.copyOfRange(row, 1, row.length)));
            if (rows.size() <= Selection.KEPT_MAX) {
                groups.put(group, rows);
            }
            return List.copyOf(rows.values());
        }

        void written(Row row) {
            Object group = selection.group(row);
            Map<Object, @Nullable Object[]> known = groups.get(group);
            if (known == null) {
                return;
            }
            if (!selection.fits(row)) {
                known.remove(row.key());
            } else {
                known.put(row.key(), selection.values(row));
                if (known.size() > Selection.KEPT_MAX) {
                    groups.remove(group);
                }
            }
        }

        void deleted(Row row) {
            groups.values().forEach(known -> known.remove(row.key()));
        }
    }

    private record Asked(
            List<Query.Condition> conditions, @Nullable String orderField, boolean descending, int limit) {
        static Asked of(Query<?> query) {
            return new Asked(List.copyOf(query.conditions), query.orderField, query.descending, query.limit);
        }
    }

    @Override
    public synchronized <T> T transact(Work<T> work) {
        boolean done = false;
        try {
            T result = store.transact(tx -> work.run(new KeptTx(tx)));
            done = true;
            return result;
        } finally {
            if (!done) {
                kept.values().forEach(Kept::clear);
                selected.values().forEach(those -> those.forEach(one -> one.groups.clear()));
            }
        }
    }

    @Override
    public <T> T read(Work<T> work) {
        return store.read(work);
    }

    private final class KeptTx implements Tx {
        private final Tx tx;

        KeptTx(Tx tx) {
            this.tx = tx;
        }

        @Override
        public <R extends Row> Optional<R> get(Class<R> type, Object id) {
            Kept known = kept.get(type);
            if (known == null) {
                return tx.get(type, id);
            }
            Optional<Row> row = known.rows.get(id);
            if (row == null) {
                Optional<R> read = tx.get(type, id);
                known.put(id, read.orElse(null));
                return read;
            }
            return row.map(one -> type.cast(RowShape.copy(one)));
        }

        @Override
        public <R extends Row> List<R> find(Query<R> query) {
            Kept known = kept.get(query.type);
            if (known == null) {
                return tx.find(query);
            }
            Asked asked = Asked.of(query);
            List<Object> keys = known.answers.get(asked);
            if (keys == null) {
                List<R> found = tx.find(query);
                found.forEach(row -> known.put(row.key(), row));
                if (known.answers.size() >= KEPT_MAX) {
                    known.answers.clear();
                }
                known.answers.put(asked, found.stream().map(Row::key).toList());
                return found;
            }
            List<R> rows = new ArrayList<>(keys.size());
            for (Object key : keys) {
                get(query.type, key).ifPresent(rows::add);
            }
            return rows;
        }

        @Override
        public Set<String> distinct(Query<? extends Row> query, String field) {
            return tx.distinct(query, field);
        }

        @Override
        public List<@Nullable Object[]> values(Query<? extends Row> query, String... fields) {
            for (Selected one : selected(query.type)) {
                Object group = one.selection.asked(query, fields);
                if (group != null) {
                    return one.values(tx, group);
                }
            }
            return tx.values(query, fields);
        }

        @Override
        public long count(Query<? extends Row> query) {
            return tx.count(query);
        }

        @Override
        public List<Totals> totals(Query<? extends Row> query, List<String> by, List<List<String>> terms) {
            return tx.totals(query, by, terms);
        }

        @Override
        public <R extends Row> Map<String, R> all(Class<R> type, Collection<String> ids) {
            Kept known = kept.get(type);
            if (known == null) {
                return tx.all(type, ids);
            }
            List<String> unknown =
                    ids.stream().filter(id -> !known.rows.containsKey(id)).toList();
            Map<String, R> read = unknown.isEmpty() ? Map.of() : tx.all(type, unknown);
            Map<String, R> rows = new LinkedHashMap<>();
            for (String id : ids) {
                R row = read.containsKey(id) ? read.get(id) : get(type, id).orElse(null);
                if (row != null) {
                    rows.put(id, row);
                }
            }
            unknown.forEach(id -> known.put(id, read.get(id)));
            return rows;
        }

        @Override
        public void insert(Row row) {
            tx.insert(row);
            changed(row);
        }

        @Override
        public void insertAll(List<? extends Row> rows) {
            tx.insertAll(rows);
            rows.forEach(this::changed);
        }

        @Override
        public boolean insertIfAbsent(Row row) {
            boolean absent = tx.insertIfAbsent(row);
            if (absent) {
                changed(row);
            }
            return absent;
        }

        @Override
        public void update(Row row) {
            tx.update(row);
            changed(row);
        }

        @Override
        public void updateAll(List<? extends Row> rows) {
            tx.updateAll(rows);
            rows.forEach(this::changed);
        }

        private void changed(Row row) {
            Kept known = kept.get(row.getClass());
            if (known != null) {
                known.changed(row.key(), row);
            }
            selected(row.getClass()).forEach(one -> one.written(row));
        }

        private List<Selected> selected(Class<?> type) {
            return selected.getOrDefault(type, List.of());
        }

        @Override
        public boolean updateIf(Row row, String field, Object value) {
            boolean still = tx.updateIf(row, field, value);
            if (still) {
                changed(row);
            }
            return still;
        }

        @Override
        public <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value) {
            return tx.holds(type, id, field, value);
        }

        @Override
        public void delete(Row row) {
            tx.delete(row);
            Kept known = kept.get(row.getClass());
            if (known != null) {
                known.changed(row.key(), null);
            }
            selected(row.getClass()).forEach(one -> one.deleted(row));
        }

        @Override
        public int deleteAll(Query<? extends Row> query) {
            int deleted = tx.deleteAll(query);
            Kept known = kept.get(query.type);
            if (known != null) {
                known.clear();
            }
            if (deleted > 0) {
                selected(query.type).forEach(one -> one.groups.clear());
            }
            return deleted;
        }
    }
}
