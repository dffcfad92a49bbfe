package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.cli.Ran;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PredictTest {
    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"raspi4", "eyeriss"})
    void tenProbesTellTheLatencyOfFiveThousandNetworks(String target) throws Exception {
        Path table = SharedData.require("latency-tables/fbnet-5000.csv");
        String others = Stream.of(Files.readAllLines(table).getFirst().split(","))
                .filter(name -> !List.of("arch", "raspi4", "eyeriss").contains(name))
                .collect(Collectors.joining(","));
        JsonNode answer = Ran.of(
                        "predict",
                        "--table",
                        table,
                        "--target",
                        target,
                        "--sources",
                        others,
                        "--probes",
                        10,
                        "--repeats",
                        10,
                        "--seed",
                        1,
                        "--json")
                .json();
        assertThat(answer.get("spearman").asDouble()).isGreaterThanOrEqualTo(0.92);
        assertThat(answer.get("mape").asDouble()).isLessThanOrEqualTo(0.10);
        assertThat(answer.get("within10").asDouble()).isGreaterThanOrEqualTo(0.6);
    }

    @Test
    void whatIsWrongIsNamed() throws Exception {
        Path table = Files.writeString(folder.resolve("t.csv"), "arch,a,b\n1,2,3\n2,x,4\n3,4,5\n4,5,6\n");
        assertThat(run(table, "c", "b").err()).contains("no column c; there are arch, a, b");
        assertThat(run(table, "a", "b").err()).contains("line 3: no figure in column a");
        assertThat(run(table, "b", "b").err()).contains("not the target");
        assertThat(run(table, "b", "arch", "--probes", 9).err()).contains("--probes (9) must be 1 to 2");
    }

    @Test
    void whatCanBeNoTimeIsRefused() throws Exception {
        for (String wrong : new String[] {"NaN", "0", "-1", "Infinity"}) {
            Path table = Files.writeString(
                    folder.resolve("t.csv"), "arch,a,b\n1,2,3\n2,4,4\n3,4,5\n4,5,%s\n5,6,7\n".formatted(wrong));
            assertThat(run(table, "b", "a").err()).contains("line 5: " + wrong + " in column b is no time");
            assertThat(run(table, "a", "b").err()).contains("line 5: " + wrong + " in column b is no time");
        }
    }

    private static Ran run(Path table, String target, String sources, Object... more) {
        return Ran.of(Stream.concat(
                        Stream.of("predict", "--table", table, "--target", target, "--sources", sources),
                        Stream.of(more))
                .toArray());
    }
}
