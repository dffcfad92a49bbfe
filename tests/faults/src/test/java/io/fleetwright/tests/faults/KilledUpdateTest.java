package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.Ports;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.trust.Digest;
import io.fleetwright.zoo.glyphs.GlyphModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent is killed at seeded moments while its slot goes back and forth between two versions. The long version is
 * {@code -Dfleetwright.kills=500}.
 */
class KilledUpdateTest {
    private static final int KILLS = Integer.getInteger("fleetwright.kills", 10);
    /** After the first answer of a start, for the kills that aim at no moment. */
    private static final int LIFE_MILLIS_MAX = 3_000;
    /** After a new list was taken in: fetch, self-test and switch take about as long. */
    private static final int UPDATE_MILLIS_MAX = 250;

    private static final Duration UPDATE_WAIT = Duration.ofSeconds(4);
    private static final Set<String> OPEN = Set.of("scheduled", "running", "paused", "needs-approval", "rolling-back");

    @TempDir
    Path folder;

    private final Map<String, int[]> answers = new HashMap<>();
    private final byte[] input = new byte[Operator.INPUT_BYTES];
    private final int port = Ports.free();

    @Test
    void whenTheAgentDiesAtAnyMomentOfAnUpdateExactlyOneVersionRuns() throws Exception {
        long seed = Long.getLong("fleetwright.seed", System.nanoTime());
        System.out.println("KilledUpdateTest seed " + seed + " (repeat it with -Dfleetwright.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        chooseInput(random);
        long start = System.nanoTime();
        try (FaultyFleet fleet = new FaultyFleet(folder);
                Processes.Agent board = fleet.agent(
                        "board",
                        fleet.controller.edgeUrl(),
                        "--load",
                        "glyphs=20,7",
                        "--inference-port",
                        Integer.toString(port))) {
            fleet.operator.publishGlyphs("2.0.0", 20, "w1.0-int8");
            board.start();
            fleet.operator.awaitOnline(List.of("board"));
            fleet.operator.awaitSucceeded(fleet.operator.rollOut("1.0.0"));
            int updates;
            try (Alternating rollouts = new Alternating(fleet.operator)) {
                for (int kill = 1; kill <= KILLS; kill++) {
                    awaitMoment(board, random);
                    board.kill();
                    assertOneIsOn(board);
                    board.start();
                    assertAnswers(board, kill);
                    rollouts.check();
                }
                updates = rollouts.finish();
            }
            long switches = FaultyFleet.lines(board, "slot.active");
            System.out.printf(
                    "KilledUpdateTest kills=%d switches=%d rollouts=%d fell-back=%d minutes=%.1f%n",
                    KILLS,
                    switches,
                    updates,
                    FaultyFleet.lines(board, "slot.fell_back"),
                    (System.nanoTime() - start) / 6e10);
            assertThat(switches).as("the slot changed on the way").isGreaterThan(1);
        }
    }

    /** An input that the two versions answer differently. */
    private void chooseInput(SplittableRandom random) throws Exception {
        do {
            random.nextBytes(input);
            for (String variant : List.of("w0.5-int8", "w1.0-int8")) {
                answers.put(Digest.of(GlyphModels.bytes(variant)).value(), answer(variant));
            }
        } while (answers.values().stream().map(Arrays::toString).distinct().count() < 2);
    }

    /** Every other kill aims at an update. */
    private static void awaitMoment(Processes.Agent board, SplittableRandom random) throws IOException {
        if (random.nextBoolean()) {
            LockSupport.parkNanos(
                    Duration.ofMillis(random.nextInt(LIFE_MILLIS_MAX)).toNanos());
            return;
        }
        long lists = FaultyFleet.lines(board, "desired.accepted");
        long until = System.nanoTime() + UPDATE_WAIT.toNanos();
        while (FaultyFleet.lines(board, "desired.accepted") == lists && System.nanoTime() < until) {
            LockSupport.parkNanos(2_000_000);
        }
        LockSupport.parkNanos(
                Duration.ofMillis(random.nextInt(UPDATE_MILLIS_MAX)).toNanos());
    }

    /** By what is on the disk of a dead agent. */
    private void assertOneIsOn(Processes.Agent board) throws IOException {
        Path state = board.data().resolve("state");
        JsonNode table = Api.JSON.readTree(Files.readAllBytes(state.resolve("slots")));
        String active = null;
        for (JsonNode line : table.get("slots")) {
            if (line.get("role").asText().equals("active")) {
                assertThat(active).as("one version is on: " + table).isNull();
                active = line.get("digest").asText();
            }
        }
        assertThat(active).as(table.toString()).isIn(answers.keySet());
        Path file = state.resolve("artifact").resolve(new Digest(String.valueOf(active)).hex());
        assertThat(Digest.of(Files.readAllBytes(file)).value())
                .as("bytes of what is on")
                .isEqualTo(active);
    }

    private void assertAnswers(Processes.Agent board, int kill) throws Exception {
        Api local = new Api("http://127.0.0.1:" + port, null);
        String request = "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"INT8\",\"shape\":[1,%d],\"data\":%s}]}"
                .formatted(input.length, Arrays.toString(input));
        AtomicReference<@Nullable JsonNode> answer = new AtomicReference<>();
        Await.until(
                () -> "kill %d: the agent answers; it says: %s".formatted(kill, board.log()), FaultyFleet.LIMIT, () -> {
                    try {
                        Api.Answer got = local.post("/v2/models/glyphs/infer", request);
                        // While a slot falls back, and while the made-up load fills the queue, there is no answer for a
                        // moment.
                        answer.set(got.status() == 200 ? got.body() : null);
                        return got.status() == 200;
                    } catch (IOException notListeningYet) {
                        return false;
                    }
                });
        JsonNode body = Objects.requireNonNull(answer.get());
        String digest = body.get("digest").asText();
        assertThat(digest).as("kill %d", kill).isIn(answers.keySet());
        JsonNode data = body.get("outputs").get(0).get("data");
        int[] output = new int[data.size()];
        for (int i = 0; i < output.length; i++) {
            output[i] = data.get(i).asInt();
        }
        assertThat(output).as("kill %d, answer of %s", kill, digest).isEqualTo(answers.get(digest));
    }

    private int[] answer(String variant) throws Exception {
        Graph graph = ModelReader.read(GlyphModels.bytes(variant), variant).integerCore();
        try (Interpreter interpreter = Interpreter.create(graph, graph.arithmetic(), Kernels.best())) {
            byte[] output = new byte[interpreter.outputBytes()];
            interpreter.run(input, 0, output, 0);
            int[] codes = new int[output.length];
            Arrays.setAll(codes, i -> output[i]);
            return codes;
        }
    }

    /** Rolls out one version after the other, each when the rollout before has ended in whatever way. */
    private static final class Alternating implements AutoCloseable {
        private final Operator operator;
        private final Thread thread;
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        private volatile boolean stopped;
        private final AtomicInteger ended = new AtomicInteger();

        Alternating(Operator operator) {
            this.operator = operator;
            this.thread = Thread.ofVirtual().start(this::run);
        }

        private void run() {
            try {
                for (int n = 0; !stopped; n++) {
                    String rollout = operator.rollOut(n % 2 == 0 ? "2.0.0" : "1.0.0");
                    while (!stopped
                            && OPEN.contains(
                                    operator.rollout(rollout).get("state").asText())) {
                        LockSupport.parkNanos(50_000_000);
                    }
                    ended.incrementAndGet();
                }
            } catch (Exception wrong) {
                failure.set(wrong);
            }
        }

        void check() {
            assertThat(failure.get()).as("rollouts go on").isNull();
        }

        /** Lets the present rollout be, and answers how many have ended. */
        int finish() throws InterruptedException {
            close();
            thread.join();
            check();
            return ended.get();
        }

        @Override
        public void close() {
            stopped = true;
        }
    }
}
