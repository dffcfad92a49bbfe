package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Variants that were there before their cuts were measured. */
final class CutLossMigrationTest {
    private static final String URL = "jdbc:h2:mem:cuts;DB_CLOSE_DELAY=-1";

    @Test
    void thoseThatCanBeMeasuredWait() throws Exception {
        Databases.migrate(URL, "sa", "varbinary(1048576)", "33");
        try (Connection connection = DriverManager.getConnection(URL, "sa", "");
                Statement sql = connection.createStatement()) {
            for (String version : List.of("1", "2")) {
                sql.execute("""
                        insert into model_version (id, tenant, model, version, state, evaluation_digest, created_at)
                        values ('acme/m/%s', 'acme', 'm', '%s', 'draft', %s, 1)""".formatted(version, version, version.equals("1") ? "'sha256:e'" : "null"));
                sql.execute("""
                        insert into variant (id, tenant, model, version, version_id, variant, digest, bytes, macs, weight_bytes,
                                arena_bytes, operators, input_shape, input_name, input_scale, input_zero_point, output_shape,
                                output_name, output_scale, output_zero_point, accuracy_count, accuracy_correct, accuracy_low95,
                                accuracy_high95, created_at)
                        values ('acme/m/%s/int8', 'acme', 'm', '%s', 'acme/m/%s', 'int8', 'd', 1, 1, 1, 1, '', '', '', 1, 0, '', '',
                                1, 0, 1, 1, 0, 1, 7)""".formatted(version, version, version));
            }
            Databases.migrate(URL, "sa", "varbinary(1048576)", "latest");
            List<String> waiting = new ArrayList<>();
            try (ResultSet rows = sql.executeQuery(
                    "select id, tenant, model, version, variant, state, inputs, created_at from cut_loss")) {
                while (rows.next()) {
                    List<String> columns = new ArrayList<>();
                    for (int column = 1; column <= 8; column++) {
                        columns.add(rows.getString(column));
                    }
                    waiting.add(String.join(" ", columns));
                }
            }
            assertThat(waiting).containsExactly("acme/m/1/int8 acme m 1 int8 waiting 0 7");
        }
    }
}
