package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.model.ModelRow;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.hibernate.SessionFactory;
import org.hibernate.query.NativeQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class H2StoreTest extends DatabaseStoreContract {
    private static final int COMMITS_BEFORE_THE_KILL = 60;

    private static SessionFactory sessions;

    @BeforeAll
    static void open() {
        sessions = Databases.open("jdbc:h2:mem:contract;DB_CLOSE_DELAY=-1", "sa", "varbinary(1048576)");
        Databases.letTheAuditLogChange(sessions, "audit_only_grows");
    }

    @AfterAll
    static void close() {
        sessions.close();
    }

    @Override
    FleetStore store() {
        return new HibernateStore(sessions);
    }

    /** H2 makes the plan of a statement once, when the table may be empty, and goes by it however many jobs have ended since. */
    @Test
    void openJobsAreFoundByTheirState() {
        assertThat(plan(
                        "select count(*) from job where tenant = ?1 and probe = false and state in (?2, ?3)",
                        "a",
                        "b",
                        "c"))
                .contains("JOB_BY_STATE");
        assertThat(plan(
                        "select count(*) from job where state = ?1 and tenant = ?2 and model = ?3 and reason = ?4 and probe = false",
                        "a",
                        "b",
                        "c",
                        "d"))
                .contains("JOB_BY_STATE");
        assertThat(plan("select node_id, digest from job where state = ?1 and split = false and tenant = ?2", "a", "b"))
                .contains("JOB_BY_STATE");
    }

    private static String plan(String statement, String... parameters) {
        return sessions.fromStatelessSession(session -> {
            NativeQuery<String> query = session.createNativeQuery("explain " + statement, String.class);
            for (int i = 0; i < parameters.length; i++) {
                query.setParameter(i + 1, parameters[i]);
            }
            return query.getSingleResult();
        });
    }

    /** The address that the product uses for a data folder. */
    private static SessionFactory openFile(Path folder) {
        return Databases.open(
                "jdbc:h2:file:%s/fleetwright;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE".formatted(folder),
                "sa",
                "varbinary(1048576)");
    }

    /** Commits row after row, and says of each that it is committed, until it is killed. */
    static final class CommittingProcess {
        private CommittingProcess() {}

        public static void main(String[] arguments) {
            FleetStore store = new HibernateStore(openFile(Path.of(arguments[0])));
            for (int i = 0; ; i++) {
                ModelRow row = new ModelRow();
                row.id = "committed-" + i;
                store.transact(tx -> tx.insertIfAbsent(row));
                System.out.println(row.id);
                System.out.flush();
            }
        }
    }

    @Test
    void keepsEveryCommittedRowWhenItsProcessIsKilled(@TempDir Path folder) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommittingProcess.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> said = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("committed-")) {
                    said.add(line);
                }
                if (said.size() == COMMITS_BEFORE_THE_KILL) {
                    // Not Process.destroyForcibly, which would close the pipe before the rest of it is read.
                    assertThat(process.toHandle().destroyForcibly()).isTrue();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said).hasSizeGreaterThanOrEqualTo(COMMITS_BEFORE_THE_KILL);
        try (SessionFactory reopened = openFile(folder)) {
            List<String> kept = new HibernateStore(reopened)
                    .transact(tx -> tx.find(Query.of(ModelRow.class)).stream()
                            .map(row -> row.id)
                            .toList());
            assertThat(kept).containsAll(said);
            assertThat(kept.size() - said.size()).isBetween(0, 1); // One more may be committed and not yet said.
        }
    }
}
