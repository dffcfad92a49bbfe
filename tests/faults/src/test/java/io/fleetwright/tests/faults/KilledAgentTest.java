package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.trust.Digest;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent dies without a word, as with its board's power, and starts again over what is on its disk. */
class KilledAgentTest {
    private static final int KILLS = 5;
    private static final int JOBS_BETWEEN = 20;
    /** Fits the agent's queue, so that no attempt is turned away. */
    private static final int CALLERS_PER_DEVICE = 6;

    private static final int ARTIFACT_BYTES_PASSED = 9000;

    @TempDir
    Path folder;

    @Test
    void inTheMiddleOfWorkEveryJobStillEndsOnceAndTheSlotsAreAsTheyWere() throws Exception {
        long seed = Long.getLong("fleetwright.seed", System.nanoTime());
        System.out.println("KilledAgentTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        try (FaultyFleet fleet = new FaultyFleet(folder);
                Processes.Agent board =
                        fleet.agent("board", fleet.controller.edgeUrl(), "--devices", "cpu0=cpu,mcu=stm32l4r5")) {
            Operator operator = fleet.operator;
            board.start();
            operator.awaitOnline(List.of("board"));
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            String digest = digests(fleet);
            long activations = FaultyFleet.lines(board, "slot.active");
            int accepted;
            try (SteadyWork work = new SteadyWork(operator, CALLERS_PER_DEVICE, "board/cpu0", "board/mcu")) {
                for (int kill = 1; kill <= KILLS; kill++) {
                    work.awaitMore(1 + random.nextInt(JOBS_BETWEEN));
                    board.kill();
                    board.start();
                    long starts = kill + 1L;
                    Await.until(
                            () -> "the agent is back; it says: " + board.log(),
                            FaultyFleet.LIMIT,
                            () -> FaultyFleet.lines(board, "agent.ready") == starts);
                }
                work.awaitMore(JOBS_BETWEEN);
                work.stopAndCheck();
                accepted = work.accepted();
            }
            assertThat(digests(fleet)).as("what runs in each slot").isEqualTo(digest);
            assertThat(FaultyFleet.lines(board, "slot.active"))
                    .as("no slot was installed anew")
                    .isEqualTo(activations);
            assertThat(FaultyFleet.lines(board, "agent.started")).isEqualTo(KILLS + 1);
            assertThat(FaultyFleet.lines(board, "applied=0"))
                    .as("starts that found no applied list")
                    .isEqualTo(1);
            Await.until(
                    "the board has nothing left to tell",
                    FaultyFleet.LIMIT,
                    () -> FaultyFleet.files(board, "spool/result").isEmpty());
            board.stop();
            fleet.controller.stop();
            StoredStreams.look(fleet.controller, "board", streams -> {
                long results = 0;
                for (Map.Entry<String, Long> stream : streams.withoutGaps().entrySet()) {
                    results += stream.getKey().startsWith("result#") ? stream.getValue() : 0;
                }
                assertThat(results).as("results stored").isGreaterThanOrEqualTo(accepted);
                streams.assertNoneDoubled("queue.length");
            });
        }
    }

    @Test
    void inTheMiddleOfADownloadTheOldVariantRunsOnAndTheNewOneComesAfterTheRestart() throws Exception {
        try (FaultyFleet fleet = new FaultyFleet(folder);
                TcpProxy https = new TcpProxy(fleet.controller.edgePort());
                Processes.Agent board = fleet.agent("board", "https://127.0.0.1:" + https.port())) {
            Operator operator = fleet.operator;
            board.start();
            operator.awaitOnline(List.of("board"));
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            String before = digests(fleet);
            operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
            Digest wanted = Digest.of(GlyphModels.bytes("w1.0-int8"));
            Path unfinished = board.data().resolve("state/artifact").resolve(wanted.hex());

            https.cut();
            https.stallAfter(ARTIFACT_BYTES_PASSED);
            String rollout = operator.rollOut("2.0.0");
            Await.until("the download hangs in the middle", FaultyFleet.LIMIT, () -> https.stalled() > 0);
            fleet.assertRuns("board/cpu0");
            board.kill();
            assertThat(unfinished).as("half an artifact").doesNotExist();
            https.cut();
            board.start();
            operator.awaitOnline(List.of("board"));
            Await.until("the download hangs again", FaultyFleet.LIMIT, () -> https.stalled() > 0);
            assertThat(digests(fleet)).as("what runs while it hangs").isEqualTo(before);
            fleet.assertRuns("board/cpu0");
            assertThat(operator.rollout(rollout).get("state").asText()).isEqualTo("running");

            https.stallAfter(Long.MAX_VALUE);
            https.cut();
            operator.awaitSucceeded(rollout);
            assertThat(Digest.of(Files.readAllBytes(unfinished))).isEqualTo(wanted);
            assertThat(digests(fleet)).contains(wanted.value());
            fleet.assertRuns("board/cpu0");
        }
    }

    private static String digests(FaultyFleet fleet) throws Exception {
        StringBuilder out = new StringBuilder();
        for (JsonNode device : fleet.operator
                .api()
                .get("/api/v1/nodes/board")
                .expect(200)
                .body()
                .get("devices")) {
            for (JsonNode slot : device.get("slots")) {
                out.append(device.get("device").asText())
                        .append('=')
                        .append(slot.get("digest").asText())
                        .append(' ');
            }
        }
        return out.toString();
    }
}
