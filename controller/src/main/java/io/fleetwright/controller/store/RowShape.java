package io.fleetwright.controller.store;

import jakarta.persistence.Column;
import jakarta.persistence.GeneratedValue;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How rows of one type are copied and read; looked up once, because reflection's own look-ups cost more than the rest. */
record RowShape(
        Map<String, Field> fields,
        List<Field> arrays,
        List<Field> fixed,
        List<Field> mappers,
        @Nullable Field generatedId) {
    private static final ClassValue<RowShape> SHAPES = new ClassValue<>() {
        @Override
        protected RowShape computeValue(Class<?> type) {
            return read(type);
        }
    };

    static RowShape of(Class<?> type) {
        return SHAPES.get(type);
    }

    private static RowShape read(Class<?> type) {
        Map<String, Field> fields = new LinkedHashMap<>();
        List<Field> arrays = new ArrayList<>();
        List<Field> fixed = new ArrayList<>();
        List<Field> mappers = new ArrayList<>();
        Field generatedId = null;
        // Public in the source; what enhances entities at build time hides them and adds some of its own.
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            field.setAccessible(true);
            if (!field.getName().startsWith("$$_")) {
                fields.put(field.getName(), field);
                generatedId = field.isAnnotationPresent(GeneratedValue.class) ? field : generatedId;
                Column column = field.getAnnotation(Column.class);
                if (column != null && !column.updatable()) {
                    fixed.add(field);
                }
                if (field.getType() == byte[].class) {
                    arrays.add(field);
                }
            } else if (!field.getType().isPrimitive()) {
                mappers.add(field);
            }
        }
        return new RowShape(
                Map.copyOf(fields), List.copyOf(arrays), List.copyOf(fixed), List.copyOf(mappers), generatedId);
    }

    Field field(Class<?> type, String name) {
        Field field = fields.get(name);
        if (field == null) {
            throw new IllegalArgumentException("%s has no field %s".formatted(type.getSimpleName(), name));
        }
        return field;
    }

    /** The fields that a query compares, in the order of its conditions. */
    List<Field> fields(Query<?> query) {
        return query.conditions.stream()
                .map(condition -> field(query.type, condition.field()))
                .toList();
    }

    /** True when a row fits conditions, of which these are the fields. */
    static boolean fits(Row row, List<Query.Condition> conditions, List<Field> fields) {
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

    static @Nullable Object value(Row row, String name) {
        return value(row, of(row.getClass()).field(row.getClass(), name));
    }

    static @Nullable Object value(Row row, Field field) {
        try {
            return field.get(row);
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @SuppressWarnings("unchecked")
    static Comparable<Object> comparable(@Nullable Object value) {
        if (value instanceof Comparable<?> comparable) {
            return (Comparable<Object>) comparable;
        }
        throw new IllegalArgumentException("value (%s) has no order".formatted(value));
    }

    /** The fields that stay as they were inserted. */
    static void keepFixed(Row stored, Row updated) {
        try {
            for (Field field : of(stored.getClass()).fixed()) {
                field.set(updated, field.get(stored));
            }
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Another row with the same values, with none of what the database's mapper has put beside them. */
    static <R extends Row> R copy(R row) {
        RowShape shape = of(row.getClass());
        try {
            @SuppressWarnings("unchecked") // A clone is of the row's own class.
            R copy = (R) row.clone();
            for (Field field : shape.mappers()) {
                field.set(copy, null);
            }
            for (Field field : shape.arrays()) {
                byte[] bytes = (byte[]) field.get(row);
                field.set(copy, bytes == null ? null : bytes.clone());
            }
            return copy;
        } catch (IllegalAccessException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
