package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.tests.integration.OffloadFleet.Board;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two boards, each a process of its own, that hand large tensors to each other without the broker. */
final class DirectLinkTest {
    /** So wide that the source sends its input on whole: 27 KB. */
    private static final String LINK = "20000,4";

    private static final int WANTED = 4;
    /** A machine with much other work may take this long until boards have found each other. */
    private static final Duration LIMIT = Duration.ofMinutes(8);

    private static Board drone(int port) {
        return new Board("drone", List.of("--emulate", "drone=gap9", "--peer-port", Integer.toString(port)));
    }

    /** Answers of which the input went on; all have the bytes of one board. */
    private static int sentOn(OffloadFleet fleet, boolean directly) throws Exception {
        int counted = 0;
        Instant end = Instant.now().plus(LIMIT);
        for (long seed = 1; counted < WANTED && Instant.now().isBefore(end); seed++) {
            JsonNode answer = fleet.infer(OffloadTest.input(seed), 8);
            assertThat(OffloadTest.outputs(answer)).isEqualTo(OffloadTest.alone(OffloadTest.input(seed)));
            JsonNode front = answer.at("/parameters/shared/parts/0");
            // Random bytes are sent as they are. A connection that is slow to be made the first time has the broker
            // used once.
            if (front.path("sentBytes").asLong() == OffloadFleet.INPUT_BYTES
                    && front.path("directMs").isNumber() == directly) {
                counted++;
                if (directly) {
                    assertThat(front.get("directMs").asDouble()).isPositive();
                }
            }
        }
        return counted;
    }

    @Test
    void aLargeTensorGoesFromBoardToBoardAndTheBytesAreThoseOfOneBoard(@TempDir Path folder) throws Exception {
        try (OffloadFleet fleet = new OffloadFleet(folder, LINK, false, List.of(drone(0)))) {
            assertThat(sentOn(fleet, true)).isEqualTo(WANTED);
        }
    }

    @Test
    void aBoardThatCannotHaveItsPortTakesTensorsFromTheBroker(@TempDir Path folder) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                OffloadFleet fleet = new OffloadFleet(folder, LINK, false, List.of(drone(taken.getLocalPort())))) {
            assertThat(sentOn(fleet, false)).isEqualTo(WANTED);
        }
    }
}
