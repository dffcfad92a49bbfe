package io.fleetwright.controller.targeting;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.Refusal.Kind;
import io.fleetwright.controller.store.FleetStore.Tx;
import io.fleetwright.controller.store.Query;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Queries that have a name: lists, rollouts and other groups use them alike. Who belongs is asked when it is used. */
public final class Groups {
    private static final int GROUPS_MAX = 500;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private Groups() {}

    /** Reads a query of this tenant. */
    public static TargetQuery parse(Tx tx, String tenant, @Nullable String text) {
        return TargetQuery.parse(text, queries(tx, tenant));
    }

    private static Function<String, Optional<String>> queries(Tx tx, String tenant) {
        return name -> find(tx, tenant, name).map(row -> row.query);
    }

    public static Optional<GroupRow> find(Tx tx, String tenant, String name) {
        return NAME.matcher(name).matches() ? tx.get(GroupRow.class, tenant + "/" + name) : Optional.empty();
    }

    /**
     * Makes a group, or gives it another query.
     *
     * @throws Refusal when name or query are malformed, the group would contain itself, or there are too many
     */
    public static GroupRow put(Tx tx, String tenant, String name, @Nullable String query, String who, long nowMillis) {
        if (!NAME.matcher(name).matches()) {
            throw Refusal.invalid("name (%s) must match %s".formatted(clip(name), NAME));
        }
        if (query == null || query.isBlank()) {
            throw Refusal.invalid("group %s needs a query q".formatted(name));
        }
        Function<String, Optional<String>> others = queries(tx, tenant);
        // With the new query in its place, a circle through this group shows.
        TargetQuery.parse("group==" + name, other -> other.equals(name) ? Optional.of(query) : others.apply(other));
        Optional<GroupRow> known = find(tx, tenant, name);
        if (known.isEmpty() && tx.count(Query.of(GroupRow.class).equal("tenant", tenant)) >= GROUPS_MAX) {
            throw new Refusal(Kind.TOO_MANY, "there are %d groups".formatted(GROUPS_MAX));
        }
        GroupRow row = known.orElseGet(GroupRow::new);
        row.id = tenant + "/" + name;
        row.tenant = tenant;
        row.name = name;
        row.query = query;
        row.madeBy = who;
        row.changedAt = nowMillis;
        if (known.isPresent()) {
            tx.update(row);
        } else {
            tx.insert(row);
        }
        return row;
    }

    /**
     * Deletes a group.
     *
     * @throws Refusal when it is not there, or another group's query names it
     */
    public static void delete(Tx tx, String tenant, String name) {
        GroupRow row = find(tx, tenant, name).orElseThrow(() -> Refusal.notFound("group", clip(name)));
        List<GroupRow> all =
                tx.find(Query.of(GroupRow.class).equal("tenant", tenant).ascending("id"));
        Function<String, Optional<String>> without = other ->
                other.equals(name) ? Optional.empty() : queries(tx, tenant).apply(other);
        for (GroupRow other : all) {
            if (!other.name.equals(name)) {
                try {
                    TargetQuery.parse(other.query, without);
                } catch (Refusal needs) {
                    throw new Refusal(Kind.CONFLICT, "group %s is part of group %s".formatted(name, other.name));
                }
            }
        }
        tx.delete(row);
    }

    private static String clip(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
