package io.fleetwright.controller.store;

import jakarta.persistence.GeneratedValue;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
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
    private static final ClassValue<List<Field>> FIELDS = new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
            List<Field> fields = new ArrayList<>();
            for (Field field : type.getFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    fields.add(field);
                }
            }
            return List.copyOf(fields);
        }
    };

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
            return row == null ? Optional.empty() : Optional.of(type.cast(copy(row)));
        }

        /** One row without merging the whole table. */
        private @Nullable Row lookup(Class<?> type, Object key) {
            Map<Object, Optional<Row>> changed = changes.getOrDefault(type, Map.of());
            return changed.containsKey(key)
                    ? changed.getOrDefault(key, Optional.empty()).orElse(null)
                    : tables.getOrDefault(type, Map.of()).get(key);
        }

        private Map<Object, Row> current(Class<?> type) {
            Map<Object, Row> table = tables.getOrDefault(type, Map.of());
            Map<Object, Optional<Row>> changed = changes.get(type);
            if (changed == null) {
                return table;
            }
            Map<Object, Row> merged = new LinkedHashMap<>(table);
            changed.forEach((key, row) -> row.ifPresentOrElse(r -> merged.put(key, r), () -> merged.remove(key)));
            return merged;
        }

        @Override
        public <R extends Row> List<R> find(Query<R> query) {
            List<R> found = matching(query);
            String order = query.orderField;
            if (order != null) {
                Comparator<R> byField = Comparator.comparing(row -> comparable(value(row, order)));
                found.sort(query.descending ? byField.reversed() : byField);
            }
            List<R> copies = new ArrayList<>();
            for (R row : found.subList(0, Math.min(found.size(), query.limit))) {
                copies.add(query.type.cast(copy(row)));
            }
            return copies;
        }

        private <R extends Row> List<R> matching(Query<R> query) {
            List<R> found = new ArrayList<>();
            for (Row row : current(query.type).values()) {
                if (query.conditions.stream().allMatch(condition -> holds(row, condition))) {
                    found.add(query.type.cast(row));
                }
            }
            return found;
        }

        @Override
        public Set<String> distinct(Query<? extends Row> query, String field) {
            return matching(query).stream()
                    .map(row -> value(row, field))
                    .filter(Objects::nonNull)
                    .map(String::valueOf)
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public long count(Query<? extends Row> query) {
            return matching(query).size();
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
            requirePresent(row);
            put(row);
        }

        @Override
        public void updateAll(List<? extends Row> rows) {
            rows.forEach(this::update);
        }

        @Override
        public boolean updateIf(Row row, String field, Object value) {
            Row stored = lookup(row.getClass(), row.key());
            boolean still = stored != null && Objects.equals(value(stored, field), value);
            if (still) {
                put(row);
            }
            return still;
        }

        private void requirePresent(Row row) {
            if (lookup(row.getClass(), row.key()) == null) {
                throw new StoreException(
                        "%s %s is not there".formatted(row.getClass().getSimpleName(), row.key()),
                        new IllegalStateException("no such row"));
            }
        }

        private void put(Row row) {
            changes.computeIfAbsent(row.getClass(), _ -> new LinkedHashMap<>()).put(row.key(), Optional.of(copy(row)));
        }

        @Override
        public void delete(Row row) {
            requirePresent(row);
            changes.computeIfAbsent(row.getClass(), _ -> new LinkedHashMap<>()).put(row.key(), Optional.empty());
        }

        @Override
        public int deleteAll(Query<? extends Row> query) {
            List<? extends Row> rows = matching(query);
            rows.forEach(this::delete);
            return rows.size();
        }

        private void setGeneratedId(Row row) {
            for (Field field : FIELDS.get(row.getClass())) {
                if (field.isAnnotationPresent(GeneratedValue.class)) {
                    try {
                        field.setLong(row, ++generated);
                    } catch (IllegalAccessException impossible) {
                        throw new IllegalStateException(impossible);
                    }
                }
            }
        }
    }

    private static boolean holds(Row row, Query.Condition condition) {
        Object value = value(row, condition.field());
        return switch (condition.operator()) {
            case EQUAL -> Objects.equals(value, condition.value());
            case IN -> value != null && ((List<?>) condition.value()).contains(value);
            case LESS -> value != null && comparable(value).compareTo(comparable(condition.value())) < 0;
            case GREATER -> value != null && comparable(value).compareTo(comparable(condition.value())) > 0;
            case AT_LEAST -> value != null && comparable(value).compareTo(comparable(condition.value())) >= 0;
            case AT_MOST -> value != null && comparable(value).compareTo(comparable(condition.value())) <= 0;
        };
    }

    private static @Nullable Object value(Row row, String name) {
        for (Field field : FIELDS.get(row.getClass())) {
            if (field.getName().equals(name)) {
                try {
                    return field.get(row);
                } catch (IllegalAccessException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
        }
        throw new IllegalArgumentException(
                "%s has no field %s".formatted(row.getClass().getSimpleName(), name));
    }

    @SuppressWarnings("unchecked")
    private static Comparable<Object> comparable(@Nullable Object value) {
        if (value instanceof Comparable<?> comparable) {
            return (Comparable<Object>) comparable;
        }
        throw new IllegalArgumentException("value (%s) has no order".formatted(value));
    }

    private static Row copy(Row row) {
        try {
            Row copy = row.getClass().getDeclaredConstructor().newInstance();
            for (Field field : FIELDS.get(row.getClass())) {
                Object value = field.get(row);
                field.set(copy, value instanceof byte[] bytes ? bytes.clone() : value);
            }
            return copy;
        } catch (ReflectiveOperationException wrongRow) {
            throw new IllegalStateException(
                    "%s needs a public constructor without parameters".formatted(row.getClass()), wrongRow);
        }
    }
}
