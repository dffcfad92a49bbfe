package io.fleetwright.controller.store;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows in memory for simulation and tests; a transaction works on an overlay that is merged when it ends well. */
public final class MemoryStore implements FleetStore {
    private final Map<Class<?>, Map<Object, Row>> tables = new HashMap<>();
    private long generated;

    @Override
    public synchronized <T> T transact(Work<T> work) {
        MemoryTx tx = new MemoryTx();
        T result = work.run(tx);
        tx.commit();
        return result;
    }

    private final class MemoryTx implements Tx {
        /** Changed rows of this transaction; an absent value is a deletion. */
        private final Map<Class<?>, Map<Object, Optional<Row>>> changes = new HashMap<>();

        void commit() {
            changes.forEach((type, rows) -> {
                Map<Object, Row> table = tables.computeIfAbsent(type, _ -> new LinkedHashMap<>());
                rows.forEach((key, row) -> row.ifPresentOrElse(r -> table.put(key, r), () -> table.remove(key)));
            });
        }

        @Override
        public <R extends Row> Optional<R> get(Class<R> type, Object id) {
            Row row = lookup(type, id);
            return row == null ? Optional.empty() : Optional.of(type.cast(RowShape.copy(row)));
        }

        /** One row without merging the whole table. */
        private @Nullable Row lookup(Class<?> type, Object key) {
            Map<Object, Optional<Row>> changed = changes.getOrDefault(type, Map.of());
            return changed.containsKey(key)
                    ? changed.getOrDefault(key, Optional.empty()).orElse(null)
                    : tables.getOrDefault(type, Map.of()).get(key);
        }

        @Override
        public <R extends Row> List<R> find(Query<R> query) {
            List<R> found = matching(query);
            String order = query.orderField;
            if (order != null) {
                Comparator<R> byField = Comparator.comparing(row -> RowShape.comparable(RowShape.value(row, order)));
                found.sort(query.descending ? byField.reversed() : byField);
            }
            List<R> copies = new ArrayList<>();
            for (R row : found.subList(0, Math.min(found.size(), query.limit))) {
                copies.add(query.type.cast(RowShape.copy(row)));
            }
            return copies;
        }

        @Override
        public List<@Nullable Object[]> values(Query<? extends Row> query, String... fields) {
            return find(query).stream()
                    .map(row -> Arrays.stream(fields)
                            .map(field -> RowShape.value(row, field))
                            .toArray())
                    .toList();
        }

        /** What is stored in its order, with this transaction's changes in place, and its new rows at the end. */
        private <R extends Row> List<R> matching(Query<R> query) {
            List<Field> fields = RowShape.of(query.type).fields(query);
            Map<Object, Row> table = tables.getOrDefault(query.type, Map.of());
            Map<Object, Optional<Row>> changed = changes.getOrDefault(query.type, Map.of());
            List<R> found = new ArrayList<>();
            for (Map.Entry<Object, Row> stored : table.entrySet()) {
                Optional<Row> change = changed.isEmpty() ? null : changed.get(stored.getKey());
                Row row = change == null ? stored.getValue() : change.orElse(null);
                if (row != null && RowShape.fits(row, query.conditions, fields)) {
                    found.add(query.type.cast(row));
                }
            }
            changed.forEach((key, change) -> {
                if (!table.containsKey(key)) {
                    change.filter(row -> RowShape.fits(row, query.conditions, fields))
                            .ifPresent(row -> found.add(query.type.cast(row)));
                }
            });
            return found;
        }

        @Override
        public Set<String> distinct(Query<? extends Row> query, String field) {
            return matching(query).stream()
                    .map(row -> RowShape.value(row, field))
                    .filter(Objects::nonNull)
                    .map(String::valueOf)
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public long count(Query<? extends Row> query) {
            return matching(query).size();
        }

        @Override
        public List<Totals> totals(Query<? extends Row> query, List<String> by, List<List<String>> terms) {
            Map<List<@Nullable Object>, List<Row>> groups = new LinkedHashMap<>();
            for (Row row : matching(query)) {
                List<@Nullable Object> values = new ArrayList<>();
                by.forEach(field -> values.add(RowShape.value(row, field)));
                groups.computeIfAbsent(values, _ -> new ArrayList<>()).add(row);
            }
            return groups.entrySet().stream()
                    .limit(query.limit)
                    .map(group -> totals(group.getKey(), group.getValue(), terms))
                    .toList();
        }

        private static Totals totals(List<@Nullable Object> values, List<Row> rows, List<List<String>> terms) {
            List<Double> sums = new ArrayList<>();
            List<Long> counts = new ArrayList<>();
            for (List<String> term : terms) {
                double sum = 0;
                long count = 0;
                for (Row row : rows) {
                    Double product = product(row, term);
                    sum += product == null ? 0 : product;
                    count += product == null ? 0 : 1;
                }
                sums.add(sum);
                counts.add(count);
            }
            return new Totals(values, rows.size(), sums, counts);
        }

        private static @Nullable Double product(Row row, List<String> fields) {
            double product = 1;
            for (String field : fields) {
                Number factor = (Number) RowShape.value(row, field);
                if (factor == null) {
                    return null;
                }
                product *= factor.doubleValue();
            }
            return product;
        }

        @Override
        public void insert(Row row) {
            setGeneratedId(row);
            if (!insertIfAbsent(row)) {
                throw new StoreException(
                        "%s %s is there already".formatted(row.getClass().getSimpleName(), row.key()),
                        new IllegalStateException("duplicate key"));
            }
        }

        @Override
        public void insertAll(List<? extends Row> rows) {
            rows.forEach(this::insert);
        }

        @Override
        public boolean insertIfAbsent(Row row) {
            if (lookup(row.getClass(), row.key()) != null) {
                return false;
            }
            put(row);
            return true;
        }

        @Override
        public void update(Row row) {
            replace(requirePresent(row), row);
        }

        @Override
        public void updateAll(List<? extends Row> rows) {
            rows.forEach(this::update);
        }

        @Override
        public boolean updateIf(Row row, String field, Object value) {
            Row stored = lookup(row.getClass(), row.key());
            boolean still = stored != null && Objects.equals(RowShape.value(stored, field), value);
            if (stored != null && still) {
                replace(stored, row);
            }
            return still;
        }

        @Override
        public <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value) {
            Row stored = lookup(type, id);
            return stored != null && Objects.equals(RowShape.value(stored, field), value);
        }

        private void replace(Row stored, Row row) {
            Row updated = RowShape.copy(row);
            RowShape.keepFixed(stored, updated);
            changes.computeIfAbsent(row.getClass(), _ -> new LinkedHashMap<>()).put(row.key(), Optional.of(updated));
        }

        private Row requirePresent(Row row) {
            Row stored = lookup(row.getClass(), row.key());
            if (stored == null) {
                throw new StoreException(
                        "%s %s is not there".formatted(row.getClass().getSimpleName(), row.key()),
                        new IllegalStateException("no such row"));
            }
            return stored;
        }

        private void put(Row row) {
            changes.computeIfAbsent(row.getClass(), _ -> new LinkedHashMap<>())
                    .put(row.key(), Optional.of(RowShape.copy(row)));
        }

        @Override
        public void delete(Row row) {
            var _ = requirePresent(row);
            changes.computeIfAbsent(row.getClass(), _ -> new LinkedHashMap<>()).put(row.key(), Optional.empty());
        }

        @Override
        public int deleteAll(Query<? extends Row> query) {
            List<? extends Row> rows = matching(query);
            rows.forEach(this::delete);
            return rows.size();
        }

        private void setGeneratedId(Row row) {
            Field field = RowShape.of(row.getClass()).generatedId();
            if (field != null) {
                try {
                    field.setLong(row, ++generated);
                } catch (IllegalAccessException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
        }
    }
}
