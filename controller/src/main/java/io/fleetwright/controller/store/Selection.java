package io.fleetwright.controller.store;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A few fields of the rows that fit fixed conditions, asked for group by group, so often that a store may remember them; see
 * {@link KeptStore}. The answer has no order.
 *
 * @param <R> row type, told apart by its field {@code id}
 */
public final class Selection<R extends Row> {
    /** A group that is larger is asked for each time. */
    static final int KEPT_MAX = Query.LIMIT_MAX - 1;

    final Class<R> type;
    final List<Query.Condition> conditions;
    private final List<Field> compared;
    private final Field group;
    private final List<String> names;
    private final List<Field> fields;

    private Selection(Query<R> query, String group, List<String> names) {
        RowShape shape = RowShape.of(query.type);
        type = query.type;
        conditions = List.copyOf(query.conditions);
        compared = shape.fields(query);
        this.group = shape.field(type, group);
        this.names = names;
        fields = names.stream().map(name -> shape.field(type, name)).toList();
        if (!shape.fixed().contains(this.group)) {
            throw new IllegalArgumentException(
                    "%s.%s may change, so it tells no groups apart".formatted(type.getSimpleName(), group));
        }
        if (fields.stream().anyMatch(field -> field.getType().isArray())) {
            throw new IllegalArgumentException("fields (%s) must not be arrays".formatted(names));
        }
        if (query.orderField != null || query.limit != Query.LIMIT_MAX) {
            throw new IllegalArgumentException("a selection has no order and no limit of its own");
        }
    }

    /**
     * @param query whose rows, without an order or a limit
     * @param group field that never changes once its row is there
     * @param fields of values that nobody can change, no arrays
     */
    public static <R extends Row> Selection<R> of(Query<R> query, String group, String... fields) {
        return new Selection<>(query, group, List.of(fields));
    }

    /** The values of each row of a group, in the order of the fields; whoever reads them leaves the arrays as they are. */
    public List<@Nullable Object[]> in(FleetStore.Tx tx, Object group) {
        return tx.values(query(group), names.toArray(String[]::new));
    }

    private Query<R> query(Object value) {
        Query<R> query = Query.of(type);
        query.conditions.addAll(conditions);
        return query.equal(group.getName(), value);
    }

    /** The group that a query and fields ask for, when it is one of this selection. */
    @Nullable
    Object asked(Query<?> query, String[] names) {
        int last = conditions.size();
        if (query.type != type
                || query.orderField != null
                || query.limit != Query.LIMIT_MAX
                || query.conditions.size() != last + 1
                || !query.conditions.subList(0, last).equals(conditions)
                || !List.of(names).equals(this.names)) {
            return null;
        }
        Query.Condition by = query.conditions.get(last);
        return by.field().equals(group.getName()) && by.operator() == Query.Operator.EQUAL ? by.value() : null;
    }

    /** What {@link #in} reads, with each row's id before its values. */
    List<@Nullable Object[]> read(FleetStore.Tx tx, Object group) {
        List<String> all = new ArrayList<>(names);
        all.addFirst("id");
        return tx.values(query(group), all.toArray(String[]::new));
    }

    @Nullable
    Object group(Row row) {
        return RowShape.value(row, group);
    }

    boolean fits(Row row) {
        return RowShape.fits(row, conditions, compared);
    }

    @Nullable
    Object[] values(Row row) {
        return fields.stream().map(field -> RowShape.value(row, field)).toArray();
    }
}
