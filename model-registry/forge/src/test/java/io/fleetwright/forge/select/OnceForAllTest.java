package io.fleetwright.forge.select;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The published table of Once-for-All: per device, top-1 accuracy at a latency. */
class OnceForAllTest {
    private static final Pattern ROW = Pattern.compile("(\\d+)(?:/| ms )(\\d+\\.\\d)");

    @Test
    void theBestPublishedRowWithinEveryBudgetIsChosen() throws IOException {
        Map<String, List<Candidate>> devices = published();
        assertThat(devices).hasSize(10);
        assertThat(devices.values().stream().mapToInt(List::size).sum()).isEqualTo(47);
        devices.forEach((device, rows) -> {
            for (Candidate row : rows) {
                double millis = row.latencyMillis().orElseThrow();
                assertThat(chosen(rows, millis))
                        .as("%s at %s ms", device, millis)
                        .contains(row);
                assertThat(chosen(rows, Math.nextDown(millis)))
                        .as("%s just below %s ms", device, millis)
                        .isEqualTo(bestBelow(rows, millis));
            }
        });
    }

    private static Optional<Candidate> bestBelow(List<Candidate> rows, double millis) {
        Candidate best = null;
        for (Candidate row : rows) {
            boolean fits = row.latencyMillis().orElseThrow() < millis;
            if (fits
                    && (best == null
                            || row.accuracy().orElseThrow() > best.accuracy().orElseThrow())) {
                best = row;
            }
        }
        return Optional.ofNullable(best);
    }

    private static Optional<Candidate> chosen(List<Candidate> rows, double millisMax) {
        Selection selection = VariantSelector.select(
                rows, Candidates.ANY_DEVICE, Candidates.strict(millisMax, Double.NaN, Double.NaN), Optional.empty());
        return selection instanceof Selection.Chosen chosen ? Optional.of(chosen.variant()) : Optional.empty();
    }

    private static Map<String, List<Candidate>> published() throws IOException {
        String table = Files.readAllLines(SharedData.require("research/techniques.md")).stream()
                .dropWhile(line -> !line.startsWith("Oracle (OFA repository table"))
                .skip(1)
                .takeWhile(line -> !line.contains("Note the same network"))
                .collect(Collectors.joining(" "));
        Map<String, List<Candidate>> devices = new LinkedHashMap<>();
        for (String device : List.of(table.strip().split("\\.\\s+"))) {
            String[] words = device.split(": ", 2);
            List<Candidate> rows = new ArrayList<>();
            ROW.matcher(words[1])
                    .results()
                    .forEach(row -> rows.add(Candidates.candidate(
                            row.group(),
                            Double.parseDouble(row.group(2)) / 100,
                            Double.parseDouble(row.group(1)),
                            Double.NaN)));
            devices.put(words[0], rows);
        }
        return devices;
    }
}
