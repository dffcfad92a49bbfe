package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody on the network hears everything between a node and the controller (the ninth threat of Uptane, section 3.3). */
class EavesdropTest {
    private static final int WINDOW = 12;

    @TempDir
    Path folder;

    @Test
    void whoListensHearsNeitherModelNorOrderNorTokenNorResult() throws Exception {
        try (FaultyFleet fleet = new FaultyFleet(folder);
                TcpProxy edge = new TcpProxy(fleet.controller.edgePort());
                TcpProxy mqtt = new TcpProxy(fleet.controller.mqttPort())) {
            Operator operator = fleet.operator;
            String token = operator.enrolmentToken(1);
            try (Processes.Agent board = new Processes.Agent(
                    folder, "board", "https://127.0.0.1:" + edge.port(), token, "--node", "board")) {
                CutLinkTest.behind(mqtt, board, operator);
                operator.awaitSucceeded(operator.rollOut("1.0.0"));
                fleet.assertRuns("board/cpu0");
            }
            byte[] model = GlyphModels.bytes("w0.5-int8");
            byte[] fetched = edge.heard();
            byte[] said = mqtt.heard();
            assertThat(fetched.length).as("the model came this way").isGreaterThan(model.length);
            assertThat(said.length).as("messages came this way").isGreaterThan(2000);
            for (byte[] heard : new byte[][] {fetched, said}) {
                Set<String> windows = windows(heard);
                assertThat(windows).doesNotContainAnyElementsOf(windows(model));
                for (String secret :
                        new String[] {token.substring(0, WINDOW), "inference.latency", "w0.5-int8 sha256"}) {
                    assertThat(windows).doesNotContain(secret.substring(0, WINDOW));
                }
            }
            // The check finds what is there: the model among bytes that nobody encrypted.
            byte[] plain = Arrays.copyOf(said, said.length + model.length);
            System.arraycopy(model, 0, plain, said.length, model.length);
            assertThat(windows(plain)).containsAll(windows(model));
        }
    }

    private static Set<String> windows(byte[] bytes) {
        Set<String> windows = new HashSet<>();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (int at = 0; at + WINDOW <= text.length(); at++) {
            String window = text.substring(at, at + WINDOW);
            // Runs of one byte are no secret, and anybody's.
            if (window.chars().distinct().count() > WINDOW / 2) {
                windows.add(window);
            }
        }
        return windows;
    }
}
