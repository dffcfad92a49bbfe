package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.tests.integration.OffloadFleet.Board;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    /** What radios take, nanojoules a byte; see docs/offload.md. */
    private static final Map<String, Double> TX = Map.of("mcu", 328.0, "relay", 656.0, "far", 1640.0);

    private static final Map<String, Double> RX = Map.of("mcu", 144.0, "relay", 288.0, "far", 720.0);
    private static final int HEADER_BYTES = 24;

    private OffloadFleet fleet;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(
                folder,
                "200000,1,tx=%s,rx=%s".formatted(TX.get("mcu"), RX.get("mcu")),
                false,
                List.of(
                        Board.emulated(
                                "relay",
                                "stm32h7a3",
                                "200000,1,tx=%s,rx=%s".formatted(TX.get("relay"), RX.get("relay"))),
                        Board.emulated("far", "gap9", "4000,1,0,tx=%s,rx=%s".formatted(TX.get("far"), RX.get("far")))));
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
            assertRadiosTookWhatTheirBytesTake(shared);
        }
        assertThat(together).isEqualTo(5);
    }

    private static double nanojoules(Map<String, Double> figures, JsonNode part) {
        return Objects.requireNonNull(figures.get(part.get("node").asText()));
    }

    private static void assertRadiosTookWhatTheirBytesTake(JsonNode shared) {
        JsonNode parts = shared.get("parts");
        double all = 0;
        for (int place = 0; place + 1 < parts.size(); place++) {
            JsonNode sender = parts.get(place);
            JsonNode receiver = parts.get(place + 1);
            double bytes = HEADER_BYTES + sender.get("sentBytes").asDouble();
            double sent = bytes * nanojoules(TX, sender) / 1e6;
            double received = bytes * nanojoules(RX, receiver) / 1e6;
            assertThat(sender.get("sendMj").asDouble()).as(shared.toString()).isCloseTo(sent, within(1e-9));
            assertThat(receiver.get("receiveMj").asDouble()).isCloseTo(received, within(1e-9));
            all += sent + received;
        }
        assertThat(parts.get(0).hasNonNull("receiveMj")).isFalse();
        assertThat(parts.get(parts.size() - 1).hasNonNull("sendMj")).isFalse();
        assertThat(shared.at("/energy/linkMj").asDouble()).isCloseTo(all, within(1e-9));
        assertThat(shared.at("/energy/unknownEnds").asInt()).isZero();
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
