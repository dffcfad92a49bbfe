package io.fleetwright.controller.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The controller's rows. Everything that happens in one {@link #transact} happens, or none of it does; rows handed out
 * are copies, and only {@link Tx#insert} and {@link Tx#update} change what is stored.
 */
public interface FleetStore {
    /** Work on rows; it must not touch the network. */
    @FunctionalInterface
    interface Work<T> {
        T run(Tx tx);
    }

    /**
     * Runs {@code work} in one transaction.
     *
     * @throws StoreException when the database refused or failed; nothing is stored then
     */
    <T> T transact(Work<T> work);

    /**
     * Runs {@code work}, which only reads, on what is committed; it need not wait for a transaction that is open.
     *
     * @throws StoreException when the database refused or failed
     */
    default <T> T read(Work<T> work) {
        return transact(work);
    }

    /** Ids in one query of {@link Tx#all}. */
    int KEYS_PER_QUERY = 1000;

    /**
     * Sums over rows that have some values in common.
     *
     * @param values of the fields that tell them apart; an absent one is null
     * @param rows how many there are
     * @param sums of each term, 0 where no row has it
     * @param counts of rows in each sum
     */
    record Totals(List<@Nullable Object> values, long rows, List<Double> sums, List<Long> counts) {
        public Totals {
            values = Collections.unmodifiableList(new ArrayList<>(values));
            sums = List.copyOf(sums);
            counts = List.copyOf(counts);
        }

        /** A value that is a text and there. */
        public String text(int place) {
            return (String) Objects.requireNonNull(values.get(place));
        }
    }

    /** One open transaction; of no use after the work has returned. */
    interface Tx {
        <R extends Row> Optional<R> get(Class<R> type, Object id);

        /** Rows that match, in the query's order, at most its limit. */
        <R extends Row> List<R> find(Query<R> query);

        /** Values of a text field in the rows that match, each once, in no order; the query's limit does not count. */
        Set<String> distinct(Query<? extends Row> query, String field);

        /**
         * Values of some fields in the rows that match, in the query's order, at most its limit; for rows of which most is not
         * wanted. An absent value is null.
         */
        List<@Nullable Object[]> values(Query<? extends Row> query, String... fields);

        long count(Query<? extends Row> query);

        /**
         * Sums over the rows that match, apart for each combination of values that some fields have. The query's limit is of
         * combinations, in no order.
         *
         * @param by at least one field
         * @param terms each a product of one number field or several; a row where one of these is absent is in no sum of the term
         */
        List<Totals> totals(Query<? extends Row> query, List<String> by, List<List<String>> terms);

        /** The rows of those ids that are there, by id. */
        default <R extends Row> Map<String, R> all(Class<R> type, Collection<String> ids) {
            Map<String, R> rows = new LinkedHashMap<>();
            List<String> keys = List.copyOf(ids);
            for (int from = 0; from < keys.size(); from += KEYS_PER_QUERY) {
                int to = Math.min(keys.size(), from + KEYS_PER_QUERY);
                find(Query.of(type).in("id", keys.subList(from, to))).forEach(row -> rows.put((String) row.key(), row));
            }
            return rows;
        }

        /** Adds a row. A row with a generated id has it set by this call. */
        void insert(Row row);

        /** Adds rows of one type in few round trips. */
        void insertAll(List<? extends Row> rows);

        /**
         * Adds a row unless one with its id is there.
         *
         * @return false when it was there; nothing changed then
         */
        boolean insertIfAbsent(Row row);

        /** Stores a row's values, but for those of columns that no update writes: they stay as they were inserted. */
        void update(Row row);

        /** Updates rows of one type in few round trips. */
        void updateAll(List<? extends Row> rows);

        /**
         * Updates a row if a field of what is stored still has that value. It then stays so until this transaction ends,
         * whoever else writes.
         *
         * @return false when it has another value, or the row is gone; nothing changed then
         */
        boolean updateIf(Row row, String field, Object value);

        /**
         * True when a field of a stored row has that value; it then stays so until this transaction ends, whoever else
         * writes.
         */
        <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value);

        void delete(Row row);

        /** Deletes all rows that match; the limit does not count. */
        int deleteAll(Query<? extends Row> query);
    }

    /** The database refused or failed. */
    class StoreException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public StoreException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
