package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.store.FleetStore.StoreException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.List;
import org.hibernate.SessionFactory;
import org.junit.jupiter.api.Test;

/** Neither database lets anybody change or delete what is in the audit log, whoever asks. */
final class AuditOnlyGrowsTest {
    @Test
    void inH2() throws Exception {
        try (SessionFactory sessions =
                Databases.open("jdbc:h2:mem:audit;DB_CLOSE_DELAY=-1", "sa", "varbinary(1048576)")) {
            onlyGrows(sessions);
        }
    }

    @Test
    void inPostgresql() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                SessionFactory sessions =
                        Databases.open(server.getJdbcUrl("postgres", "postgres"), "postgres", "bytea")) {
            onlyGrows(sessions);
            assertThatThrownBy(() -> sql(sessions, "truncate table audit"))
                    .hasStackTraceContaining("the audit log only grows: TRUNCATE is refused");
        }
    }

    private static void onlyGrows(SessionFactory sessions) throws ReflectiveOperationException {
        FleetStore store = new HibernateStore(sessions);
        AuditRow entry = Rows.filled(AuditRow.class, 7);
        store.transact(tx -> {
            tx.insert(entry);
            return true;
        });
        assertThatThrownBy(() -> store.transact(tx -> {
                    AuditRow row = tx.find(Query.of(AuditRow.class)).getFirst();
                    row.what = "something else";
                    tx.update(row);
                    return true;
                }))
                .isInstanceOf(StoreException.class)
                .hasStackTraceContaining("the audit log only grows: UPDATE is refused");
        assertThatThrownBy(() -> store.transact(tx -> {
                    tx.deleteAll(Query.of(AuditRow.class));
                    return true;
                }))
                .isInstanceOf(StoreException.class)
                .hasStackTraceContaining("the audit log only grows: DELETE is refused");
        assertThatThrownBy(() -> sql(sessions, "update audit set who = 'nobody'"))
                .hasStackTraceContaining("the audit log only grows: UPDATE is refused");
        List<AuditRow> left = store.transact(tx -> tx.find(Query.of(AuditRow.class)));
        assertThat(left).singleElement().usingRecursiveComparison().isEqualTo(entry);
    }

    private static void sql(SessionFactory sessions, String statement) {
        sessions.inTransaction(
                session -> session.createNativeMutationQuery(statement).executeUpdate());
    }
}
