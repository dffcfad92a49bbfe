package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Table;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class RowsTest {
    @Test
    void everyTableOfTheMigrationHasItsRowTypeInTheContract() throws Exception {
        var sql = new StringBuilder();
        for (String migration : List.of(
                "V1__first.sql",
                "V2__registry.sql",
                "V3__shared_chunks.sql",
                "V4__release.sql",
                "V5__rollout_engine.sql")) {
            try (InputStream in = RowsTest.class.getResourceAsStream("/db/common/" + migration)) {
                sql.append(new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        assertThat(Pattern.compile("create table (\\w+)").matcher(sql).results().map(found -> found.group(1)))
                .containsExactlyInAnyOrderElementsOf(Rows.TYPES.stream()
                        .map(type -> type.getAnnotation(Table.class).name())
                        .toList());
    }
}
