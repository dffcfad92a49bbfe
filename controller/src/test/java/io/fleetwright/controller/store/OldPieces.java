package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.model.Artifacts;
import io.fleetwright.controller.model.ChunkRow;
import io.fleetwright.trust.Digest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.hibernate.SessionFactory;

/** An artifact as it was stored before chunks were shared, in 256 KiB pieces, and what becomes of it. */
final class OldPieces {
    private static final int PIECE_BYTES = 256 * 1024;

    private OldPieces() {}

    /** Stores one in an empty database under the tables of that time, migrates, reads, puts again, deletes. */
    static void stayReadable(String url, String user, String bytesType) throws SQLException {
        byte[] bytes = new byte[2 * PIECE_BYTES + 1000];
        new SplittableRandom(9).nextBytes(bytes);
        Digest digest = Digest.of(bytes);
        Databases.migrate(url, user, bytesType, "2");
        try (Connection connection = DriverManager.getConnection(url, user, "")) {
            insert(connection, "insert into artifact values (?, ?, ?)", digest.value(), (long) bytes.length, 5L);
            for (int piece = 0; piece * PIECE_BYTES < bytes.length; piece++) {
                byte[] content = Arrays.copyOfRange(
                        bytes, piece * PIECE_BYTES, Math.min(bytes.length, (piece + 1) * PIECE_BYTES));
                insert(
                        connection,
                        "insert into artifact_chunk (id, digest, chunk, content) values (?, ?, ?, ?)",
                        digest.value() + "#" + piece,
                        digest.value(),
                        piece,
                        content);
            }
        }
        try (SessionFactory sessions = Databases.open(url, user, bytesType)) {
            FleetStore rows = new HibernateStore(sessions);
            assertThat(rows.<byte[]>transact(tx -> new Artifacts(tx, 6).read(digest)))
                    .isEqualTo(bytes);
            assertThat(rows.<byte[]>transact(
                            tx -> new Artifacts(tx, 6).range(digest, PIECE_BYTES - 3, 2 * PIECE_BYTES + 3)))
                    .isEqualTo(Arrays.copyOfRange(bytes, PIECE_BYTES - 3, 2 * PIECE_BYTES + 4));
            assertThat(rows.<Long>transact(tx -> new Artifacts(tx, 6).storedBytes(digest)))
                    .isEqualTo(bytes.length);
            assertThat(rows.<Digest>transact(tx -> new Artifacts(tx, 7).put(bytes)))
                    .isEqualTo(digest);
            assertThat(rows.<Long>transact(tx -> tx.count(Query.of(ChunkRow.class))))
                    .isEqualTo(3);
            assertThat(rows.<Boolean>transact(tx -> new Artifacts(tx, 8).delete(digest)))
                    .isTrue();
            assertThat(rows.<Long>transact(tx -> tx.count(Query.of(ChunkRow.class))))
                    .isZero();
        }
    }

    private static void insert(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            assertThat(statement.executeUpdate()).isEqualTo(1);
        }
    }
}
