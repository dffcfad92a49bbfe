package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The link between an agent and the broker breaks in every way that links break, while results and telemetry flow. */
class CutLinkTest {
    private static final int FAULTS = 8;
    private static final int JOBS_IN_FLIGHT = 8;
    private static final int JOBS_BETWEEN = 10;

    private enum Fault {
        CUT,
        CUT_AND_AWAY,
        SERVER_SAYS_NO_MORE,
        AGENT_SAYS_NO_MORE
    }

    @TempDir
    Path folder;

    @Test
    void nothingAcknowledgedIsLostAndNothingIsDoneTwice() throws Exception {
        long seed = Long.getLong("fleetwright.seed", System.nanoTime());
        System.out.println("CutLinkTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        try (FaultyFleet fleet = new FaultyFleet(folder);
                TcpProxy mqtt = new TcpProxy(fleet.controller.mqttPort());
                Processes.Agent board = fleet.agent("board", fleet.controller.edgeUrl())) {
            Operator operator = fleet.operator;
            behind(mqtt, board, operator);
            operator.awaitSucceeded(operator.rollOut("1.0.0"));

            List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
            while (faults.size() < FAULTS) {
                faults.add(Fault.values()[random.nextInt(Fault.values().length)]);
            }
            int accepted;
            try (SteadyWork work = new SteadyWork(operator, JOBS_IN_FLIGHT, "board/cpu0")) {
                for (Fault fault : faults) {
                    work.awaitMore(1 + random.nextInt(JOBS_BETWEEN));
                    make(fault, mqtt, board);
                }
                work.awaitMore(JOBS_BETWEEN);
                work.stopAndCheck();
                accepted = work.accepted();
            }
            Await.until(
                    "a sample of each of %d inferences is stored".formatted(accepted),
                    FaultyFleet.LIMIT,
                    () -> operator.api()
                                    .get("/api/v1/telemetry/series?node=board&device=cpu0&metric=inference.latency")
                                    .expect(200)
                                    .body()
                                    .get("points")
                                    .size()
                            >= accepted);
            stopWhenAllIsTold(fleet, board);
            StoredStreams.look(fleet.controller, "board", streams -> {
                Map<String, Long> highest = streams.withoutGaps();
                assertThat(kinds(highest)).containsExactlyInAnyOrder("result", "reported", "telemetry");
                assertThat(sum(highest, "result")).isGreaterThanOrEqualTo(accepted);
                assertThat(streams.samples("inference.latency"))
                        .as("one sample for each inference, which has one result")
                        .isBetween((long) accepted, sum(highest, "result"));
                streams.assertNoneDoubled("queue.length");
            });
        }
    }

    /** Breaks the link, and waits until the agent is connected again. */
    private static void make(Fault fault, TcpProxy mqtt, Processes.Agent board) throws Exception {
        long connected = FaultyFleet.lines(board, "link.connected");
        long disconnected = FaultyFleet.lines(board, "link.disconnected");
        switch (fault) {
            case CUT -> mqtt.cut();
            case CUT_AND_AWAY -> {
                mqtt.refusing(true);
                mqtt.cut();
                Await.until(
                        "the agent notices",
                        FaultyFleet.LIMIT,
                        () -> FaultyFleet.lines(board, "link.disconnected") > disconnected);
                mqtt.refusing(false);
            }
            case SERVER_SAYS_NO_MORE -> mqtt.halfClose(TcpProxy.Way.TO_CLIENT);
            case AGENT_SAYS_NO_MORE -> mqtt.halfClose(TcpProxy.Way.TO_SERVER);
        }
        Await.until(
                () -> "connected again after %s; the agent says: %s".formatted(fault, board.log()),
                FaultyFleet.LIMIT,
                () -> FaultyFleet.lines(board, "link.connected") > connected);
    }

    /** Nobody hears of this fault: both ends find out by their own patience. */
    @Test
    void aLinkThatPassesNothingAnyMoreIsGivenUpAndWhatWasMadeMeanwhileArrives() throws Exception {
        try (FaultyFleet fleet = new FaultyFleet(folder);
                TcpProxy mqtt = new TcpProxy(fleet.controller.mqttPort());
                Processes.Agent board = fleet.agent("board", fleet.controller.edgeUrl())) {
            Operator operator = fleet.operator;
            behind(mqtt, board, operator);
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            fleet.assertRuns("board/cpu0");
            List<String> jobs = new ArrayList<>();
            for (int i = 0; i < JOBS_IN_FLIGHT; i++) {
                jobs.add(operator.submit("board/cpu0", FaultyFleet.DEADLINE));
            }
            long connections = FaultyFleet.lines(board, "link.connected");
            mqtt.stall();
            jobs.add(operator.submit("board/cpu0", FaultyFleet.DEADLINE));
            Await.until(
                    "the controller knows that the board is gone",
                    FaultyFleet.LIMIT,
                    () -> operator.statusOf("board").equals("lost"));
            Await.until(
                    () -> "the agent has given the link up; it says: " + board.log(),
                    FaultyFleet.LIMIT,
                    () -> FaultyFleet.lines(board, "link.connected") > connections);
            operator.awaitOnline(List.of("board"));
            Map<String, String> states = new HashMap<>();
            for (JsonNode job : operator.awaitEnded(jobs, FaultyFleet.LIMIT)) {
                states.put(job.get("job").asText(), job.get("state").asText());
                assertThat(job.get("state").asText()).as(job.toString()).isIn("succeeded", "failed");
                if (job.get("state").asText().equals("failed")) {
                    assertThat(job.get("reason").asText()).isEqualTo("no-answer");
                }
            }
            fleet.assertRuns("board/cpu0");
            for (Map.Entry<String, String> job : states.entrySet()) {
                assertThat(operator.job(job.getKey()).get("state").asText())
                        .as("a late result changes no ended job")
                        .isEqualTo(job.getValue());
            }
            stopWhenAllIsTold(fleet, board);
            StoredStreams.look(fleet.controller, "board", streams -> {
                Map<String, Long> highest = streams.withoutGaps();
                assertThat(sum(highest, "result")).isPositive();
                assertThat(streams.samples("inference.latency")).isLessThanOrEqualTo(sum(highest, "result"));
                streams.assertNoneDoubled("queue.length");
            });
        }
    }

    /** Enrols the board directly, and has it reach the broker through the proxy from then on. */
    static void behind(TcpProxy mqtt, Processes.Agent board, Operator operator) throws Exception {
        board.start();
        operator.awaitOnline(List.of("board"));
        board.stop();
        Path file = board.data().resolve("identity.json");
        ObjectNode identity = (ObjectNode) Api.JSON.readTree(Files.readAllBytes(file));
        identity.put("mqttPort", mqtt.port());
        Files.write(file, Api.JSON.writeValueAsBytes(identity));
        board.start();
        operator.awaitOnline(List.of("board"));
    }

    private static void stopWhenAllIsTold(FaultyFleet fleet, Processes.Agent board) {
        Await.until(
                "the board has nothing left to tell",
                FaultyFleet.LIMIT,
                () -> FaultyFleet.files(board, "spool").isEmpty());
        board.stop();
        fleet.controller.stop();
    }

    private static Set<String> kinds(Map<String, Long> highest) {
        Set<String> kinds = new TreeSet<>();
        highest.keySet().forEach(stream -> kinds.add(stream.substring(0, stream.indexOf('#'))));
        return kinds;
    }

    private static long sum(Map<String, Long> highest, String kind) {
        return highest.entrySet().stream()
                .filter(stream -> stream.getKey().startsWith(kind + "#"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
