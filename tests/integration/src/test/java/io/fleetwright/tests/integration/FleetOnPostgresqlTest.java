package io.fleetwright.tests.integration;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;

/** The same controller package as on H2: the database is chosen at start. */
class FleetOnPostgresqlTest extends FleetContract {
    private @Nullable EmbeddedPostgres postgres;

    @Override
    Map<String, String> database(Path controllerData) throws IOException {
        EmbeddedPostgres started = EmbeddedPostgres.builder().start();
        postgres = started;
        return Map.of(
                "FLEETWRIGHT_DATABASE",
                "postgresql",
                "FLEETWRIGHT_JDBC_URL",
                started.getJdbcUrl("postgres", "postgres"),
                "FLEETWRIGHT_JDBC_USER",
                "postgres",
                "FLEETWRIGHT_JDBC_PASSWORD",
                "postgres");
    }

    @Override
    Connection connect(Path controllerData) throws SQLException {
        return java.util.Objects.requireNonNull(postgres).getPostgresDatabase().getConnection();
    }

    @AfterAll
    void stopDatabase() throws IOException {
        if (postgres != null) {
            postgres.close();
        }
    }
}
