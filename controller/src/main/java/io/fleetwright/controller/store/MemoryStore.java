package io.fleetwright.controller.store;

import jakarta.persistence.GeneratedValue;
import java.lang.reflect.Constructor;
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
    private static final ClassValue<Shape> SHAPES = new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
            return Shape.of(type);
        }
    };

    /** How rows of one type are made and read; looked up once, because reflection's own look-ups cost more than the rest. */
    private record Shape(
            Constructor<?> constructor,
            Map<String, Field> fields,
            @Nullable Field generatedId) {
        static Shape of(Class<?> type) {
            try {
                Map<String, Field> fields = new LinkedHashMap<>();
                Field generatedId = null;
                for (Field field : type.getFields()) {
                    if (!Modifier.isStatic(field.getModifiers())) {
                        field.setAccessible(true); // Public already; this spares the check at each use.
                        fields.put(field.getName(), field);
                        generatedId = field.isAnnotationPresent(GeneratedValue.class) ? field : generatedId;
                    }
                }
                Constructor<?> constructor = type.getDeclaredConstructor();
                constructor.setAccessible(true);
                return new Shape(constructor, Map.copyOf(fields), generatedId);
            } catch (NoSuchMethodException wrongRow) {
                throw new IllegalStateException("%s needs a constructor without parameters".formatted(type), wrongRow);
            }
        }

        Field field(Class<?> type, String name) {
            Field field = fields.get(name);
            if (field == null) {
                throw new IllegalArgumentException("%s has no field %s".formatted(type.getSimpleName(), name));
            }
            return field;
        }
    }

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

        /** What is stored in its order, with this transaction's changes in place, and its new rows at the end. */
        private <R extends Row> List<R> matching(Query<R> query) {
            List<Field> fields = query.conditions.stream()
                    .map(condition -> SHAPES.get(query.type).field(query.type, condition.field()))
                    .toList();
            Map<Object, Row> table = tables.getOrDefault(query.type, Map.of());
            Map<Object, Optional<Row>> changed = changes.getOrDefault(query.type, Map.of());
            List<R> found = new ArrayList<>();
            for (Map.Entry<Object, Row> stored : table.entrySet()) {
                Optional<Row> change = changed.isEmpty() ? null : changed.get(stored.getKey());
                Row row = change == null ? stored.getValue() : change.orElse(null);
                if (row != null && fits(row, query.conditions, fields)) {
                    found.add(query.type.cast(row));
                }
            }
            changed.forEach((key, change) -> {
                if (!table.containsKey(key)) {
                    change.filter(row -> fits(row, query.conditions, fields))
                            .ifPresent(row -> found.add(query.type.cast(row)));
                }
            });
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

        @Override
        public <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value) {
            Row stored = lookup(type, id);
            return stored != null && Objects.equals(value(stored, field), value);
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
            Field field = SHAPES.get(row.getClass()).generatedId();
            if (field != null) {
                try {
                    field.setLong(row, ++generated);
                } catch (IllegalAccessException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }
        }
    }

    private static boolean fits(Row row, List<Query.Condition> conditions, List<Field> fields) {
        for (int i = 0; i < fields.size(); i++) {
            if (!fits(value(row, fields.get(i)), conditions.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean fits(@Nullable Object value, Query.Condition condition) {
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
        return value(row, SHAPES.get(row.getClass()).field(row.getClass(), name));
    }

    private static @Nullable Object value(Row row, Field field) {
        try {
            return field.get(row);
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @SuppressWarnings("unchecked")
    private static Comparable<Object> comparable(@Nullable Object value) {
        if (value instanceof Comparable<?> comparable) {
            return (Comparable<Object>) comparable;
        }
        throw new IllegalArgumentException("value (%s) has no order".formatted(value));
    }

    private static Row copy(Row row) {
        Shape shape = SHAPES.get(row.getClass());
        try {
            Row copy = (Row) shape.constructor().newInstance();
            for (Field field : shape.fields().values()) {
                Object value = field.get(row);
                field.set(copy, value instanceof byte[] bytes ? bytes.clone() : value);
            }
            return copy;
        } catch (ReflectiveOperationException wrongRow) {
            throw new IllegalStateException("%s cannot be copied".formatted(row.getClass()), wrongRow);
        }
    }
}
