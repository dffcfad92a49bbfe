package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Cursor paging by id: the cursor is the last id seen, so that a page never shifts when rows come or go. */
final class Paging {
    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 200;
    /** Rows looked at at a time where few of them fit. */
    private static final int CHUNK = 500;

    private Paging() {}

    private static <R extends Row> Query<R> after(Query<R> query, Order order, @Nullable String cursor) {
        Query<R> ordered = order == Order.ASCENDING ? query.ascending("id") : query.descending("id");
        if (cursor == null || cursor.isEmpty()) {
            return ordered;
        }
        return order == Order.ASCENDING ? ordered.greater("id", cursor) : ordered.less("id", cursor);
    }

    /** Direction of a list. */
    enum Order {
        ASCENDING,
        /** Ids that begin with their time show the newest first. */
        NEWEST_FIRST
    }

    /** Rows of a page, as a caller asks for them. */
    static int limit(@Nullable Integer limit) {
        int rows = limit == null ? LIMIT_DEFAULT : limit;
        if (rows < 1 || rows > LIMIT_MAX) {
            throw Refusal.invalid("limit (%d) must be from 1 to %d".formatted(rows, LIMIT_MAX));
        }
        return rows;
    }

    static <R extends Row, V> Views.Page<V> page(
            Tx tx, Query<R> query, Order order, @Nullable Integer limit, @Nullable String cursor, Function<R, V> view) {
        return page(tx, () -> query, order, limit, cursor, UnaryOperator.identity(), view);
    }

    /**
     * A page of the rows that {@code fitting} leaves, which keeps their order.
     *
     * @param query makes the same query each time, without order and limit
     */
    static <R extends Row, V> Views.Page<V> page(
            Tx tx,
            Supplier<Query<R>> query,
            Order order,
            @Nullable Integer limit,
            @Nullable String cursor,
            UnaryOperator<List<R>> fitting,
            Function<R, V> view) {
        int rows = limit(limit);
        List<R> found = new ArrayList<>();
        String after = cursor;
        boolean more = true;
        while (more && found.size() <= rows) {
            int wanted = found.isEmpty() ? rows + 1 : CHUNK;
            List<R> chunk = tx.find(after(query.get(), order, after).limit(wanted));
            found.addAll(fitting.apply(chunk));
            more = chunk.size() == wanted;
            after = chunk.isEmpty() ? after : String.valueOf(chunk.getLast().key());
        }
        List<V> items = new ArrayList<>();
        for (R row : found.subList(0, Math.min(rows, found.size()))) {
            items.add(view.apply(row));
        }
        String next = found.size() > rows ? String.valueOf(found.get(rows - 1).key()) : null;
        return new Views.Page<>(items, next);
    }
}
