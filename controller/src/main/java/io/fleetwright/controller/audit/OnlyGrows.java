package io.fleetwright.controller.audit;

import java.sql.Connection;
import java.sql.SQLException;
import org.h2.api.Trigger;
import org.jspecify.annotations.Nullable;

/** Refuses to change or to delete a row of the H2 database; PostgreSQL has a function of its own for that. */
public final class OnlyGrows implements Trigger {
    /** Called by the database, which knows the class by the name in its migration. */
    public OnlyGrows() {}

    @Override
    public void fire(Connection connection, Object @Nullable [] before, Object @Nullable [] after) throws SQLException {
        throw new SQLException(
                "the audit log only grows: %s is refused".formatted(after == null ? "DELETE" : "UPDATE"));
    }
}
