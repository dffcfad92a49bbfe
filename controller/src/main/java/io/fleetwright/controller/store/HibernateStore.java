package io.fleetwright.controller.store;

import jakarta.persistence.PersistenceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.hibernate.LockMode;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.query.MutationQuery;
import org.hibernate.query.SelectionQuery;
import org.jspecify.annotations.Nullable;

/** Rows in H2 or PostgreSQL through Hibernate's stateless sessions: what is written is what was asked for. */
public final class HibernateStore implements FleetStore {
    private final SessionFactory sessions;

    public HibernateStore(SessionFactory sessions) {
        this.sessions = sessions;
    }

    @Override
    public <T> T transact(Work<T> work) {
        try {
            return sessions.fromStatelessTransaction(session -> work.run(new SessionTx(session)));
        } catch (PersistenceException failure) {
            throw new StoreException("database: " + failure.getMessage(), failure);
        }
    }

    private record SessionTx(StatelessSession session) implements Tx {
        @Override
        public <R extends Row> Optional<R> get(Class<R> type, Object id) {
            return Optional.ofNullable(session.get(type, id));
        }

        @Override
        public <R extends Row> List<R> find(Query<R> query) {
            SelectionQuery<R> selection = session.createSelectionQuery(
                    where("from " + query.type.getSimpleName() + " r", query, true), query.type);
            bind(query, selection::setParameter);
            return selection.setMaxResults(query.limit).getResultList();
        }

        @Override
        public Set<String> distinct(Query<? extends Row> query, String field) {
            SelectionQuery<String> selection = session.createSelectionQuery(
                    where("select distinct r.%s from %s r".formatted(field, query.type.getSimpleName()), query, false),
                    String.class);
            bind(query, selection::setParameter);
            return Set.copyOf(selection.getResultList());
        }

        @Override
        public List<@Nullable Object[]> values(Query<? extends Row> query, String... fields) {
            SelectionQuery<Object[]> selection = session.createSelectionQuery(
                    where(
                            "select r.%s from %s r".formatted(String.join(", r.", fields), query.type.getSimpleName()),
                            query,
                            true),
                    Object[].class);
            bind(query, selection::setParameter);
            return selection.setMaxResults(query.limit).getResultList();
        }

        @Override
        public long count(Query<? extends Row> query) {
            SelectionQuery<Long> selection = session.createSelectionQuery(
                    where("select count(*) from " + query.type.getSimpleName() + " r", query, false), Long.class);
            bind(query, selection::setParameter);
            return selection.getSingleResult();
        }

        @Override
        public List<Totals> totals(Query<? extends Row> query, List<String> by, List<List<String>> terms) {
            String groups = "r." + String.join(", r.", by);
            StringBuilder head = new StringBuilder("select ").append(groups).append(", count(*)");
            for (List<String> term : terms) {
                String product = "r." + String.join(" * r.", term);
                head.append(", sum(%s), count(%s)".formatted(product, product));
            }
            head.append(" from ").append(query.type.getSimpleName()).append(" r");
            SelectionQuery<Object[]> selection = session.createSelectionQuery(
                    where(head.toString(), query, false) + " group by " + groups, Object[].class);
            bind(query, selection::setParameter);
            return selection.setMaxResults(query.limit).getResultList().stream()
                    .map(row -> totals(row, by.size(), terms.size()))
                    .toList();
        }

        private static Totals totals(@Nullable Object[] row, int groups, int terms) {
            List<Double> sums = new ArrayList<>();
            List<Long> counts = new ArrayList<>();
            for (int term = 0; term < terms; term++) {
                Number sum = (Number) row[groups + 1 + 2 * term];
                sums.add(sum == null ? 0 : sum.doubleValue());
                counts.add(number(row[groups + 2 + 2 * term]));
            }
            return new Totals(Arrays.asList(row).subList(0, groups), number(row[groups]), sums, counts);
        }

        private static long number(@Nullable Object value) {
            return ((Number) Objects.requireNonNull(value)).longValue();
        }

        /** By Hibernate's own lookup of many ids: a query with a list is translated anew each time. */
        @Override
        public <R extends Row> Map<String, R> all(Class<R> type, Collection<String> ids) {
            Map<String, R> rows = new LinkedHashMap<>();
            List<String> keys = List.copyOf(ids);
            for (int from = 0; from < keys.size(); from += KEYS_PER_QUERY) {
                session.getMultiple(type, keys.subList(from, Math.min(keys.size(), from + KEYS_PER_QUERY))).stream()
                        .filter(Objects::nonNull)
                        .forEach(row -> rows.put((String) row.key(), row));
            }
            return rows;
        }

        @Override
        public void insert(Row row) {
            session.insert(row);
        }

        @Override
        public void insertAll(List<? extends Row> rows) {
            session.insertMultiple(rows);
        }

        @Override
        public boolean insertIfAbsent(Row row) {
            if (session.get(row.getClass(), row.key()) != null) {
                return false;
            }
            session.insert(row);
            return true;
        }

        @Override
        public void update(Row row) {
            session.update(row);
        }

        @Override
        public void updateAll(List<? extends Row> rows) {
            session.updateMultiple(rows);
        }

        @Override
        public boolean updateIf(Row row, String field, Object value) {
            // Writing the field takes the row's lock, and looks at it again when another transaction had it.
            boolean still = session.createMutationQuery("update %s r set r.%s = r.%s where r.id = :id and r.%s = :value"
                                    .formatted(row.getClass().getSimpleName(), field, field, field))
                            .setParameter("id", row.key())
                            .setParameter("value", value)
                            .executeUpdate()
                    == 1;
            if (still) {
                session.update(row);
            }
            return still;
        }

        @Override
        public <R extends Row> boolean holds(Class<R> type, Object id, String field, Object value) {
            return !session.createSelectionQuery(
                            "from %s r where r.id = :id and r.%s = :value".formatted(type.getSimpleName(), field), type)
                    .setParameter("id", id)
                    .setParameter("value", value)
                    .setHibernateLockMode(LockMode.PESSIMISTIC_READ)
                    .getResultList()
                    .isEmpty();
        }

        @Override
        public void delete(Row row) {
            session.delete(row);
        }

        @Override
        public int deleteAll(Query<? extends Row> query) {
            MutationQuery mutation = session.createMutationQuery(
                    where("delete from " + query.type.getSimpleName() + " r", query, false));
            bind(query, mutation::setParameter);
            return mutation.executeUpdate();
        }

        private static String where(String head, Query<?> query, boolean ordered) {
            StringBuilder hql = new StringBuilder(head);
            for (int i = 0; i < query.conditions.size(); i++) {
                Query.Condition condition = query.conditions.get(i);
                hql.append(i == 0 ? " where r." : " and r.")
                        .append(condition.field())
                        .append(' ')
                        .append(condition.operator().hql)
                        .append(" :p")
                        .append(i);
            }
            if (ordered && query.orderField != null) {
                hql.append(" order by r.").append(query.orderField).append(query.descending ? " desc" : " asc");
            }
            return hql.toString();
        }

        /** Sets one named parameter. */
        @FunctionalInterface
        private interface Binder {
            Object set(String name, Object value);
        }

        private static void bind(Query<?> query, Binder binder) {
            for (int i = 0; i < query.conditions.size(); i++) {
                binder.set("p" + i, query.conditions.get(i).value());
            }
        }
    }
}
