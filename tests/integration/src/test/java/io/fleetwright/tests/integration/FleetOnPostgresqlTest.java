package io.fleetwright.tests.integration;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;

/** The same controller package as on H2: the database is chosen at start. */
class FleetOnPostgresqlTest extends FleetContract {
    private EmbeddedPostgres postgres;

    @Override
    Map<String, String> database(Path controllerData) throws IOException {
        postgres = EmbeddedPostgres.builder().start();
        return Map.of(
                "FLEETWRIGHT_DATABASE",
                "postgresql",
                "FLEETWRIGHT_JDBC_URL",
                postgres.getJdbcUrl("postgres", "postgres"),
                "FLEETWRIGHT_JDBC_USER",
                "postgres",
                "FLEETWRIGHT_JDBC_PASSWORD",
                "postgres");
    }

    @Override
    Connection connect(Path controllerData) throws SQLException {
        return postgres.getPostgresDatabase().getConnection();
    }

    @AfterAll
    void stopDatabase() throws IOException {
        if (postgres != null) {
            postgres.close();
        }
    }
}
