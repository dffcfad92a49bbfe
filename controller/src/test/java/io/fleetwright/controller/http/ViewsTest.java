package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.node.DeviceRow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ViewsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static CostRow cost(String digest, @Nullable Long driftedAt, @Nullable Double ratio) {
        CostRow cost = new CostRow();
        cost.digest = digest;
        cost.energyMethod = "unknown";
        cost.driftedAt = driftedAt;
        cost.driftRatio = ratio;
        return cost;
    }

    private static JsonNode drifts(List<CostRow> costs) {
        DeviceRow device = new DeviceRow();
        device.node = "n1";
        device.device = "cpu0";
        return JSON.valueToTree(Views.device(device, List.of(), List.of(), costs))
                .get("drifts");
    }

    @Test
    void aDeviceTellsItsDriftsTheNewestFirst() {
        JsonNode drifts = drifts(List.of(
                cost("sha256:old", 1_000L, 1.5), cost("sha256:never", null, null), cost("sha256:new", 61_000L, 0.4)));
        assertThat(drifts)
                .hasToString("[{\"digest\":\"sha256:new\",\"at\":\"1970-01-01T00:01:01Z\",\"ratio\":0.4},"
                        + "{\"digest\":\"sha256:old\",\"at\":\"1970-01-01T00:00:01Z\",\"ratio\":1.5}]");
        assertThat(drifts(List.of())).isEmpty();
    }

    @Test
    void notMoreThanSixteen() {
        List<CostRow> costs = new ArrayList<>();
        for (long i = 0; i < 40; i++) {
            costs.add(cost("sha256:" + i, i * 1000, 2.0));
        }
        assertThat(drifts(costs)).hasSize(16);
        assertThat(drifts(costs).get(0).get("digest").asText()).isEqualTo("sha256:39");
    }
}
