package io.fleetwright.controller.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of one type: conditions that all hold, an order, and a limit. Field names are those of the row's class.
 *
 * @param <R> row type
 */
public final class Query<R extends Row> {
    /** The most rows that one query may return. */
    public static final int LIMIT_MAX = 100_000;

    /** How a field is compared. */
    enum Operator {
        EQUAL("="),
        LESS("<"),
        GREATER(">"),
        AT_LEAST(">="),
        AT_MOST("<="),
        IN("in");

        final String hql;

        Operator(String hql) {
            this.hql = hql;
        }
    }

    record Condition(String field, Operator operator, Object value) {}

    final Class<R> type;
    final List<Condition> conditions = new ArrayList<>();

    @Nullable
    String orderField;

    boolean descending;
    int limit = LIMIT_MAX;

    private Query(Class<R> type) {
        this.type = type;
    }

    public static <R extends Row> Query<R> of(Class<R> type) {
        return new Query<>(type);
    }

    public Query<R> equal(String field, Object value) {
        return and(field, Operator.EQUAL, value);
    }

    public Query<R> less(String field, Object value) {
        return and(field, Operator.LESS, value);
    }

    public Query<R> greater(String field, Object value) {
        return and(field, Operator.GREATER, value);
    }

    public Query<R> atLeast(String field, Object value) {
        return and(field, Operator.AT_LEAST, value);
    }

    public Query<R> atMost(String field, Object value) {
        return and(field, Operator.AT_MOST, value);
    }

    /** The field is one of {@code values}; none of them matches nothing. */
    public Query<R> in(String field, Collection<?> values) {
        return and(field, Operator.IN, List.copyOf(values));
    }

    public Query<R> ascending(String field) {
        orderField = field;
        descending = false;
        return this;
    }

    public Query<R> descending(String field) {
        orderField = field;
        descending = true;
        return this;
    }

    public Query<R> limit(int rows) {
        if (rows < 1 || rows > LIMIT_MAX) {
            throw new IllegalArgumentException("limit (%d) must be from 1 to %d".formatted(rows, LIMIT_MAX));
        }
        limit = rows;
        return this;
    }

    private Query<R> and(String field, Operator operator, Object value) {
        conditions.add(new Condition(field, operator, value));
        return this;
    }
}
