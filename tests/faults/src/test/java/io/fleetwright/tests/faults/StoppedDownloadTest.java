package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A download from a server that has stopped sending, which nobody wants any more. */
class StoppedDownloadTest {
    private static final int ARTIFACT_BYTES_PASSED = 9000;
    /** The figure is 1 s; a busy machine is given more. The read's own limit is fifteen. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

    @TempDir
    Path folder;

    @Test
    void anAbortedRolloutAndAnAgentThatShallEndDoNotWaitForIt() throws Exception {
        try (FaultyFleet fleet = new FaultyFleet(folder);
                TcpProxy https = new TcpProxy(fleet.controller.edgePort());
                Processes.Agent board = fleet.agent("board", "https://127.0.0.1:" + https.port())) {
            Operator operator = fleet.operator;
            board.start();
            operator.awaitOnline(List.of("board"));
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
            String rollout = hang(operator, https, 1);

            https.stallAfter(Long.MAX_VALUE);
            long start = System.nanoTime();
            operator.api().post("/api/v1/rollouts/" + rollout + "/abort", "{}").expect(200);
            Await.until(
                    () -> "the download is stopped; the agent says: " + board.log(),
                    FaultyFleet.LIMIT,
                    () -> FaultyFleet.lines(board, "fetch.stopped") == 1);
            Duration stopped = Duration.ofNanos(System.nanoTime() - start);
            Await.until(
                    "the rollout has ended",
                    FaultyFleet.LIMIT,
                    () -> operator.rollout(rollout).get("state").asText().equals("aborted"));
            System.out.printf("StoppedDownloadTest abort to stopped download: %d ms%n", stopped.toMillis());
            assertThat(stopped).isLessThan(STOP_LIMIT);
            fleet.assertRuns("board/cpu0");

            hang(operator, https, 1);
            start = System.nanoTime();
            board.stop();
            Duration ended = Duration.ofNanos(System.nanoTime() - start);
            System.out.printf("StoppedDownloadTest SIGTERM to end: %d ms%n", ended.toMillis());
            assertThat(ended).isLessThan(STOP_LIMIT);
            assertThat(board.output()).contains("agent.ended");
        }
    }

    /** Begins a rollout whose download hangs in the middle. */
    private static String hang(Operator operator, TcpProxy https, int links) throws Exception {
        https.cut();
        https.stallAfter(ARTIFACT_BYTES_PASSED);
        String rollout = operator.rollOut("2.0.0");
        Await.until("the download hangs in the middle", FaultyFleet.LIMIT, () -> https.stalled() >= links);
        return rollout;
    }
}
