package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.tests.integration.OffloadFleet.Board;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A network over three boards, each a process of its own: a microcontroller that has the inputs, a faster one close by, and a nano-drone
 * that is the fastest and has a narrow link.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class OffloadChainTest {
    private OffloadFleet fleet;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(
                folder,
                "200000,1",
                false,
                List.of(Board.emulated("relay", "stm32h7a3", "200000,1"), Board.emulated("far", "gap9", "4000,1")));
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private static List<String> nodes(JsonNode shared) {
        List<String> nodes = new ArrayList<>();
        shared.path("parts").forEach(part -> nodes.add(part.path("node").asText()));
        return nodes;
    }

    @Test
    @Order(1)
    void threeBoardsAnswerWithTheBytesOfOne() throws Exception {
        int together = 0;
        for (long seed = 1; seed <= 20 && together < 5; seed++) {
            byte[] input = OffloadTest.input(seed);
            JsonNode answer = fleet.infer(input, 8);
            assertThat(OffloadTest.outputs(answer)).isEqualTo(OffloadTest.alone(input));
            JsonNode shared = answer.at("/parameters/shared");
            if (shared.path("parts").size() < 3) {
                continue; // A board that is slow to prepare its part is not waited for.
            }
            together++;
            assertThat(nodes(shared)).containsExactly("mcu", "relay", "far");
            JsonNode parts = shared.get("parts");
            assertThat(shared.get("node").asText()).isEqualTo("far");
            double sum = shared.get("linkMs").asDouble();
            int operator = 0;
            for (JsonNode part : parts) {
                assertThat(part.get("from").asInt()).isEqualTo(operator);
                operator = part.get("to").asInt();
                sum += part.get("tookMs").asDouble();
            }
            assertThat(parts.get(1).get("to").asInt()).isLessThan(operator);
            assertThat(parts.get(1).get("bits").asInt()).isEqualTo(8);
            assertThat(shared.get("plannedMs").asDouble()).isBetween(10.0, 25.0);
            assertThat(answer.at("/parameters/latency_ms").asDouble()).isBetween(sum - 0.01, sum + 0.01);
        }
        assertThat(together).isEqualTo(5);
    }

    @Test
    @Order(2)
    void theOthersAnswerWhenTheOneInTheMiddleIsGone() throws Exception {
        fleet.kill("relay");
        for (long seed = 30; seed < 33; seed++) {
            byte[] input = OffloadTest.input(seed);
            JsonNode answer = fleet.infer(input, 8);
            assertThat(OffloadTest.outputs(answer)).isEqualTo(OffloadTest.alone(input));
            assertThat(nodes(answer.at("/parameters/shared"))).doesNotContain("relay");
        }
    }
}
