package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.TestFleet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KeptAnswersTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String BODY = "{\"model\":\"m\"}";

    private final TestFleet fleet = new TestFleet();

    private static KeptAnswerRow request(@Nullable String query, String body) {
        return KeptAnswers.of(
                TestFleet.TENANT, "ci", "/api/v1/rollouts", "k", query, body.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<KeptAnswerRow> take() {
        return fleet.core().run(scope -> KeptAnswers.take(scope.tx(), request(null, BODY), scope.nowMillis()));
    }

    private void answered(int status, String answer) {
        boolean _ = fleet.core().run(scope -> {
            KeptAnswers.settle(scope.tx(), request(null, BODY).id, status, answer);
            return true;
        });
    }

    @Test
    void anotherQueryIsAnotherRequestUnderTheSameKeyAsAnotherBodyIs() {
        KeptAnswerRow first = request("dryRun=true", BODY);
        for (KeptAnswerRow other :
                List.of(request(null, BODY), request("dryRun=false", BODY), request("dryRun=true", "{}"))) {
            assertThat(other.id).isEqualTo(first.id);
            assertThat(other.bodyDigest).isNotEqualTo(first.bodyDigest);
        }
        assertThat(request("dryRun=true", BODY).bodyDigest).isEqualTo(first.bodyDigest);
    }

    @Test
    void whatWasDoneIsAnsweredAgainForADay() {
        assertThat(take()).isEmpty();
        assertThat(take()).get().extracting(row -> row.status).as("in progress").isEqualTo(0);
        answered(201, "{\"rollout\":\"r\"}");
        fleet.clock.advance(KeptAnswers.VALIDITY.minusSeconds(1));
        assertThat(take()).get().satisfies(row -> {
            assertThat(row.status).isEqualTo(201);
            assertThat(row.answer).isEqualTo("{\"rollout\":\"r\"}");
        });
        fleet.clock.advance(Duration.ofSeconds(2));
        assertThat(take()).isEmpty();
    }

    @Test
    void whatWasRefusedIsTriedAgain() {
        for (int status : new int[] {404, 409, 412, 422, 429, 503}) {
            assertThat(take()).as("before %d", status).isEmpty();
            answered(status, "");
        }
        assertThat(take()).isEmpty();
    }

    @Test
    void whatFailedAndMayHaveBeenDoneIsNotDoneAgain() {
        assertThat(take()).isEmpty();
        answered(500, "{}");
        assertThat(take()).get().extracting(row -> row.status).isEqualTo(500);
    }

    @Test
    void ofALongAnswerWhatIsShortIsKept() throws Exception {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("job", "g-1");
        answer.put("state", "succeeded");
        answer.put("observedMs", 5);
        answer.put("tasks", List.of(Map.of("task", "a")));
        answer.put("outputs", Map.of("a", "A".repeat(KeptAnswers.ANSWER_CHARS_MAX)));
        JsonNode kept = MAPPER.readTree(KeptAnswers.text(MAPPER, answer));
        assertThat(kept)
                .isEqualTo(
                        MAPPER.readTree(
                                "{\"job\":\"g-1\",\"state\":\"succeeded\",\"observedMs\":5,\"leftOut\":[\"tasks\",\"outputs\"]}"));
        answer.remove("outputs");
        assertThat(MAPPER.readTree(KeptAnswers.text(MAPPER, answer)).has("tasks"))
                .isTrue();
    }

    @Test
    void ofAnAnswerOfManyFieldsNoMoreIsKeptThanThereIsRoomFor() {
        Map<String, String> many = new LinkedHashMap<>();
        for (int i = 0; i < 1000; i++) {
            many.put("\u0001".repeat(57) + i, "\u0001".repeat(i % 2 == 0 ? 400 : 401));
        }
        assertThat(KeptAnswers.text(MAPPER, many)).hasSizeLessThanOrEqualTo(KeptAnswers.ANSWER_CHARS_MAX);
    }
}
