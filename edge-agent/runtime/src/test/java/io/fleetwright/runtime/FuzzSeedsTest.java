package io.fleetwright.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The committed seeds are what the writers make today, and are accepted or refused as their names say. */
class FuzzSeedsTest {
    private static void seedsAreSound(String folder, Map<String, byte[]> seeds) throws Exception {
        for (var seed : seeds.entrySet()) {
            String path = "ReaderFuzzTestInputs/%s/%s".formatted(folder, seed.getKey());
            try (InputStream committed = FuzzSeedsTest.class.getResourceAsStream(path)) {
                assertThat(committed).as(path).isNotNull();
                assertThat(committed.readAllBytes())
                        .as("%s; write the seeds again with FuzzSeeds.main", path)
                        .isEqualTo(seed.getValue());
            }
            assertThat(MutatedFilesTest.refusedOrRuns(seed.getValue()))
                    .as(path)
                    .isEqualTo(seed.getKey().startsWith("sound-"));
        }
    }

    @Test
    void tfliteSeedsAreWhatTheirNamesSay() throws Exception {
        seedsAreSound("tflite", FuzzSeeds.tflite());
    }

    @Test
    void onnxSeedsAreWhatTheirNamesSay() throws Exception {
        seedsAreSound("onnx", FuzzSeeds.onnx());
    }
}
