package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.telemetry.wire.Limits;
import io.fleetwright.testkit.Await;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers who ask for large outputs together, and take their time to read them. */
final class LargeAnswersTest {
    /** Far more than it takes; a machine with much else to do is slow, and that is not what is tested. */
    private static final Duration LIMIT = Duration.ofMinutes(4);
    /** Sooner than a minute, after which the controller takes places back by itself. */
    private static final Duration PLACE_LIMIT = Duration.ofSeconds(45);
    /** Together more than the controller's heap, were all of them in it. */
    private static final int READERS = 60;

    private static final int CALLERS = 6;

    private static byte[] output() {
        byte[] output = new byte[Limits.OUTPUT_BYTES_MAX];
        new SplittableRandom(1).nextBytes(output);
        return output;
    }

    @Test
    void theControllerHasRoomForThemInItsMemory(@TempDir Path folder) throws Exception {
        Processes.Controller controller = new Processes.Controller(folder, Map.of());
        controller.start();
        Operator operator = Operator.signIn(controller);
        try (WireNode node = new WireNode(
                                WireNode.enrol(controller, operator.enrolmentToken(1), "wide", folder),
                                "000000000000000a")
                        .connect();
                ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor()) {
            // Readers take longer than a node may be silent, on a machine with much to do.
            var _ = heart.scheduleAtFixedRate(node::heartbeat, 5, 5, TimeUnit.SECONDS);
            operator.awaitOnline(List.of("wide"));
            operator.publishGlyphs("1.0.0", 20, "w0.5-int8");
            operator.awaitSucceeded(operator.rollOut("1.0.0"));
            byte[] output = output();
            node.answersWith(output);
            String id = operator.submit("wide/cpu0", LIMIT);
            assertThat(operator.awaitEnded(List.of(id), LIMIT)
                            .getFirst()
                            .get("state")
                            .asText())
                    .isEqualTo("succeeded");

            String path = "/api/v1/jobs/" + id + "/output";
            callersWhoGiveUpLeaveTheirPlaces(operator.api(), path);
            areAnsweredOrRefused(operator.api(), path, null, READERS);
            assertThat(operator.api().bytes(path, null)).isEqualTo(output);
            areAnsweredOrRefused(
                    operator.api(),
                    "/v2/models/glyphs/infer",
                    "{\"inputs\":[{\"name\":\"in\",\"shape\":[1,%d],\"datatype\":\"INT8\",\"data\":[%s]}],\"parameters\":{\"deadline_ms\":%d}}"
                            .formatted(
                                    Operator.INPUT_BYTES,
                                    String.join(",", Collections.nCopies(Operator.INPUT_BYTES, "0")),
                                    LIMIT.toMillis()),
                    CALLERS);
        } finally {
            controller.close();
        }
    }

    /** First those who wait, then those who have one. */
    private static void callersWhoGiveUpLeaveTheirPlaces(Api api, String path) throws Exception {
        List<CompletableFuture<HttpResponse<InputStream>>> begun = new ArrayList<>();
        for (int i = 0; i < READERS / 4; i++) {
            begun.add(api.begin(path, null));
        }
        Await.until(
                "four are answered",
                LIMIT,
                () -> begun.stream().filter(CompletableFuture::isDone).count() >= 4);
        List<CompletableFuture<HttpResponse<InputStream>>> answered =
                begun.stream().filter(CompletableFuture::isDone).toList();
        begun.stream().filter(one -> !one.isDone()).forEach(one -> one.cancel(true));
        api.get("/v2/health/ready").expect(200);
        for (CompletableFuture<HttpResponse<InputStream>> one : answered) {
            one.get(LIMIT.toSeconds(), TimeUnit.SECONDS).body().close();
        }
        Await.until("there is a place", PLACE_LIMIT, () -> api.get(path).status() == 200);
    }

    /** All ask before the first of them reads. */
    private static void areAnsweredOrRefused(Api api, String path, @Nullable String json, int count) throws Exception {
        BlockingQueue<CompletableFuture<HttpResponse<InputStream>>> begun = new LinkedBlockingQueue<>();
        for (int i = 0; i < count; i++) {
            CompletableFuture<HttpResponse<InputStream>> one = api.begin(path, json);
            var _ = one.whenComplete((_, _) -> begun.add(one));
        }
        Map<Integer, Integer> answers = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            CompletableFuture<HttpResponse<InputStream>> one = begun.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(one).as("answers: %s", answers).isNotNull();
            if (i == 0) {
                Await.until("answers have begun", LIMIT, () -> begun.size() >= Math.min(count, 4) - 1);
                api.get("/v2/health/ready").expect(200);
            }
            HttpResponse<InputStream> answer = one.join();
            try (InputStream body = answer.body()) {
                answers.merge(answer.statusCode(), 1, Integer::sum);
                assertThat(body.transferTo(OutputStream.nullOutputStream()))
                        .isGreaterThanOrEqualTo(answer.statusCode() == 200 ? Limits.OUTPUT_BYTES_MAX : 1);
            }
        }
        assertThat(answers.keySet()).as(answers.toString()).isSubsetOf(200, 429).contains(200);
    }
}
