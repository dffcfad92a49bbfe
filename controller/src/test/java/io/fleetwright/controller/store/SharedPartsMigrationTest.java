package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attempts that two devices shared before there were rows for parts. */
final class SharedPartsMigrationTest {
    private static final String URL = "jdbc:h2:mem:parts;DB_CLOSE_DELAY=-1";

    private static void migrate(String target) {
        Databases.migrate(URL, "sa", "varbinary(1048576)", target);
    }

    private static void job(Statement sql, String id, int epoch, boolean split) throws SQLException {
        sql.execute("""
                insert into job (id, tenant, model, state, created_at, deadline_at, input_bytes, epoch, node_id, device,
                        sent_at, modelled, energy_method, split)
                values ('%s', 'acme', 'm', 'running', 1, 2, 27648, %d, 'acme/mcu', 'm4', 5, false, 'unknown', %b)""".formatted(id, epoch, split));
        sql.execute("""
                insert into split (id, tenant, epoch, node_id, device, boundary, operators, bits, tensor_bytes, link_bytes,
                        planned_micros, link_micros, local_micros, sent_at, answer_by, front_micros)
                values ('%s', 'acme', 1, 'acme/drone', 'gap9', 12, 31, 8, 2304, 2328, 60350, 22624, 88930, 5, 900, 37000)""".formatted(id));
    }

    @Test
    void eachOfThemGetsTwoPartsAndTheOthersNone() throws Exception {
        migrate("17");
        try (Connection connection = DriverManager.getConnection(URL, "sa", "");
                Statement sql = connection.createStatement()) {
            job(sql, "j-shared", 1, true);
            // The source runs it alone by now.
            job(sql, "j-alone", 2, false);
            migrate("latest");
            List<String> parts = new ArrayList<>();
            try (ResultSet rows = sql.executeQuery("""
                    select id, job_id, epoch, place, node_id, device, from_operator, to_operator, input_bytes, bits, answer_by, took_micros
                    from split_part order by id""")) {
                while (rows.next()) {
                    List<String> columns = new ArrayList<>();
                    for (int column = 1; column <= 12; column++) {
                        columns.add(rows.getString(column));
                    }
                    parts.add(String.join(
                            " ", columns.stream().map(String::valueOf).toList()));
                }
            }
            assertThat(parts)
                    .containsExactly(
                            "j-shared.0 j-shared 1 0 acme/mcu m4 0 12 27648 8 900 37000",
                            "j-shared.1 j-shared 1 1 acme/drone gap9 12 31 2304 null 900 null");
        }
    }
}
