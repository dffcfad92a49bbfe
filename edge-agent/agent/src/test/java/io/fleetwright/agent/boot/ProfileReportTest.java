package io.fleetwright.agent.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileReportTest {
    @Test
    void namesEveryOperatorWithItsWork() throws Exception {
        String report = ProfileReport.of(SharedData.require("models/mlperf-tiny/ad_fc_ae.tflite"));
        assertThat(report)
                .startsWith("{\"model\":\"ad_fc_ae.tflite\",\"kernels\":\"")
                .contains("{\"index\":0,\"operator\":\"FULLY_CONNECTED\",\"kernel\":\"")
                .contains("\"macs\":81920,")
                .contains("{\"index\":9,\"operator\":\"FULLY_CONNECTED\"")
                .doesNotContain("\"index\":10");
    }

    @Test
    void whatIsNoModelIsRefusedByName(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("notes.txt"), "not a model");
        assertThatThrownBy(() -> ProfileReport.of(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("notes.txt");
    }
}
