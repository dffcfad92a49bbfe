package io.fleetwright.scheduler.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.scheduler.Algorithms;
import io.fleetwright.scheduler.plan.Assignment;
import io.fleetwright.scheduler.plan.Schedule;
import io.fleetwright.scheduler.plan.UnschedulableException;
import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every placement of every list scheduler on forty seeded problems, as it was when its reference agreed: a change of any of
 * them shows as a difference of lines {@code problem task device start finish}. {@code -Dfleetwright.record=true} writes the
 * files anew, after the references have agreed again.
 */
class RecordedPlacementsTest {
    private static final int PROBLEMS = 40;
    private static final String FOLDER = "scheduler/src/test/resources/placements";

    static Stream<String> algorithms() {
        return References.byName().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("algorithms")
    void everyPlacementIsTheRecordedOne(String name) throws IOException {
        Path file = SharedData.projectRoot().resolve(FOLDER).resolve(name + ".txt");
        List<String> now = placements(problem -> Algorithms.named(name, 0).schedule(problem.toProblem()));
        if (Boolean.getBoolean("fleetwright.record")) {
            assertThat(now).isEqualTo(placements(References.named(name)));
            Files.createDirectories(file.getParent());
            Files.write(file, now);
        }
        List<String> recorded = Files.readAllLines(file);
        assertThat(recorded).hasSizeGreaterThan(PROBLEMS);
        List<String> gone = new ArrayList<>(recorded);
        gone.removeAll(now);
        List<String> come = new ArrayList<>(now);
        come.removeAll(recorded);
        assertThat(come).as("placements of %s that are not in %s", name, file).isEmpty();
        assertThat(gone)
                .as("placements in %s that %s no longer makes", file, name)
                .isEmpty();
        assertThat(now).isEqualTo(recorded);
    }

    private static List<String> placements(Reference algorithm) {
        List<String> lines = new ArrayList<>();
        for (int seed = 1; seed <= PROBLEMS; seed++) {
            RawProblem problem = RawProblems.whole(new SplittableRandom(seed), 25, 6);
            try {
                Schedule schedule = algorithm.schedule(problem);
                for (Assignment placed : schedule.assignments().stream()
                        .sorted(Comparator.comparingInt(Assignment::task).thenComparingInt(Assignment::device))
                        .toList()) {
                    lines.add("%d %d %d %s %s"
                            .formatted(seed, placed.task(), placed.device(), placed.start(), placed.finish()));
                }
            } catch (UnschedulableException none) {
                lines.add("%d cannot be scheduled".formatted(seed));
            }
        }
        return lines;
    }
}
