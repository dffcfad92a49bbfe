package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalWorkloadTest {
    private static final String VALID = """
            {"name": "caf\\u00e9 \\ud83d\\ude80 \u00e9", "units": ["ignored", true, false, null, {}, []],
             "tasks": 2, "pes": 3,
             "exec": [[1, 2.5e1, null], [0, 0.5, 3]],
             "edges": [[0, 1, 7]]}
            """;

    @Test
    void readsGraphCostsAndUnitLinks() throws Exception {
        var workload = CanonicalWorkload.read(VALID.getBytes(StandardCharsets.UTF_8));
        Problem problem = workload.problem();
        assertThat(workload.name()).isEqualTo("caf\u00e9 \ud83d\ude80 \u00e9");
        assertThat(problem.taskCount()).isEqualTo(2);
        assertThat(problem.costs().executionTime(0, 1)).isEqualTo(25);
        assertThat(problem.costs().canRun(0, 2)).isFalse();
        assertThat(problem.graph().outTask(0)).isEqualTo(1);
        assertThat(problem.platform().links().transferTime(7, 0, 2)).isEqualTo(7);
        assertThat(problem.platform().device(2).id()).isEqualTo("p2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"tasks\": 2    | \"tasks\": 3    | exec has 2 entries, must have 3",
                "\"tasks\": 2    | \"tasks\": 2.5  | tasks (2.5) must be a whole number from 1 to 200000",
                "\"tasks\": 2    | \"tasks\": 1e9  | must be a whole number from 1 to 200000",
                "\"tasks\": 2    | \"tusks\": 2    | 'tasks' is missing",
                "\"tasks\": 2    | \"tasks\": \"2\"| tasks must be a number",
                "\"tasks\": 2    | \"tasks\": 02   | expected '}', found byte 0x32",
                "\"tasks\": 2    | \"pes\": 2      | member 'pes' is repeated",
                "\"tasks\": 2, \"pes\": 3 | \"tasks\": 200000, \"pes\": 100000 | is over 10000000 costs",
                "null]           | 1e999]          | number is out of range",
                "null]           | -1]             | cost (-1.0) must be 0 to",
                "null]           | NaN]            | expected a value or a digit",
                "null]           | nul]            | expected 'l', found byte 0x5d",
                "null]           | null,]          | expected a value or a digit",
                "[0, 0.5, 3]     | [null,null,null]| task 1 runs on no device",
                "[0, 0.5, 3]     | [0, 0.5]        | exec row 1 has 2 entries, must have 3",
                "[0, 1, 7]       | [0, 1]          | an edge has 2 entries, must have 3",
                "[0, 1, 7]       | [0, 2, 7]       | to (2.0) must be a whole number from 0 to 1",
                "[0, 1, 7]       | [0, 0, 7]       | joins a task to itself",
                "[0, 1, 7]       | [0, 1, -7]      | volume -7.0",
                "[0, 1, 7]       | [0,1,7],[1,0,7] | cycle through task",
                "[[0, 1, 7]]     | {}              | edges must be an array",
                "\\u00e9         | \\u00g9         | expected four hexadecimal digits",
                "\\u00e9         | \\x             | expected an escape",
                "\\ude80         | x               | half of a surrogate pair",
                "[[0, 1, 7]]}    | [[0, 1, 7]]}}   | expected the end",
            })
    void aBadFileIsRefusedWithTheReasonAndTheByte(String good, String bad, String reason) {
        byte[] bytes = VALID.replace(good, bad).getBytes(StandardCharsets.UTF_8);
        assertThat(VALID).contains(good);
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> CanonicalWorkload.read(bytes));
        assertThat(failure).hasMessageContaining(reason).hasMessageStartingWith("at byte " + failure.offset());
        assertThat(failure.offset()).isBetween(0, bytes.length);
    }

    @Test
    void theOffsetIsThatOfTheOffendingByte() {
        byte[] bytes = "{\"name\": \"\u00e9\", \"tasks\": x}".getBytes(StandardCharsets.UTF_8);
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> CanonicalWorkload.read(bytes));
        assertThat(bytes[failure.offset()]).isEqualTo((byte) 'x');
    }

    @Test
    void nestingNumbersAndTextAreBounded() {
        assertRefused("[".repeat(1_000_000), "nested deeper than 32");
        assertRefused("1".repeat(65), "number longer than 64");
        assertRefused("", "expected a value or a digit, found the end");
        assertRefused("\"abc", "expected the rest of a string, found the end");
        assertRefused("\"a\nb\"", "found byte 0x0a");
        assertThatThrownBy(() -> CanonicalWorkload.read(new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'}))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> CanonicalWorkload.read(new byte[JsonReader.BYTES_MAX + 1]))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining("longer than");
    }

    @Test
    void damagedFilesEndInAWorkloadOrInTheDeclaredException() {
        byte[] valid = VALID.getBytes(StandardCharsets.UTF_8);
        SeededCases.forEach(1, 3000, (random, _) -> {
            byte[] damaged = Arrays.copyOf(valid, random.nextInt(4) == 0 ? random.nextInt(valid.length) : valid.length);
            for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
                int from = random.nextInt(valid.length);
                damaged[random.nextInt(damaged.length)] =
                        random.nextBoolean() ? valid[from] : (byte) random.nextInt(256);
            }
            try {
                CanonicalWorkload.read(damaged);
            } catch (MalformedWorkloadException expected) {
                assertThat(expected.offset()).isBetween(0, damaged.length);
            }
        });
    }

    @Test
    void aMissingFileIsAnIoFailure(@TempDir Path folder) {
        assertThatThrownBy(() -> CanonicalWorkload.read(folder.resolve("none.json")))
                .isInstanceOf(NoSuchFileException.class);
    }

    private static void assertRefused(String json, String reason) {
        assertThatThrownBy(() -> CanonicalWorkload.read(json.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedWorkloadException.class)
                .hasMessageContaining(reason);
    }
}
