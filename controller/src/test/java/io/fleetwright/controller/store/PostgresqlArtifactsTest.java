package io.fleetwright.controller.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PostgresqlArtifactsTest extends RowArtifactsContract {
    private static EmbeddedPostgres server;
    private static SessionFactory sessions;

    @BeforeAll
    static void open() throws IOException {
        server = EmbeddedPostgres.builder().start();
        sessions = Databases.open(server.getJdbcUrl("postgres", "postgres"), "postgres", "bytea");
    }

    @AfterAll
    static void close() throws IOException {
        sessions.close();
        server.close();
    }

    @Override
    FleetStore rows() {
        return new HibernateStore(sessions);
    }

    @Test
    void artifactsFromBeforeChunksWereSharedStayReadable() throws Exception {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database pieces");
        }
        OldPieces.stayReadable(server.getJdbcUrl("postgres", "pieces"), "postgres", "bytea");
    }
}
