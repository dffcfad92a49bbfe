package io.fleetwright.controller.http;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Cursor paging by id: the cursor is the last id seen, so that a page never shifts when rows come or go. */
final class Paging {
    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 200;

    private Paging() {}

    /** Direction of a list. */
    enum Order {
        ASCENDING,
        /** Ids that begin with their time show the newest first. */
        NEWEST_FIRST
    }

    static <R extends Row, V> Views.Page<V> page(
            Tx tx, Query<R> query, Order order, @Nullable Integer limit, @Nullable String cursor, Function<R, V> view) {
        int rows = limit == null ? LIMIT_DEFAULT : limit;
        if (rows < 1 || rows > LIMIT_MAX) {
            throw Refusal.invalid("limit (%d) must be from 1 to %d".formatted(rows, LIMIT_MAX));
        }
        if (order == Order.ASCENDING) {
            query.ascending("id");
        } else {
            query.descending("id");
        }
        if (cursor != null && !cursor.isEmpty()) {
            if (order == Order.ASCENDING) {
                query.greater("id", cursor);
            } else {
                query.less("id", cursor);
            }
        }
        List<R> found = tx.find(query.limit(rows + 1));
        List<V> items = new ArrayList<>();
        for (R row : found.subList(0, Math.min(rows, found.size()))) {
            items.add(view.apply(row));
        }
        String next = found.size() > rows ? String.valueOf(found.get(rows - 1).key()) : null;
        return new Views.Page<>(items, next);
    }
}
