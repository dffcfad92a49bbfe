package io.fleetwright.controller.store;

import org.hibernate.SessionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class H2ArtifactsTest extends RowArtifactsContract {
    private static final String BYTES = "varbinary(1048576)";

    private static SessionFactory sessions;

    @BeforeAll
    static void open() {
        sessions = Databases.open("jdbc:h2:mem:artifacts;DB_CLOSE_DELAY=-1", "sa", BYTES);
    }

    @AfterAll
    static void close() {
        sessions.close();
    }

    @Override
    FleetStore rows() {
        return new HibernateStore(sessions);
    }

    @Test
    void artifactsFromBeforeChunksWereSharedStayReadable() throws Exception {
        OldPieces.stayReadable("jdbc:h2:mem:pieces;DB_CLOSE_DELAY=-1", "sa", BYTES);
    }
}
