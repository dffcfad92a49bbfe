package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RowsTest {
    @Test
    void everyTableOfTheMigrationHasItsRowTypeInTheContract() throws Exception {
        var sql = new StringBuilder();
        try (Stream<Path> migrations = Files.list(Path.of("src/main/resources/db/common"))) {
            for (Path migration : migrations.toList()) {
                sql.append(Files.readString(migration));
            }
        }
        assertThat(Pattern.compile("create table (\\w+)").matcher(sql).results().map(found -> found.group(1)))
                .containsExactlyInAnyOrderElementsOf(Rows.TYPES.stream()
                        .map(type -> type.getAnnotation(Table.class).name())
                        .toList());
    }
}
