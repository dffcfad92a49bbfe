package io.fleetwright.zoo.glyphs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GlyphTrainingTest {
    @Test
    void writesEveryFileAndItsDigest(@TempDir Path parent) throws Exception {
        Path directory = parent.resolve("new");
        List<String> lines = new ArrayList<>();

        GlyphTraining.run(3, new GlyphTraining.Effort(1, 3, 50, 2), directory, lines::add);

        String log = Files.readString(directory.resolve("training-log.json"));
        for (String name : GlyphModels.fileNames()) {
            byte[] bytes = Files.readAllBytes(directory.resolve(name));
            assertThat(log).contains(name).contains(TrainingLog.sha256(bytes));
        }
        assertThat(lines).hasSize(4);
        assertThat(log).contains("\"seed\": 3,").contains("\"n\": 50,");
    }
}
