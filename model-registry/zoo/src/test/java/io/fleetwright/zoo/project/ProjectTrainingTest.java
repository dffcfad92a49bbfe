package io.fleetwright.zoo.project;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.zoo.files.ModelFiles;
import io.fleetwright.zoo.project.ProjectTraining.Effort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProjectTrainingTest {
    /** With so few steps not every width takes part in an epoch, so the lines of epochs are fewer than the widths. */
    @ParameterizedTest
    @CsvSource({"glyphs, 4", "pose, 7"})
    void writesEveryFileAndItsDigest(String name, int lines, @TempDir Path parent) throws Exception {
        Project project = Project.named(name).orElseThrow();
        Path directory = parent.resolve("new");
        List<String> progress = new ArrayList<>();

        ProjectTraining.run(project, 3, new Effort(1, 1, 50, 2), directory, progress::add);

        String log = Files.readString(directory.resolve(ModelFiles.TRAINING_LOG));
        for (String file : project.files().fileNames()) {
            byte[] bytes = Files.readAllBytes(directory.resolve(file));
            assertThat(log).contains(file).contains(TrainingLog.sha256(bytes));
        }
        assertThat(progress).hasSize(lines);
        assertThat(log).contains("\"seed\": 3,").contains("\"n\": 50,");
    }

    @Test
    void trainedAgainAFamilyIsTheSameBytesForAnyNumberOfThreads(@TempDir Path parent) throws Exception {
        Project project = Project.named("wildfire").orElseThrow();
        Path one = parent.resolve("one");
        Path two = parent.resolve("two");
        ProjectTraining.run(project, 3, new Effort(1, 3, 20, 1), one, _ -> {});
        ProjectTraining.run(project, 3, new Effort(1, 3, 20, 2), two, _ -> {});
        for (String file : project.files().fileNames()) {
            assertThat(two.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
        }
    }
}
