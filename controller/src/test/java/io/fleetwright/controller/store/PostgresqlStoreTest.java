package io.fleetwright.controller.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class PostgresqlStoreTest extends DatabaseStoreContract {
    private static EmbeddedPostgres server;
    private static SessionFactory sessions;

    @BeforeAll
    static void open() throws IOException {
        server = EmbeddedPostgres.builder().start();
        sessions = Databases.open(server.getJdbcUrl("postgres", "postgres"), "postgres", "bytea");
        Databases.letTheAuditLogChange(sessions, "audit_only_grows on audit");
    }

    @AfterAll
    static void close() throws IOException {
        sessions.close();
        server.close();
    }

    @Override
    FleetStore store() {
        return new HibernateStore(sessions);
    }
}
