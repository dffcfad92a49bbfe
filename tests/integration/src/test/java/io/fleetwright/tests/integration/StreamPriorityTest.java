package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Two microcontrollers whose streams want the one nano-drone, which helps eight at a time; each a process of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StreamPriorityTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int HELPED_MAX = 8;
    private static final String OTHER_SOURCE = "second/stm32l4r5";

    private OffloadFleet fleet;
    private Api api;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = new OffloadFleet(
                folder,
                "1000,4",
                false,
                List.of(
                        new OffloadFleet.Board("drone", List.of("--emulate", "drone=gap9")),
                        new OffloadFleet.Board(
                                "second",
                                List.of(
                                        "--emulate",
                                        "second=stm32l4r5",
                                        "--link",
                                        "second=1000,4",
                                        "--sensor",
                                        "second/camera=synthetic:9"))));
        api = fleet.operator().api();
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
    }

    /** So seldom and with so much time that a busy machine keeps it. */
    private Api.Answer begin(String source, int priority) throws Exception {
        return api.post("/api/v1/streams", """
                {"model":"%s","source":"%s","sensor":"camera","periodMs":2000,"deadlineMs":1900,"priority":%d}""".formatted(OffloadFleet.MODEL, source, priority));
    }

    private static String helper(JsonNode stream) {
        return stream.at("/plan/helper").asText();
    }

    private void awaitHelped(String id, long frames) {
        Await.until(
                "the drone helps " + id,
                LIMIT,
                () -> fleet.stream(id).at("/plan/observed/helped").asLong() >= frames);
    }

    @Test
    void theNewestOfTheLowestLeavesItsPlaceToAHigherStreamAndHasItBack() throws Exception {
        List<String> low = new ArrayList<>();
        for (int i = 0; i < HELPED_MAX; i++) {
            low.add(begin(OffloadFleet.SOURCE, 1)
                    .expect(201)
                    .body()
                    .get("stream")
                    .asText());
        }
        for (String id : low) {
            awaitHelped(id, 1);
            assertThat(fleet.stream(id).get("priority").asInt()).isEqualTo(1);
        }
        JsonNode high = begin(OTHER_SOURCE, 5).expect(201).body();
        String highId = high.get("stream").asText();
        assertThat(helper(high)).isEqualTo("drone/gap9");
        low.sort(Comparator.naturalOrder());
        String yielding = low.getLast();
        JsonNode left = fleet.stream(yielding);
        assertThat(left.get("yieldsTo").asText()).isEqualTo(highId);
        assertThat(left.at("/plan/cause").asText()).isEqualTo("yielded");
        assertThat(helper(left)).isEmpty();
        assertThat(left.get("state").asText()).as("alone it is in time, too").isEqualTo("running");
        JsonNode why = api.get("/api/v1/streams/%s/why".formatted(yielding))
                .expect(200)
                .body()
                .at("/plans/0/why");
        assertThat(why.get("yieldsTo").asText()).isEqualTo(highId);
        assertThat(why.get("candidates"))
                .anyMatch(way -> way.get("device").asText().equals("drone/gap9")
                        && way.get("verdict").asText().equals("held")
                        && way.get("heldBy").get(0).asText().equals(highId));

        awaitHelped(highId, 2);
        for (String id : low.subList(0, HELPED_MAX - 1)) {
            JsonNode stays = fleet.stream(id);
            assertThat(stays.at("/plan/epoch").asLong()).as(stays.toString()).isEqualTo(1);
            assertThat(helper(stays)).isEqualTo("drone/gap9");
        }
        assertThat(fleet.stream(highId).at("/plan/epoch").asLong()).isEqualTo(1);

        fleet.stopStream(highId);
        JsonNode back = fleet.stream(yielding);
        assertThat(back.at("/plan/cause").asText()).isEqualTo("helper-free");
        assertThat(helper(back)).isEqualTo("drone/gap9");
        assertThat(back.has("yieldsTo")).isFalse();
        awaitHelped(yielding, 1);
    }

    @Test
    void aPriorityThatThereIsNotIsRefusedByName() throws Exception {
        for (int priority : new int[] {-1, 10}) {
            assertThat(begin(OTHER_SOURCE, priority)
                            .expect(422)
                            .body()
                            .get("detail")
                            .asText())
                    .isEqualTo("priority (%d) must be from 0 to 9".formatted(priority));
        }
    }
}
